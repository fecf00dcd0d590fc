"""Reading the audit log."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from passepartout.kernel.scope import current_organization, tenant

from . import anchors
from .models import AuditLog, AuditPending, AuditSeal

GENESIS = "0" * 64
PAGE = 2000
VERIFIED = "audit.verified"


@dataclass(frozen=True)
class Verification:
    """What checking links ``after`` + 1 to ``to`` found. ``complete``: ``to`` was the head then."""

    after: int
    to: int
    hash: str
    complete: bool
    faults: list[str]


@dataclass(frozen=True)
class ChainState:
    """The head of the organization's chain, what waits for its seal, what is anchored, and the last verification."""

    head: AuditSeal | None
    unsealed: int
    anchored: anchors.Anchor | None
    verified: AuditLog | None


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


def state() -> ChainState:
    """Of the organization in scope."""
    organization = current_organization()
    genuine = list(anchors.genuine(organization))
    return ChainState(
        head=AuditSeal.objects.order_by("-seq").first(),
        unsealed=AuditPending.objects.count(),
        anchored=genuine[-1] if genuine else None,
        verified=recent().filter(action_type=VERIFIED).first(),
    )


def pages(rows: Any, *, organization: UUID, user: UUID) -> Iterator[list[AuditLog]]:
    """The lines of ``rows``, oldest first, in pages of PAGE: no transaction is open between two."""
    rows = rows.filter(created_at__lte=timezone.now()).order_by("created_at", "id")
    rest = rows
    while True:
        with tenant(organization, user):
            page = list(rest[:PAGE])
        yield page
        if len(page) < PAGE:
            return
        last = page[-1]
        rest = rows.filter(Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, id__gt=last.pk))


def faults(organization: UUID) -> list[str]:
    """Everything wrong with an organization's chain, one sentence each; empty when it is whole."""
    return verification(organization).faults


def verification(organization: UUID, *, after: int = 0, seconds: float = inf) -> Verification:
    """Check the links from ``after`` + 1 on, for at most about so many seconds.

    Reads the anchors before the links, in pages of PAGE, so that a chain that grows meanwhile is no fault and a long
    one fits in memory. A part that begins later trusts the link ``after`` itself: it was checked with those before.
    """
    end = monotonic() + seconds
    anchored = {anchor.seq for anchor in anchors.genuine(organization)}
    lines = anchors.lines(organization)
    found: list[str] = []
    hashes: dict[int, str] = {}
    prev, last, complete = _hash_of(organization, after), after, True
    for seq, prev_hash, stored, canonical in _links(organization, after):
        if last % PAGE == 0 and last != after and monotonic() > end:
            complete = False
            break
        found += _link_faults(seq, last + 1, prev_hash, prev, stored, canonical)
        prev, last = stored, seq
        if seq in anchored:
            hashes[seq] = stored
    if complete:
        found += _lost(organization)
    known = _anchor_faults(organization, lines, hashes, after=after, to=inf if complete else last)
    return Verification(after, last, prev, complete, [*found, *known])


def _hash_of(organization: UUID, seq: int) -> str:
    if not seq:
        return GENESIS
    with tenant(organization):
        found = AuditSeal.objects.filter(seq=seq).first()
    return found.hash if found else ""


def _lost(organization: UUID) -> Iterator[str]:
    lost = _unsealed_and_forgotten(organization)
    if lost:
        yield f"{lost} lines have neither a seal nor a place in the queue"


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


def _links(organization: UUID, last: int) -> Iterator[tuple[int, str, str, str | None]]:
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


def _anchor_faults(
    organization: UUID, lines: list[str], hashes: dict[int, str], *, after: int, to: float
) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            anchor = anchors.read(line, organization)
        except anchors.AnchorForged:
            yield f"anchor {number} was forged"
            continue
        if after < anchor.seq <= to and hashes.get(anchor.seq) != anchor.hash:
            yield f"link {anchor.seq} is not the one that was anchored at {anchor.at}"
