"""This room is for what a decision says about its case: names, days and votes as the registers had them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import override

from orgwork.foundation import catalogues
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import numbering, signing_papers
from orgwork.procedures.cases import Case, Procedure
from orgwork.registers.documents import Document
from orgwork.registers.drafts import signature_of
from orgwork.registers.people import PersonName, PersonParticulars, Precision
from orgwork.registers.units import Unit, UnitPlacement, kind_of, names_of

from .texts import Text, filled, heads, lines

#: Papers are printed in Vietnamese, whatever language the page is read in.
PRINTED = "vi"


@dataclass(frozen=True)
class Paper:
    """A decision ready to be set: its head, its text, its signature; the number open until there is one."""

    code: str
    above: str
    issuer: str
    number: str
    place: str
    title: str
    basis: list[str]
    decider: str
    articles: list[str]
    recipients: list[str]
    on_behalf: str
    office: str
    signer: str
    day: dt.date


def paper(case: Case, text: Text, today: dt.date) -> Paper:
    """The decision of the case; once the step is taken, with number, day and signature of its paper."""
    with override(PRINTED):
        taken = case.steps.filter(step=text.step, document__isnull=False).select_related("document__issuer")
        step = taken.order_by("-pk").first()
        document = step.document if step and step.document else None
        day = (document.day if document and document.day else step.day) if step else today
        issuer = document.issuer if document and document.issuer else _issuer(case, text, day)
        said = words(case, day, issuer)
        return _set(text, said, issuer, document, day, signed=step is not None)


def _set(
    text: Text, said: Mapping[str, str], issuer: Unit, document: Document | None, day: dt.date, *,
    signed: bool,
) -> Paper:  # fmt: skip
    called = said["issuer"]
    signature = signature_of(document, day) if document else None
    on_behalf = signature.on_behalf if signature else signing_papers.in_whose_name(issuer, day)
    signer = ""
    if signature:
        rows = PersonName.objects.on(day).filter(person=signature.person_id)
        signer = rows.values_list("full", flat=True).first() or ""
    return Paper(
        code=text.code, above=_above(issuer, day), issuer=_committee(called),
        number=f"Số {document.symbol}" if document else f"Số …{_sign(issuer, day)}",
        place=_placed(called, day if signed else None), title=_title(filled(text.title, said)),
        basis=lines(text.basis, said), decider=_decider(on_behalf, called),
        articles=[filled(line, said) for line in text.articles], recipients=lines(text.recipients, said),
        on_behalf=on_behalf, office=signature.office if signature else "", signer=signer, day=day,
    )  # fmt: skip


def _issuer(case: Case, text: Text, day: dt.date) -> Unit:
    """The body that would decide: the one over which the step's power is needed."""
    step = Procedure.known[case.procedure].steps[text.step]
    if step.at is None:
        return case.unit
    try:
        return step.at(case, {"day": day}) or case.unit
    except (KeyError, AttributeError, TypeError, LookupError, Refusal):
        return case.unit


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────


def words(case: Case, day: dt.date, issuer: Unit) -> dict[str, str]:
    """What a text may name, as the registers had it on the day; empty where the case does not know it."""
    data = case.data
    cell = _unit(data.get("cell") or data.get("source"))
    found = {
        "issuer": _called(issuer, day),
        "committee": _committee(_called(issuer, day)),
        "cell": _called(cell, day),
        "home": _called(cell, day),
        "cell_above": _called(_parent(cell, day), day),
        "from_body": _called(_unit(data.get("source")), day),
        "to_body": _called(_unit(data.get("target")), day) or str(data.get("outside") or ""),
        "years": str(data.get("years") or ""),
        "since": _day(data.get("award_day") or data.get("due")),
        "until": _day(data.get("until")),
        "ground": str(data.get("ground") or ""),
        "vote_cell": _vote(case, "_cell"),
        "vote_committee": _vote(case, "_committee"),
        "members": str(len(data["people"])) if data.get("people") else "",
        "body": _called(_unit(data.get("unit")), day),
    }
    if case.person_id:
        found |= _person(case.person_id, day)
    if isinstance(data.get("plan"), dict):
        found |= _plan(data["plan"], day)
    return found


