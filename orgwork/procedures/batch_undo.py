"""This room is for taking a batch back: what it wrote is retracted, what it retracted holds again.

Nothing is deleted: what the batch said was known from its moments up to the undo's, and the journal has both.
Whatever later acts rest on is listed, and while there is anything of that kind nothing is undone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import journal
from orgwork.foundation.dates import Dated
from orgwork.foundation.moments import Act, Moment
from orgwork.foundation.refusals import RegisterIncomplete
from orgwork.foundation.rows import insert_row
from orgwork.registers.units import UnitPlacement, lock_tree

from .cases import Case, CaseDeadline, CaseHome, CaseStep, Procedure
from .takeover import Said, TakeOver

VERB = "batch.undo"
#: What a later act may rest on. A body is meant only where the batch founded or moved it.
SUBJECTS = ("person", "case", "post")


@dataclass(frozen=True)
class Resting:
    """A later entry of the journal that speaks of something the batch wrote."""

    entry: int
    verb: str
    type: str
    subject: int
    day: dt.date


def moments_of(code: str) -> list[int]:
    """The moments of the batch, the newest first."""
    return list(Moment.objects.filter(batch=code).order_by("-pk").values_list("pk", flat=True))


def dated_models() -> list[type[Dated]]:
    return [one for one in apps.get_models() if issubclass(one, Dated) and one._meta.managed]


def resting(code: str, *, limit: int = 50) -> list[Resting]:
    """Later acts that speak of people, cases, posts or new bodies of the batch; none when it can go."""
    moments = moments_of(code)
    if not moments:
        return []
    undone = _undo_code(code)
    found = _resting(moments, [code, undone], SUBJECTS, None, limit)
    units = _units_of(moments)
    if units and len(found) < limit:
        found += _resting(moments, [code, undone], ("unit",), units, limit - len(found))
    return found


def _resting(moments, batches, types, only, limit) -> list[Resting]:
    marks = ", ".join(["%s"] * len(moments))
    kinds = ", ".join(["%s"] * len(types))
    some = ""
    values: list = [*moments, *types]
    if only is not None:
        some = f" AND s.subject_id IN ({', '.join(['%s'] * len(only))})"
        values += sorted(only)
    sql = f"""
        SELECT DISTINCT later.id, later.verb, t.type, t.subject_id, later.day
        FROM foundation_entry e JOIN foundation_entrysubject s ON s.entry_id = e.id
        JOIN foundation_entrysubject t ON t.type = s.type AND t.subject_id = s.subject_id
        JOIN foundation_entry later ON later.id = t.entry_id
        WHERE e.moment IN ({marks}) AND s.type IN ({kinds}){some}
          AND later.moment > %s AND later.batch NOT IN (%s, %s)
        ORDER BY later.id LIMIT %s"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, min(moments), *batches, limit])
        return [Resting(*row) for row in cursor.fetchall()]


def _units_of(moments: Sequence[int]) -> set[int]:
    return set(UnitPlacement.versions.filter(recorded__in=moments).values_list("unit", flat=True)[:20_000])


def _undo_code(code: str) -> str:
    return f"undo:{code}"


def refuse_resting(code: str) -> None:
    found = resting(code)
    if found:
        raise RegisterIncomplete(
            _("Later acts rest on what this sheet brought; undo them first. They are listed below."),
            code="rests_on_it",
            left=[f"{one.verb} · {one.type} {one.subject} · {one.day}" for one in found],
        )


def undo_moment(act: Act, moment: int, *, batch: str, before: Iterable[dict] = ()) -> int:
    """Take back one moment of a batch in the open transaction; how many rows were touched.

    ``before`` are cases as they were when the batch came to them (``kept``).
    """
    lock_tree()
    touched = 0
    for model in [*dated_models(), CaseDeadline]:
        touched += turn_back(model, act, moment, batch)
    _cases(act, moment, before)
    _tell(act, moment)
    return touched


