"""Moving to another store: every object is copied, and read again from where it was copied to.

A commit is atomic, so that what is in the target with its size is whole: a copy that was stopped goes on where it was.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from engines.objects import ObjectMissing, ObjectStore

from . import selectors
from .models import StoredObject

PIECE = 1 << 20


class Outcome(StrEnum):
    COPIED = "copied"
    THERE = "there already"
    MISSING = "missing in the source"
    DAMAGED = "not what its sha256 says"


@dataclass(frozen=True)
class Copied:
    object: StoredObject
    outcome: Outcome


def copy_objects(*, source: ObjectStore, target: ObjectStore) -> Iterator[Copied]:
    """Every object of every organization, one by one. Raises StorageFull, StorageUnavailable.

    What is damaged in the source is not copied; what arrives damaged in the target is taken away again.
    """
    for organization in selectors.organizations():
        for row in selectors.all_objects(organization):
            yield Copied(row, _copied(row, source, target))


def _copied(row: StoredObject, source: ObjectStore, target: ObjectStore) -> Outcome:
    key = row.storage_path
    if target.exists(key) and target.size(key) == row.size:
        return Outcome.THERE
    try:
        with source.open(key) as content, target.create() as draft:
            digest = hashlib.sha256()
            for piece in _pieces(content):
                digest.update(piece)
                draft.write(piece)
            if digest.hexdigest() != row.sha256:
                return Outcome.DAMAGED
            draft.commit(key)
    except ObjectMissing:
        return Outcome.MISSING
    if _digest_of(target, key) == row.sha256:
        return Outcome.COPIED
    target.delete(key)
    return Outcome.DAMAGED


def _digest_of(store: ObjectStore, key: str) -> str:
    digest = hashlib.sha256()
    with store.open(key) as content:
        for piece in _pieces(content):
            digest.update(piece)
    return digest.hexdigest()


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    while piece := content.read(PIECE):
        yield piece
