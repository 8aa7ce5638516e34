"""This room is for "where": the body a page looks at, its name and the way down to it; and the gate
before its records.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Max, Q
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from orgwork.doors.web import formats, words
from orgwork.foundation import words as names_by_word
from orgwork.foundation.search import query_tokens
from orgwork.registers import access
from orgwork.registers.posts import Post
from orgwork.registers.units import ROOT, Unit, UnitForm, UnitLineage, UnitName, UnitPlacement, names_of


class NotOpen(PermissionDenied):
    """A page that is not open to its reader; says why and who could open it."""

    def __init__(self, message, who=()):
        super().__init__(message)
        self.who = list(who)


@dataclass
class Place:
    """A body as pages name it."""

    unit: Unit
    name: str
    kind: str = ""
    path: list[dict] = field(default_factory=list)  # from the root down to the body itself
    brief: str = ""

    @property
    def code(self) -> str:
        return self.unit.code

    @property
    def short(self) -> str:
        """The name for narrow places."""
        return self.brief or self.name

    @property
    def kind_name(self) -> str:
        return words.body_kind(self.kind)


class PlaceMiddleware:
    """Makes `request.place`, looked up only by pages that show it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.place = SimpleLazyObject(lambda: chosen(request))
        return self.get_response(request)


def chosen(request) -> Place | None:
    """The body of the dial: the one in the address, else the reader's own, else none."""
    if not request.user.is_authenticated:
        return None
    code = request.dials.unit_code or home(request.user)
    unit = Unit.objects.filter(code=code).first() if code else None
    if unit is None and request.dials.unit_code:
        return None
    return place(unit, request.dials) if unit else None


def home(account) -> str:
    """Where a reader's pages open: the highest body of which they may read figures, else the root."""
    held = {m.unit for m in access.mandates(account, now=timezone.localdate()) if m.act == "figures.read"}
    rows = UnitLineage.objects.on(timezone.localdate()).filter(descendant__in=held)
    depths = (
        rows.values("descendant__code").annotate(depth=Max("depth")).order_by("depth", "descendant__code")
    )
    return depths.values_list("descendant__code", flat=True).first() or ROOT


def mandate_line(account) -> str:
    """Under the reader's name: the first post held today and its body."""
    held = access.mandates(account, now=timezone.localdate())
    post = Post.objects.filter(pk=held[0].post).select_related("unit").first() if held else None
    if post is None or post.unit is None:
        return ""
    name = names_of([post.unit_id], timezone.localdate()).get(post.unit_id, "")
    return f"{words.post_kind(post.kind)}, {name}"


def find(request, code: str) -> Unit:
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise Http404(_("No body has the code “%(code)s”. Search for it by name.") % {"code": code[:60]})
    return unit


def look(request, code: str) -> Place:
    """Turn the dial to the body a page is about; its links then carry it."""
    unit = find(request, code)
    request.dials = request.dials.turned(unit_code=code)
    request.place = place(unit, request.dials)
    return request.place


def here(request) -> Place:
    """The body a list looks at; a code that names none is refused."""
    found = request.place
    if not found:
        raise Http404(
            _("No body has the code “%(code)s”. Choose where to look in the head of the page.")
            % {"code": request.dials.unit_code}
            if request.dials.unit_code
            else _("No body is chosen. Choose where to look in the head of the page.")
        )
    return found


def place(unit: Unit, dials) -> Place:
    """Four queries: the way down, the names along it, the kind."""
    on, known_at = dials.on, dials.known_at
    lineage = UnitLineage.objects.on(on, known_at=known_at).filter(descendant=unit)
    way = list(lineage.order_by("-depth").values_list("ancestor_id", "ancestor__code"))
    if not way:
        way = [(unit.pk, unit.code)]
    names = names_of([pk for pk, _code in way], on, known_at=known_at)
    briefs = dict(
        UnitName.objects.on(on, known_at=known_at).filter(unit=unit).values_list("language", "short")
    )
    kind = UnitForm.objects.on(on, known_at=known_at).filter(unit=unit).values_list("kind", flat=True).first()
    path = [{"name": names.get(pk, code), "code": code, "url": address(code, dials)} for pk, code in way]
    brief = briefs.get(formats.language()) or briefs.get("vi") or ""
    return Place(unit, names.get(unit.pk, unit.code), kind or "", path, brief)


