"""The one place that reads the environment. Every name is listed in docs/reference/settings.md."""

import os
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The value of ``name``, or the content of the file named by ``name_FILE``. Raises ImproperlyConfigured."""
    value = os.environ.get(name)
    file = os.environ.get(f"{name}_FILE")
    if value is None and file:
        value = Path(file).read_text(encoding="utf-8").strip()
    if value is None:
        value = default
    if value is None:
        raise ImproperlyConfigured(f"Set {name} (or {name}_FILE). `./run up` sets it for you.")
    return value


def flag(name: str, *, default: bool) -> bool:
    return text(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None


def decimal(name: str, default: str) -> Decimal:
    value = text(name, default)
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}") from None


def words(name: str, default: str | None = None) -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def user_of(url: str) -> str:
    """The user that ``postgres://user:…`` logs in as, "" for no address."""
    return unquote(urlsplit(url).username or "")


def postgres(url: str) -> dict[str, object]:
    """Django's database settings from ``postgres://user:password@host:port/name``. Raises ImproperlyConfigured."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgres://user:password@host:5432/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": str(parts.port or 5432),
    }
