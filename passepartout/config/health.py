"""Liveness and readiness, for the supervisor, containers and nginx. No data, no authentication."""

from collections.abc import Callable

import httpx
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

from engines.objects import ObjectError
from passepartout.files.store import object_store
from passepartout.llm.engines_in_use import language_model_state


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when every part answers; 503 with the failing parts named otherwise."""
    parts = {name: check() for name, check in CHECKS.items()}
    good = all(state == "ok" for state in parts.values())
    status = "ok" if good else "unavailable"
    optional = {"language_model": language_model_state()}  # without it questions are answered by extracts
    return JsonResponse({"status": status, "parts": parts, "optional": optional}, status=200 if good else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return type(error).__name__
    return "ok"


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return type(error).__name__
    return f"{len(pending)} pending" if pending else "ok"


def _queue() -> str:
    try:
        cache.get("health")
    except RedisError as error:
        return type(error).__name__
    return "ok"


def _embeddings() -> str:
    try:
        answer = httpx.get(f"{settings.EMBEDDINGS_URL}/health", timeout=2)
    except httpx.HTTPError as error:
        return type(error).__name__
    return "ok" if answer.status_code == httpx.codes.OK else f"answered {answer.status_code}"


def _objects() -> str:
    try:
        object_store().check()
    except ObjectError as error:
        return error.code
    return "ok"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "queue": _queue,
    "embeddings": _embeddings,
    "objects": _objects,
}
