"""A child's output: every line as JSON into its log file, and a short prefixed line on the console."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

_MAX_BYTES, _KEPT = 10_000_000, 3
_CONSOLE_WIDTH = 200
_LEVELS = {name: number for number, name in enumerate(("debug", "info", "warning", "error", "critical"))}
_UNSAID = frozenset({"ts", "timestamp", "level", "logger", "event", "exception", "color_message"})
# Lines that are not JSON: PostgreSQL's and Python's words for a level.
_WORD = re.compile(r"\b(WARNING|ERROR|FATAL|PANIC|CRITICAL)\b")
_WORDS = {"WARNING": "warning", "ERROR": "error", "FATAL": "error", "PANIC": "critical", "CRITICAL": "critical"}
# What our own readiness probes make PostgreSQL say.
_EXPECTED = "the database system is starting up"


class Console:
    """Lines for the operator. A console that went away (closed pipe) is not an error."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream: TextIO | None = stream or sys.stdout

    def say(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            print(text, file=self._stream, flush=True)
        except OSError:
            self._stream = None


class Journal:
    """The log file of one child (`logs/NAME.log`, rotated), echoed to the console."""

    def __init__(self, name: str, directory: Path, console: Console, *, echo: str = "info") -> None:
        self._name = name
        self._echo = _LEVELS[echo]
        self._console = console
        self._file = RotatingFileHandler(
            directory / f"{name}.log", maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8"
        )

    def write(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if not text:
            return
        structured = _parsed(text)
        event = structured or _wrapped(self._name, text)
        self._file.emit(logging.makeLogRecord({"msg": json.dumps(event, ensure_ascii=False)}))
        # Banners and traces of libraries are for the file: of plain text, only what calls itself a warning is echoed.
        least = self._echo if structured else max(self._echo, _LEVELS["warning"])
        if _LEVELS.get(str(event.get("level")), _LEVELS["error"]) >= least:
            self._console.say(f"{self._name:<9} | {shortened(event)}")

    def close(self) -> None:
        self._file.close()


def _parsed(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        event = json.loads(text)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _wrapped(name: str, text: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    word = None if _EXPECTED in text else _WORD.search(text)
    level = _WORDS[word[1]] if word else "info"
    return {"ts": now, "level": level, "logger": name, "event": text}


def shortened(event: dict[str, Any]) -> str:
    """`LEVEL event key=value …`, one line; the file has the rest."""
    level = str(event.get("level", "info"))
    details = [
        f"{key}={value}" for key, value in event.items() if key not in _UNSAID and not isinstance(value, dict | list)
    ]
    prefix = "" if level == "info" else f"{level.upper()} "
    return " ".join([f"{prefix}{event.get('event', '')}", *details]).replace("\n", " ")[:_CONSOLE_WIDTH]
