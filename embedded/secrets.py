"""The installation's secrets: made once, one file each, readable by the account that runs the platform only."""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from embedded.errors import SecretsIncomplete
from embedded.layout import make_directory

# Existing rows are encrypted, chained or locked with these: making new ones would hide the loss until it hurts.
_IRREPLACEABLE = ("field_key", "anchor_key", "db_superuser_password")


@dataclass(frozen=True)
class Secrets:
    """`field_key` and `anchor_key`: 32 random bytes in base64. The others: URL-safe text of 256 bits."""

    secret_key: str
    field_key: str
    anchor_key: str
    db_superuser_password: str
    db_owner_password: str
    db_app_password: str
    db_reader_password: str
    db_writer_password: str
    redis_password: str
    inference_token: str


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _token() -> str:
    return secrets.token_urlsafe(32)


def _maker(name: str) -> Callable[[], str]:
    return _key if name in ("field_key", "anchor_key") else _token


def throwaway() -> Secrets:
    """Never written: for tools that import the settings but connect to nothing."""
    return Secrets(**{field.name: _maker(field.name)() for field in fields(Secrets)})


def load_or_create(directory: Path, *, database_exists: bool = False) -> Secrets:
    """Read the secrets, making those that do not exist yet (a newer version may need one more).

    Raises SecretsIncomplete when a database exists and a secret its rows depend on is gone.
    """
    make_directory(directory, 0o700)
    names = [field.name for field in fields(Secrets)]
    lost = [name for name in _IRREPLACEABLE if not (directory / name).is_file()]
    if database_exists and lost:
        raise SecretsIncomplete(
            f"missing in {directory}: {', '.join(lost)}. Restore them from a backup: "
            "without them the existing database cannot be opened or read."
        )
    return Secrets(**{name: _read_or_create(directory / name, _maker(name)) for name in names})


def _read_or_create(path: Path, make: Callable[[], str]) -> str:
    if not path.is_file():
        _write_once(path, make())
    value = path.read_text().strip()
    if not value:
        raise SecretsIncomplete(f"{path} is empty: restore it from a backup, or remove it to have a new one made")
    return value


def _write_once(path: Path, value: str) -> None:
    """Written whole under another name, then linked: two starts at once end with the same secret."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(value + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def modes_too_open(directory: Path) -> list[Path]:
    """Paths that another account may read: the directory itself must be 0700 and its files 0600."""
    return [path for path in (directory, *sorted(directory.iterdir())) if path.stat().st_mode & 0o077]
