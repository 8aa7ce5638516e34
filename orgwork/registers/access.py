"""This room is for authority: what somebody may do follows from the posts they hold *now*.

``may`` and ``visible`` judge mandates on the day of asking, whatever day is being looked at: turning the dial
back gives no power back. Powers are data (provisions/powers.yaml), each with its citation.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from orgwork.foundation import provisions
from orgwork.foundation.refusals import NotAllowed
from orgwork.foundation.rows import fetch, valid_on
from orgwork.foundation.wording import localized

from .appointments import Appointment
from .lending import borrowed
from .people import Person, PersonName
from .units import ROOT, Unit, UnitCustody, UnitForm, UnitLineage, UnitPlacement, names_of

#: What the operator of the machine (nobody signed in) may do: no procedure on people.
OPERATOR = frozenset(
    {"figures.read", "check.run", "journal.verify", "user.manage", "system.run", "takeover.run"}
)


class AccountPerson(models.Model):
    """Whose account it is. An account without a person holds no post, and so may do nothing to anybody."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="holder")
    person = models.ForeignKey(Person, models.PROTECT, related_name="accounts")

    def __str__(self):
        return f"{self.account_id} is {self.person_id}"


@dataclass(frozen=True)
class Mandate:
    """One act a person has today, over one body or over it and everything below."""

    act: str
    unit: int
    reach: str  # own | under
    post: int
    citation: str
    #: Whose post it is, when the mandate is lent; None for one's own.
    lender: int | None = None


@dataclass(frozen=True)
class Holder:
    """A post that gives an act over a body, and who holds it (None: vacant)."""

    post: str
    body: str
    person: int | None
    name: str


@dataclass(frozen=True)
class Answer:
    """Whether, and why (not). True in a condition when allowed."""

    allowed: bool
    act: str
    reason: str = ""
    mandate: Mandate | None = None
    who: tuple[Holder, ...] = field(default=())

    def __bool__(self):
        return self.allowed


def person_of(account) -> int | None:
    """The id of the person an account belongs to; None for the operator and for accounts of nobody."""
    if account is None or not getattr(account, "pk", None):
        return None
    if not hasattr(account, "_person_id"):
        account._person_id = (
            AccountPerson.objects.filter(account=account).values_list("person", flat=True).first()
        )
    return account._person_id


def mandates(account, *, now: dt.date) -> tuple[Mandate, ...]:
    """Everything the account's person may do today, from the posts held today (three queries, then remembered
    on this account object, which lives as long as the request)."""
    person = person_of(account)
    if person is None or not account.is_active:
        return ()
    kept = getattr(account, "_mandates", None)
    if kept is None or kept[0] != now:
        account._mandates = kept = (now, tuple(_mandates(person, now)))
    return kept[1]


def mandates_of(person: int, *, now: dt.date) -> tuple[Mandate, ...]:
    """Everything a person's posts and mandates lent give today, whoever asks."""
    return tuple(_mandates(person, now))


def _mandates(person: int, now: dt.date):
    """From one's own posts first: nobody acts for somebody else where their own post is enough."""
    yield from _of_posts({"person": person}, now)
    for post, lender, acts in borrowed(person, now):
        # Only what the lender still holds: a post lost is lost to the stand-in, too, and nothing is lent on.
        wanted = set(acts) - never_lent(now) if acts else None
        for mandate in _of_posts({"person": lender, "post": post}, now):
            if mandate.act in wanted if wanted is not None else mandate.act not in never_lent(now):
                yield replace(mandate, lender=lender)


def never_lent(now: dt.date) -> frozenset[str]:
    """Acts that provisions keep with the holder of the post."""
    return frozenset(provisions.on(now)["lending.never"].value)


