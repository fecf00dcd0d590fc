"""JSON log lines carrying the ids of the work in hand (request, job, organization), and nothing personal."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")
organization_id: ContextVar[str] = ContextVar("organization_id", default="")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "taskName"}
# PostgreSQL repeats the offending row after this word, and so may carry somebody's address into the log.
_DETAIL = re.compile(r"DETAIL: .*?(?=\n(?:CONTEXT|HINT|QUERY|WHERE|\n)|\Z)", re.DOTALL)


class JsonFormatter(logging.Formatter):
    """Whatever is passed in ``extra=`` becomes a member of the line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        for name, variable in (("request_id", request_id), ("job_id", job_id), ("organization", organization_id)):
            if variable.get():
                line[name] = variable.get()
        line.update({key: value for key, value in vars(record).items() if key not in _STANDARD})
        if record.exc_info:
            line["exception"] = _DETAIL.sub("DETAIL: left out", self.formatException(record.exc_info))
        return json.dumps(line, default=str, ensure_ascii=False)
