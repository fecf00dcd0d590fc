"""What each kind of job tells the job machine: registered by the app that owns the work."""

from collections.abc import Callable
from typing import Any

_on_dead: dict[str, Callable[..., None]] = {}


def register_dead_letter(kind: str, callback: Callable[..., None]) -> None:
    """``callback(code=…, detail=…, **payload)`` runs, in the job's transaction, when a job will not be tried again."""
    _on_dead[kind] = callback


def tell_dead(kind: str, *, code: str, detail: str, payload: dict[str, Any]) -> None:
    callback = _on_dead.get(kind)
    if callback is not None:
        callback(code=code, detail=detail, **payload)
