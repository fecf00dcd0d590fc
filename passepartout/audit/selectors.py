"""Reading the audit log."""

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connection

from passepartout.kernel.scope import tenant

from . import anchors
from .models import AuditLog, AuditSeal

GENESIS = "0" * 64
PAGE = 2000


def recent() -> Any:
    """Lines of the organization in scope, newest first."""
    return AuditLog.objects.order_by("-created_at", "-id")


def unsealed_organizations() -> list[UUID]:
    return _ids("SELECT audit_unsealed_organizations()")


def organizations() -> list[UUID]:
    """Every organization with a chain, or with an anchor of a chain that is gone."""
    return sorted({*_ids("SELECT audit_organizations()"), *anchors.organizations()})


def _ids(sql: str) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


def head(organization: UUID) -> AuditSeal | None:
    with tenant(organization):
        seal: AuditSeal | None = AuditSeal.objects.order_by("-seq").first()
        return seal


def chain_text(prev_hash: str, seq: int, canonical: str) -> str:
    """The hash of a link, as audit_seal() computes it in SQL."""
    return hashlib.sha256(f"{prev_hash}\n{seq}\n{canonical}".encode()).hexdigest()


def faults(organization: UUID) -> list[str]:
    """Everything wrong with an organization's chain, one sentence each; empty when it is whole.

    Reads the anchors before the links, in pages of PAGE, so that a chain that grows meanwhile is no fault and a long
    one fits in memory.
    """
    anchored = {anchor.seq for anchor in anchors.genuine(organization)}
    lines = anchors.lines(organization)
    found: list[str] = []
    hashes: dict[int, str] = {}
    prev, expected = GENESIS, 1
    for seq, prev_hash, stored, canonical in _links(organization):
        found += _link_faults(seq, expected, prev_hash, prev, stored, canonical)
        prev, expected = stored, seq + 1
        if seq in anchored:
            hashes[seq] = stored
    lost = _unsealed_and_forgotten(organization)
    if lost:
        found.append(f"{lost} lines have neither a seal nor a place in the queue")
    return [*found, *_anchor_faults(organization, lines, hashes)]


def _link_faults(
    seq: int, expected: int, prev_hash: str, prev: str, stored: str, canonical: str | None
) -> Iterator[str]:
    if seq != expected:
        yield f"link {expected} is missing"
    if prev_hash != prev:
        yield f"link {seq} does not continue the link before it"
    if canonical is None:
        yield f"the line of link {seq} was deleted"
    elif chain_text(prev_hash, seq, canonical) != stored:
        yield f"the line of link {seq} was altered"


def _links(organization: UUID) -> Iterator[tuple[int, str, str, str | None]]:
    last = 0
    while True:
        with tenant(organization), connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.seq, s.prev_hash, s.hash, CASE WHEN l.id IS NULL THEN NULL ELSE audit_canonical(l) END "
                "FROM audit_seals s LEFT JOIN audit_logs l ON l.id = s.log_id "
                "WHERE s.org_id = %s AND s.seq > %s ORDER BY s.seq LIMIT %s",
                [organization, last, PAGE],
            )
            page = cursor.fetchall()
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1][0]


def _unsealed_and_forgotten(organization: UUID) -> int:
    with tenant(organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_logs l LEFT JOIN audit_seals s ON s.log_id = l.id "
            "LEFT JOIN audit_pending p ON p.log_id = l.id "
            "WHERE l.org_id = %s AND s.log_id IS NULL AND p.log_id IS NULL",
            [organization],
        )
        return int(cursor.fetchone()[0])


def _anchor_faults(organization: UUID, lines: list[str], hashes: dict[int, str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            anchor = anchors.read(line, organization)
        except anchors.AnchorForged:
            yield f"anchor {number} was forged"
            continue
        if hashes.get(anchor.seq) != anchor.hash:
            yield f"link {anchor.seq} is not the one that was anchored at {anchor.at}"
