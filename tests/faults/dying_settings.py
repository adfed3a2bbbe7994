"""The real settings, and the end of the process at the point that a test chose."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as REAL_APPS

INSTALLED_APPS = [*REAL_APPS, "tests.faults.dying.Dying"]
