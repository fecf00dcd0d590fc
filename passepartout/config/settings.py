"""Settings, read once from the environment (see environment.py). Wiring only; no rule of the product lives here."""

from pathlib import Path

from . import environment as env
from . import logs

LOGGING = logs.LOGGING
BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY")
FIELD_ENCRYPTION_KEYS = env.words("FIELD_ENCRYPTION_KEY")  # the first wraps, all unwrap: rotation
AUDIT_ANCHOR_KEY = env.text("AUDIT_ANCHOR_KEY")
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
SECURE = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "axes",
    "passepartout.kernel",
    "passepartout.audit",
    "passepartout.tenancy",
    "passepartout.lifecycle",
    "passepartout.billing",
    "passepartout.clients",
    "passepartout.jobs",
    "passepartout.files",
    "passepartout.llm",
    "passepartout.documents",
    "passepartout.proposals",
    "passepartout.assistant",
    "passepartout.notifications",
    "passepartout.privacy",
    "passepartout.evaluation",
    "passepartout.realtime",
    "passepartout.config",
]
MIDDLEWARE = [
    "passepartout.kernel.rest.requests.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "passepartout.kernel.rest.requests.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "passepartout.config.urls"
ASGI_APPLICATION = "passepartout.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

# --- Database: the role is the process's identity -----------------------------------------------------------------
_app_database = env.postgres(env.text("DATABASE_URL"))
_owner_url = env.text("DATABASE_OWNER_URL", "")
DATABASE_APP_ROLE = str(_app_database["USER"])
DATABASE_APP = _app_database


def _pool(size: int) -> dict[str, object]:
    """The web process serves each request on its own thread: only a pool lets them share connections.

    Its waits between attempts to connect double for ``reconnect_timeout`` seconds, and begin anew with the next
    request: with the library's 300 it would come back a minute after a database that was away for a minute.
    """
    return {"pool": {"min_size": 1, "max_size": size, "timeout": 10, "reconnect_timeout": 4}} if size else {}


DATABASES = {
    "default": {
        **(env.postgres(_owner_url) if _owner_url else _app_database),
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,  # after a restart of PostgreSQL no request may meet a dead pooled connection
        # The owner's process (migrations) says that it maintains: forced policies would hide every row from it.
        "OPTIONS": {"options": "-c rls.maintenance=on"} if _owner_url else _pool(env.number("DATABASE_POOL", 0)),
    }
}
# The two roles of the SQL gate log in by themselves: a statement can take back what SET ROLE gave up.
SQL_READER_URL = env.text("SQL_READER_URL", "")
SQL_WRITER_URL = env.text("SQL_WRITER_URL", "")
SQL_READER_ROLE = env.user_of(SQL_READER_URL)
SQL_WRITER_ROLE = env.user_of(SQL_WRITER_URL)
SQL_MAX_COST = env.number("SQL_MAX_COST", 200_000)
SQL_MAX_ROWS_READ = env.number("SQL_MAX_ROWS_READ", 1_000_000)
SQL_MAX_RESULT_BYTES = env.number("SQL_MAX_RESULT_BYTES", 2_000_000)
SQL_PROPOSAL_HOURS = env.number("SQL_PROPOSAL_HOURS", 72)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Identity -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
ACCESS_TOKEN_SECONDS = 300
REFRESH_TOKEN_SECONDS = 14 * 86400
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_USERNAME_FORM_FIELD = "email"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True

# --- HTTP ---------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["passepartout.tenancy.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["passepartout.tenancy.permissions.MatrixPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["passepartout.kernel.rest.parsers.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "passepartout.kernel.rest.pagination.TimeCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "passepartout.kernel.rest.schema.ProblemSchema",
    "DEFAULT_THROTTLE_CLASSES": ["passepartout.kernel.rest.throttling.CallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "anonymous": env.text("RATE_ANONYMOUS", "120/min"),
        "caller": env.text("RATE_CALLER", "6000/min"),
        "embed": env.text("RATE_EMBED", "600/min"),
        "sign_in": env.text("RATE_SIGN_IN", "60/min"),
        "renewal": env.text("RATE_RENEWAL", "1200/min"),
    },
    "EXCEPTION_HANDLER": "passepartout.kernel.rest.problems.problem_answer",
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Passepartout",
    "DESCRIPTION": "Documents read, indexed and answered with citations; one API for two products.",
    "VERSION": "v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "passepartout.tenancy.models.Role",
        "OrganizationKindEnum": "passepartout.tenancy.models.Organization.Kind",
        "ClientKindEnum": "passepartout.clients.models.Client.Kind",
        "ProjectKindEnum": "passepartout.clients.models.Project.Kind",
        "DataRequestKindEnum": "passepartout.privacy.models.DataRequest.Kind",
        "ProposalKindEnum": "passepartout.proposals.models.Proposal.Kind",
        "SpeakerEnum": "passepartout.assistant.models.Message.Role",
        "IdentifierKindEnum": "engines.text.identifiers.Kind",
        "LanguageEnum": "passepartout.documents.serializers.LANGUAGES",
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
FILE_UPLOAD_HANDLERS = ["passepartout.files.uploads.StorageUploadHandler"]
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = False  # nginx terminates TLS
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
APPEND_SLASH = True

# --- Language and time --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "config" / "static"  # served as it is: no build step, nothing to collect
_frontend = env.text("FRONTEND_DIR", "")  # index.html and public/, built from frontend/; none: the small page
FRONTEND_DIR = Path(_frontend) if _frontend else None
if FRONTEND_DIR:
    WHITENOISE_ROOT = FRONTEND_DIR / "public"
    WHITENOISE_IMMUTABLE_FILE_TEST = r"^/assets/.+-[\w-]{8}\.\w+$"
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "passepartout@localhost")