def _person(person: int, day: dt.date) -> dict[str, str]:
    name = PersonName.objects.on(day).filter(person=person).values_list("full", flat=True).first() or ""
    born = PersonParticulars.objects.on(day).filter(person=person).first()
    birth = ""
    if born and born.birth:
        short = {Precision.YEAR: str(born.birth.year), Precision.MONTH: f"{born.birth:%m/%Y}"}
        birth = short.get(born.birth_precision) or f"{born.birth:%d/%m/%Y}"
    return {"name": name, "birth": birth}


def _plan(plan: Mapping, day: dt.date) -> dict[str, str]:
    """What is planned for a body: what it is called now and then, where it stands, what takes it in."""
    kind = catalogues.kinds().get(plan.get("kind") or "")
    into = _unit(plan.get("into") or plan.get("successor"))
    return {
        "body": _called(_unit(plan.get("unit")), day),
        "body_new": plan.get("name_vi") or "",
        "body_above": _called(_unit(plan.get("parent")), day),
        "body_into": _called(into, day),
        "kind": kind.labels[PRINTED] if kind else "",
        "members": str(len(plan.get("members") or [])) if plan.get("members") else "",
    }


def _vote(case: Case, kind: str) -> str:
    row = case.protocols.filter(kind__endswith=kind).order_by("-pk").first()
    return f"{row.votes_for}/{row.entitled}" if row else ""


def _unit(ident) -> Unit | None:
    return Unit.objects.filter(pk=ident).first() if isinstance(ident, int) else None


def _parent(unit: Unit | None, day: dt.date) -> Unit | None:
    row = UnitPlacement.objects.on(day).filter(unit=unit).select_related("parent").first() if unit else None
    return row.parent if row else None


def _called(unit: Unit | None, day: dt.date) -> str:
    return names_of([unit.pk], day, language=PRINTED).get(unit.pk, unit.code) if unit else ""


def _day(value) -> str:
    try:
        return f"{dt.date.fromisoformat(value):%d/%m/%Y}" if value else ""
    except (TypeError, ValueError):
        return ""


# ── the head ─────────────────────────────────────────────────────────────────────────────────────────────


def _above(issuer: Unit, day: dt.date) -> str:
    """The line above the issuer: the organisation it stands under, the centre aside."""
    parent = _parent(issuer, day)
    if parent is None or kind_of(parent, day) == "whole_party":
        own = _called(issuer, day)
        return own.upper() if _committee(own) != own.upper() else ""
    return _called(parent, day).upper()


def _committee(name: str) -> str:
    """“Đảng bộ tỉnh Điện Biên” issues as TỈNH ỦY ĐIỆN BIÊN; other bodies under their own name."""
    for begins, called in heads().items():
        if name.lower().startswith(begins + " "):
            return f"{called} {name[len(begins) + 1 :].upper()}"
    return name.upper()


def _placed(issuer: str, day: dt.date | None) -> str:
    """Place and date; the day stays open until the paper is signed."""
    for begins in heads():
        if issuer.lower().startswith(begins + " ") and begins not in ("đảng bộ", "đảng bộ khối"):
            place = issuer[len(begins) + 1 :] + ", "
            break
    else:
        place = "…, "
    return place + (
        f"ngày {day.day:02d} tháng {day.month:02d} năm {day.year}" if day else "ngày … tháng … năm …"
    )


def _sign(issuer: Unit, day: dt.date) -> str:
    """-QĐ/TU, as it will follow the number."""
    return numbering.symbol_of(issuer, "decision", 1, day).removeprefix("01")


def _decider(on_behalf: str, issuer: str) -> str:
    return f"{on_behalf.removeprefix('T/M ')} {_committee(issuer)}" if on_behalf.startswith("T/M BAN") else (
        _committee(issuer)
    )  # fmt: skip


def _title(text: str) -> str:
    return text if text.startswith("về ") else f"về việc {text}"


def step_of(text: Text) -> str:
    """What a decision is called on pages: the step that it decides."""
    return str(Procedure.known[text.procedure].steps[text.step].label)
