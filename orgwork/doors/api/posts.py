"""This room is for posts (Popolo's Post) and who holds them (appointments: Popolo's Membership in a post)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.doors.web import words
from orgwork.registers import access
from orgwork.registers.appointments import Appointment
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.units import UnitService, under_ids

from . import asked
from .asked import Dial, Listed, Number, Paged, When, need, noted, page, told
from .people import causes

router = Router(tags=["posts"])


class PostOut(Schema):
    """A seat, held or vacant (Popolo Post)."""

    id: str = Field(description="the code")
    label: str
    role: str = Field(description="the kind of post, a code of the catalogue")
    organization_id: str | None = Field(None, description="code of the body it stands at")
    area_id: int | None = Field(None, description="the place it stands at: a village's head")
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    held: bool = Field(description="on the day; vacant otherwise")
    url: str


class Posts(Paged):
    items: list[PostOut]


class OnePost(PostOut):
    on: dt.date
    known_at: str | None
    links: dict[str, str]


class AppointmentOut(Schema):
    """That a person holds a post (Popolo Membership with a post). Dates include both days."""

    id: int = Field(description="the spell")
    person_id: int
    post_id: str
    organization_id: str | None
    role: str
    manner: str = Field(description="elected, appointed, designated or acting")
    acting: bool
    start_date: dt.date
    end_date: dt.date | None = None
    begun_by: str | None = None
    ended_by: str | None = None
    case: int | None = None
    document_id: int | None = None


class Appointments(Paged):
    items: list[AppointmentOut]


class PostsAsked(Listed):
    unit: str | None = Field(None, description="posts at this body and everything under it")
    kind: str | None = Field(None, description="a code of the catalogue of posts", max_length=40)
    vacant: bool | None = Field(None, description="only vacant ones, or only held ones")


class AppointmentsAsked(Listed):
    unit: str | None = Field(None, description="posts at this body and everything under it")
    person: Number | None = None
    post: str | None = Field(None, max_length=60)


@router.get("/posts", response=Posts, operation_id="list_posts")
def posts(request: HttpRequest, asks: Query[PostsAsked]):
    """Posts that exist on the day, held or vacant."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit, "names.read")
    rows = Post.objects.filter(pk__in=_existing(dial)).filter(_at(unit, dial))
    if asks.kind:
        rows = rows.filter(kind=asks.kind)
    if asks.vacant is not None:
        held = Exists(_held(dial).filter(post=OuterRef("pk")))
        rows = rows.filter(~held if asks.vacant else held)
    rows = rows.select_related("unit")
    return page(request, asks, rows, ("code",), lambda found: shown(found, dial))


@router.get("/posts/{path:code}", response=OnePost, operation_id="get_post")
def one_post(request: HttpRequest, code: Path[str], when: Query[When]):
    """One seat."""
    post, dial = _post(code), when.dial()
    need(request, "names.read", home(post, dial))
    found = shown([post], dial)[0]
    return {
        **found, **told(dial),
        "links": {"appointments": f"/api/v1/appointments?post={post.code}", "page": f"/posts/{post.code}/"},
    }  # fmt: skip


@router.get("/appointments", response=Appointments, operation_id="list_appointments")
def appointments(request: HttpRequest, asks: Query[AppointmentsAsked]):
    """Who holds which post on the day; of one person or one post, everything recorded."""
    from .people import _open

    dial = asks.dial()
    if asks.person is not None:
        who = _open(request, asks.person, "names.read")
        return _listed(request, asks, Appointment.objects.at(dial.known_at).filter(person=who))
    if asks.post:
        post = _post(asks.post)
        need(request, "names.read", home(post, dial))
        return _noted(request, asks, Appointment.objects.at(dial.known_at).filter(post=post), post.unit)
    unit = asked.where(request, asks.unit, "names.read")
    seats = Post.objects.filter(_at(unit, dial)).values("pk")
    return _noted(request, asks, _held(dial, acting=True).filter(post__in=seats), unit)


def _noted(request, asks, rows, unit):
    found = _listed(request, asks, rows)
    noted(request, "names.read", unit=unit, count=len(found["items"]))
    return found


def _listed(request, asks: Listed, rows):
    rows = rows.select_related("post__unit", "begun_by", "ended_by")
    return page(request, asks, rows, ("spell", "id"), held_shown)


def _post(code: str) -> Post:
    found = Post.objects.filter(code=code).select_related("unit").first()
    if found is None:
        raise Http404(_("No post has the code “%(code)s”.") % {"code": code[:60]})
    return found


def home(post: Post, dial: Dial):
    """The body that answers for a seat: its own, or one that serves the place it stands at."""
    if post.unit_id:
        return post.unit
    serving = UnitService.objects.on(dial.on, known_at=dial.known_at).filter(area=post.area_id)
    found = serving.select_related("unit").order_by("unit__code").first()
    return found.unit if found else access.root()


def _existing(dial: Dial):
    return PostExistence.objects.on(dial.on, known_at=dial.known_at).values("post")


def _held(dial: Dial, *, acting: bool = False):
    rows = Appointment.objects.on(dial.on, known_at=dial.known_at)
    return rows if acting else rows.filter(acting=False)


def _at(unit, dial: Dial):
    """At a body in scope, or at a place that a body in scope serves (village heads)."""
    from django.db.models import Q

    scope = under_ids(unit, dial.on, known_at=dial.known_at)
    served = UnitService.objects.on(dial.on, known_at=dial.known_at).filter(unit__in=scope).values("area")
    return Q(unit__in=scope) | Q(area__in=served)


def shown(rows: list[Post], dial: Dial) -> list[dict]:
    held = set(_held(dial).filter(post__in=rows).values_list("post_id", flat=True))
    lives = {
        row.post_id: row
        for row in PostExistence.objects.on(dial.on, known_at=dial.known_at).filter(post__in=rows)
    }
    return [
        {
            "id": post.code, "label": words.post_kind(post.kind), "role": post.kind,
            "organization_id": post.unit.code if post.unit_id else None, "area_id": post.area_id,
            "start_date": lives[post.pk].valid_from if post.pk in lives else None,
            "end_date": lives[post.pk].period.last if post.pk in lives else None,
            "held": post.pk in held, "url": f"/api/v1/posts/{post.code}",
        }
        for post in rows
    ]  # fmt: skip


def held_shown(rows: list[Appointment]) -> list[dict]:
    return [
        {
            "id": row.spell, "person_id": row.person_id, "post_id": row.post.code,
            "organization_id": row.post.unit.code if row.post.unit_id else None, "role": row.post.kind,
            "manner": row.manner, "acting": row.acting, "start_date": row.valid_from,
            "end_date": row.period.last, **causes(row),
        }
        for row in rows
    ]  # fmt: skip
