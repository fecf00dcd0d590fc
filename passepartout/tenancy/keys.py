"""Each organization's key for personal columns: unwrapped when first needed, kept in memory for minutes."""

import base64
import os
import time
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from passepartout.kernel.crypto import KEY_ID, DecryptionError, OrganizationKey, unwrap, wrap
from passepartout.kernel.errors import NotFound
from passepartout.kernel.scope import tenant

from .models import EncryptionKey

KEPT_SECONDS = 300  # after its key row is deleted, an organization is unreadable everywhere this soon


def master_keys() -> list[bytes]:
    """The first wraps new keys; the others are former ones that still unwrap."""
    return [base64.b64decode(key) for key in settings.FIELD_ENCRYPTION_KEYS]


def new_key(organization: UUID) -> EncryptionKey:
    """A fresh key for an organization, unsaved."""
    wrapped = wrap(master_keys()[0], os.urandom(32))
    return EncryptionKey(org_id=organization, key_id=os.urandom(KEY_ID), wrapped=wrapped)


def organization_key(organization: UUID) -> OrganizationKey:
    """Raises NotFound when the organization has no key (any more), DecryptionError under another master key."""
    return _kept(organization, int(time.monotonic() // KEPT_SECONDS))


@lru_cache(maxsize=1024)
def _kept(organization: UUID, _period: int) -> OrganizationKey:
    with tenant(organization):
        row = EncryptionKey.objects.filter(org_id=organization).first()
    if row is None:
        raise NotFound("This organization has no encryption key.")
    return bytes(row.key_id), _unwrapped(bytes(row.wrapped))


def _unwrapped(wrapped: bytes) -> bytes:
    *former, last = master_keys()
    for master in former:
        try:
            return unwrap(master, wrapped)
        except DecryptionError:
            continue
    return unwrap(last, wrapped)
