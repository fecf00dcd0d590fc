"""The one page of the application, where it was built (frontend/): the small page stands in for it elsewhere."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


def app_page() -> HttpResponse | None:
    """The same for everybody: who reads it, and in which language, its scripts find out. None where it is not built."""
    if not settings.FRONTEND_DIR:
        return None
    return HttpResponse(_index(settings.FRONTEND_DIR))


@never_cache
@require_safe
def somewhere(request: HttpRequest) -> HttpResponse:
    """An address that the server does not know may be one of the application's; a program that errs is told so."""
    answer = app_page()
    if answer is None or request.get_preferred_type(["application/problem+json", "text/html"]) != "text/html":
        raise Http404
    return answer


@lru_cache(maxsize=4)
def _index(folder: Path) -> bytes:
    return (folder / "index.html").read_bytes()
