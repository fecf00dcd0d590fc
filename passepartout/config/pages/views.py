"""The small page of the floor: frames rendered here, filled from the API by our own ES modules.

Where the application of frontend/ was built, it answers at the same addresses instead (see app.py).

Nothing here knows who calls: the access token lives in the page's memory, so that the frames are the same for all.
"""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from passepartout.kernel.errors import Forbidden
from passepartout.tenancy import first_run, selectors

from .app import app_page
from .texts import texts

LANGUAGE_COOKIE_SECONDS = 365 * 86400


def page(request: HttpRequest, name: str, *, status: int = 200, **facts: Any) -> HttpResponse:
    language = get_language() or settings.LANGUAGE_CODE
    facts |= {"language": language, "languages": settings.LANGUAGES, "t": texts(language)}
    return render(request, f"pages/{name}.html", facts, status=status)


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return app_page() or page(request, "home")


@never_cache
@require_safe
def simple_home(request: HttpRequest) -> HttpResponse:
    """The small page, also where the application answers at the front door."""
    return page(request, "home")


@never_cache
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    return app_page() or page(request, "sign_in")


@never_cache
@require_safe
def forgotten(request: HttpRequest) -> HttpResponse:
    return app_page() or page(request, "forgotten")


@never_cache
@require_safe
def choose_password(request: HttpRequest, ident: str, token: str) -> HttpResponse:
    """The link is judged when it is used: looking at it here would tell a stranger which ones are good."""
    return app_page() or page(request, "choose_password", ident=ident, token=token)


@never_cache
@require_safe
def first_administrator(request: HttpRequest, token: str) -> HttpResponse:
    """The form of the one-time link, or why the link is of no use."""
    try:
        first_run.check(token)
    except Forbidden:
        return page(request, "first_run_refused", status=Forbidden.status, reason="forged")
    if selectors.any_user_exists():
        return page(request, "first_run_refused", status=410, reason="over")
    return app_page() or page(request, "first_run", token=token)


@require_POST
def choose_language(request: HttpRequest, code: str) -> HttpResponse:
    """Remember the language and go back. The body is not read: a stranger's upload would be stored on the way."""
    if code not in dict(settings.LANGUAGES):
        raise Http404
    back = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    answer = HttpResponseRedirect(back)
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=LANGUAGE_COOKIE_SECONDS,
        httponly=True,
        secure=settings.SECURE,
        samesite="Lax",
    )
    return answer