# --- Disposable state, queue --------------------------------------------------------------------------------------
REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # a hanging Valkey must not hang requests
    }
}
CELERY_BROKER_URL = REDIS_URL
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_connect_timeout": 1, "socket_timeout": 2}]},
    }
}
REALTIME_RECHECK_SECONDS = env.number("REALTIME_RECHECK_SECONDS", 3)
REALTIME_SOCKETS_PER_USER = env.number("REALTIME_SOCKETS_PER_USER", 20)
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
REALTIME_QUEUE = env.number("REALTIME_QUEUE", 64)
JOB_HEARTBEAT_SECONDS = env.number("JOB_HEARTBEAT_SECONDS", 3)
JOB_LEASE_SECONDS = env.number("JOB_LEASE_SECONDS", 20)
JOB_RESEND_SECONDS = env.number("JOB_RESEND_SECONDS", 30)
JOB_OUTAGE_SECONDS = env.number("JOB_OUTAGE_SECONDS", 21_600)
JOB_SLICE_SECONDS = env.number("JOB_SLICE_SECONDS", 60)
JOB_MAX_ATTEMPTS = env.number("JOB_MAX_ATTEMPTS", 3)
EVENT_MAX_ATTEMPTS = env.number("EVENT_MAX_ATTEMPTS", 10)
EVENT_KEEP_DAYS = env.number("EVENT_KEEP_DAYS", 7)

# --- Storage and engines ------------------------------------------------------------------------------------------
DATA_DIR = Path(env.text("PASSEPARTOUT_DATA", "var")).resolve()
OBJECTS_DIR = Path(env.text("OBJECTS_DIR", str(DATA_DIR / "objects")))
OBJECTS_URL = env.text("OBJECTS_URL", "")  # s3://bucket or s3://bucket/prefix; none: the folder OBJECTS_DIR
S3_ENDPOINT_URL = env.text("S3_ENDPOINT_URL", "")
S3_REGION = env.text("S3_REGION", "us-east-1")
S3_ACCESS_KEY = env.text("S3_ACCESS_KEY", "")
S3_SECRET_KEY = env.text("S3_SECRET_KEY", "")
S3_ADDRESSING = env.text("S3_ADDRESSING", "path")  # path | virtual
MODELS_DIR = Path(env.text("MODELS_DIR", str(DATA_DIR / "models")))
ANCHORS_DIR = Path(env.text("ANCHORS_DIR", str(DATA_DIR / "anchors")))
EMBEDDINGS_URL = env.text("EMBEDDINGS_URL")
OCR_URL = env.text("OCR_URL", "")  # none: a child of the worker reads
INFERENCE_TOKEN = env.text("INFERENCE_TOKEN", "")
PDF_ENGINE = env.text("PDF_ENGINE", "pypdfium2")  # pypdfium2 | pymupdf
VECTOR_STORE = env.text("VECTOR_STORE", "postgres")  # postgres | qdrant
QDRANT_URL = env.text("QDRANT_URL", "")
QDRANT_API_KEY = env.text("QDRANT_API_KEY", "")
LLM_URL = env.text("LLM_URL", "")  # OpenAI-compatible; none: extractive answers only
LLM_MODEL = env.text("LLM_MODEL", "")
LLM_KIND = env.text("LLM_KIND", "llamacpp")  # ollama | vllm | tgi | llamacpp
LLM_API_KEY = env.text("LLM_API_KEY", "")
LLM_CONTEXT = env.number("LLM_CONTEXT", 0)  # tokens; 0: what its kind gives by default
LLM_FIRST_TOKEN_SECONDS = env.number("LLM_FIRST_TOKEN_SECONDS", 60)
LLM_TIMEOUT_SECONDS = env.number("LLM_TIMEOUT_SECONDS", 180)
GPU_DEVICES = env.words("GPU_DEVICES", "")  # names of the GPUs on which one heavy service runs at a time
LLM_GPU = env.text("LLM_GPU", "")  # the one of these on which the language model runs; none: it waits for nobody
GPU_LEASE_SECONDS = env.number("GPU_LEASE_SECONDS", 10)
GPU_WAIT_SECONDS = env.number("GPU_WAIT_SECONDS", 20)
GPU_QUEUE = env.number("GPU_QUEUE", 32)
LLM_MODEL_SHA256 = env.text("LLM_MODEL_SHA256", "")
LLM_PRICE_IN = env.decimal("LLM_PRICE_IN", "0")  # per million tokens
LLM_PRICE_OUT = env.decimal("LLM_PRICE_OUT", "0")
ASK_FORBIDDEN_HINT = env.flag("ASK_FORBIDDEN_HINT", default=True)
GOLDEN_TOLERANCE_PERCENT = env.number("GOLDEN_TOLERANCE_PERCENT", 5)
DEFAULT_PLAN = env.text("DEFAULT_PLAN", "enterprise")  # of organizations that were given none
UNDO_DAYS = env.number("UNDO_DAYS", 30)
# How long things are kept where an organization chose nothing else, in days.
RETENTION_CONVERSATIONS_DAYS = env.number("RETENTION_CONVERSATIONS_DAYS", 730)
RETENTION_LLM_JOBS_DAYS = env.number("RETENTION_LLM_JOBS_DAYS", 365)
RETENTION_PROPOSALS_DAYS = env.number("RETENTION_PROPOSALS_DAYS", 365)
RETENTION_NOTIFICATIONS_DAYS = env.number("RETENTION_NOTIFICATIONS_DAYS", 90)
RETENTION_EXPORTS_DAYS = env.number("RETENTION_EXPORTS_DAYS", 7)
UPLOAD_MAX_BYTES = env.number("UPLOAD_MAX_MB", 200) * 1024 * 1024