def _of_posts(which: dict, now: dt.date):
    held = list(
        Appointment.objects.on(now)
        .filter(**which, post__unit__isnull=False)
        .values_list("post", "post__kind", "post__unit")
    )
    units = {unit for _post, _kind, unit in held}
    parents = dict(UnitPlacement.objects.on(now).filter(unit__in=units).values_list("unit", "parent"))
    around = units | {p for p in parents.values() if p}
    kinds = dict(UnitForm.objects.on(now).filter(unit__in=around).values_list("unit", "kind"))
    for post, kind, unit in held:
        for power in provisions.powers(now):
            if kind not in power.posts or (power.at and kinds.get(unit) not in power.at):
                continue
            base = unit if power.base == "unit" else parents.get(unit)
            if base is None or (power.of and kinds.get(base) not in power.of):
                continue
            for act in power.acts:
                yield Mandate(act, base, power.reach, post, power.citation)


def may(account, act: str, unit, *, now: dt.date) -> Answer:
    """Whether the account may do ``act`` at ``unit`` today; ``unit`` None: anywhere at all."""
    if account is None:
        allowed = act in OPERATOR
        return Answer(allowed, act, "" if allowed else _("The operator of the machine acts on no person."))
    held = [m for m in mandates(account, now=now) if m.act == act]
    if unit is None:
        found = held[0] if held else None
    else:
        found = _covering(held, getattr(unit, "pk", unit), now)
    if found:
        return Answer(True, act, _standing_in(found, now), found)
    return Answer(False, act, _no(act, unit, now))


def _standing_in(mandate: Mandate, now: dt.date) -> str:
    """Whose mandate it is, when it is not one's own."""
    if mandate.lender is None:
        return ""
    name = PersonName.objects.on(now).filter(person=mandate.lender).values_list("full", flat=True).first()
    return _("standing in for %(name)s") % {"name": name or f"#{mandate.lender}"}


def require(account, act: str, unit, *, now: dt.date) -> Mandate | None:
    """Like ``may``, but refuses with the reason and with who may."""
    answer = may(account, act, unit, now=now)
    if not answer:
        raise NotAllowed(answer.reason, citation="", hint=who_may(act, unit, now=now))
    return answer.mandate


ABOVE = f"""SELECT ancestor_id FROM registers_unitlineage l
    WHERE l.descendant_id = %s AND {valid_on("l")}"""  # noqa: S608


def _covering(held, ident: int, now) -> Mandate | None:
    """The mandate that covers the body, by lineage, or by custody when the body has ended."""
    if not held:
        return None
    if held[0].unit == ident:
        return held[0]  # the post at this very body: no need to ask what stands above it
    places = {ident}
    above = {row[0] for row in fetch(ABOVE, [ident, now, now])}
    if not above:
        places |= _custodians(ident, now)
        above = set(
            UnitLineage.objects.on(now).filter(descendant__in=places).values_list("ancestor", flat=True)
        )
    for mandate in held:
        if mandate.unit in places or (mandate.reach == "under" and mandate.unit in above):
            return mandate
    return None


def _custodians(ident: int, now) -> set[int]:
    """Who keeps what an ended body left; followed on where the custodian has ended too."""
    found: set[int] = set()
    edge = {ident}
    while edge:
        kept = set(UnitCustody.objects.on(now).filter(unit__in=edge).values_list("custodian", flat=True))
        edge = kept - found
        found |= edge
    return found


def scopes(account, act: str, *, now: dt.date) -> tuple[set[int], set[int], bool]:
    """Where the account has the act: bodies alone, bodies with all below, and whether that is everything."""
    held = [m for m in mandates(account, now=now) if m.act == act]
    own = {m.unit for m in held if m.reach == "own"}
    under = {m.unit for m in held if m.reach == "under"}
    return own, under, bool(under & _roots(account, now)) if under else False


def _roots(account, now: dt.date) -> frozenset[int]:
    """Which of the bodies the account's powers begin at is the root; remembered like its mandates."""
    kept = getattr(account, "_roots", None)
    if kept is None or kept[0] != now:
        begun = {m.unit for m in mandates(account, now=now)}
        found = UnitPlacement.objects.on(now).filter(unit__in=begun, parent__isnull=True)
        account._roots = kept = (now, frozenset(found.values_list("unit", flat=True)))
    return kept[1]


