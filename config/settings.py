"""This room is for settings: each comes from the environment or is safe by default (docs/running.md)."""

import os
import secrets
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from config.database import database
from config.logs import logging_settings
from config.mail import mail_settings

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def _installation(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 8191):
        raise ValueError("ORGWORK_INSTALLATION must be a number from 0 to 8191.")
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"ORGWORK_TODAY must be a day such as 2024-05-01, not “{text}”.") from None


def _kept_day(home: Path) -> str:
    """The day that a demonstration was set to when it was built (`orgwork demo`)."""
    path = home / "today"
    return path.read_text().strip() if path.exists() else ""


def _whole(name: str, most: int) -> int:
    """A whole number; 0 when nothing is set, and the provision holds."""
    text = os.environ.get(name, "0") or "0"
    if not (text.isascii() and text.isdigit() and int(text) <= most):
        raise ValueError(f"{name} must be a whole number from 1 to {most}.")
    return int(text)


def _issuer(text: str) -> str:
    """A provider of sign-ins is reached by https; by http only on this machine, for trying."""
    parts = urlsplit(text)
    if text and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("ORGWORK_OIDC_ISSUER must begin with https:// (http:// only for this machine).")
    return text


def _address(text: str) -> str:
    """The beginning of addresses, without the slash at its end."""
    parts = urlsplit(text)
    known = parts.scheme in ("http", "https") and parts.netloc and text.isprintable()
    if text and not (known and set(text).isdisjoint(' <>"{}|^`\\')):
        raise ValueError("ORGWORK_BASE_URL must be an address such as https://orgwork.example.vn.")
    return text.rstrip("/")


def _secret_key(home: Path) -> str:
    """The key from the environment, else one made once and kept where only its owner reads it."""
    if key := os.environ.get("ORGWORK_SECRET_KEY"):
        return key
    path = home / "secret.key"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return path.read_text().strip()


# Numbers counted once are kept in the memory of the process and carried on (orgwork/insight/kept.py).
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# Where data lie -----------------------------------------------------------------------------------
ORGWORK_HOME = Path(os.environ.get("ORGWORK_HOME") or BASE_DIR / "var").resolve()
ORGWORK_HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
MEDIA_ROOT = ORGWORK_HOME / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# Megabytes that one file of a paper may have; the proxy in front has a limit of its own.
ORGWORK_FILE_MEGABYTES = _whole("ORGWORK_FILE_MEGABYTES", 500) or 25

# `orgwork serve` sets this: connections are pooled and static files come compressed and named by content.
SERVING = _flag("ORGWORK_SERVING")
DATABASES = {
    "default": database(
        os.environ.get("ORGWORK_DATABASE_URL") or f"sqlite:///{ORGWORK_HOME / 'orgwork.sqlite3'}",
        pool=SERVING,
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What this installation is ------------------------------------------------------------------------
# Identity numbers begin at installation × 2⁴⁰: a province's data and a national copy can live side by side.
ORGWORK_INSTALLATION = _installation(os.environ.get("ORGWORK_INSTALLATION", "1"))
# Under which address people reach it: for links in papers and names in linked data. Empty: it has none.
ORGWORK_BASE_URL = _address(os.environ.get("ORGWORK_BASE_URL", ""))
# The day that pages open on; None means the day of the clock.
ORGWORK_TODAY = _day(os.environ.get("ORGWORK_TODAY", _kept_day(ORGWORK_HOME)))

# Safety -------------------------------------------------------------------------------------------
DEBUG = _flag("ORGWORK_DEBUG")
SECRET_KEY = _secret_key(ORGWORK_HOME)
# Keys used before: what they sealed can still be read, nothing new is sealed with them.
SECRET_KEY_FALLBACKS = _list("ORGWORK_SECRET_KEY_OLD")
ALLOWED_HOSTS = _list("ORGWORK_ALLOWED_HOSTS", ",".join(LOOPBACK))
# Whoever is reached by another name than this machine's own is reached by https, unless told otherwise.
HTTPS = _flag("ORGWORK_HTTPS", default=not set(ALLOWED_HOSTS) <= set(LOOPBACK))
CSRF_TRUSTED_ORIGINS = _list("ORGWORK_TRUSTED_ORIGINS")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # probes come from this machine, by http
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Programs are refused on http instead of led to https: what they sent would go out in the clear unnoticed.
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^scim/"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Only a proxy of ours says who is calling and whether by https; without one these headers are anybody's.
ORGWORK_BEHIND_PROXY = _flag("ORGWORK_BEHIND_PROXY")
if ORGWORK_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# By https a browser takes cookies of this beginning from this very host alone.
_COOKIE = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_COOKIE}orgwork_session"
# Hours since signing in, minutes since the last page (orgwork/provisions/signin.yaml, unless told otherwise).
ORGWORK_SESSION_HOURS = _whole("ORGWORK_SESSION_HOURS", 24 * 30)
ORGWORK_IDLE_MINUTES = _whole("ORGWORK_IDLE_MINUTES", 60 * 24)
SESSION_COOKIE_AGE = (ORGWORK_SESSION_HOURS or 12) * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_FAILURE_VIEW = "orgwork.doors.web.errors.csrf_failure"
CSRF_COOKIE_NAME = f"{_COOKIE}orgwork_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CONTENT_SECURITY_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "object-src": ["'none'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}

