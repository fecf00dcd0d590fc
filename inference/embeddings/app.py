"""The embeddings service in a process of its own: `uvicorn inference.embeddings.app:app`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from engines.embeddings.local import LocalEmbedder
from inference.common.application import create_app
from inference.common.settings import Settings, from_environment
from inference.embeddings.service import EmbeddingsService

MODEL_DIRECTORY = "all-minilm-l6-v2"


def service(settings: Settings) -> EmbeddingsService:
    # The workers are the threads: each runs one slice at a time.
    return EmbeddingsService(settings, load=lambda: LocalEmbedder(settings.models / MODEL_DIRECTORY, threads=1))


def create(settings: Settings | None = None) -> FastAPI:
    """Raises SettingsError if the environment is not complete."""
    settings = settings or from_environment()
    return create_app([service(settings)], settings)


def __getattr__(name: str) -> Any:
    """Make `app` when a server asks for it, so that importing this module reads no environment."""
    if name == "app":
        return create()
    raise AttributeError(name)
