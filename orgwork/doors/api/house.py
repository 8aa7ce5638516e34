"""This room is for the API as a whole: its rooms put together, who may knock, how it is described."""

from __future__ import annotations

from django.utils import translation
from ninja import NinjaAPI
from ninja.security import SessionAuth

from . import (
    areas,
    bodies,
    cases,
    documents,
    figures,
    journal,
    people,
    posts,
    problems,
    reports,
    session,
    steps,
)

ABOUT = """\
Bodies, people, memberships, posts, documents, areas, cases and figures: as on any day, as known on any day.

Names follow Popolo where it has one: Organization, Person, Membership, Post, Area. Periods include both days.
Every list takes `on` and `known_at`, and is paged: follow `next` until it is null. Every refusal is a problem
document (RFC 9457) with a stable `code`, the `field` that is meant, the rule's `citation` and a `hint`.
What an account may see and do follows from the posts its person holds today. Reads of other people's personal
records are noted; the person can see them. Writing takes the CSRF token of `/api/v1/session` in the header
`X-CSRFToken`; with an `Idempotency-Key` the same request does a thing once."""


def make() -> NinjaAPI:
    api = NinjaAPI(
        title="Orgwork", version="1", description=ABOUT, docs_url=None, urls_namespace="api",
        auth=SessionAuth(csrf=True),
    )  # fmt: skip
    acts = steps.build()
    for room in (session, bodies, people, posts, areas, documents, cases, figures, reports, journal):
        api.add_router("/v1", room.router)
    api.add_router("/v1", acts)
    problems.install(api)
    return api


# The description is one for everybody, in English, whoever's request happens to be the first.
with translation.override("en"):
    api = make()
