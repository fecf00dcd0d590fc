"""Encryption of personal columns: AES-256-GCM under a key of the organization, itself wrapped by a master key.

The wrapped organization keys are rows (tenancy registers where they are); losing the row is losing the data, which is
how an organization is erased. Stored form: base64 of ``key id (8 bytes) || nonce (12) || ciphertext and tag``.
The associated data is the organization, the column and the row, so that a value cannot be moved to another place.
"""

import base64
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Callable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
KEY_ID = 8
OrganizationKey = tuple[bytes, bytes]  # (key id, 32-byte key)
_source: list[Callable[[UUID], OrganizationKey]] = []


class DecryptionError(Exception):
    """The value was not written by this installation for this organization, column and row."""


def register_key_source(source: Callable[[UUID], OrganizationKey]) -> None:
    """Say where an organization's key comes from. Called once at start."""
    _source[:] = [source]


def wrap(master: bytes, key: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(master).encrypt(nonce, key, b"organization-key")


def unwrap(master: bytes, wrapped: bytes) -> bytes:
    """Raises DecryptionError when ``master`` is not the key that wrapped it."""
    try:
        return AESGCM(master).decrypt(wrapped[:NONCE], wrapped[NONCE:], b"organization-key")
    except InvalidTag as error:
        raise DecryptionError("FIELD_ENCRYPTION_KEY is not the key that this database was written with") from error


def encrypt(plain: str, *, organization: UUID, column: str, row: UUID) -> str:
    key_id, key = _source[0](organization)
    nonce = os.urandom(NONCE)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), _bound_to(organization, column, row))
    return base64.b64encode(key_id + nonce + sealed).decode()


def decrypt(stored: str, *, organization: UUID, column: str, row: UUID) -> str:
    """Raises DecryptionError when the value was moved, altered, or written under another key."""
    raw = _raw(stored, column)
    key_id, key = _source[0](organization)
    if not hmac.compare_digest(raw[:KEY_ID], key_id):
        raise DecryptionError(f"{column}: written under a key that this organization no longer has")
    try:
        nonce, sealed = raw[KEY_ID : KEY_ID + NONCE], raw[KEY_ID + NONCE :]
        return AESGCM(key).decrypt(nonce, sealed, _bound_to(organization, column, row)).decode()
    except InvalidTag as error:
        raise DecryptionError(f"{column}: the stored value was altered or moved") from error


def blind_index(value: str, *, organization: UUID, column: str) -> str:
    """Keyed hash for exact search on an encrypted column; different for each organization and column."""
    _, key = _source[0](organization)
    normal = unicodedata.normalize("NFKC", value).strip().casefold()
    subkey = hmac.new(key, b"blind-index:" + column.encode(), hashlib.sha256).digest()
    return hmac.new(subkey, normal.encode(), hashlib.sha256).hexdigest()[:32] if normal else ""


def _raw(stored: str, column: str) -> bytes:
    try:
        raw = base64.b64decode(stored, validate=True)
    except ValueError as error:
        raise DecryptionError(f"{column}: the stored value is not an encrypted one") from error
    if len(raw) < KEY_ID + NONCE:
        raise DecryptionError(f"{column}: the stored value is cut short")
    return raw


def _bound_to(organization: UUID, column: str, row: UUID) -> bytes:
    return f"{organization}|{column}|{row}".encode()
