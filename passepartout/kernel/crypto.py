"""Encryption of personal columns: AES-256-GCM under a key of the organization, itself wrapped by a master key.

The wrapped organization keys are rows (tenancy registers where they are); losing the rows is losing the data, which is
how an organization is erased. Stored form: base64 of ``key id (8 bytes) || nonce (12) || ciphertext and tag``: while
a key is replaced, values under the one before can still be read (docs/adr/0033-personal-data.md).
The associated data is the organization, the column and the row, so that a value cannot be moved to another place.
"""

import base64
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
KEY_ID = 8
PREFIX = 10  # characters of a stored value that its key's id alone decides: 60 of the id's 64 bits


@dataclass(frozen=True)
class Keyring:
    """An organization's 32-byte keys: the one named ``current`` encrypts, each of ``keys`` (by id) decrypts, ``index``
    makes blind indexes and outlives the others."""

    current: bytes
    keys: Mapping[bytes, bytes]
    index: bytes


class KeySource(Protocol):
    """``fresh``: not what was kept in memory. Raises NotFound when the organization has no key (any more)."""

    def __call__(self, organization: UUID, *, fresh: bool = False) -> Keyring: ...


_source: list[KeySource] = []


class DecryptionError(Exception):
    """The value was not written by this installation for this organization, column and row."""


def register_key_source(source: KeySource) -> None:
    """Say where an organization's keys come from. Called once at start."""
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
    ring = _source[0](organization)
    nonce = os.urandom(NONCE)
    sealed = AESGCM(ring.keys[ring.current]).encrypt(nonce, plain.encode(), _bound_to(organization, column, row))
    return base64.b64encode(ring.current + nonce + sealed).decode()


def decrypt(stored: str, *, organization: UUID, column: str, row: UUID) -> str:
    """Raises DecryptionError when the value was moved, altered, or written under another key."""
    raw = _raw(stored, column)
    key = _key_named(raw[:KEY_ID], organization)
    if key is None:
        raise DecryptionError(f"{column}: written under a key that this organization no longer has")
    try:
        nonce, sealed = raw[KEY_ID : KEY_ID + NONCE], raw[KEY_ID + NONCE :]
        return AESGCM(key).decrypt(nonce, sealed, _bound_to(organization, column, row)).decode()
    except InvalidTag as error:
        raise DecryptionError(f"{column}: the stored value was altered or moved") from error


def _key_named(ident: bytes, organization: UUID) -> bytes | None:
    """Another process may have changed the key since ours was read: asked again before anything is given up."""
    return _source[0](organization).keys.get(ident) or _source[0](organization, fresh=True).keys.get(ident)


def prefix_of(key_id: bytes) -> str:
    """What every value stored under a key begins with, PREFIX characters long."""
    return base64.b64encode(key_id).decode()[:PREFIX]


def blind_index(value: str, *, organization: UUID, column: str) -> str:
    """Keyed hash for exact search on an encrypted column; different for each organization and column."""
    key = _source[0](organization).index
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
