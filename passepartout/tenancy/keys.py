"""Each organization's keys for personal columns: unwrapped when first needed, kept in memory for minutes."""

import base64
import os
import time
from uuid import UUID

from django.conf import settings

from passepartout.kernel.crypto import KEY_ID, DecryptionError, Keyring, unwrap, wrap
from passepartout.kernel.errors import NotFound
from passepartout.kernel.scope import tenant

from .models import EncryptionKey

KEPT_SECONDS = 300  # after its key rows are deleted, an organization is unreadable everywhere this soon
MOST_KEPT = 1024
_kept: dict[UUID, tuple[float, Keyring]] = {}


def master_keys() -> list[bytes]:
    """The first wraps new keys; the others are former ones that still unwrap."""
    return [base64.b64decode(key) for key in settings.FIELD_ENCRYPTION_KEYS]


def new_key(organization: UUID, purpose: str = EncryptionKey.Purpose.FIELDS) -> EncryptionKey:
    """A fresh key for an organization, unsaved."""
    wrapped = wrap(master_keys()[0], os.urandom(32))
    return EncryptionKey(org_id=organization, key_id=os.urandom(KEY_ID), wrapped=wrapped, purpose=purpose)


def create_keys(organization: UUID) -> None:
    """The keys of a new organization. In its tenant transaction."""
    for purpose in EncryptionKey.Purpose:
        new_key(organization, purpose).save()


def organization_keys(organization: UUID, *, fresh: bool = False) -> Keyring:
    """Raises NotFound when the organization has no key (any more), DecryptionError under another master key."""
    read, ring = _kept.get(organization, (0.0, None))
    if fresh or ring is None or time.monotonic() - read >= KEPT_SECONDS:
        forget(organization)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        ring = _read(organization)
        _kept[organization] = (time.monotonic(), ring)
    return ring


def forget(organization: UUID | None = None) -> None:
    """Read them again when they are next needed; None: those of every organization."""
    if organization is None:
        _kept.clear()
    else:
        _kept.pop(organization, None)


def _read(organization: UUID) -> Keyring:
    with tenant(organization):
        rows = list(EncryptionKey.objects.values_list("purpose", "replaced_at", "key_id", "wrapped"))
    fields, current, index = {}, b"", b""
    for purpose, replaced_at, ident, wrapped in rows:
        if purpose == EncryptionKey.Purpose.INDEX:
            index = unwrapped(bytes(wrapped))
            continue
        fields[bytes(ident)] = unwrapped(bytes(wrapped))
        current = bytes(ident) if replaced_at is None else current
    if not current or not index:
        raise NotFound("This organization has no encryption key.")
    return Keyring(current, fields, index)


def unwrapped(wrapped: bytes) -> bytes:
    """Raises DecryptionError when none of the master keys wrapped it."""
    *former, last = master_keys()
    for master in former:
        if (key := _opened(master, wrapped)) is not None:
            return key
    return unwrap(last, wrapped)


def under_first_master(wrapped: bytes) -> bool:
    return _opened(master_keys()[0], wrapped) is not None


def _opened(master: bytes, wrapped: bytes) -> bytes | None:
    try:
        return unwrap(master, wrapped)
    except DecryptionError:
        return None
