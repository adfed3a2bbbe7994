"""Declic's settings, read from top to bottom; what varies comes from the environment here."""

import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from environs import Env, validate

from config.data_folder import keep_private
from config.secrets import kept_secret, new_secret_key, new_token_key

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent

# --- What an operator sets (docs/operate.md lists every name) -----------------------------------

DECLIC_DATA_DIR = Path(env.str("DECLIC_DATA_DIR", str(BASE_DIR / "data"))).resolve()
DECLIC_BASE_URL_IS_SET = bool(env.str("DECLIC_BASE_URL", ""))
DECLIC_BASE_URL = (env.str("DECLIC_BASE_URL", "") or "http://127.0.0.1:8000").rstrip("/")
DATABASE_URL = env.str("DATABASE_URL", "")
DECLIC_SQLITE_SYNCHRONOUS = env.str(  # FULL: what was answered survives a power cut
    "DECLIC_SQLITE_SYNCHRONOUS",
    "FULL",
    validate=validate.Regexp("(?i)(full|normal|extra)$", error="Use FULL or NORMAL."),
)
REDIS_URL = env.str("REDIS_URL", "")
DECLIC_BROKER_URL = env.str("DECLIC_BROKER_URL", "")

DEBUG = env.bool("DECLIC_DEBUG", False)
SECRET_KEY = env.str("DECLIC_SECRET_KEY", "") or kept_secret(
    DECLIC_DATA_DIR / "secret_key", new_secret_key
)
DECLIC_TOKEN_KEYS = env.list("DECLIC_TOKEN_KEYS", []) or [
    kept_secret(DECLIC_DATA_DIR / "token_keys", new_token_key)
]
keep_private(DECLIC_DATA_DIR)

DECLIC_MAX_BODY_BYTES = env.int("DECLIC_MAX_BODY_BYTES", 1024 * 1024)
DECLIC_BODY_MEMORY = env.int("DECLIC_BODY_MEMORY", 64 * 1024 * 1024)  # of all bodies in flight
DECLIC_THREADS = env.int("DECLIC_THREADS", 8)  # that answer requests in one server process
DECLIC_PAGE_SECONDS = env.float("DECLIC_PAGE_SECONDS", 10.0)  # of the database, for one page
DECLIC_FLOOD_RATE = env.str("DECLIC_FLOOD_RATE", "20/s")  # per token, before anything is parsed
DECLIC_FLOOD_BYTES = env.int("DECLIC_FLOOD_BYTES", DECLIC_MAX_BODY_BYTES)  # per token and second
DECLIC_DAILY_BYTES = env.int("DECLIC_DAILY_BYTES", 1024**3)  # that one workflow accepts in a day
DECLIC_WRONG_TOKENS = (env.int("DECLIC_WRONG_TOKENS", 60), 60)  # per address, in seconds
DECLIC_DELIVERY_DAYS = env.int("DECLIC_DELIVERY_DAYS", 7)  # how long a delivery's ID is known
DECLIC_RUN_DAYS = env.int("DECLIC_RUN_DAYS", 90)  # how long runs and their payloads are kept

# --- Addresses: everything follows from the base URL, nothing from the Host header ---------------

_base = urlsplit(DECLIC_BASE_URL)
_host = _base.hostname or "127.0.0.1"
_is_https = _base.scheme == "https"
# How many proxies in front write X-Forwarded-For; https is never without one.
DECLIC_TRUSTED_PROXIES = env.int("DECLIC_TRUSTED_PROXIES", 1 if _is_https else 0)
_loopback = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = _loopback if _host in {"127.0.0.1", "localhost", "::1"} else [_host]
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_https
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _is_https else 0
# Other services may stand under the same name: the operator says whether they have https too.
DECLIC_HSTS_SUBDOMAINS = env.bool("DECLIC_HSTS_SUBDOMAINS", False)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _is_https and DECLIC_HSTS_SUBDOMAINS
SECURE_SSL_REDIRECT = _is_https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _is_https else None
# Not "no-referrer": browsers then send forms with `Origin: null`, which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}

# --- The application -----------------------------------------------------------------------------

INSTALLED_APPS = [
    "workflows.apps.WorkflowsConfig",
    "messaging.apps.MessagingConfig",
    "config.apps.DeclicAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "adminsortable2",
    "csp",
    "django_ratelimit",  # for its system check
    "rest_framework",
]

