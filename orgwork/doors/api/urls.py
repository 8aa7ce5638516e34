"""This room is for the addresses under /api/."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from . import problems
from .house import api


@csrf_exempt
@login_not_required
def nowhere(request: HttpRequest) -> JsonResponse:
    return problems.missing(request)


def _open_to_the_api(patterns: list) -> list[URLPattern]:
    """The API asks for a sign-in itself and answers 401; a redirect to a page would help no program."""
    for pattern in patterns:
        pattern.callback.login_required = False
    return patterns


_found, _app, _namespace = api.urls
_patterns = _open_to_the_api(_found)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", (_patterns, _app, _namespace)),  # type: ignore[arg-type]
    re_path("", nowhere, name="api-nowhere"),
]
