"""This room is for the first fork in an address: /api/ or a page."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("orgwork.doors.api.urls")),
    path("", include("orgwork.doors.web.urls")),
]
