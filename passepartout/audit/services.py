"""Writing the audit log, sealing it, anchoring its head."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from passepartout.kernel.ids import new_id
from passepartout.kernel.logs import request_id
from passepartout.kernel.scope import require_tenant_transaction, tenant, tenant_transaction

from . import anchors, selectors

SEAL_BATCH = 500
_CODE = re.compile(r"[\w.:+-]{1,64}", re.ASCII)
VERIFY_SECONDS = 10.0


def record(
    action: str,
    target: Any = None,
    *,
    detail: dict[str, Any] | None = None,
    sql_query: str = "",
    approved_by: UUID | None = None,
) -> None:
    """Write one line in the action's own transaction: no audit line, no action.

    ``target`` is the object acted on; ``detail`` must hold ids, codes and hashes only, never personal data.
    Raises ScopeMissing outside a tenant transaction.
    """
    require_tenant_transaction()
    object_type = target._meta.db_table if target is not None else ""
    object_id = str(target.pk) if target is not None else ""
    payload = json.dumps(detail or {}, cls=DjangoJSONEncoder)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_append(%s, %s, %s, %s, %s::jsonb, %s, %s, %s)",
            [new_id(), action, object_type, object_id, payload, request_id.get(), sql_query, approved_by],
        )


def export_begun(*, form: str, filters: dict[str, str]) -> None:
    """An export is an action like any other: the line is written before the first byte leaves.

    What was typed into a filter and is no code, id or date (a person's address, say) is not kept.
    """
    kept = {name: value if _CODE.fullmatch(value) else "…" for name, value in filters.items()}
    record("audit.exported", detail={"format": form, "filters": kept})


def verify(organization: UUID, *, after: int = 0) -> selectors.Verification:
    """Seal what waits, check the chain from link ``after`` + 1 on, for some seconds, and keep what was found.

    Outside any transaction.
    """
    _seal(organization)
    found = selectors.verification(organization, after=after, seconds=VERIFY_SECONDS)
    detail = {"after": after, "to": found.to, "hash": found.hash, "complete": found.complete,
              "faults": len(found.faults)}  # fmt: skip
    with tenant_transaction():
        record(selectors.VERIFIED, detail=detail)
    return found


def seal_all() -> int:
    """Seal every waiting row of every organization. Returns how many."""
    return sum(_seal(organization) for organization in selectors.unsealed_organizations())


def _seal(organization: UUID) -> int:
    total = 0
    while True:
        with tenant(organization), connection.cursor() as cursor:
            cursor.execute("SELECT audit_seal(%s, %s)", [organization, SEAL_BATCH])
            sealed: int = cursor.fetchone()[0]
        total += sealed
        if sealed < SEAL_BATCH:
            return total


def anchor_all() -> int:
    """Sign the head of every chain that grew, and keep it outside the database. Returns how many."""
    written = 0
    for organization in selectors.organizations():
        head = selectors.head(organization)
        if head is None or _is_anchored(organization, head.seq):
            continue
        anchors.append(organization, anchors.Anchor(head.seq, head.hash, datetime.now(UTC).isoformat()))
        written += 1
    return written


def _is_anchored(organization: UUID, seq: int) -> bool:
    return any(anchor.seq == seq for anchor in anchors.genuine(organization))
