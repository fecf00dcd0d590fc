"""The OCR service in a process of its own: `uvicorn inference.ocr.app:app`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from engines.ocr.isolated import IsolatedRecognizer
from engines.ocr.pool import RecognizerPool
from inference.common.application import create_app
from inference.common.gpu import shared_gpu
from inference.common.settings import Settings, from_environment
from inference.ocr.service import OcrService


def service(settings: Settings) -> OcrService:
    """The engines live in children, which end when no page has come for a while: this process stays small.

    A page gets one thread, because two pages side by side are read sooner than one after the other on two threads each.
    """

    def load() -> RecognizerPool:
        return RecognizerPool([_child(settings) for _ in range(settings.threads)])

    return OcrService(settings, load=load, gpu=shared_gpu(settings, "ocr", patience=settings.page_timeout))


def _child(settings: Settings) -> IsolatedRecognizer:
    return IsolatedRecognizer(threads=1, seconds=settings.page_timeout, idle_seconds=settings.ocr_idle_seconds)


def create(settings: Settings | None = None) -> FastAPI:
    """Raises SettingsError if the environment is not complete."""
    settings = settings or from_environment()
    return create_app([service(settings)], settings)


def __getattr__(name: str) -> Any:
    """Make `app` when a server asks for it, so that importing this module reads no environment."""
    if name == "app":
        return create()
    raise AttributeError(name)
