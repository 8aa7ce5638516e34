"""This room is for posts and their holders: found and end a post, fill it, release its holder.

A post is one seat, at a body or at a place; whoever holds it has the powers that the rules give it.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import Period, begin, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Overlap, Refusal, RegisterIncomplete
from orgwork.foundation.wording import localized
from orgwork.registers.appointments import Appointment, Manner
from orgwork.registers.areas import Area, AreaPlacement
from orgwork.registers.members import Membership, Standing
from orgwork.registers.people import Person
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.units import Unit, UnitPlacement, UnitService, kind_of

from .cases import Outcome, cause
from .fields import PAPER, SEEN, Field
from .members import body, full_members, name_of, numbered, standing_on
from .operations import operation
from .papers import shown
from .unit_change import area_name

MANNERS = [(one.value, one.label) for one in Manner if one is not Manner.ACTING]
CAUSES = {Manner.ELECTED: "elected", Manner.APPOINTED: "appointed", Manner.DESIGNATED: "designated"}
POST = Field("post", "post", _("Post"))


def _post_kinds():
    return [(code, localized(kind.labels)) for code, kind in provisions.posts().items()]


def body_over(post: Post, day: dt.date) -> Unit | None:
    """The body over which the power is needed: the post's own, or for a place the one that leads there."""
    return leading(post.area, day) if post.area else post.unit


def leading(area: Area, day: dt.date) -> Unit | None:
    """The party organisation that serves the area that a village lies in, climbing until one is found."""
    at = _lies_in(area, day)
    while at is not None:
        services = UnitService.objects.on(day).filter(area=at).select_related("unit")
        for service in services:
            kind = provisions.kinds().get(kind_of(service.unit, day))
            if kind and kind.family == "party" and kind.counts_as == "party_organisation":
                return service.unit
        at = _lies_in(at, day)
    return None


def _lies_in(area: Area, day: dt.date) -> Area | None:
    row = AreaPlacement.objects.on(day).filter(area=area).select_related("parent").first()
    return row.parent if row else None


def _over(asked):
    if asked.get("post"):
        return body_over(asked["post"], asked["day"])
    return asked["unit"] or (leading(asked["area"], asked["day"]) if asked["area"] else None)


@operation(
    "post.found",
    label=_("Found a post"),
    act="post.fill",
    at=_over,
    locks=["unit"],
    day_label=_("Day from which the post exists"),
    fields=[
        Field("unit", "unit", _("Body"), required=False),
        Field("area", "area", _("Place"), required=False, help=_("Only for heads of villages and the like.")),
        Field("kind", "choice", _("Kind of post"), choices=_post_kinds),
        PAPER,
    ],
)
def found_post(act: Act, *, day, unit, area, kind, document):
    if (unit is None) == (area is None):
        raise Refusal(_("Name the body or the place of the post: one of the two."), field="unit")
    known = provisions.posts()[kind]
    _require_site(unit, area, day)
    allowed = known.may_be_at(kind_of(unit, day)) if unit else area.kind in known.area_kinds
    if not allowed:
        raise Refusal(
            _("A post of the kind “%(kind)s” cannot stand at %(where)s.")
            % {"kind": localized(known.labels), "where": _where(unit, area, day)},
            field="kind",
            code="post_grammar",
        )
    there = PostExistence.objects.during(Period(day)).filter(
        post__kind=kind, post__unit=unit, post__area=area
    )
    if known.single and there.exists():
        raise Refusal(
            _("%(where)s has this post already; there is only one.") % {"where": _where(unit, area, day)},
            field="kind",
            code="only_one",
        )
    _refuse_too_many(unit, kind, day, there)
    post = Post.objects.create(code=_next_code(unit, area, kind), kind=kind, unit=unit, area=area)
    begin(PostExistence, act, day, post=post, cause=cause("founded", document=document))
    said = {"post": post.code, "decision": shown(document)}
    subjects = [(("post", post.pk), said)] + ([(("unit", unit.pk), said)] if unit else [])
    return Outcome(subjects=subjects, result=post)


@operation(
    "post.end",
    label=_("End a post"),
    act="post.fill",
    at=_over,
    day_label=_("Day from which the post no longer exists"),
    fields=[POST, PAPER],
)
def end_post(act: Act, *, day, post: Post, document):
    held = Appointment.objects.during(Period(day)).filter(post=post)
    if held.exists():
        raise RegisterIncomplete(
            _("%(post)s is held by %(name)s; release the holder first.")
            % {"post": title(post), "name": name_of(held.first().person, day)},
            left=[("posts", held.count())],
            field="post",
        )
    end(PostExistence, act, {"post": post}, day, cause=cause("ended", document=document))
    said = {"post": post.code, "decision": shown(document)}
    return Outcome(subjects=[(("post", post.pk), said)], result=post)


