"""This room is for where growth is low: bodies against past, target and kind, and what they say."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orgwork.doors.web import formats, numbers, places, said
from orgwork.doors.web.figure_course import address
from orgwork.doors.web.forms import perform
from orgwork.doors.web.lists import AT_A_GLANCE, Column, export, folded
from orgwork.foundation import wording
from orgwork.foundation.refusals import Refusal
from orgwork.insight.growth import ADMITTED, STOCK, Growth, Line, Quarter, growth
from orgwork.planning.growth_remarks import GrowthRemark, remark_on_growth

ROW, LEFT, WIDTH, TOP = 22, 190, 640, 6


@require_safe
def growth_page(request):
    """One quarter of the bodies directly below: low ones first, each number a link to its admissions."""
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    quarter = asked_quarter(request)
    name = f"growth|{place.unit.pk}|{quarter}"
    found = numbers.once(request, name, lambda: growth(place.unit, quarter, known_at=numbers.known(request)))
    lines = sorted(found.lines, key=lambda line: (not line.is_low, line.code))
    names = names_in_short(request, lines, quarter)
    columns = columns_of(request, found, names)
    if request.GET.get("export") in ("csv", "xlsx"):
        return export(request.GET["export"], columns, lines, f"growth-{place.code}-{quarter}")
    context = {
        "section": "figures",
        "place": place,
        "quarter": str(quarter),
        "quarter_name": spoken(quarter),
        "found": found,
        "crumbs": [
            {"name": _("Figures"), "url": reverse("figures") + request.dials.query()},
            {"name": _("Membership"), "url": ""},
        ],
        "own": own(request, found),
        "plot": plot(request, found, lines[:AT_A_GLANCE], names),
        "choices": choices(request, quarter),
        "table": folded(
            columns,
            lines,
            request=request,
            exports=True,
            caption=_("Bodies below"),
            empty=_("No party organisation or cell stands directly below. Look at a larger body."),
        ),
        "remarks": remarks(request, found),
        "rules": [r for v in found.rules if (r := said.rule(v))],
        "limits": {
            "past": formats.number(found.limits["past"]),
            "target": formats.number(found.limits["target"]),
        },
        "may_remark": bool(places.may(request, "growth.remark", place.unit)),
        "remark_url": remark_url(request, place.code, quarter),
    }
    return render(request, "web/growth.html", context)


def asked_quarter(request) -> Quarter:
    """The quarter in the address, else the last one that is over on the day of the dial."""
    text = request.GET.get("quarter", "")
    if not text:
        on = request.dials.on
        here = Quarter.of(on)
        return here if here.period.last <= on else here.shifted(-1)
    try:
        return Quarter.of(text)
    except Refusal as refusal:
        raise BadRequest(str(refusal)) from refusal


def spoken(quarter: Quarter) -> str:
    return wording.period(quarter.period.start, quarter.period.last)


def page_url(request, quarter: Quarter, unit: str | None = None) -> str:
    return reverse("growth") + request.dials.query(unit=unit or request.place.code, quarter=str(quarter))


def remark_url(request, unit_code: str, quarter: Quarter) -> str:
    return reverse("growth-remark") + request.dials.query(unit=unit_code, quarter=str(quarter))


def choices(request, quarter: Quarter) -> list[dict]:
    """This quarter, those around it, and the same one of the year before."""
    wanted = [quarter.shifted(n) for n in (-4, -2, -1, 0, 1)]
    return [{"label": spoken(one), "url": page_url(request, one), "here": one == quarter} for one in wanted]


def names_in_short(request, lines, quarter: Quarter) -> dict[int, str]:
    """“Mường Chà” for the party organisation of Mường Chà district, where a short name was kept then."""
    shorts = places.shorts_of([line.unit for line in lines], request.dials, quarter.period.last)
    return {line.unit: shorts.get(line.unit) or line.name for line in lines}


# ── the table ───────────────────────────────────────────────────────────────────────────────────────────


def columns_of(request, found: Growth, names) -> list[Column]:
    dials, quarter = request.dials, found.quarter
    years = list(found.past_years)
    made = [
        Column(
            "name",
            _("Body"),
            lambda r: names[r.unit],
            lambda r: page_url(request, quarter, r.code),
            kind="head",
        ),
        Column("state", "", state_of, kind="tag"),
        Column(
            "admitted",
            _("Admitted"),
            lambda r: r.admitted,
            lambda r: address(ADMITTED, dials, r.code, quarter.period),
            kind="number",
        ),
    ]
    for year in years:
        before = quarter.years_ago(quarter.year - year)
        made.append(
            Column(
                f"past_{year}",
                str(year),
                lambda r, year=year: r.past.get(year),
                lambda r, before=before: address(ADMITTED, dials, r.code, before.period),
                kind="number",
            )
        )
    return [
        *made,
        Column("of_past", _("of past"), lambda r: percent(r.of_past), kind="number"),
        Column(
            "so_far",
            _("this year"),
            lambda r: r.admitted_this_year,
            lambda r: address(ADMITTED, dials, r.code, quarter.so_far),
            kind="number",
        ),
        Column("due", _("due"), lambda r: near(r.target_due), kind="number"),
        Column("of_target", _("of due"), lambda r: percent(r.of_target), kind="number"),
        Column(
            "members",
            _("Members"),
            lambda r: r.members,
            lambda r: address(STOCK, dials, r.code, quarter.period.last),
            kind="number",
        ),
        Column(
            "rate",
            _("per 100"),
            lambda r: None if r.rate is None else round(r.rate, 2),
            kind="number",
            on_page=False,
        ),
    ]


def near(value: float | None) -> str:
    """A mean or a share of a target: whole where it is large, one digit more where it is small."""
    return "" if value is None else formats.number(value, 0 if value >= 10 or value == int(value) else 1)


def percent(value) -> str:
    return "–" if value is None else formats.percent(value, 0)


def state_of(line: Line) -> tuple[str, str] | None:
    words = {
        ("past",): _("below its past"),
        ("target",): _("behind target"),
        ("past", "target"): _("below past and target"),
    }
    if line.is_low:
        return "warn", words[tuple(line.low)]
    return ("", _("below its kind")) if line.below_kind else ("ok", _("on course"))


def own(request, found: Growth) -> dict:
    """The body itself, in words beside the plot."""
    line, dials, quarter = found.own, request.dials, found.quarter
    return {
        "admitted": line.admitted,
        "url": address(ADMITTED, dials, line.code, quarter.period),
        "state": state_of(line),
        "past": near(line.past_mean),
        "of_past": percent(line.of_past),
        "so_far": line.admitted_this_year,
        "so_far_url": address(ADMITTED, dials, line.code, quarter.so_far),
        "target": line.target,
        "due": near(line.target_due),
        "of_target": percent(line.of_target),
        "low": len(found.low),
        "bodies": len(found.lines),
    }


# ── the plot ────────────────────────────────────────────────────────────────────────────────────────────


def plot(request, found: Growth, lines, names) -> dict:
    """A bar for each body with two marks: its own past, and a quarter of its target."""
    most = (
        max((v for r in lines for v in (r.admitted, r.past_mean or 0, (r.target or 0) / 4)), default=0) or 1
    )
    scale = (WIDTH - LEFT - 46) / most
    rows = []
    for n, line in enumerate(lines):
        y = TOP + n * ROW
        end = LEFT + line.admitted * scale
        rows.append(
            {
                "name": shortened(names[line.unit]),
                "full": line.name,
                "y": y,
                "text_y": y + 14,
                "w": round(max(line.admitted * scale, 0.8), 1),
                "end": round(end + 6, 1),
                "inside": line.admitted * scale > 24,
                "admitted": formats.number(line.admitted),
                "low": line.is_low,
                "past": round(LEFT + line.past_mean * scale, 1) if line.past_mean is not None else None,
                "target": round(LEFT + line.target / 4 * scale, 1) if line.target is not None else None,
                "url": address(ADMITTED, request.dials, line.code, found.quarter.period),
                "label": bar_label(line),
            }
        )
    return {"rows": rows, "left": LEFT, "width": WIDTH, "height": TOP * 2 + len(rows) * ROW}


def bar_label(line: Line) -> str:
    parts = [_("%(body)s: %(n)s admitted") % {"body": line.name, "n": formats.number(line.admitted)}]
    if line.past_mean is not None:
        parts.append(_("own past %(n)s") % {"n": formats.number(round(line.past_mean, 1))})
    if line.target is not None:
        parts.append(_("quarter of the target %(n)s") % {"n": formats.number(line.target / 4)})
    return ", ".join(parts)


def shortened(name: str, most: int = 26) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


# ── what the bodies say ─────────────────────────────────────────────────────────────────────────────────


def remarks(request, found: Growth) -> list[dict]:
    """Causes and proposals, of the body itself first; low bodies that have said nothing yet are named."""
    shown = []
    for line in (found.own, *sorted(found.lines, key=lambda line: (not line.is_low, line.code))):
        if line.remark is None and not line.is_low:
            continue
        may = bool(places.may(request, "growth.remark", line.unit))
        shown.append(
            {
                "name": line.name,
                "url": places.address(line.code, request.dials),
                "remark": line.remark,
                "state": state_of(line) if line.is_low else None,
                "say_url": remark_url(request, line.code, found.quarter) if may else "",
            }
        )
    return shown


@require_http_methods(["GET", "HEAD", "POST"])
def remark(request):
    """The body enters causes and proposals; said again, the later words hold from then on."""
    place = places.here(request)
    places.need(request, "growth.remark", place.unit)
    quarter = asked_quarter(request)
    held = GrowthRemark.objects.filter(unit=place.unit, quarter=str(quarter), valid_to__isnull=True).first()
    initial = {
        "unit": place.unit,
        "quarter": str(quarter),
        "day": max(request.dials.on, quarter.period.start),
    }
    if held:
        initial |= {
            "causes": held.causes,
            "proposals": held.proposals,
            "day": max(initial["day"], held.valid_from),
        }
    form, result = perform(request, remark_on_growth.definition, call, initial=initial)
    if result is not None:
        messages.success(
            request, _("What was said about %(quarter)s is recorded.") % {"quarter": spoken(quarter)}
        )
        return redirect(page_url(request, quarter))
    context = {
        "section": "figures",
        "definition": remark_on_growth.definition,
        "form": form,
        "title": remark_on_growth.definition.label,
        "sub": f"{place.name}, {spoken(quarter)}",
        "back": page_url(request, quarter),
        "crumbs": places.crumbs(place, last_is_link=True),
    }
    return render(request, "web/step.html", context, status=422 if request.method == "POST" else 200)


def call(**values):
    remark_on_growth(**values)
    return date.today()
