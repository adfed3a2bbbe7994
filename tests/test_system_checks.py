"""What Django's own checks say of the settings that an operator may choose."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings

POSTGRESQL = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}


@pytest.mark.parametrize(
    ("env", "is_warned"),
    [
        ({}, False),
        (POSTGRESQL, True),
        ({**POSTGRESQL, "REDIS_URL": "redis://127.0.0.1:1/0"}, False),
    ],
)
def test_rates_that_each_process_would_count_by_itself_are_warned_of(env, is_warned, tmp_path):
    ours = ("DECLIC_", "DATABASE_URL", "REDIS_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}

    checked = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={
            **kept,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DECLIC_DATA_DIR": str(tmp_path),
            **env,
        },
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stderr
    assert ("django_ratelimit.W001" in checked.stderr) is is_warned
