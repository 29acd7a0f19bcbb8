"""Every setting, read from the environment once, with its default and reason. docs/operating.md explains them."""

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from testamur.service.connections import database_settings

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(os.environ.get("TESTAMUR_VAR", BASE_DIR / "var"))


def _flag(name: str, default: str = "0") -> bool:
    """Read a yes/no setting: 1, true, yes and on mean yes."""
    return os.environ.get(name, default).lower() in {"1", "true", "yes", "on"}


# What this site is -------------------------------------------------------------------------------------------------
PUBLIC_URL = os.environ.get("TESTAMUR_PUBLIC_URL", "http://localhost:8000")
REGISTER_NAME = os.environ.get("TESTAMUR_REGISTER_NAME", "Register of Tertiary Achievement")  # CQR-10: see docs
ACKNOWLEDGEMENT = os.environ.get(
    "TESTAMUR_ACKNOWLEDGEMENT",
    "We acknowledge the Traditional Custodians of Country throughout Australia, and pay our respects to Elders past and "
    "present.",
)
LOG_ORIGIN = os.environ.get("TESTAMUR_LOG_ORIGIN", "testamur.example/log/2026")
DEMO = _flag("TESTAMUR_DEMO")
DEBUG = False

# Secrets: a missing secret key is created only for demo and tests; production must set it.
_PUBLIC_SECRET = "not-secret-set-TESTAMUR_SECRET_KEY-in-production"  # noqa: S105 - a public text, refused below
SECRET_KEY = os.environ.get("TESTAMUR_SECRET_KEY", _PUBLIC_SECRET)
if SECRET_KEY == _PUBLIC_SECRET and PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("Set TESTAMUR_SECRET_KEY: with its default anybody could forge a session of this site.")
ALLOWED_HOSTS = os.environ.get("TESTAMUR_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
KEYS_DIR = Path(os.environ.get("TESTAMUR_KEYS", VAR_DIR / "keys"))
CREATE_KEYS = _flag("TESTAMUR_CREATE_KEYS")
TIME_STAMP_URL = os.environ.get("TESTAMUR_TIME_STAMP_URL", "")  # RFC 3161; without it a key made by CREATE_KEYS

# Where bytes live --------------------------------------------------------------------------------------------------
DOCUMENTS_DIR = Path(os.environ.get("TESTAMUR_DOCUMENTS", VAR_DIR / "documents"))
NRT_LOGO = (
    Path(os.environ["TESTAMUR_NRT_LOGO"]) if "TESTAMUR_NRT_LOGO" in os.environ else None
)  # the regulator's own file
NRT_LOGO_SHA256 = os.environ.get("TESTAMUR_NRT_LOGO_HASHES", "").split()  # files that count as unaltered (LOGO-01)
UPLOADS_DIR = Path(os.environ.get("TESTAMUR_UPLOADS", VAR_DIR / "uploads"))
UPLOAD_LIMIT_BYTES = 2 * 1024**3
API_PER_MINUTE = int(os.environ.get("TESTAMUR_API_PER_MINUTE", "600"))  # requests of one key of a provider's system
FILE_UPLOAD_TEMP_DIR = str(UPLOADS_DIR) if UPLOADS_DIR.is_dir() else None  # made by `testamur serve`
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FILES = 20_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# Database: two roles on one database (kernel/tenancy.py says why) ----------------------------------------------------
DATABASES: dict[str, Any] = database_settings(os.environ)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "testamur.log",
    "testamur.accounts",
    "testamur.documents",
    "testamur.notices",
    "testamur.providers",
    "testamur.students",
    "testamur.training",
    "testamur.register",
    "testamur.enrolments",
    "testamur.issuance",
    "testamur.submissions",
    "testamur.extracts",
    "testamur.regulation",
    "testamur.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "testamur.web.access.RefusalMiddleware",
]

ROOT_URLCONF = "testamur.service.urls"
WSGI_APPLICATION = "testamur.service.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "testamur" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "testamur.web.access.page_context",
            ],
            "builtins": ["testamur.web.templatetags.testamur"],
        },
    }
]
FORM_RENDERER = "testamur.web.forms.Renderer"

# Sign-in -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "/"
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TESTAMUR_PROXIES", "0"))  # whose X-Forwarded-For is believed
ACCOUNT_ADAPTER = "testamur.web.signin.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1  # TEQ-04: unconfirmed accounts go after 24 hours
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_SUPPORTED_TYPES = os.environ.get("TESTAMUR_SECOND_FACTORS", "totp,webauthn,recovery_codes").split(",")
MFA_PASSKEY_LOGIN_ENABLED = False  # a passkey goes with the password; alone it opens nothing
MFA_TOTP_ISSUER = "Testamur"
MFA_ADAPTER = "testamur.web.signin.SecondFactorAdapter"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "testamur.web.access.csrf_failure"

# Limits on sign-in and used codes count across all processes: the counters lie in the database.
# Many: one entry an address, and a full cache would throw away counters of sign-in that still count.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_counter",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Transport: on unless the site is a local demo over plain HTTP.
_PLAIN_HTTP = PUBLIC_URL.startswith("http://")
SESSION_COOKIE_SECURE = not _PLAIN_HTTP
CSRF_COOKIE_SECURE = not _PLAIN_HTTP
SECURE_SSL_REDIRECT = not _PLAIN_HTTP
SECURE_HSTS_SECONDS = 0 if _PLAIN_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not _PLAIN_HTTP
SECURE_HSTS_PRELOAD = not _PLAIN_HTTP
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# Mail --------------------------------------------------------------------------------------------------------------
EMAIL_HOST = os.environ.get("TESTAMUR_SMTP_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("TESTAMUR_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("TESTAMUR_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TESTAMUR_SMTP_PASSWORD", "")
EMAIL_USE_TLS = _flag("TESTAMUR_SMTP_TLS")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("TESTAMUR_MAIL_FROM", "Testamur register <register@testamur.example>")
MAIL_SINK_DIR = Path(os.environ["TESTAMUR_MAIL_SINK"]) if "TESTAMUR_MAIL_SINK" in os.environ else None

# The USI Registry: `off` (numbers wait) or `fake` (made up, for a demo). Nothing here speaks to the real service.
USI_REGISTRY = os.environ.get("TESTAMUR_USI", "fake" if DEMO else "off")
if USI_REGISTRY not in {"off", "fake"}:
    raise ImproperlyConfigured("TESTAMUR_USI is `off` or `fake`.")
if USI_REGISTRY == "fake" and not DEMO:
    raise ImproperlyConfigured("TESTAMUR_USI=fake verifies made-up people and is for a demo (TESTAMUR_DEMO=1) only.")

# What compares students: `duckdb` in the worker, or `spark` for a nation-sized run (docs/linkage.md).
LINKAGE_ENGINE = os.environ.get("TESTAMUR_LINKAGE_ENGINE", "duckdb")
if LINKAGE_ENGINE not in {"duckdb", "spark"}:
    raise ImproperlyConfigured("TESTAMUR_LINKAGE_ENGINE is `duckdb` or `spark`.")

# Words, time, files of our own ---------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-au"
TIME_ZONE = os.environ.get("TESTAMUR_ZONE", "Australia/Sydney")
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
PROCRASTINATE_ON_APP_READY = "testamur.service.worker.on_app_ready"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"hide_addresses": {"()": "testamur.service.logs.HideAddresses"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["hide_addresses"]}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("TESTAMUR_LOG_LEVEL", "WARNING")},
}
