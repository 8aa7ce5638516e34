"""This room is for the register of processing activities, printed from the code (GDPR Art. 30).

What is recorded, who may read it, how long it is kept: all of it comes from the declarations of the tables
(registers/person_tables.py), the powers and the provisions. Purposes and legal bases are said here, once for
each activity; a test fails when docs/processing.md is no longer what this prints.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.wording import localized
from orgwork.registers import person_tables
from orgwork.registers.person_tables import DELETED, EMPTIED, PersonTable


@dataclass(frozen=True)
class Activity:
    """One entry of the register: what for, on which basis, and to whom data go."""

    label: Any
    purpose: Any
    basis: Any
    people: Any
    recipients: Any
    special: bool = False  # GDPR Art. 9: membership of a party reveals political opinion


NOBODY = _("nobody outside the organisation")
MEMBERS = _("members, former members, applicants")
STATUTES = _("GDPR Art. 9 (2)(d); Law 91/2025/QH15; Statutes of the party")
DUTY = _("GDPR Art. 6 (1)(c), Art. 9 (2)(d); Law 91/2025/QH15")
INTEREST = _("GDPR Art. 6 (1)(f), Art. 32")

ACTIVITIES: dict[str, Activity] = {
    "members": Activity(
        _("Register of members"), _("to know who is a member, where, and since when; counts for reports"),
        STATUTES, MEMBERS, _("the receiving body, when a member moves"), special=True,
    ),
    "contact": Activity(
        _("Contact"), _("to invite and inform members"), STATUTES, MEMBERS, NOBODY, special=True
    ),
    "background": Activity(
        _("Ethnicity and religion"),
        _("counts of whole groups, small ones hidden; entered as the person states them"),
        _("GDPR Art. 9 (2)(a) and (d): voluntary"), MEMBERS, NOBODY, special=True,
    ),
    "cases": Activity(
        _("Procedures about people"),
        _("to decide on admission, transfer, leaving and the like by the rules"),
        STATUTES, MEMBERS, _("the deciding body"), special=True,
    ),
    "posts": Activity(
        _("Posts and mandates"), _("to know who holds which post; powers follow from it"), STATUTES,
        _("holders of posts"), NOBODY, special=True,
    ),
    "documents": Activity(
        _("Register of papers"), _("to find the decision a record rests on"), DUTY,
        _("people whom a decision names"), NOBODY, special=True,
    ),
    "rights": Activity(
        _("Rights of the people recorded"),
        _("to answer requests in the legal time, to stop or do erasure"), DUTY, _("everybody recorded"),
        NOBODY,
    ),
    "reads": Activity(
        _("Log of reads"), _("to show everybody who looked at their records"), INTEREST,
        _("everybody recorded, everybody with an account"), NOBODY,
    ),
    "journal": Activity(
        _("Journal"), _("to prove who did what, and that nobody altered it"), DUTY,
        _("everybody recorded, everybody with an account"), NOBODY, special=True,
    ),
    "accounts": Activity(
        _("Accounts and signing in"), _("to let in whom a post entitles, and nobody else"), INTEREST,
        _("everybody with an account"), _("the provider of sign-in, where one is set"),
    ),
    "sheets": Activity(
        _("Sheets brought in"), _("to check rows before they enter the registers"), STATUTES, MEMBERS, NOBODY,
        special=True,
    ),
    "texts": Activity(
        _("Texts read"), _("to follow up what papers and reports cite, state and ask for"), DUTY,
        _("people whom a paper or report names"), NOBODY, special=True,
    ),
    "figures": Activity(
        _("Reports issued"), _("to know who issued a report"), DUTY, _("officers who issue reports"),
        _("whoever the report is sent to; no names"),
    ),
    "work": Activity(
        _("Long work"), _("to do in the background what takes long, and show how far it is"), INTEREST,
        _("everybody with an account"), NOBODY,
    ),
}  # fmt: skip


def register(day: dt.date) -> list[dict]:
    """The register as plain data, one entry for each activity, in the reader's language."""
    found = []
    for code, activity in ACTIVITIES.items():
        tables = [one for one in person_tables.tables() if one.activity == code]
        if tables:
            found.append(_entry(code, activity, tables, day))
    return found


def _entry(code: str, activity: Activity, tables: list[PersonTable], day: dt.date) -> dict:
    return {
        "code": code,
        "label": str(activity.label),
        "purpose": str(activity.purpose),
        "basis": str(activity.basis),
        "special": activity.special,
        "people": str(activity.people),
        "recipients": str(activity.recipients),
        "tables": [
            {
                "code": one.code, "label": str(one.label), "columns": columns_of(one),
                "access": access_to(one.act, day), "act": one.act, "erasure": _what_erasure_does(one),
            }
            for one in tables
        ],
        "retention": [_period(name, day) for name in sorted({n for one in tables for n in one.retention})],
    }  # fmt: skip