MIDDLEWARE = [
    "messaging.middleware.WrongHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.static_files.StaticFilesMiddleware",
    # Safe against BREACH: it pads at random, the forms' tokens are masked anew for each page, and
    # the one other secret, a request URL, is only shown where a form with such a token asked.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "messaging.requests.page_time.PageTimeMiddleware",
    "messaging.middleware.DatabaseUnavailableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "messaging.middleware.StorableTextMiddleware",
    "messaging.requests.origin.OwnOriginMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "messaging.middleware.ReaderMiddleware",
    "messaging.middleware.NotAllowedMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
HOOK_MIDDLEWARE = ["workflows.hook.answers.HookAnswersMiddleware"]  # the hook path has its own

ROOT_URLCONF = "config.urls"
HOOK_URLCONF = ROOT_URLCONF  # its route comes first there; steps build links to pages
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "messaging.context.workspace",
            ],
        },
    },
]

# --- Data ----------------------------------------------------------------------------------------

if DATABASE_URL:
    DATABASES = {"default": env.dj_db_url("DATABASE_URL")}
    if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        # What hangs is an error in a few seconds: the sender is told to come back.
        DATABASES["default"]["OPTIONS"] = {
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,  # milliseconds: the server is gone without a word
            "options": "-c lock_timeout=5s -c idle_in_transaction_session_timeout=60s",
            **DATABASES["default"].get("OPTIONS", {}),
        }
else:
    DATABASES = {
        "default": {
            "ENGINE": "config.sqlite",
            "NAME": DECLIC_DATA_DIR / "declic.sqlite3",
            "OPTIONS": {
                "timeout": 5.0,
                "transaction_mode": "IMMEDIATE",  # none finds out halfway that it can't write
                "init_command": (
                    "PRAGMA journal_mode = WAL;"
                    f"PRAGMA synchronous = {DECLIC_SQLITE_SYNCHRONOUS};"
                    "PRAGMA journal_size_limit = 67108864;"
                ),
            },
        }
    }
IS_EMBEDDED = not DATABASE_URL  # SQLite: one server process for the data folder
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_local = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}


def redis_cache(url: str, name: str) -> dict[str, Any]:
    """Return the settings of a cache in Redis, which may be lost: the exact rate is the store's."""
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": f"declic-{name}",
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 0.5,
            "REDIS_CLIENT_CLASS": "config.redis_client.BriefRedis",  # one time-out for all calls
            "CONNECTION_POOL_KWARGS": {"retry": None},
            "IGNORE_EXCEPTIONS": True,
        },
    }


if REDIS_URL:
    CACHES: dict[str, dict[str, Any]] = {
        name: redis_cache(REDIS_URL, name) for name in ("default", "flood", "tokens")
    }
else:
    CACHES = {
        name: {**_local, "LOCATION": f"declic-{name}"} for name in ("default", "flood", "tokens")
    }
RATELIMIT_USE_CACHE = "flood"
RATELIMIT_FAIL_OPEN = True
# The embedded server is one process, so its local cache counts right. With DATABASE_URL and no
# REDIS_URL each process would count by itself: the check warns (one process may do so).
SILENCED_SYSTEM_CHECKS = (
    [] if REDIS_URL else ["django_ratelimit.E003", *["django_ratelimit.W001"] * IS_EMBEDDED]
)
if not DECLIC_HSTS_SUBDOMAINS:  # decided above
    SILENCED_SYSTEM_CHECKS += ["security.W005", "security.W021"]
SESSION_ENGINE = "messaging.requests.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# --- People --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "messaging.Member"
LOGIN_URL = "messaging:sign_in"
LOGIN_REDIRECT_URL = "messaging:home"
LOGOUT_REDIRECT_URL = "messaging:sign_in"
CSRF_FAILURE_VIEW = "messaging.views.errors.csrf_failure"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- Files that are served ------------------------------------------------------------------------

STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_files.HashedStorage"},
}
WHITENOISE_USE_FINDERS = True  # no second command for static files
WHITENOISE_AUTOREFRESH = True  # a file is looked up when it is asked for, and then kept
WHITENOISE_MAX_AGE = 300  # of names without a hash

# --- The wire, workers and logs -------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "EXCEPTION_HANDLER": "workflows.hook.refusals.answer_exception",
    "UNAUTHENTICATED_USER": None,
}
CELERY_BROKER_URL = DECLIC_BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: a lost broker ends no worker
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 10}
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BEAT_SCHEDULE = {
    # `expires`: sweeps don't pile up while no worker takes them
    "sweep": {"task": "workflows.tasks.sweep", "schedule": 1.0, "options": {"expires": 1}},
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "secrets": {"()": "config.log_filters.MaskSecrets"},
        "refusals": {"()": "config.log_filters.PlainRefusals"},
    },
    "formatters": {
        "line": {
            "()": "config.log_filters.OneLineFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["secrets", "refusals"],
        }
    },
    "root": {
        "handlers": ["stderr"],
        "level": env.log_level("DECLIC_LOG_LEVEL", logging.INFO),
    },
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
DEFAULT_EXCEPTION_REPORTER = "config.log_filters.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.log_filters.ReporterFilter"
