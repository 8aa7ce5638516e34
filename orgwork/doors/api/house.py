"""This room is for the API as a whole: its rooms put together, who may knock, how it is described."""

from __future__ import annotations

from django.utils import translation
from ninja import NinjaAPI
from ninja.security import SessionAuth

from . import (
    areas,
    bodies,
    cards,
    cases,
    documents,
    drafts,
    figures,
    journal,
    keys,
    linked,
    oparl,
    own,
    paper_files,
    people,
    posts,
    problems,
    register_book,
    reorganise,
    reorganise_hanging,
    reports,
    session,
    sheets,
    staffing,
    steps,
    texts,
    trust,
)

ABOUT = """\
Bodies, people, memberships, posts, documents, areas, cases and figures: as on any day, as known on any day.

Names follow Popolo where it has one: Organization, Person, Membership, Post, Area. Periods include both days.
Every list takes `on` and `known_at`, and is paged: follow `next` until it is null. Every refusal is a problem
document (RFC 9457) with a stable `code`, the `field` that is meant, the rule's `citation` and a `hint`.
What an account may see and do follows from the posts its person holds today. Reads of other people's personal
records are noted; the person can see them.

Programs send a personal token (`Authorization: Bearer …`), made by its owner under /security/. From the
session of a browser writing takes the CSRF token of `/api/v1/session` in the header `X-CSRFToken`. With an
`Idempotency-Key` the same request does a thing once."""

#: What any operation may answer besides what it is for; each a problem document.
REFUSALS = {
    400: "The address or the body cannot be read",
    401: "Nobody is signed in, or the token is not (or no longer) good",
    403: "The posts held today do not give this power, or the CSRF token is missing",
    404: "Nothing is recorded at this address",
    409: "What is recorded stands against it",
    413: "The body of the request is too long",
    422: "It cannot be done as it was sent",
    429: "Too many requests in this minute; wait as long as `Retry-After` says",
    503: "The database is busy; nothing was written",
}


class House(NinjaAPI):
    """Describes its refusals as well; once, in English: it takes a second, and anybody may ask for it."""

    def __init__(self, **how):
        super().__init__(**how)
        self._described: dict[str, dict] = {}

    def get_openapi_schema(self, **how):
        """The description; whoever is handed it changes nothing in it."""
        asked = repr(sorted(how.items()))
        if asked not in self._described:
            with translation.override("en"):
                self._described[asked] = self._describe(**how)
        return self._described[asked]

    def _describe(self, **how):
        found = super().get_openapi_schema(**how)
        found["components"]["schemas"]["Problem"] = problems.Problem.model_json_schema()
        said = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        found["components"]["responses"] = {
            f"Problem{status}": {"description": words, "content": said} for status, words in REFUSALS.items()
        }
        for operations in found["paths"].values():
            for operation in operations.values():
                for status in REFUSALS:
                    operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
        return found


def make() -> NinjaAPI:
    api = House(
        title="Orgwork", version="1", description=ABOUT, docs_url=None, urls_namespace="api",
        auth=[keys.TokenAuth(), SessionAuth(csrf=True)],
    )  # fmt: skip
    acts = steps.build()
    rooms = [session, own, bodies, people, posts, linked, areas, documents, cases, figures, reports, journal]
    rooms += [sheets, trust, texts, cards, register_book, oparl, drafts, paper_files]
    rooms += [reorganise, reorganise_hanging, staffing]
    for room in rooms:
        api.add_router("/v1", room.router)
    api.add_router("/v1", acts)
    problems.install(api)
    return api


# The description is one for everybody, in English, whoever's request happens to be the first.
with translation.override("en"):
    api = make()
