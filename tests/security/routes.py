"""Every address of the API, read from the URL conf, so that no endpoint can be forgotten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

PREFIX = "api/v1/"
FIRST_PLAN = "api/ai/"  # the same views under other names, without the slash at the end too


@dataclass(frozen=True)
class Route:
    """``path`` is the pattern below /api/v1/, such as ``clients/<uuid:pk>/``; a whole one where it is not below it."""

    path: str
    view: Any

    @property
    def methods(self) -> list[str]:
        """The methods that the view takes, in lower case."""
        taken = [name for name in self.view.http_method_names if hasattr(self.view, name)]
        return [name for name in taken if name not in {"options", "head", "trace"}]

    @property
    def arguments(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.path)

    def address(self, **arguments: object) -> str:
        filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(arguments[found[1]]), self.path)
        return filled if filled.startswith("/") else f"/{PREFIX}{filled}"


def routes() -> list[Route]:
    """All routes below /api/v1/, and those of the first plan, in order."""
    every = list(_walk(get_resolver()))
    ours = [Route(path.removeprefix(PREFIX), view) for path, view in every if path.startswith(PREFIX)]
    first_plan = [Route(f"/{path}", view) for path, view in every if path.startswith(FIRST_PLAN) and path[-1] == "/"]
    return [*ours, *first_plan]


def others() -> list[str]:
    """Every address that is not the API's: health, metrics, pages."""
    every = (path for path, _ in _walk(get_resolver()))
    return [path for path in every if not path.startswith((PREFIX, FIRST_PLAN))]


def _walk(resolver: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, path)
        elif isinstance(pattern, URLPattern):
            callback: Any = pattern.callback
            yield path, getattr(callback, "cls", None) or getattr(callback, "view_class", callback)
