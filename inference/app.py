"""Every engine in one process, for one machine: `uvicorn inference.app:app`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from inference.common.application import create_app
from inference.common.settings import Settings, from_environment
from inference.embeddings.app import service as embeddings
from inference.ocr.app import service as ocr


def create(settings: Settings | None = None) -> FastAPI:
    """Raises SettingsError if the environment is not complete."""
    settings = settings or from_environment()
    return create_app([embeddings(settings), ocr(settings)], settings)


def __getattr__(name: str) -> Any:
    """Make `app` when a server asks for it, so that importing this module reads no environment."""
    if name == "app":
        return create()
    raise AttributeError(name)
