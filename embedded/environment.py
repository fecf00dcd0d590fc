"""The environment handed to the platform's processes; passepartout/config/settings.py reads exactly these names."""

from dataclasses import dataclass
from pathlib import Path

from embedded.layout import Layout
from embedded.roles import APP, OWNER, READER, WRITER
from embedded.secrets import Secrets
from engines.models.ledger import recorded_sha256

DATABASE = "passepartout"
# What a child may see of the caller's own environment; everything else is ours to decide.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TERM", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Endpoints:
    """Ports on the loopback interface (`llm` 0: no model of our own runs), and the address the user opens."""

    postgres: int
    valkey: int
    inference: int
    llm: int = 0
    public_url: str = "http://127.0.0.1:8000"
    allowed_hosts: str = "127.0.0.1,localhost,[::1]"


def platform_environment(layout: Layout, secrets: Secrets, endpoints: Endpoints) -> dict[str, str]:
    """For web, worker, beat and `manage`: the app role only, never the owner's password."""
    return {
        "DJANGO_SETTINGS_MODULE": "passepartout.config.settings",
        "DATABASE_URL": database_url(APP, secrets.db_app_password, endpoints.postgres),
        "SQL_READER_URL": database_url(READER, secrets.db_reader_password, endpoints.postgres),
        "SQL_WRITER_URL": database_url(WRITER, secrets.db_writer_password, endpoints.postgres),
        "REDIS_URL": f"redis://:{secrets.redis_password}@127.0.0.1:{endpoints.valkey}/0",
        "EMBEDDINGS_URL": f"http://127.0.0.1:{endpoints.inference}",
        "OCR_URL": f"http://127.0.0.1:{endpoints.inference}",
        "INFERENCE_TOKEN": secrets.inference_token,
        "SECRET_KEY": secrets.secret_key,
        "FIELD_ENCRYPTION_KEY": secrets.field_key,
        "AUDIT_ANCHOR_KEY": secrets.anchor_key,
        "PASSEPARTOUT_DATA": str(layout.root),
        "OBJECTS_DIR": str(layout.objects),
        "MODELS_DIR": str(layout.models),
        "LOGS_DIR": str(layout.logs),
        "PUBLIC_URL": endpoints.public_url,
        "ALLOWED_HOSTS": endpoints.allowed_hosts,
        "PYTHONUNBUFFERED": "1",
        **_own_language_model(layout, secrets, endpoints),
        **operator_settings(layout),
    }


def owner_environment(layout: Layout, secrets: Secrets, endpoints: Endpoints) -> dict[str, str]:
    """For the migrating process (and test runs) only."""
    owner_url = database_url(OWNER, secrets.db_owner_password, endpoints.postgres)
    return platform_environment(layout, secrets, endpoints) | {"DATABASE_OWNER_URL": owner_url}


def inference_environment(layout: Layout, secrets: Secrets) -> dict[str, str]:
    """The inference service knows neither database nor queue."""
    return {
        "INFERENCE_TOKEN": secrets.inference_token,
        "MODELS_DIR": str(layout.models),
        "LOGS_DIR": str(layout.logs),
        "PASSEPARTOUT_DATA": str(layout.root),
        "PYTHONUNBUFFERED": "1",
    }


def llm_environment(layout: Layout, secrets: Secrets) -> dict[str, str]:
    """For llama.cpp's server, which sees the operator's LLM_ settings and the key its callers must send."""
    theirs = {name: value for name, value in operator_settings(layout).items() if name.startswith("LLM_")}
    return theirs | {"LLM_GGUF": str(gguf(layout) or ""), "INFERENCE_TOKEN": secrets.inference_token}


def gguf(layout: Layout) -> Path | None:
    """The model that `up` is to serve: LLM_GGUF, from the models' directory where it is relative."""
    named = operator_settings(layout).get("LLM_GGUF", "")
    return layout.models / named if named else None


def _own_language_model(layout: Layout, secrets: Secrets, endpoints: Endpoints) -> dict[str, str]:
    model = gguf(layout)
    if not endpoints.llm or model is None:
        return {}
    url = f"http://127.0.0.1:{endpoints.llm}"
    return {
        "LLM_URL": url,
        "LLM_MODEL": model.stem,
        "LLM_MODEL_SHA256": recorded_sha256(layout.models, model),
        "LLM_KIND": "llamacpp",
        "LLM_API_KEY": secrets.inference_token,
    }


def operator_settings(layout: Layout) -> dict[str, str]:
    """Optional: `NAME=value` lines of DATA/settings.env (e-mail, limits, an own PUBLIC_URL…); they win over ours."""
    path = layout.root / "settings.env"
    if not path.is_file():
        return {}
    lines = [line.strip() for line in path.read_text().splitlines()]
    pairs = [line.split("=", 1) for line in lines if "=" in line and not line.startswith("#")]
    return {name.strip(): value.strip() for name, value in pairs}


def database_url(role: str, password: str, port: int, database: str = DATABASE) -> str:
    return f"postgres://{role}:{password}@127.0.0.1:{port}/{database}"
