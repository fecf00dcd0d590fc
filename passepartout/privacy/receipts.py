"""The receipt of a request: what, how many, when, by whom (ids), what stays and why. It names nobody."""

import hashlib
import json
from collections import Counter
from datetime import datetime
from typing import Any

from passepartout.kernel.personal import Subject, kept

from .models import DataRequest, DataRequestItem


def receipt_of(request: DataRequest, subject: Subject, *, at: datetime, still_found: int) -> dict[str, Any]:
    """In a tenant transaction. ``still_found``: what a search after the end finds besides what is kept."""
    done: Counter[str] = Counter()
    stays: Counter[tuple[str, str]] = Counter()
    rows = DataRequestItem.objects.filter(request=request)
    for source, because, given in rows.values_list("source", "because", "given"):
        if because or (request.kind == DataRequest.Kind.EXPORT and not given):
            stays[source, because or DataRequestItem.Because.OTHERS.value] += 1
        else:
            done[source] += 1
    if request.kind == DataRequest.Kind.ERASURE:
        for each in kept():
            if count := each.count(subject):
                stays[each.name, each.because] += count
    return {
        "request": str(request.pk),
        "organization": str(request.org_id),
        "kind": request.kind,
        "received_at": request.created_at.isoformat(),
        "confirmed_at": request.decided_at.isoformat() if request.decided_at else None,
        "finished_at": at.isoformat(),
        "requested_by": str(request.requested_by) if request.requested_by else None,
        "confirmed_by": str(request.decided_by) if request.decided_by else None,
        "done": dict(sorted(done.items())),
        "kept": [{"what": what, "because": because, "count": n} for (what, because), n in sorted(stays.items())],
        "still_found": still_found,
    }


def digest(receipt: dict[str, Any]) -> str:
    """sha256 of the receipt's JSON with sorted keys and no spaces: anybody who has the receipt can compute it."""
    text = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
