"""Each organization's key for personal columns: unwrapped once per process, kept in memory."""

import base64
import os
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from passepartout.kernel.crypto import KEY_ID, OrganizationKey, unwrap, wrap
from passepartout.kernel.errors import NotFound
from passepartout.kernel.scope import tenant

from .models import EncryptionKey


def master_key() -> bytes:
    return base64.b64decode(settings.FIELD_ENCRYPTION_KEYS[0])


def new_key(organization: UUID) -> EncryptionKey:
    """A fresh key for an organization, unsaved."""
    return EncryptionKey(org_id=organization, key_id=os.urandom(KEY_ID), wrapped=wrap(master_key(), os.urandom(32)))


@lru_cache(maxsize=1024)
def organization_key(organization: UUID) -> OrganizationKey:
    """Raises NotFound when the organization has no key (any more)."""
    with tenant(organization):
        row = EncryptionKey.objects.filter(org_id=organization).first()
    if row is None:
        raise NotFound("This organization has no encryption key.")
    return bytes(row.key_id), unwrap(master_key(), bytes(row.wrapped))
