"""This room is for saying what cases and rules hold in words: data of a case, deadlines, rules with
their citation.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from orgwork.doors.web import formats, words
from orgwork.foundation import provisions
from orgwork.registers import rules


def rule(version: str) -> dict | None:
    """A stored rule version as a reader sees it: what it is called, its value, where it stands."""
    name, _at, _rest = (version or "").partition("@")
    known = provisions.rules().get(name)
    if known is None:
        return None
    found = next((one for one in known.versions if one.version == version), known.versions[-1])
    return {
        "label": words.say(found.labels),
        "citation": found.citation,
        "version": version,
        "value": found.value,
    }


def deadline(kind: str) -> str:
    """The name of a deadline: of the provision it is called after, else a word of our own."""
    if kind in DEADLINES:
        return DEADLINES[kind]()
    known = provisions.rules().get(kind)
    return words.say(known.labels) if known else kind.replace("_", " ").replace(".", " ")


DEADLINES = {
    "decision": lambda: _("decision"),
    "ceremony": lambda: _("ceremony"),
    "presentation": lambda: _("presenting the letter"),
    "completion": lambda: _("completing the transfer"),
    "consideration": lambda: _("recognition by the cell"),
    "suspension_end": lambda: _("last day of the suspension"),
    "temporary_end": lambda: _("last day elsewhere"),
    "answer": lambda: _("answer to the complaint"),
    "request_acknowledge": lambda: _("acknowledging the request"),
    "request_carry_out": lambda: _("carrying out the request"),
    "draft_due": lambda: _("submitting the draft"),
    "opinions": lambda: _("opinions of the bodies asked"),
    "appraisal": lambda: _("appraisal of the form"),
    "issue": lambda: _("number and sending out"),
    "review": lambda: _("review of the paper"),
}


def name_in(data: dict) -> str:
    """The name of a person whom the register does not know yet."""
    for key in ("full", "name", "full_name"):
        if isinstance(data.get(key), str):
            return data[key]
    parts = [data.get(part, "") for part in ("family", "middle", "given")]
    return " ".join(part for part in parts if part)


def case_facts(case, procedure, dials) -> list[dict]:
    """What is known so far in a case, each under the label of the field it was asked by."""
    labels = {}
    for step in [procedure.opening, *procedure.steps.values()]:
        for one in step.fields if step else ():
            labels.setdefault(one.name, one)
    found = []
    for key, value in case.data.items():
        if key == "rule" and value in rules.known:
            found.append({"label": _("Rule"), "value": str(rules.known[value].title)})
        one = labels.get(key)
        if value in (None, "", [], {}) or one is None or one.type in ("protocol", "document", "record"):
            continue
        found.append({"label": one.label, "value": shown(one, value)})
    return found


def shown(one, value) -> str:
    if isinstance(value, list):
        return ", ".join(shown(one, v) for v in value)
    if one.type == "choice":
        return str(dict(one.options()).get(value, value))
    if one.type == "day":
        return formats.day(date.fromisoformat(str(value)[:10]))
    if one.type == "bool":
        return _("yes") if value else _("no")
    if one.type == "person" and isinstance(value, int):
        from orgwork.registers.people import PersonName

        return PersonName.objects.filter(person=value).values_list("full", flat=True).first() or f"#{value}"
    if one.type == "unit" and isinstance(value, int):
        from orgwork.registers.units import names_of

        return names_of([value], date.today()).get(value, f"#{value}")
    return str(value)


def starting_values(definition, case) -> dict:
    """What an earlier step already said under the same name."""
    return {
        one.name: case.data[one.name]
        for one in definition.fields
        if one.name in case.data and one.type in ("text", "words", "choice", "day", "int", "bool")
    }


def vote_rule(definition, case, dials) -> None:
    return None