def columns_of(table: PersonTable) -> list[str]:
    """Names of the columns that say something, in the reader's language where they have a label."""
    wanted = table.shown or [
        field.name
        for field in table.model._meta.concrete_fields
        if field.name not in MECHANICS and field.name not in table.persons and not field.primary_key
    ]
    return [label_of(table.model._meta.get_field(name)) for name in wanted]


#: Columns that carry no label of their own, as people call them.
COLUMNS = {
    "account": _("account"), "actor": _("who did it"), "answer": _("answer"), "answers": _("answers"),
    "at": _("when"), "batch": _("batch"), "before": _("what stood there before"),
    "birth_precision": _("how exactly the birth is known"), "case": _("case"), "cells": _("cells"),
    "created_at": _("made"), "data": _("what was entered"), "document": _("paper"), "done": _("pages read"),
    "draft": _("draft"), "drafts": _("drafts"), "entry": _("entry of the journal"),
    "expires_at": _("good until"), "external_id": _("number at the provider of sign-in"), "file": _("file"),
    "how": _("how"), "job": _("job"), "key": _("key of the request"), "kind": _("kind"), "norm": _("read as"),
    "notes": _("notes"), "number": _("number"), "options": _("how it was to be read"),
    "outcome": _("what came of it"), "page": _("page"), "person": _("record that was merged"),
    "plan": _("plan"), "post": _("post"), "query": _("filters"), "reason": _("reason"),
    "remarks": _("remarks"), "samples": _("first rows"), "sheet": _("sheet"), "source": _("from state"),
    "state": _("state"), "status": _("answer code"), "survivor": _("record that stays"),
    "target": _("to state"), "text": _("text"), "told_at": _("told"), "unit": _("body"),
    "words": _("number of words"),
    # What is named as not printed.
    "by": _("by whom"), "credential": _("passkey"), "digest": _("digest"), "folded": _("name without marks"),
    "password": _("password"), "rows": _("rows that moved"), "said": _("what was said there"),
    "salt": _("salt"), "secret": _("secret"), "session": _("session"), "session_data": _("of the session"),
    "session_key": _("session"), "sha256": _("checksum"), "sort_key": _("name in its order"),
}  # fmt: skip


def label_of(column: Any) -> str:
    """What a column is called: by its table, else by the words above, in the reader's language."""
    own = getattr(column, "verbose_name", column.name)
    return str(COLUMNS.get(column.name, own) if isinstance(own, str) else own)


#: Columns of dated rows that are told in other words: days, when it was recorded, which decision.
MECHANICS = ("valid_from", "valid_to", "recorded", "retracted", "spell", "begun_by", "ended_by")


def access_to(act: str, day: dt.date) -> list[str]:
    """Which posts have the power by which a table is read, besides the person."""
    kinds = {kind for power in provisions.powers(day) if act in power.acts for kind in power.posts}
    posts = provisions.posts()
    return sorted({str(localized(posts[kind].labels)) for kind in kinds if kind in posts})


def _what_erasure_does(table: PersonTable) -> str:
    if table.erased == DELETED:
        return gettext("the rows are deleted")
    if table.erased == EMPTIED:
        return gettext("the words are emptied, the rows stay for the counts")
    return gettext("stays: %(why)s") % {"why": table.why}


def _period(name: str, day: dt.date) -> dict:
    rule = provisions.on(day)[name]
    return {
        "code": name, "label": str(localized(rule.labels)), "value": str(rule.value), "unit": rule.unit,
        "citation": rule.citation, "mark": rule.mark,
    }  # fmt: skip


def as_markdown(day: dt.date) -> str:
    """The register as a page of docs/, or for whoever asks to see it."""
    lines = [
        f"# {gettext('Register of processing activities')}", "",
        gettext("Printed by `orgwork processing` from the declarations in the code; do not edit by hand."),
    ]  # fmt: skip
    for one in register(day):
        lines += ["", f"## {one['label']}", ""]
        lines += [
            f"- **{gettext('Purpose')}:** {one['purpose']}",
            f"- **{gettext('Legal basis')}:** {one['basis']}"
            + (f" ({gettext('special category, Art. 9')})" if one["special"] else ""),
            f"- **{gettext('Whose data')}:** {one['people']}",
            f"- **{gettext('Recipients')}:** {one['recipients']}",
        ]
        for period in one["retention"]:
            said = f"{period['label']}: {period['value']} {unit_in_words(period['unit'])}"
            lines.append(f"- **{gettext('Kept')}:** {said} [{period['mark']}: {period['citation']}]")
        head = [gettext("Table"), gettext("Data"), gettext("Read by"), gettext("Erasure")]
        lines += ["", f"| {' | '.join(head)} |", "|---|---|---|---|"]
        for table in one["tables"]:
            access = ", ".join(table["access"]) or gettext("the person only")
            lines.append(
                f"| {table['label']} | {', '.join(table['columns'])} | {access} | {table['erasure']} |"
            )
    return "\n".join(lines) + "\n"


def unit_in_words(unit: str) -> str:
    return {
        "months": gettext("months"), "years": gettext("years"), "days": gettext("days"),
        "hours": gettext("hours"), "working_days": gettext("working days"),
    }.get(unit, unit)  # fmt: skip
