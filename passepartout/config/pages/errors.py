"""What went wrong, as a small page for who reads pages; programs, and every address of the API, get the problem."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from passepartout.kernel.logs import request_id
from passepartout.kernel.rest import problems

from .views import page

API = "/api/"
# The first is what a caller without a preference gets.
_OFFERED = (problems.CONTENT_TYPE, "application/json", "text/html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _readable(request, problems.bad_request(request, exception))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _readable(request, problems.permission_denied(request, exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _readable(request, problems.not_found(request, exception))


def server_error(request: HttpRequest) -> HttpResponse:
    return _readable(request, problems.server_error(request))


def _readable(request: HttpRequest, problem: HttpResponse) -> HttpResponse:
    if request.path_info.startswith(API):
        return problem
    answer, status = problem, problem.status_code
    if request.get_preferred_type(_OFFERED) == "text/html":
        answer = page(request, "error", status=status, code=status, reference=request_id.get())
    patch_vary_headers(answer, ["Accept", "Accept-Language", "Cookie"])
    add_never_cache_headers(answer)
    return answer
