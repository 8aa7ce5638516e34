"""This room is for who leads until the superior has appointed the new committees (KL 163-KL/TW).

Posts end with their body, and with them the powers of their holders. At every body that a plan founds the
holders of the bodies that merge into it lead on, acting, from the same day: nobody is without a leader for a
day, and who of several secretaries is to be the one is for people to decide, not for a rule. Whoever leads on
in a post stops on the day on which somebody is appointed to it; the acting end together when the new
committee has been appointed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.dates import end
from orgwork.foundation.many import listed, turn
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.appointments import Appointment, Manner
from orgwork.registers.posts import INTERIM, Post, PostExistence
from orgwork.registers.record import Cause
from orgwork.registers.reorganisation import DecisionOn
from orgwork.registers.units import Unit

from .cases import Outcome, cause
from .fields import PAPER, Field
from .operations import operation
from .papers import shown

if TYPE_CHECKING:
    from .reorganisation_enacting import Enacting

#: Why somebody leads on: the kind of the cause by which those rows are known.
LED_ON = "led_on"


AT_ONCE = 800


class Seat(NamedTuple):
    """A seat of a body that ends, with who holds it."""

    post: int
    kind: str
    person: int | None


def lead_on(enacting: Enacting) -> int:
    """Posts of ended bodies end; at the bodies founded for them their holders lead on, acting."""
    ended = enacting.shape.ended
    seats = _seats(list(ended), enacting.day)
    _end_posts([seat.post for held in seats.values() for seat in held], enacting)
    wanted: dict[tuple[str, str], list[Seat]] = defaultdict(list)
    for unit, held in sorted(seats.items()):
        for heir in ended[unit].heirs:
            if isinstance(heir, str):
                kind = enacting.shape.kind_of(heir)
                for seat in held:
                    if provisions.posts()[seat.kind].may_be_at(kind):
                        wanted[(heir, seat.kind)].append(seat)
    posts, rows = [], []
    for (heir, kind), held in wanted.items():
        unit = enacting.ids[heir]
        for code, person in _places(enacting, enacting.codes[unit], kind, held):
            posts.append((code, kind, unit))
            if person is not None:
                rows.append((code, person))
    _write(enacting, posts, rows)
    return len(rows)


def _seats(units: list[int], day: dt.date) -> dict[int, list[Seat]]:
    """The seats that exist at the bodies on the day, and who holds each (the acting where nobody else)."""
    found: dict[int, list[Seat]] = defaultdict(list)
    for some in _chunks(units):
        there = PostExistence.objects.on(day).filter(post__unit__in=some).order_by("post")
        rows = list(there.values_list("post", "post__kind", "post__unit"))
        ids = [row[0] for row in rows]
        holders: dict[int, int] = {}
        for few in _chunks(ids):
            held = Appointment.objects.on(day).filter(post__in=few).order_by("-acting")
            holders.update(held.values_list("post", "person"))
        for post, kind, unit in rows:
            found[unit].append(Seat(post, kind, holders.get(post)))
    return found


def _end_posts(posts: list[int], enacting: Enacting) -> None:
    reason = enacting.reason
    with listed((post, None, None, reason["ended"]) for post in posts) as names:
        turn(PostExistence, enacting.act, enacting.day, names, by="post_id", becomes=None)
    with listed((post, None, None, reason["released"]) for post in posts) as names:
        turn(Appointment, enacting.act, enacting.day, names, by="post_id", becomes=None)


def _places(enacting: Enacting, code: str, kind: str, held: list[Seat]):
    """The seats of a kind at a new body, with who leads on in each."""
    stem = f"{code}-{kind}"
    if not provisions.posts()[kind].single:
        for number, seat in enumerate(held, 1):
            yield (stem if number == 1 else f"{stem}-{number}"), seat.person
        return
    chosen = [s for s in held if (DecisionOn.SEAT.value, s.post) in enacting.shape.decided]
    leading = [seat.person for seat in chosen or held if seat.person is not None]
    if len(leading) == 1:
        yield stem, leading[0]
        return
    yield stem, None
    for number, person in enumerate(dict.fromkeys(leading), 1):
        yield f"{stem}{INTERIM}{number}", person


def _write(enacting: Enacting, posts: list[tuple], rows: list[tuple]) -> None:
    """Seats and appointments; a seat that an enactment taken back had made is the same one again."""
    take = enacting.take
    ids: dict[str, int] = {}
    for some in _chunks([code for code, _kind, _unit in posts]):
        ids.update(Post.objects.filter(code__in=some).values_list("code", "pk"))
    fresh = [one for one in posts if one[0] not in ids]
    drawn = take.ids(Post, len(fresh))
    ids.update((code, ident) for (code, _kind, _unit), ident in zip(fresh, drawn, strict=True))
    take.rows(
        Post, ("id", "code", "kind", "unit"), ((ids[code], code, kind, unit) for code, kind, unit in fresh)
    )
    known = (enacting.day, None, enacting.act.moment, None)
    take.plain_facts(
        PostExistence, ("post",),
        ((*known, enacting.reason["founded"], None, ids[code]) for code, _kind, _unit in posts),
    )  # fmt: skip
    take.plain_facts(
        Appointment, ("post", "acting", "person", "manner"),
        (
            (*known, enacting.reason[LED_ON], None, ids[code], True, person, Manner.ACTING.value)
            for code, person in rows
        ),
    )  # fmt: skip


def appointed_to(act: Act, post: Post, day: dt.date, why: Cause) -> list[int]:
    """Somebody was appointed to a post: whoever led on in it, or beside it, stops on that day."""
    if post.unit_id is None:
        return []
    leading = Appointment.objects.filter(
        acting=True, begun_by__kind=LED_ON, post__unit=post.unit_id, post__kind=post.kind
    ).select_related("post")
    single = provisions.posts()[post.kind].single
    rows = [row for row in leading if row.post_id == post.pk or (single and INTERIM in row.post.code)]
    return [
        _stop(act, row, day, why) for row in rows if row.valid_from < day <= (row.valid_to or dt.date.max)
    ]


def _stop(act: Act, row: Appointment, day: dt.date, why: Cause) -> int:
    if row.valid_to is None or row.valid_to > day:
        end(Appointment, act, {"post": row.post, "acting": True}, day, cause=why)
    if INTERIM in row.post.code and PostExistence.objects.on(day).filter(post=row.post).exists():
        end(PostExistence, act, {"post": row.post}, day, cause=why)
    return row.person_id


@operation(
    "reorganisation.committee",
    label=_("The new committee is appointed"),
    act="post.fill",
    at=lambda asked: asked["unit"],
    locks=["unit"],
    citation="KL 163-KL/TW",
    day_label=_("Day on which the new committee begins"),
    help=_("Whoever led on until then, acting, stops on that day."),
    fields=[Field("unit", "unit", _("Body")), PAPER],
)
def committee_appointed(act: Act, *, day, unit: Unit, document):
    rows = list(
        Appointment.objects.on(day)
        .filter(acting=True, begun_by__kind=LED_ON, post__unit=unit, valid_from__lt=day)
        .select_related("post")
        .order_by("post")
    )
    if not rows:
        raise Refusal(
            _("Nobody leads on in %(body)s on that day; there is nothing to end.") % {"body": unit.code},
            field="unit",
            code="nobody_leads_on",
        )
    why = cause("released", document=document)
    people = [_stop(act, row, day, why) for row in rows]
    said = {"decision": shown(document), "count": len(people)}
    subjects: list = [(("unit", unit.pk), said)]
    subjects += [(("person", person), {"decision": shown(document)}) for person in dict.fromkeys(people)]
    return Outcome(subjects=subjects, result=len(people))


def _chunks(items: list, size: int = AT_ONCE):
    return (items[n : n + size] for n in range(0, len(items), size))