def shorts_of(ids, dials, day: date | None = None) -> dict[int, str]:
    """Short names in the reader's language, else in Vietnamese, where bodies have one; one query.

    Only those by which the bodies can be told apart: each of ten districts has a “Kho bạc Nhà nước”.
    """
    rows = UnitName.objects.on(day or dials.on, known_at=dials.known_at).filter(unit__in=ids)
    rows = rows.exclude(short="")
    found: dict[int, tuple] = {}
    for pk, spoken, short in rows.values_list("unit_id", "language", "short"):
        rank = (spoken == formats.language(), spoken == "vi")
        if pk not in found or rank > found[pk][0]:
            found[pk] = (rank, short)
    times = Counter(short for _rank, short in found.values())
    return {pk: short for pk, (_rank, short) in found.items() if times[short] == 1}


def address(code: str, dials) -> str:
    return reverse("body", args=[code]) + dials.query(unit=code)


def crumbs(found: Place, *, last_is_link: bool = False) -> list[dict]:
    steps = [dict(step) for step in found.path]
    if steps and not last_is_link:
        steps[-1]["url"] = ""
    return steps


# Pages that look at any body: the dial turns them. On every other page it leads to the body's own sheet.
TURNING = frozenset(
    ("today", "people", "posts", "documents", "cases", "bodies", "figures", "figure", "growth", "reports")
    + ("report", "journal", "reads", "search", "cards", "letters", "badges", "doubles", "drafts", "reviews")
    + ("incoming", "incoming-enter", "acquaintance", "required", "register_book")
    + ("reading", "proposed-tasks", "stated-figures")
)


def turned(request, step: dict) -> str:
    """Where a body in the dial leads to from this page."""
    match = request.resolver_match
    if match is None or match.url_name not in TURNING:
        return step["url"]
    kept = {
        k: v for k, v in request.GET.items() if k not in ("unit", "after", "before", "on", "to", "known_at")
    }
    return request.path + request.dials.query(**{**kept, "unit": step["code"]})


# ── the gate ────────────────────────────────────────────────────────────────────────────────────────────


def may(request, act: str, unit) -> bool:
    """Judged now, whatever day is being looked at; asked once per request and body."""
    asked = request.__dict__.setdefault("_answers", {})
    key = (act, getattr(unit, "pk", unit))
    if key not in asked:
        asked[key] = access.may(request.user, act, unit, now=timezone.localdate())
    return asked[key]


def able(request, act: str, unit) -> bool:
    """As `may`, without the reason: acts that come from the same posts are asked for only once."""
    held = access.mandates(request.user, now=timezone.localdate())
    reach = frozenset((one.unit, one.reach) for one in held if one.act == act)
    if not reach:
        return False
    asked = request.__dict__.setdefault("_reaches", {})
    key = (reach, getattr(unit, "pk", unit))
    if key not in asked:
        asked[key] = bool(may(request, act, unit))
    return asked[key]


def need(request, act: str, unit) -> None:
    """Go on only if the reader may; else say why, and who may."""
    answer = may(request, act, unit)
    if not answer:
        raise NotOpen(answer.reason, who(act, unit))


def who(act: str, unit) -> list[str]:
    """The posts that could open it, nearest first, with who holds them."""
    found = access.holders(act, unit, day=timezone.localdate())[:5] if unit is not None else []
    return [f"{h.post}, {h.body}" + (f" ({h.name})" if h.name else "") for h in found]


# ── finding bodies ──────────────────────────────────────────────────────────────────────────────────────


def search(text: str, dials, limit: int = 20) -> list[dict]:
    """Bodies by code or by any words of their name, with or without diacritics; existing ones first."""
    if not query_tokens(text):
        return []
    wanted = Q(unit__code__iexact=text.strip())
    named = names_by_word.narrow(UnitName.objects.at(dials.known_at), text)
    rows = (
        UnitName.objects.at(dials.known_at)
        .filter(wanted | Q(pk__in=named.values("pk")))
        .order_by("unit__code")
        .values_list("unit_id", "unit__code")
        .distinct()[: limit * 2]
    )
    units = dict(rows)
    alive = set(
        UnitPlacement.objects.on(dials.on, known_at=dials.known_at)
        .filter(unit__in=units)
        .values_list("unit_id", flat=True)
    )
    names = names_of(list(units), dials.on, known_at=dials.known_at)
    parents = dict(
        UnitPlacement.objects.on(dials.on, known_at=dials.known_at)
        .filter(unit__in=units)
        .values_list("unit_id", "parent_id")
    )
    above = names_of([p for p in parents.values() if p], dials.on, known_at=dials.known_at)
    found = [
        {
            "code": code,
            "name": names.get(pk, code),
            "alive": pk in alive,
            "above": above.get(parents.get(pk), ""),
            "url": address(code, dials),
        }
        for pk, code in units.items()
    ]
    return sorted(found, key=lambda f: (not f["alive"], len(f["code"]), f["code"]))[:limit]
