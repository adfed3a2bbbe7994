"""The settings under test: the real ones, with a data folder of their own."""

import os
import tempfile

os.environ.setdefault("DECLIC_DATA_DIR", tempfile.mkdtemp(prefix="declic-tests-"))
os.environ.setdefault("DECLIC_SECRET_KEY", "only-for-tests")
os.environ.pop("DECLIC_BASE_URL", None)

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