# Kinds of papers (provisions/documents.yaml) of which anybody may read number, day, title and relations.
ORGWORK_OPARL_PUBLISHES = _list("ORGWORK_OPARL_PUBLISHES")

# The office's own provider of sign-ins (OpenID Connect); without an issuer there is none.
ORGWORK_OIDC = {
    "issuer": _issuer(os.environ.get("ORGWORK_OIDC_ISSUER", "")),
    "client_id": os.environ.get("ORGWORK_OIDC_CLIENT_ID", ""),
    "client_secret": os.environ.get("ORGWORK_OIDC_CLIENT_SECRET", ""),
    "scope": os.environ.get("ORGWORK_OIDC_SCOPE", "openid"),
    "subject_claim": os.environ.get("ORGWORK_OIDC_SUBJECT_CLAIM", "sub"),
    "label": os.environ.get("ORGWORK_OIDC_LABEL", ""),
}

AUTH_USER_MODEL = "foundation.Account"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "full_name"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "orgwork.foundation.passwords.HouseWordsValidator"},
    {"NAME": "orgwork.foundation.passwords.LeakedPasswordValidator"},
]
# A file of stolen passwords' digests in order, as "Have I Been Pwned" gives it out; empty: none is looked up.
ORGWORK_LEAKED_PASSWORDS = os.environ.get("ORGWORK_LEAKED_PASSWORDS", "")
if ORGWORK_LEAKED_PASSWORDS and not Path(ORGWORK_LEAKED_PASSWORDS).is_file():
    raise ValueError("ORGWORK_LEAKED_PASSWORDS must name a file that is there.")

# The house ----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "orgwork.foundation.apps.FoundationConfig",
    "orgwork.registers.apps.RegistersConfig",
    "orgwork.procedures.apps.ProceduresConfig",
    "orgwork.planning.apps.PlanningConfig",
    "orgwork.insight.apps.InsightConfig",
    "orgwork.exchange.apps.ExchangeConfig",
    "orgwork.doors.apps.DoorsConfig",
    "orgwork.doors.web.apps.WebConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
]
# Long work waits in the same database for the one worker (orgwork/foundation/jobs.py).
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
# What the worker does once a day by itself, in this order: functions marked with @job.
ORGWORK_EVERY_DAY = ("orgwork.procedures.due:daily", "orgwork.procedures.retention:daily")
MIDDLEWARE = [
    # Outermost, so that static files and early refusals carry them, too.
    "config.middleware.SafetyHeaders",
    "config.middleware.RequestNumber",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.AccountLanguage",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "orgwork.doors.web.sessions.SessionRules",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "orgwork.doors.web.dials.DialsMiddleware",
    "orgwork.doors.web.places.PlaceMiddleware",
    "orgwork.doors.web.errors.RefusalMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "orgwork.doors.web.shell.context",
            ],
        },
    },
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a selection of people acted on in bulk

# Static files -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = ORGWORK_HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = not SERVING
STORAGES = {
    "default": {"BACKEND": "orgwork.foundation.outgoing.Files"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if SERVING
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Languages and times ------------------------------------------------------------------------------
LANGUAGE_CODE = os.environ.get("ORGWORK_LANGUAGE", "en")
# Each named in its own words, so that everybody finds theirs.
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English"), ("de", "Deutsch"), ("ru", "Русский")]
LANGUAGE_COOKIE_NAME = "orgwork_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("ORGWORK_TIME_ZONE", "Asia/Ho_Chi_Minh")

# Mail: none unless a server is named -------------------------------------------------------------
globals().update(mail_settings(os.environ.get("ORGWORK_MAIL_URL", "")))
EMAIL_BACKEND = "orgwork.foundation.outgoing.Mail"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("ORGWORK_MAIL_FROM", "orgwork@localhost")

# Log: to the console, never with personal content -------------------------------------------------
LOGGING = logging_settings(
    level=os.environ.get("ORGWORK_LOG_LEVEL", "WARNING"),
    style=os.environ.get("ORGWORK_LOG_FORMAT", "plain"),
    full=DEBUG,
)
