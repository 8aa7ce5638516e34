"""This room is for how things are done: procedures drawn, who may take which step, by which rules."""

from __future__ import annotations

from fractions import Fraction

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from orgwork.doors.web import drawing, formats, words
from orgwork.foundation import provisions
from orgwork.foundation.provisions import NotInForce, VoteRule
from orgwork.procedures import operations
from orgwork.procedures.cases import Procedure
from orgwork.registers import access

# Which rules a procedure rests on, by the beginnings of their names; its own code is always among them.
RULES = {
    "admission": ("readmission.", "votes.admission", "probation.months"),
    "recognition": ("probation.", "votes.recognition"),
    "transfer": ("temporary.",),
    "cell_transfer": ("transfer.",),
    "leaving": ("deletion.", "exemption.", "suspension."),
    "closing": ("deletion.", "exemption.", "suspension."),
    "unit": ("sizes.",),
}
MARKS = {"V": "ok", "K": "", "O": "warn"}


@require_safe
def help_page(request):
    """Everything that can be done: the procedures with their steps, then what takes one act."""
    context = {
        "section": "help",
        "procedures": [
            {
                "label": one.label,
                "help": one.help,
                "citation": one.citation,
                "steps": len(one.steps) + 1,
                "url": address(one.code, request.dials),
            }
            for one in sorted(Procedure.known.values(), key=lambda p: str(p.label))
        ],
        "operations": [
            {"label": one.label, "help": one.help, "url": address(name, request.dials)}
            for name, one in sorted(operations.known.items(), key=lambda pair: str(pair[1].label))
        ],
    }
    return render(request, "web/procedures.html", context)


@require_safe
def procedure(request, code):
    """One procedure, or one act without a case, on the day and at the place of the dials."""
    found, alone = Procedure.known.get(code), operations.known.get(code)
    if found is None and alone is None:
        raise Http404(_("Nothing is done under this name. Look through the list of what can be done."))
    declared = [alone] if alone else [one for one in (found.opening, *found.steps.values()) if one]
    place = request.place or None
    context = {
        "section": "help",
        "label": (found or alone).label,
        "help": (found or alone).help,
        "citation": (found or alone).citation,
        "drawing": drawing.states(found) if found else None,
        "states": [
            {"code": c, "label": label, "final": c in found.final} for c, label in found.states.items()
        ]
        if found
        else [],
        "steps": [told(one, found, place, request) for one in declared],
        "rules": rules_of(code, request.dials.on),
        "place": place,
        "crumbs": [{"name": _("How it is done"), "url": reverse("help") + request.dials.query()}],
    }
    return render(request, "web/procedure.html", context)


def address(code: str, dials) -> str:
    return reverse("procedure", args=[code]) + dials.query()


# ── steps ───────────────────────────────────────────────────────────────────────────────────────────────


def told(step, whole, place, request) -> dict:
    label = (lambda code: str(whole.states[code])) if whole else str
    return {
        "label": step.label,
        "help": step.help,
        "kind": step.kind,
        "citation": step.citation,
        "sources": [label(s) for s in whole.states if s in step.sources] if whole else [],
        "targets": [label(t) for t in step.targets] if whole else [],
        "fields": [
            {"label": one.label, "required": one.required, "help": one.help}
            for one in step.fields
            if one.type != "record"
        ],
        "power": words.act(step.act),
        "who": holders(step.act, place, request),
        "posts": posts_with(step.act, request.dials.on),
    }


def holders(act: str, place, request) -> list[str]:
    """Who has the power at the place today; asked once for each power."""
    if place is None:
        return []
    asked = request.__dict__.setdefault("_holders", {})
    if act not in asked:
        found = access.holders(act, place.unit, day=request.dials.today)
        asked[act] = [f"{h.post}, {h.body}" + (f": {h.name}" if h.name else "") for h in found[:4]]
    return asked[act]


def posts_with(act: str, day) -> str:
    """The kinds of posts that give the power, and where they stand: “secretary (party cell)”."""
    found: dict[str, list[str]] = {}
    for power in provisions.powers(day):
        if act in power.acts:
            for post in sorted(power.posts):
                bodies = found.setdefault(words.post_kind(post), [])
                bodies += [words.body_kind(kind) for kind in sorted(power.at)]
    said = [f"{post} ({', '.join(dict.fromkeys(bodies))})" for post, bodies in sorted(found.items())]
    return "; ".join(said)


# ── rules ───────────────────────────────────────────────────────────────────────────────────────────────


def rules_of(code: str, day) -> list[dict]:
    """Every rule of the procedure with its value on the day, its citation, and since when it holds."""
    stem = code.split(".")[0]
    begins = (f"{stem}.", f"votes.{stem}", *RULES.get(stem, ()))
    found = []
    for rule in provisions.rules().values():
        if rule.name.startswith(begins):
            found += versions(rule, day)
    return found


def versions(rule, day) -> list[dict]:
    """The general value and those for narrower cases, as they hold on the day."""
    rows = []
    for scope in {tuple(sorted(v.scope.items())) for v in rule.versions}:
        try:
            held = rule.resolve(day, dict(scope))
        except NotInForce:
            continue
        if tuple(sorted(held.scope.items())) == scope:
            rows.append(held)
    rows.sort(key=lambda held: len(held.scope))
    return [
        {
            "label": words.say(held.labels),
            "value": value(held, rule),
            "citation": held.citation,
            "since": held.valid_from,
            "scope": words.scope(held.scope),
            "mark": held.mark,
            "mark_kind": MARKS.get(held.mark, ""),
            "name": held.name,
        }
        for held in rows
    ]


def value(held, rule) -> str:
    """A value as a reader says it: “30 working days”, “at least 2/3 of the full members”."""
    found = held.value
    if isinstance(found, VoteRule):
        return vote(found)
    if held.unit == "choice":
        return words.say(rule.choices[found])
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    if isinstance(found, tuple):
        return ", ".join(str(one) for one in found)
    if isinstance(found, Fraction):
        return f"{found.numerator}/{found.denominator}"
    if held.unit == "percent":
        return formats.percent(found)
    if held.unit == "year":
        return str(found)
    if isinstance(found, int):
        return counted(held.unit, found)
    return str(found)


def counted(unit: str, count: int) -> str:
    said = {
        "years": ngettext("%(n)s year", "%(n)s years", count),
        "months": ngettext("%(n)s month", "%(n)s months", count),
        "days": ngettext("%(n)s day", "%(n)s days", count),
        "working_days": ngettext("%(n)s working day", "%(n)s working days", count),
        "hours": ngettext("%(n)s hour", "%(n)s hours", count),
        "minutes": ngettext("%(n)s minute", "%(n)s minutes", count),
        "persons": ngettext("%(n)s person", "%(n)s people", count),
        "times": ngettext("%(n)s time", "%(n)s times", count),
    }
    return said.get(unit, "%(n)s") % {"n": formats.number(count)}


def vote(rule: VoteRule) -> str:
    of = {
        "full_members": _("the full members"),
        "committee_members": _("the members of the committee"),
        "entitled": _("those entitled"),
        "summoned": _("those summoned"),
        "present": _("those present"),
        "issued": _("the ballots issued"),
        "collected": _("the ballots collected"),
        "valid": _("the valid ballots"),
    }[rule.of]
    share = f"{rule.share.numerator}/{rule.share.denominator}"
    said = (
        _("at least %(share)s of %(of)s") if rule.test == "at_least" else _("more than %(share)s of %(of)s")
    )
    return said % {"share": share, "of": of}
