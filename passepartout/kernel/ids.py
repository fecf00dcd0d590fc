"""Primary keys: UUID version 7, so that rows inserted together lie together in an index."""

import uuid

import uuid6


def new_id() -> uuid.UUID:
    """A new time-ordered UUID (RFC 9562, version 7)."""
    return uuid.UUID(int=uuid6.uuid7().int)
