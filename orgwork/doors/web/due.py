"""This room is for what falls due and what waits: deadlines of cases, gathered by kind, and cases one
may take further.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orgwork.doors.web import formats, said
from orgwork.doors.web.bodies import names_of_people
from orgwork.foundation.workdays import workdays_between
from orgwork.procedures.cases import Case, CaseStep, Procedure, homes, placed, running
from orgwork.registers import access
from orgwork.registers.units import UnitLineage, names_of, under_ids

AHEAD = timedelta(days=30)
LOOKED_AT = 200
SHOWN = 8


def here(unit, dials, account) -> list[dict]:
    """Deadlines of the cases at a body and below it: late ones and those of the next thirty days."""
    scope = under_ids(unit, dials.on, known_at=dials.known_at, custody=True)
    cases = placed(Case.objects.filter(opened_on__lte=dials.on), dials.on, known_at=dials.known_at)
    cases = open_on(cases.filter(home__in=scope), dials.on)
    rows = soon(list(cases.values_list("pk", flat=True)), dials)
    return gathered(rows, dials, reverse("cases") + dials.query(unit=unit.code, state="overdue"), account)


def open_on(cases, day: date):
    return cases.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day))


def soon(cases: list[int], dials):
    """Deadlines of these cases not met by the day that are late or due soon."""
    return running(dials.on, known_at=dials.known_at).filter(case__in=cases, due__lte=dials.on + AHEAD)


def gathered(rows, dials, list_url, account) -> list[dict]:
    """One line for each kind; one or two cases are named, their people for who may read names there."""
    rows = list(rows.select_related("case").order_by("due", "pk")[:LOOKED_AT])
    lay = homes({row.case_id for row in rows}, dials.on, known_at=dials.known_at)
    cases = placed(Case.objects.filter(pk__in=lay), dials.on, known_at=dials.known_at)
    named_here = access.visible(
        cases, account, "names.read", now=dials.today, on=dials.on, known_at=dials.known_at, unit_field="home"
    )
    people = names_of_people(list(named_here.exclude(person=None).values_list("person", flat=True)), dials)
    named = names_of(lay.values(), dials.on, known_at=dials.known_at)
    units = {case: named.get(unit, "") for case, unit in lay.items()}
    kinds: dict[tuple, list] = {}
    for row in rows:
        kinds.setdefault((row.case.procedure, row.kind), []).append(row)
    found = []
    for (code, kind), some in kinds.items():
        if len(some) <= 2:
            found += [one_line(row, people, units, dials) for row in some]
        else:
            found.append(kind_line(code, kind, some, dials, list_url))
    return sorted(found, key=lambda item: item["due"])[:SHOWN]


def one_line(row, people, units, dials) -> dict:
    who = people.get(row.case.person_id) or units.get(row.case_id, "")
    late = row.due < dials.on
    return {
        "label": f"{name_of(row.case.procedure)}: {who}",
        "url": reverse("case", args=[row.case_id]) + dials.query(),
        "note": _("%(what)s by %(day)s") % {"what": said.deadline(row.kind), "day": formats.day(row.due)},
        "tag": days_late(row.due, dials.on) if late else "",
        "tag_kind": "bad",
        "due": row.due,
    }


def kind_line(code, kind, some, dials, list_url) -> dict:
    late = sum(row.due < dials.on for row in some)
    count = formats.number(len(some)) + ("+" if len(some) >= LOOKED_AT else "")
    return {
        "label": _("%(procedure)s: %(count)s cases") % {"procedure": name_of(code), "count": count},
        "url": list_url.replace("state=overdue", f"procedure={code}" + ("&state=overdue" if late else "")),
        "note": _("%(what)s, the first by %(day)s")
        % {"what": said.deadline(kind), "day": formats.day(some[0].due)},
        "tag": _("%(count)s late") % {"count": formats.number(late)} if late else "",
        "tag_kind": "bad",
        "due": some[0].due,
    }


def name_of(code: str) -> str:
    return str(Procedure.known[code].label) if code in Procedure.known else code


def days_late(due: date, on: date) -> str:
    days = workdays_between(due, on)
    text = ngettext("%(days)s working day late", "%(days)s working days late", days)
    return text % {"days": formats.number(days)}


# ── what waits for the reader ───────────────────────────────────────────────────────────────────────────


def waiting(account, dials):
    """Cases whose next step lay in the reader's power on the day: by the acts the reader has today."""
    wanted = Q(pk__in=[])
    scopes = {}
    for procedure in Procedure.known.values():
        for step in procedure.steps.values():
            if step.kind != "onward":
                continue
            if step.act not in scopes:
                scopes[step.act] = reach(account, step.act, dials)
            if scopes[step.act] is not None:
                wanted |= Q(procedure=procedure.code, stood__in=step.sources) & scopes[step.act]
    rows = placed(Case.objects.filter(opened_on__lte=dials.on), dials.on, known_at=dials.known_at)
    return open_on(rows, dials.on).annotate(stood=stood_on(dials)).filter(wanted)


def stood_on(dials):
    """The state of a case on the day looked at; today it is the one it has."""
    if dials.on >= dials.today:
        return F("state")
    steps = CaseStep.objects.filter(case=OuterRef("pk"), day__lte=dials.on)
    return Subquery(steps.order_by("-day", "-pk").values("target")[:1])


def reach(account, act: str, dials) -> Q | None:
    own, under, everything = access.scopes(account, act, now=dials.today)
    if everything:
        return Q()
    if not own and not under:
        return None
    lineage = UnitLineage.objects.on(dials.on, known_at=dials.known_at)
    found = Q(home__in=own) if own else Q(pk__in=[])
    if under:
        found |= Q(home__in=lineage.filter(ancestor__in=under).values("descendant"))
    return found
