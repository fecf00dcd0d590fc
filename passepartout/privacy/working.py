"""Doing what a request asks for, in a worker: search, then export or erase. Each step can end anywhere and be repeated.

What is to be done is rows (`DataRequestItem`), each marked in the transaction after it was done; a source erases again
what was erased already without harm. A worker that was taken for dead writes nothing more (`hold`).
"""

from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone

from passepartout.jobs.services import Claim, hold, report
from passepartout.kernel.errors import Unavailable
from passepartout.kernel.personal import Found, Source, Subject, source, sources
from passepartout.kernel.scope import tenant_transaction

from . import selectors
from .exporting import write_export
from .finding import Spared, find, packed, subject_of, unpacked
from .models import DATA_REQUEST, DataRequest, DataRequestItem
from .receipts import digest, receipt_of
from .services import forget, moved

FoundSomewhere = list[tuple[Source, Found]]
SWEEPS = 3
WAITING, DONE = DataRequestItem.State.WAITING, DataRequestItem.State.DONE


def search(claim: Claim, ident: UUID) -> None:
    """Find all that is about the person and show it for review. Does nothing for a request that moved on."""
    row = _held(claim, ident, "received")
    if row is None:
        return
    subject, found = find(subject_of(row.subject), tell=partial(_tell, claim))
    with tenant_transaction():
        hold(claim)
        DataRequestItem.objects.filter(request_id=ident).delete()
        _keep(row, found)
        row.resolved = packed(subject)
        _to_review(row, "preview")


def _held(claim: Claim, ident: UUID, *statuses: str) -> DataRequest | None:
    with tenant_transaction():
        hold(claim)
        row: DataRequest | None = DataRequest.objects.filter(pk=ident, status__in=statuses).first()
    return row


def _tell(claim: Claim, step: str, done: int, total: int = 0) -> None:
    with tenant_transaction():
        hold(claim)
        report(claim, step=step, done=done, total=total)


def _keep(row: DataRequest, found: FoundSomewhere) -> None:
    DataRequestItem.objects.bulk_create(
        DataRequestItem(request=row, source=origin.name, object_id=one.ident, reason=one.reason, label=one.label,
                        given=one.given)
        for origin, one in found
    )  # fmt: skip


def _to_review(row: DataRequest, action: str) -> None:
    row.status = DATA_REQUEST.target(action, row.status)
    row.error_code = "found_more" if action == "return" else ""
    row.save(update_fields=["status", "resolved", "error_code"])
    moved(row, action, found=selectors.counts_of(row))


def run(claim: Claim, ident: UUID) -> None:
    """Export or erase what was confirmed; go on where an attempt before ended. Raises EngineError, AppError."""
    row = _held(claim, ident, "confirmed", "running")
    if row is None:
        return
    if row.status == "confirmed" and not _begun(claim, row):
        return
    if row.kind == DataRequest.Kind.EXPORT:
        stored = write_export(row, tell=partial(_tell, claim))
        _end(claim, row, **stored)
        return
    _erase(claim, row)
    _end(claim, row, still_found=_swept(claim, row))


def _begun(claim: Claim, row: DataRequest) -> bool:
    """Search again: what came since the review is added, or shown for another review where a person must decide.

    What nobody reviews, and what was found only by way of somebody else's things, is left alone.
    """
    subject, found = find(subject_of(row.subject), spared=_spared(row))
    new = _unknown(row, found)
    with tenant_transaction():
        hold(claim)
        _keep(row, new)
        _drop_unfound(row, found)
        row.resolved = packed(subject)
        if any(origin.reviewed for origin, _ in new):
            _to_review(row, "return")
            return False
        row.status = DATA_REQUEST.target("run", row.status)
        row.save(update_fields=["status", "resolved"])
        moved(row, "run")
    return True


def _spared(row: DataRequest) -> Spared:
    with tenant_transaction():
        others = selectors.items_of(row).filter(because=DataRequestItem.Because.SOMEBODY_ELSE)
        return frozenset(others.values_list("source", "object_id"))


def _drop_unfound(row: DataRequest, found: FoundSomewhere) -> None:
    still = {(origin.name, one.ident) for origin, one in found}
    unreviewed = [origin.name for origin in sources() if not origin.reviewed]
    items = selectors.items_of(row).filter(source__in=unreviewed).values_list("pk", "source", "object_id")
    gone = [pk for pk, name, ident in items if (name, ident) not in still]
    DataRequestItem.objects.filter(pk__in=gone).delete()


def _unknown(row: DataRequest, found: FoundSomewhere) -> FoundSomewhere:
    """What is not among the request's items, done or kept."""
    with tenant_transaction():
        known = set(selectors.items_of(row).values_list("source", "object_id"))
    return [(origin, one) for origin, one in found if (origin.name, one.ident) not in known]


def _erase(claim: Claim, row: DataRequest) -> None:
    """Backwards by rank: who it is goes last. Raises Unavailable where the app that held a thing is not installed."""
    ranks = {origin.name: rank for rank, origin in enumerate(sources())}
    with tenant_transaction():
        waiting = selectors.items_of(row).filter(because="", state=WAITING)
        items = sorted(waiting, key=lambda item: -ranks.get(item.source, 0))
    for number, item in enumerate(items):
        origin = source(item.source)
        if origin is None:
            raise Unavailable(f"What held {item.source} is not installed.", code="source_gone")
        _tell(claim, origin.name, number, len(items))
        origin.erase(item.object_id)
        with tenant_transaction():
            hold(claim)
            DataRequestItem.objects.filter(pk=item.pk).update(state=DONE, label="")


def _swept(claim: Claim, row: DataRequest) -> int:
    """Erase what was written while this worked (an answer that was on its way); how much a last search still finds."""
    for _ in range(SWEEPS):
        left = _unknown(row, find(unpacked(row.resolved), spared=_spared(row))[1])
        late = [(origin, one) for origin, one in left if not origin.reviewed]
        if not late:
            break
        with tenant_transaction():
            hold(claim)
            _keep(row, late)
        _erase(claim, row)
    return len(left)


def _end(claim: Claim, row: DataRequest, *, still_found: int = 0, **facts: Any) -> None:
    subject: Subject = unpacked(row.resolved)
    with tenant_transaction():
        hold(claim)
        selectors.items_of(row).filter(because="").update(state=DONE)
        row.finished_at = timezone.now()
        row.receipt = receipt_of(row, subject, at=row.finished_at, still_found=still_found)
        row.receipt_sha256 = digest(row.receipt)
        row.status = DATA_REQUEST.target("finish", row.status)
        for name, value in facts.items():
            setattr(row, name, value)
        forget(row)
        row.save()
        moved(row, "finish", sha256=row.receipt_sha256, done=row.receipt["done"], still_found=still_found)
