"""The settings under test: the real ones, with a data folder and Redis databases of their own."""

import atexit
import os
import shutil
import tempfile

# Never the folder that a real workspace is kept in; one for each of pytest-xdist's workers.
os.environ["DECLIC_DATA_DIR"] = tempfile.mkdtemp(prefix="declic-tests-")
atexit.register(shutil.rmtree, os.environ["DECLIC_DATA_DIR"], ignore_errors=True)
os.environ.setdefault("DECLIC_SECRET_KEY", "only-for-tests")
os.environ.pop("DECLIC_BASE_URL", None)
os.environ["DECLIC_SQLITE_SYNCHRONOUS"] = "NORMAL"  # no test has to survive a power cut
# Celery is tried by processes that a test starts itself; nothing is sent to a broker from here.
os.environ.pop("DECLIC_BROKER_URL", None)

TEST_BROKER_URL = ""  # for those processes; beside REDIS_URL, for each of pytest-xdist's workers
if redis := os.environ.get("REDIS_URL"):
    _server, _, _number = redis.rpartition("/")
    _number = int(_number) + 2 * int(
        os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    )
    os.environ["REDIS_URL"] = f"{_server}/{_number}"
    TEST_BROKER_URL = f"{_server}/{_number + 1}"

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if IS_EMBEDDED:  # noqa: F405
    # A file, so that the served application's threads share it.
    DATABASES["default"]["TEST"] = {"NAME": str(DECLIC_DATA_DIR / "test.sqlite3")}  # noqa: F405