def visible(
    queryset, account, act: str, *, now: dt.date, on: dt.date, known_at: int | None = None,
    unit_field: str = "unit", person_field: str | None = None,
):  # fmt: skip
    """The rows of the queryset that the account may see with ``act``; one's own are always among them.

    For lists without a *where*; a page with one checks it once with ``may`` and lists ``under``. Compiles to
    ``unit_id IN (lineage)``, never to EXISTS or a join, and to no condition for a mandate over the root.
    """
    if account is None:
        return queryset if act in OPERATOR else queryset.none()
    own, under, everything = scopes(account, act, now=now)
    if everything:
        return queryset
    allowed = Q(pk__in=[])
    if under:
        # One list of bodies: with OR between several PostgreSQL looks at every row of the table.
        lineage = (
            UnitLineage.objects.on(on, known_at=known_at).filter(ancestor__in=under).values("descendant")
        )
        kept = UnitCustody.objects.on(now).filter(custodian__in=lineage).values("unit")
        alone = Unit.objects.filter(pk__in=own).values("pk")
        allowed |= Q(**{f"{unit_field}__in": lineage.union(kept, alone)})
    elif own:
        allowed |= Q(**{f"{unit_field}__in": own})
    person = person_of(account)
    if person_field and person:
        allowed |= Q(**{person_field: person})
    return queryset.filter(allowed)


def holders(act: str, unit, *, day: dt.date) -> list[Holder]:
    """The posts that give the act over the body on the day, nearest first, with who holds them."""
    above = list(
        UnitLineage.objects.on(day)
        .filter(descendant=getattr(unit, "pk", unit))
        .order_by("depth")
        .values_list("ancestor", "depth")
    )
    depth = dict(above)
    children = dict(UnitPlacement.objects.on(day).filter(parent__in=depth).values_list("unit", "parent"))
    near = set(depth) | set(children)
    kinds = dict(UnitForm.objects.on(day).filter(unit__in=near).values_list("unit", "kind"))
    wanted = Q(pk__in=[])
    order: dict[int, int] = {}
    for power in provisions.powers(day):
        if act not in power.acts:
            continue
        for place in near:
            base = place if power.base == "unit" else children.get(place)
            if base not in depth or (power.reach == "own" and depth[base] > 0):
                continue
            if power.at and kinds.get(place) not in power.at:
                continue
            if power.of and kinds.get(base) not in power.of:
                continue
            wanted |= Q(kind__in=power.posts, unit=place)
            order[place] = depth[base]
    return _held(wanted, order, day)


def _held(wanted: Q, order: dict[int, int], day) -> list[Holder]:
    from .posts import Post

    posts = list(Post.objects.filter(wanted).select_related("unit")[:40])
    held = dict(Appointment.objects.on(day).filter(post__in=posts).values_list("post", "person"))
    names = dict(PersonName.objects.on(day).filter(person__in=held.values()).values_list("person", "full"))
    bodies = names_of([p.unit_id for p in posts], day)
    found = [
        Holder(
            str(localized(provisions.posts()[post.kind].labels)),
            bodies.get(post.unit.pk, post.unit.code),
            held.get(post.pk),
            names.get(held[post.pk], "") if post.pk in held else "",
        )
        for post in sorted(posts, key=lambda p: (order.get(p.unit_id or 0, 99), p.code))
        if post.unit is not None
    ]
    return found


def who_may(act: str, unit, *, now: dt.date) -> str:
    """One sentence that names the posts which have the act over the body."""
    found = holders(act, unit, day=now) if unit is not None else []
    if not found:
        return _("No post has this power here; the office above can give it by decision.")
    shown = "; ".join(f"{h.post}, {h.body}" + (f" ({h.name})" if h.name else "") for h in found[:3])
    return _("This may be done by: %(who)s.") % {"who": shown}


def _no(act: str, unit, now) -> str:
    label = localized(provisions.acts()[act].labels) if act in provisions.acts() else act
    if unit is None:
        return _("None of your posts gives you the power “%(act)s”.") % {"act": label}
    ident = getattr(unit, "pk", unit)
    name = names_of([ident], now).get(ident) or str(unit)
    return _("None of the posts you hold today gives you the power “%(act)s” over %(body)s.") % {
        "act": label,
        "body": name,
    }


def root() -> Unit | None:
    return Unit.objects.filter(code=ROOT).first()
