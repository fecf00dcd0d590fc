"""The audit log as a file, written page by page while it is read."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse

from .models import AuditLog

COLUMNS = ["id", "created_at", "action_type", "object_type", "object_id", "user_id", "approved_by", "sql_query",
           "request_id", "detail"]  # fmt: skip
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class ExportAnswer(StreamingHttpResponse):
    """Lines of the log in pieces, from a thread under ASGI."""

    def __init__(self, pages: Iterable[list[AuditLog]], form: str) -> None:
        self._pieces = PIECES[form](pages)
        headers = {"Content-Disposition": f'attachment; filename="audit.{form}"', "Cache-Control": "private, no-store"}
        super().__init__(self._pieces, content_type=TYPES[form], headers=headers)

    async def __aiter__(self) -> AsyncIterator[Any]:
        following = sync_to_async(lambda: next(self._pieces, ""))
        while piece := await following():
            yield piece.encode()


def as_csv(pages: Iterable[list[AuditLog]]) -> Iterator[str]:
    """A header and one row a line; every cell quoted, and none that a spreadsheet would calculate."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for page in pages:
        writer.writerows([[defused(_text(value)) for value in _values(line)] for line in page])
        yield written.getvalue()
        written.seek(0)
        written.truncate()


def as_json(pages: Iterable[list[AuditLog]]) -> Iterator[str]:
    """One array of objects."""
    before = "[\n"
    for page in pages:
        rows = [json.dumps(dict(zip(COLUMNS, _values(line), strict=True)), cls=DjangoJSONEncoder) for line in page]
        if rows:
            yield before + ",\n".join(rows)
            before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"


def defused(cell: str) -> str:
    """A cell that begins like a formula gets an apostrophe before it, which makes it text."""
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell


def _values(line: AuditLog) -> list[Any]:
    return [getattr(line, name) for name in COLUMNS]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


PIECES = {"csv": as_csv, "json": as_json}
