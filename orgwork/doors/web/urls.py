"""This room is for the addresses of the pages."""

from django.urls import URLPattern, URLResolver, path

from . import signin, today

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.today, name="today"),
    path("sign-in/", signin.sign_in, name="sign-in"),
    path("sign-out/", signin.sign_out, name="sign-out"),
    path("language/", signin.language, name="language"),
    path("search/", today.search, name="search"),
    path("where/", today.where, name="where"),
]
