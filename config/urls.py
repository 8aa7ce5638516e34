"""This room is for the first fork in an address: /api/, /scim/ or a page."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("orgwork.doors.api.urls")),
    path("scim/v2/", include("orgwork.doors.api.scim")),
    path("", include("orgwork.doors.web.urls")),
]

# Own pages for what cannot be shown; each says what to do next.
handler400 = "orgwork.doors.web.errors.bad_request"
handler403 = "orgwork.doors.web.errors.denied"
handler404 = "orgwork.doors.web.errors.missing"
handler500 = "orgwork.doors.web.errors.broken"
