"""This room is for the addresses under /api/."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from . import keys, problems
from .house import api


@csrf_exempt
@login_not_required
def nowhere(request: HttpRequest) -> JsonResponse:
    return problems.missing(request)


def guarded(view):
    """The API asks for a sign-in itself and answers 401: a redirect to a page would help no program."""

    def guard(request: HttpRequest, *args, **kwargs):
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return problems.bad(request)
        if keys.in_the_clear(request):
            return problems.in_the_clear(request)
        if wait := keys.too_many(request):
            return problems.slow_down(request, wait)
        response = view(request, *args, **kwargs)
        return problems.not_so(request, response) if response.status_code == 405 else response

    guard.csrf_exempt = True  # type: ignore[attr-defined]  asked for by the session's authentication
    guard.login_required = False  # type: ignore[attr-defined]
    return guard


def both_ways(patterns: list[URLPattern]) -> list[URLPattern]:
    """With a slash at the end and without: the same address."""
    found = []
    for pattern in patterns:
        view = guarded(pattern.callback)
        found.append(path(str(pattern.pattern), view, name=pattern.name))
        if str(pattern.pattern):
            found.append(path(f"{pattern.pattern}/", view))
    return found


_found, _app, _namespace = api.urls
_patterns = both_ways(_found)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", (_patterns, _app, _namespace)),  # type: ignore[arg-type]
    re_path("", nowhere, name="api-nowhere"),
]
