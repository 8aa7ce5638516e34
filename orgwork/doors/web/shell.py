"""This room is for what stands around every page: the way through the work, the reader, the dials."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from orgwork.doors.web import places
from orgwork.registers import access


@dataclass(frozen=True)
class Room:
    name: str  # the url name of its first page
    label: object
    section: str  # what a page sets as `section` to be marked here
    act: str = ""  # the power without which it holds nothing for the reader; empty: open to everybody
    breaks: bool = False  # a line above it


# Follows the work, not the tables. A room stands here once it has a page.
ROOMS = [
    Room("today", _("Today"), "today"),
    Room("people", _("People"), "people", "names.read"),
    Room("bodies", _("Bodies"), "bodies", "figures.read"),
    Room("reorganisations", _("Reorganisations"), "reorganisations", "unit.end"),
    Room("posts", _("Posts"), "posts", "names.read"),
    Room("staffing", _("Staffing"), "staffing", "staff.read"),
    Room("documents", _("Documents"), "documents", "figures.read"),
    Room("drafts", _("Drafts"), "drafts", "paper.opinion"),
    Room("incoming", _("Incoming papers"), "incoming", "incoming.read"),
    Room("cases", _("Members and cases"), "cases", "names.read", breaks=True),
    Room("cards", _("Cards and badges"), "cards", "names.read"),
    Room("figures", _("Figures"), "figures", "figures.read"),
    Room("reports", _("Reports"), "reports", "report.read"),
    Room("exchange", _("Exchange"), "exchange", "names.read"),
    Room("journal", _("Journal"), "journal", "journal.read", breaks=True),
    Room("reads", _("Who looked"), "reads", "reads.audit"),
    Room("help-desk", _("Help desk"), "help-desk", "signin.reset"),
    Room("retention", _("Kept long enough"), "retention", "person.erase"),
    Room("proposals", _("Two people"), "proposals", "proposal.confirm"),
    Room("my-file", _("My file"), "my-file"),
    Room("jobs", _("Long work"), "jobs"),
    Room("health", _("Health"), "health", "system.run"),
    Room("help", _("How it is done"), "help"),
]


def rooms(request) -> list[dict]:
    """Only what is open to the reader by a post held today."""
    held = {mandate.act for mandate in access.mandates(request.user, now=timezone.localdate())}
    found = []
    for room in ROOMS:
        if room.act and room.act not in held:
            continue
        try:
            url = reverse(room.name)
        except NoReverseMatch:
            continue
        found.append({"label": room.label, "url": url, "section": room.section, "breaks": room.breaks})
    return found


def context(request) -> dict:
    """Context processor. What needs the database is looked up only when the page shows it."""
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    return {
        "dials": getattr(request, "dials", None),
        "place": getattr(request, "place", None),
        "rooms": rooms(request) if signed_in else [],
        "mandate": SimpleLazyObject(lambda: places.mandate_line(request.user)) if signed_in else "",
        "me_person": SimpleLazyObject(lambda: my_page(request)) if signed_in else "",
        "languages": settings.LANGUAGES,
        "here": request.path,
    }


def my_page(request) -> str:
    person = access.person_of(request.user)
    return reverse("person", args=[person]) if person else ""
