"""This room is for standing in: the holder of a post lends its acts to somebody for days, who accepts.

Only what one holds oneself is lent, never what was lent to one, and never what provisions keep with the post
(``lending.never``). An organisation office may record it from a paper when the holder cannot. It ends by
itself after its last day, when the post is lost, or when either of the two says so; ``registers/access.py``
reads it on the day of asking, so that turning the day back gives nothing.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.wording import localized
from orgwork.registers import access
from orgwork.registers.appointments import Appointment
from orgwork.registers.lending import STATES, Lending
from orgwork.registers.people import Person
from orgwork.registers.posts import Post

from .cases import Outcome
from .fields import Field
from .members import name_of
from .operations import operation

ACT = "mandate.lend"
NUMBER = Field("lending", "number", _("Number of the mandate lent"))


def acts_that_may_be_lent() -> list[tuple[str, str]]:
    """All acts but those that provisions keep with the holder, with their labels."""
    today = dt.date.today()  # noqa: DTZ011  choices of a form; the act itself is judged on its own day
    never = access.never_lent(today)
    return [
        (code, str(localized(kind.labels))) for code, kind in provisions.acts().items() if code not in never
    ]


def _holder(post: Post, day: dt.date) -> int | None:
    return Appointment.objects.on(day).filter(post=post).values_list("person", flat=True).first()


def _own_post(asked, case=None) -> set[int]:
    """The holders of the post today lend by themselves."""
    from django.utils import timezone

    rows = Appointment.objects.on(timezone.localdate()).filter(post=asked["post"])
    return set(rows.values_list("person", flat=True))


def _body_of_post(asked):
    return asked["post"].unit


@operation(
    "mandate.lend",
    label=_("Lend a mandate"),
    act=ACT,
    at=_body_of_post,
    own=_own_post,
    locks=["person"],
    help=_("Somebody stands in for the holder of a post for some days, once they have accepted it."),
    fields=[
        Field("post", "post", _("Post")),
        Field("stand_in", "person", _("Who stands in")),
        Field("since", "day", _("First day")),
        Field("until", "day", _("Last day")),
        Field(
            "acts", "choice", _("Powers"), required=False, many=True, choices=acts_that_may_be_lent,
            help=_("None chosen: all that the post has and that may be lent."),
        ),
    ],
)  # fmt: skip
def lend(act: Act, *, day, post: Post, stand_in: Person, since, until, acts):
    lender = _holder(post, act.day)
    if lender is None:
        raise Refusal(
            _("Nobody holds this post today, so nothing of it can be lent."), field="post", code="vacant"
        )
    if lender == stand_in.pk:
        raise Refusal(_("The holder cannot stand in for themselves; name somebody else."), field="stand_in")
    most = provisions.on(act.day)["lending.most_days"]
    if until < since or until < act.day:
        raise Refusal(
            _("The last day must not lie before the first day, nor in the past."), field="until", code="days"
        )
    if (until - since).days + 1 > most.value:
        raise Refusal(
            _("A mandate is lent for at most %(days)s days; for longer, somebody is appointed to act.")
            % {"days": most.value},
            field="until", code="too_long", citation=most.citation,
        )  # fmt: skip
    if not access.AccountPerson.objects.filter(person=stand_in, account__is_active=True).exists():
        raise Refusal(
            _("%(name)s has no account and could not act; make one first.")
            % {"name": name_of(stand_in, act.day)},
            field="stand_in", code="no_account",
        )  # fmt: skip
    made = Lending.objects.create(
        post=post, lender_id=lender, stand_in=stand_in, acts=sorted(set(acts)), first_day=since,
        last_day=until, offered=act.moment,
    )  # fmt: skip
    said = {"post": post.code, "since": since.isoformat(), "until": until.isoformat(), "lending": made.pk}
    subjects = [(("person", lender), said), (("person", stand_in.pk), said), (("post", post.pk), {})]
    return Outcome(subjects=subjects, result=made)


def _found(number: int) -> Lending:
    found = Lending.objects.select_for_update(no_key=True).filter(pk=number).first()
    if found is None:
        raise Refusal(_("No mandate lent has this number."), field="lending", code="no_such_lending")
    return found


def _people(asked, *roles: str) -> set[int]:
    found = Lending.objects.filter(pk=asked["lending"]).values(*(f"{role}_id" for role in roles)).first()
    return set(found.values()) if found else set()


def _body_of(asked):
    found = Lending.objects.filter(pk=asked["lending"]).select_related("post__unit").first()
    return found.post.unit if found else access.root()


def _only_while(lending: Lending, day: dt.date, *states: str) -> None:
    state = lending.state(day)
    if state not in states:
        raise Refusal(
            _("This cannot be done now: the mandate is %(state)s.") % {"state": STATES[state]},
            field="lending", code="wrong_state",
        )  # fmt: skip


def _said(lending: Lending) -> Outcome:
    said = {
        "post": lending.post.code, "lending": lending.pk, "since": lending.first_day.isoformat(),
        "until": lending.last_day.isoformat(),
    }  # fmt: skip
    people = [(("person", ident), said) for ident in (lending.lender_id, lending.stand_in_id)]
    return Outcome(subjects=[*people, (("post", lending.post_id), {})], result=lending)


@operation(
    "mandate.accept",
    label=_("Accept a mandate"),
    act=ACT,
    at=_body_of,
    own=lambda asked, case: _people(asked, "stand_in"),
    fields=[NUMBER],
)
def accept(act: Act, *, day, lending):
    found = _found(lending)
    if access.person_of(act.actor) != found.stand_in_id:
        raise Refusal(
            _("Only %(name)s can accept it.") % {"name": name_of(found.stand_in, act.day)},
            field="lending", code="not_the_stand_in",
        )  # fmt: skip
    _only_while(found, act.day, "offered")
    if _holder(found.post, act.day) != found.lender_id:
        raise Refusal(
            _("Whoever lent it no longer holds the post."), field="lending", code="lender_lost_the_post"
        )
    found.accepted = act.moment
    found.save(update_fields=["accepted"])
    return _said(found)


@operation(
    "mandate.decline",
    label=_("Decline a mandate, or give it back"),
    act=ACT,
    at=_body_of,
    own=lambda asked, case: _people(asked, "stand_in"),
    fields=[NUMBER],
)
def decline(act: Act, *, day, lending):
    found = _found(lending)
    _only_while(found, act.day, "offered", "waiting", "holds")
    return _end(act, found, "declined" if found.accepted is None else "given_back")


@operation(
    "mandate.revoke",
    label=_("Revoke a mandate lent"),
    act=ACT,
    at=_body_of,
    own=lambda asked, case: _people(asked, "lender"),
    fields=[NUMBER],
)
def revoke(act: Act, *, day, lending):
    found = _found(lending)
    _only_while(found, act.day, "offered", "waiting", "holds")
    return _end(act, found, "revoked")


def _end(act: Act, lending: Lending, how: str) -> Outcome:
    lending.ended, lending.how = act.moment, how
    lending.save(update_fields=["ended", "how"])
    return _said(lending)


def lent_by_or_to(person: int):
    """All mandates a person lent or took over, the latest first."""
    from django.db.models import Q

    rows = Lending.objects.filter(Q(lender=person) | Q(stand_in=person))
    return rows.select_related("post__unit").order_by("-pk")


def in_words(lending: Lending) -> str:
    """The post and the days, for lists."""
    return f"{lending.post.code} · {wording.day(lending.first_day)} – {wording.day(lending.last_day)}"