@operation(
    "post.fill",
    label=_("Fill a post"),
    act="post.fill",
    at=_over,
    locks=["person"],
    day_label=_("Day from which the post is held"),
    fields=[
        POST,
        Field("person", "person", _("Person")),
        Field("manner", "choice", _("Manner"), choices=MANNERS),
        Field("acting", "bool", _("Acting for the holder"), required=False, default=False),
        Field("until", "day", _("Last day"), required=False, help=_("Empty: until further notice.")),
        PAPER,
    ],
)
def fill_post(act: Act, *, day, post: Post, person: Person, manner, acting, until, document):
    if not PostExistence.objects.on(day).filter(post=post).exists():
        raise Refusal(
            _("%(post)s does not exist on %(day)s; choose another day or found the post.")
            % {"post": title(post), "day": wording.day(day)},
            field="post",
            code="no_such_post",
        )
    _refuse_holder(post, person, day)
    window = Period.days(day, until) if until else Period(day)
    taken = Appointment.objects.during(window).filter(post=post, acting=acting).first()
    if taken is not None:
        raise Overlap(
            _("%(post)s is held by %(name)s; release the holder first or choose days after that.")
            % {"post": title(post), "name": name_of(taken.person, day)},
            field="post",
            code="post_held",
        )
    why = cause(CAUSES[Manner(manner)], document=document)
    row = begin(
        Appointment, act, day, until=window.end, post=post, acting=acting, person=person,
        manner=Manner.ACTING if acting else manner, cause=why,
    )  # fmt: skip
    said = {"post": post.code, "decision": shown(document), "acting": acting}
    subjects = _subjects(post, person, said)
    if not acting:
        from .reorganisation_acting import appointed_to

        released = {"post": post.code, "decision": shown(document)}
        subjects += [
            (("person", one), released) for one in appointed_to(act, post, day, why) if one != person.pk
        ]
    return Outcome(subjects=subjects, result=row)


@operation(
    "post.release",
    label=_("Release the holder of a post"),
    act="post.fill",
    at=_over,
    locks=["person"],
    day_label=_("Day from which the post is no longer held"),
    fields=[
        POST,
        Field("acting", "bool", _("Release who acts for the holder"), required=False, default=False),
        PAPER,
        SEEN,
    ],
)
def release(act: Act, *, day, post: Post, acting, document, seen):
    key = {"post": post, "acting": acting}
    row = Appointment.objects.on(day - dt.timedelta(days=1)).filter(**key).select_related("person").first()
    if row is None:
        raise Refusal(
            _("Nobody holds %(post)s on the day before %(day)s; look at the day again.")
            % {"post": title(post), "day": wording.day(day)},
            field="day",
            code="post_vacant",
        )
    end(Appointment, act, key, day, cause=cause("released", document=document), seen=seen)
    said = {"post": post.code, "decision": shown(document)}
    return Outcome(subjects=_subjects(post, row.person, said), result=row.person)


def title(post: Post) -> str:
    """What a post is called, for sentences."""
    kind = provisions.posts().get(post.kind)
    return f"{localized(kind.labels) if kind else post.kind} ({post.code})"


def _subjects(post, person, said):
    subjects = [(("person", person.pk), said), (("post", post.pk), {**said, "person": person.pk})]
    if post.unit_id:
        subjects.append((("unit", post.unit_id), {**said, "person": person.pk}))
    return subjects


def _where(unit, area, day):
    return body(unit, day) if unit else area_name(area, day)


def _require_site(unit, area, day):
    rows = (
        UnitPlacement.objects.on(day).filter(unit=unit)
        if unit
        else AreaPlacement.objects.on(day).filter(area=area)
    )
    if not rows.exists():
        raise Refusal(
            _("%(where)s does not exist on %(day)s.")
            % {"where": _where(unit, area, day), "day": wording.day(day)},
            field="unit" if unit else "area",
            code="no_such_body",
        )


def _refuse_too_many(unit, kind, day, there):
    """A cell elects a committee from nine full members on, of seven at most (Statutes 2011, Art. 24)."""
    if unit is None or kind not in ("committee_member", "standing_committee_member"):
        return
    sizes = provisions.kinds()[kind_of(unit, day)].sizes
    if name := sizes.get("committee_from_full_members"):
        rule = provisions.on(day)[name]
        if (count := full_members(unit, day)) < rule.value:
            raise Refusal(
                _("A cell of %(count)s full members elects a secretary; a committee takes %(least)s of them.")
                % {"count": count, "least": rule.value},
                field="kind",
                code="too_small",
                citation=rule.citation,
            )
    if name := sizes.get("committee_max"):
        rule = provisions.on(day)[name]
        if there.count() >= rule.value:
            raise Refusal(
                _("The committee of a cell has at most %(most)s members; end another seat first.")
                % {"most": rule.value},
                field="kind",
                code="too_many",
                citation=rule.citation,
            )


def _next_code(unit, area, kind):
    stem = f"{unit.code if unit else area.code}-{kind}"
    taken = set(Post.objects.filter(code__startswith=stem).values_list("code", flat=True))
    if stem not in taken:
        return stem
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _refuse_holder(post, person, day):
    if person.erased:
        raise Refusal(_("The data of this person were erased; choose somebody else."), field="person")
    if Membership.objects.filter(person=person, valid_to__lte=day, ended_by__kind="died").exists():
        raise Refusal(_("This person has died; choose somebody else."), field="person", code="died")
    if provisions.posts()[post.kind].family != "party":
        return
    if post.unit_id and provisions.kinds()[kind_of(post.unit, day)].family in ("party", "committee"):
        if standing_on(person, day) != Standing.FULL:
            raise Refusal(
                _("%(name)s is no full member on %(day)s and cannot hold a party post.")
                % {"name": numbered(person), "day": wording.day(day)},
                field="person",
                code="not_full_member",
                citation="Statutes 2011, Art. 3",
            )