def turn_back(model, act: Act, moment: int, batch: str) -> int:
    """Retract what the moment recorded, then let hold again what it had retracted of others."""
    gone = model.versions.filter(recorded=moment, retracted__isnull=True).update(retracted=act.moment)
    columns = [f.column for f in model._meta.concrete_fields if not f.primary_key]
    kept = [c for c in columns if c not in ("recorded", "retracted")]
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, kept))
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}, recorded) SELECT {names}, %s FROM {table}"  # noqa: S608
            " WHERE retracted = %s AND recorded NOT IN (SELECT id FROM foundation_moment WHERE batch = %s)",
            [act.moment, moment, batch],
        )
        return gone + max(cursor.rowcount, 0)


def kept(case: Case) -> dict:
    """What of a case a later undo puts back; its body and its deadlines are records and turn back as such."""
    return {
        "id": case.pk, "state": case.state, "unit": case.unit_id, "data": case.data, "drafts": case.drafts,
        "closed_on": str(case.closed_on or ""),
    }  # fmt: skip


def _cases(act: Act, moment: int, before: Iterable[dict]) -> None:
    """Cases that the moment opened are withdrawn; those it carried on stand where they stood."""
    opened = list(
        Case.objects.filter(steps__moment=moment, steps__step="open").select_for_update(
            no_key=True, of=("self",)
        )
        if connection.features.has_select_for_update_of
        else Case.objects.filter(steps__moment=moment, steps__step="open")
    )
    for case in opened:
        source, case.state, case.closed_on = case.state, _shut(case.procedure), act.day
        case.version += 1
        case.save(update_fields=["state", "closed_on", "version"])
        # It came to nothing, but it was there: it is found where it lay.
        stays = CaseHome(
            case=case, unit=case.unit, valid_from=case.opened_on, recorded=act.moment, spell=case.pk
        )  # fmt: skip
        insert_row(stays)
        _step(act, case, source)
    for said in before:
        case = Case.objects.get(pk=said["id"])
        source = case.state
        Case.objects.filter(pk=case.pk).update(
            state=said["state"], unit=said["unit"], data=said["data"], drafts=said["drafts"],
            closed_on=said["closed_on"] or None, version=F("version") + 1,
        )  # fmt: skip
        case.state = said["state"]
        _step(act, case, source)


def _shut(procedure: str) -> str:
    known = Procedure.known[procedure]
    return "withdrawn" if "withdrawn" in known.states else sorted(known.final)[0]


def _step(act: Act, case: Case, source: str) -> None:
    CaseStep.objects.create(
        case=case, step="withdraw", source=source, target=case.state, day=act.day, moment=act.moment,
        actor=act.actor, remark=str(_("Taken back together with the sheet that brought it.")),
    )  # fmt: skip


def _tell(act: Act, moment: int) -> None:
    """For every entry of the moment one that says it was undone, about the same subjects."""
    take = TakeOver(act.batch, door=act.door, actor=getattr(act.actor, "pk", None))
    take._ordinals[act.moment] = act.ordinal
    act.ordinal += take.journal(_said(act, moment))


def _said(act: Act, moment: int):
    entries = journal.Entry.objects.filter(moment=moment).order_by("ordinal")
    named: dict[int, list] = {}
    rows = journal.EntrySubject.objects.filter(entry__moment=moment).order_by("entry", "ordinal")
    for entry, kind, ident in rows.values_list("entry", "type", "subject_id"):
        named.setdefault(entry, []).append((kind, ident))
    for entry, verb, case in list(entries.values_list("pk", "verb", "case")):
        subjects = [(kind, ident, {"undone": verb}) for kind, ident in named.get(entry, ())]
        yield Said(act.moment, VERB, act.day, subjects, case=case)


__all__ = ["Resting", "kept", "moments_of", "refuse_resting", "resting", "undo_moment"]
