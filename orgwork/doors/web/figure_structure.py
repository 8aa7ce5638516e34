"""This room is for a figure of one day on the structure of another, beside the figure as it was reported."""

from __future__ import annotations

from datetime import date

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import figure_course, formats, numbers, places
from orgwork.doors.web.dials import read_day
from orgwork.doors.web.figure_records import Question, listed, spreadsheet
from orgwork.doors.web.lists import Column, export, folded, table
from orgwork.foundation.refusals import Refusal
from orgwork.insight import regrouped
from orgwork.insight.regrouped import ELSEWHERE, OPEN, Line, Regrouped
from orgwork.registers import access, figures

#: What the address says besides options of the figure.
OURS = {
    "unit", "from", "to", "on", "since", "known", "known_at", "structure", "line", "sort", "q", "after",
    "before", "export",
}  # fmt: skip


class Part(Question):
    """The records of one line of the new structure."""

    def __init__(self, request, found: Regrouped, line: str, options):
        super().__init__(request, found.indicator.code, found.unit, found.when, options)
        self.found, self.line = found, line
        # Under a name of its own: what is kept of it is not the figure of the body.
        self.code = f"{found.indicator.code} {found.day} {line}"

    def all(self, known=None):
        return self.found.records(self.line)

    @property
    def all_open(self) -> bool:
        """Names of the body are names of its parts; what lies elsewhere is judged by itself."""
        return not self.personal or self.line not in (ELSEWHERE, OPEN) and super().all_open

    def seen(self, known=None):
        if self.all_open:
            return self.all(known)
        return access.visible(
            self.all(known), self.request.user, "names.read", now=self.request.dials.today,
            on=self.found.then, known_at=self.known.moment, unit_field=self.indicator.unit,
            person_field=self.indicator.person,
        )  # fmt: skip


@require_safe
def page(request, code):
    """As reported, and on the structure of another day: the same records, the same sum, each line opens."""
    try:
        indicator = figures.get(code)
    except Refusal as refusal:
        raise Http404(str(refusal)) from refusal
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    options = {name: value for name, value in request.GET.items() if name not in OURS and value}
    when = figure_course.asked_when(indicator, request.dials)
    context = {
        "section": "figures", "place": place, "indicator": indicator, "when": figure_course.spoken(when),
        "stock": isinstance(when, date), "last": figure_course.last_day(when),
        "first": None if isinstance(when, date) else when.start,
        "crumbs": [
            {"name": _("Figures"), "url": reverse("figures") + request.dials.query()},
            {
                "name": indicator.label,
                "url": figure_course.address(code, request.dials, place.code, when, **options),
            },
        ],
    }  # fmt: skip
    known = numbers.known(request)
    day = read_day(request.GET.get("structure", ""), _("Structure of"))
    context["days"] = regrouped.days_of_change(figure_course.last_day(when), known_at=known.moment)
    day = day or next(iter(context["days"]), None) or request.dials.today
    context["structure"] = day
    try:
        found = Regrouped(code, place.unit, when, day, known_at=known, options=options)
        return _shown(request, found, context, options)
    except Refusal as refusal:
        return render(request, "web/figure_structure.html", context | {"refusal": refusal}, status=422)


def _shown(request, found: Regrouped, context, options):
    line = request.GET.get("line", "")
    wanted = request.GET.get("export") if request.GET.get("export") in ("csv", "xlsx") else ""
    both = found.beside()
    named = {one.key: one.name for one in both.regrouped}
    if line and line not in named:
        raise Http404(_("Nothing of this figure is counted there."))
    if line:
        part = Part(request, found, line, options)
        if wanted:
            return spreadsheet(part, wanted)
        context |= {"listed": listed(part, what=named[line]), "line": line}
    elif wanted:
        return export(wanted, _columns(request, found), both.regrouped, f"{found.indicator.code}-{found.day}")
    context |= {
        "total": formats.number(both.total),
        "reported": _reported(request, found, both.reported, both.total, options),
        "regrouped": folded(
            _columns(request, found), sorted(both.regrouped, key=lambda one: -one.value), request=request,
            exports=not line,
            caption=_("On the structure of %(day)s") % {"day": formats.day(found.day)},
            foot=_foot(both.total, 3),
        ),
    }  # fmt: skip
    return render(request, "web/figure_structure.html", context)


def _foot(total: int, columns: int) -> list[dict]:
    said = [{"text": _("Together"), "css": ""}, {"text": formats.number(total), "css": "num"}]
    return said + [{"text": "", "css": ""}] * (columns - 2)


def _reported(request, found: Regrouped, lines, total: int, options):
    """The bodies of the figure's own day; each opens to the figure as it was."""
    dials = request.dials
    then, code = dials.turned(on=found.then), found.indicator.code
    columns = [
        Column("name", _("Body"), lambda r: r.name, lambda r: places.address(r.key, then)),
        Column(
            "value", _("Number"), lambda r: r.value,
            lambda r: r.whole and figure_course.address(code, dials, r.key, found.when, **options),
            kind="number",
        ),
    ]  # fmt: skip
    caption = _("As reported for %(day)s") % {"day": figure_course.spoken(found.when)}
    return table(columns, lines, caption=caption, foot=_foot(total, 2))


def _columns(request, found: Regrouped) -> list[Column]:
    old, later = found.names_before, request.dials.turned(on=found.day)

    def code(line: Line) -> str:
        return "" if line.key in (ELSEWHERE, OPEN) else line.key

    return [
        Column(
            "name", _("Body"), lambda r: r.name, lambda r: code(r) and places.address(r.key, later),
            kind="head",
        ),
        Column("code", _("Code"), code, on_page=False),
        Column("value", _("Number"), lambda r: r.value, lambda r: _opened(request, found, r), kind="number"),
        Column("came_of", _("came of"), lambda r: _came_of(r, old), kind="small"),
    ]  # fmt: skip


def _opened(request, found: Regrouped, line: Line) -> str:
    from orgwork.doors.web.lists import address

    return address(
        request, line=line.key, structure=found.day.isoformat(), after=None, before=None, sort=None, q=None
    ) + "#records"  # fmt: skip


def _came_of(line: Line, names) -> str:
    """Nothing of a body that goes on as it was."""
    parts = sorted(line.came_of.items(), key=lambda part: -part[1])
    if len(parts) == 1:
        name = names.get(parts[0][0], "")
        return "" if name == line.name else name
    return "; ".join(f"{names.get(body, '')} {formats.number(number)}" for body, number in parts)


def address(code: str, dials, unit_code: str, when, day: date, **options) -> str:
    """The page with exactly what is asked."""
    plain = figure_course.address(code, dials, unit_code, when, structure=day.isoformat(), **options)
    return reverse("figure-structure", args=[code]) + plain[plain.index("?") :]
