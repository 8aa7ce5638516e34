"""This room is for acts that need two people: the first proposes, a second sees what will happen and decides.

Which acts these are, provisions say (``four_eyes.verbs``), and for how long a proposal waits. The frame
(cases.py, operations.py) asks ``first`` before it runs a body: the act is tried and undone, so that what
would be refused is refused at once, and stored with all that was filled in. The second person is entitled to
the act itself or to ``proposal.confirm`` over the same body; is not the same account or person; and neither
stands in for the other. Both rights are judged again on the day it is confirmed. Whoever runs the machine is
nobody: the operator may neither propose nor confirm an act on a person.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import journal, provisions, wording
from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import Dated
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import NotAllowed, Refusal, Stale
from orgwork.foundation.workdays import add_workdays
from orgwork.registers import access
from orgwork.registers.areas import Area
from orgwork.registers.documents import Document
from orgwork.registers.members import Membership
from orgwork.registers.people import Person
from orgwork.registers.posts import Post
from orgwork.registers.units import Unit

from .cases import Case, Procedure, StepDef, standing_in
from .fields import Field
from .operations import known
from .proposals import Proposal, ProposalState

CONFIRM = "proposal.confirm"
MODELS: dict[str, Any] = {
    "person": Person, "unit": Unit, "area": Area, "post": Post, "document": Document, "account": Account,
}  # fmt: skip


class _Undo(Exception):
    """Takes a trial back."""


# ── the first person ────────────────────────────────────────────────────────────────────────────────────


def first(definition: StepDef, act: Act, day: dt.date, values: dict, over, case: Case | None):
    """The proposal the act becomes; None where it is done at once: it is the second person who acts, it is
    only tried, or the act is of a kind that needs no second one.
    """
    if vars(act).get("second") is not None or not _is_heavy(definition, act, day, values):
        return None
    _try(act, lambda: _call(definition, act, day, values, case))
    person = _about(values, case)
    return propose(
        act, definition.verb, definition.act, day=day, inputs=packed(definition.fields, values), over=over,
        person=person, case=case,
    )  # fmt: skip


def propose(act: Act, verb: str, power: str, *, day, inputs: dict, over, person=None, case=None) -> Proposal:
    """Write the proposal down and say so in the journal."""
    wait = provisions.on(act.day)["four_eyes.expires_working_days"]
    made = Proposal.objects.create(
        verb=verb, act=power, unit=over, person=person, case=case, day=day, inputs=inputs, made_by=act.actor,
        made_for_id=standing_in(act).get("standing_in_for"), moment=act.moment, made_on=act.day,
        expires_on=add_workdays(act.day, wait.value),
    )  # fmt: skip
    _note(act, "proposal.make", made)
    return made


def _is_heavy(definition: StepDef, act: Act, day: dt.date, values: Mapping) -> bool:
    """Some acts need two people only in some cases."""
    asks = ONLY_WHEN.get(definition.verb)
    return asks is None or asks(act, day, values)


def _old_admission(act: Act, day: dt.date, values: Mapping) -> bool:
    """A day of admission that party age has rested on for long."""
    months = provisions.on(act.day)["four_eyes.admission_day_older_months"].value
    row = Membership.objects.on(day).filter(person=values["person"]).first()
    return row is not None and _months_between(min(row.valid_from, values["since"]), act.day) >= months


def _months_between(first_day: dt.date, last: dt.date) -> int:
    return (last.year - first_day.year) * 12 + last.month - first_day.month - (last.day < first_day.day)


ONLY_WHEN: dict[str, Callable] = {"correction.admission_day": _old_admission}


def _about(values: Mapping, case: Case | None) -> Person | None:
    if case is not None and case.person is not None:
        return case.person
    return next((one for one in values.values() if isinstance(one, Person)), None)


def _try(act: Act, run: Callable) -> None:
    """Do it and take it back: what would be refused is refused to the first person already."""
    ordinal = act.ordinal
    vars(act)["second"] = "trial"
    try:
        with transaction.atomic():
            run()
            raise _Undo
    except _Undo:
        pass
    finally:
        act.ordinal = ordinal
        vars(act)["second"] = None


def _call(definition: StepDef, act: Act, day: dt.date, values: Mapping, case: Case | None):
    if case is None:
        return definition.call(within=act, day=day, **values)
    return definition.call(case, within=act, day=day, **values)


# ── what was filled in, kept as plain JSON ──────────────────────────────────────────────────────────────


def packed(fields: tuple[Field, ...], values: Mapping) -> dict:
    """Values as they can be stored: numbers for things, texts for days."""
    return {one.name: _pack(values.get(one.name)) for one in fields if values.get(one.name) is not None}


def _pack(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _pack(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_pack(one) for one in value]
    return value


def unpacked(fields: tuple[Field, ...], inputs: Mapping) -> dict:
    """The values as a step takes them."""
    return {
        one.name: [_unpack(one, single) for single in inputs[one.name]]
        if one.many
        else _unpack(one, inputs[one.name])
        for one in fields
        if one.name in inputs
    }


def _unpack(one: Field, value: Any) -> Any:
    if one.type == "day":
        return dt.date.fromisoformat(value)
    if one.type == "document" and isinstance(value, Mapping):
        said = dict(value)
        if said.get("day"):
            said["day"] = dt.date.fromisoformat(said["day"])
        if said.get("issuer"):
            said["issuer"] = _found("unit", said["issuer"], one)
        return said
    if one.type in MODELS:
        return _found(one.type, value, one)
    return value


def _found(kind: str, ident: int, one: Field) -> Any:
    found = MODELS[kind].objects.filter(pk=ident).first()
    if found is None:
        raise Stale(
            _("“%(field)s” is no longer in the register; decline this proposal.") % {"field": one.label}
        )
    return found


# ── the second person ───────────────────────────────────────────────────────────────────────────────────


@dataclass
class Foreseen:
    """What a proposal will do: entries of the journal that would be written, and rows by table."""

    entries: list[dict] = field(default_factory=list)  # {verb, type, id, content}
    tables: list[tuple[str, str, int]] = field(default_factory=list)  # (table, written | changed | …, rows)
    refusal: Refusal | None = None


def what_will_happen(proposal: Proposal, *, actor, door: str) -> Foreseen:
    """Do it for real where nobody waits, look at what came of it, and undo it."""
    from orgwork.foundation.rehearsal import rehearsal

    found = Foreseen()
    counter = _Counter()
    with rehearsal(actor=actor, door=door) as act:
        try:
            with transaction.atomic(), counter.counting():
                vars(act)["second"] = proposal
                _run(proposal, act)
        except Refusal as refusal:
            found.refusal = refusal
        else:
            said = EntrySubject.objects.filter(entry__moment=act.moment).select_related("entry")
            found.entries = [
                {"verb": one.entry.verb, "type": one.type, "id": one.subject_id, "content": one.content}
                for one in said.order_by("entry__ordinal", "ordinal")
            ]
            counter.look_for_rows_of(act.moment)
            found.tables = counter.shown()
    return found


def confirm(proposal: Proposal, *, actor, door: str, within: Act | None = None):
    """The second person agrees: the act is done as it was proposed, by both."""
    with _deciding(proposal, actor, door, within) as (act, locked):
        require_second(locked, act.actor, now=act.day)
        _require_waiting(locked, act.day)
        _require_first(locked, act.day)
        vars(act)["second"] = locked
        try:
            result = _run(locked, act)
        finally:
            vars(act)["second"] = None
        _decide(locked, act, ProposalState.CONFIRMED)
        return result


def decline(proposal: Proposal, *, actor, door: str, remark: str, within: Act | None = None) -> Proposal:
    """The second person does not agree, and says why."""
    with _deciding(proposal, actor, door, within) as (act, locked):
        require_second(locked, act.actor, now=act.day)
        _require_waiting(locked, act.day)
        if not remark.strip():
            message = _("Say why you do not confirm it, in one or two sentences.")
            raise Refusal(message, field="remark", code="missing")
        _decide(locked, act, ProposalState.DECLINED, remark.strip()[:2000])
        return locked


def withdraw(proposal: Proposal, *, actor, door: str, within: Act | None = None) -> Proposal:
    """Whoever proposed it may take it back."""
    with _deciding(proposal, actor, door, within) as (act, locked):
        if actor is None or locked.made_by_id != actor.pk:
            raise NotAllowed(_("Only whoever proposed it can take it back; you may decline it."))
        _require_waiting(locked, act.day)
        _decide(locked, act, ProposalState.WITHDRAWN)
        return locked


def expire(day: dt.date, *, door: str = "worker") -> int:
    """Proposals nobody decided in time lapse; run by the daily job."""
    late = Proposal.objects.filter(state=ProposalState.WAITING, expires_on__lt=day)
    done = 0
    for pk in list(late.values_list("pk", flat=True)):
        with writing(door=door) as act:
            locked = Proposal.objects.select_for_update(no_key=True).get(pk=pk)
            if locked.state == ProposalState.WAITING:
                _decide(locked, act, ProposalState.EXPIRED)
                done += 1
    return done


def may_be_second(proposal: Proposal, account, *, now: dt.date) -> bool:
    try:
        require_second(proposal, account, now=now)
    except NotAllowed:
        return False
    return True


def require_second(proposal: Proposal, account, *, now: dt.date) -> None:
    """Refuse who may not be the second person, and say who may."""
    if account is None:
        raise NotAllowed(
            _("The operator of the machine is nobody's second person; sign in as somebody entitled.")
        )
    if account.pk == proposal.made_by_id or _same_person(proposal, account):
        raise NotAllowed(_("This is your own proposal; another person has to look at it."))
    over = place_of(proposal)
    answer = access.may(account, proposal.act, over, now=now)
    if not answer:
        answer = access.may(account, CONFIRM, over, now=now)
    if not answer:
        raise NotAllowed(str(answer.reason), hint=access.who_may(CONFIRM, over, now=now))
    lender = answer.mandate.lender if answer.mandate else None
    first_person = access.person_of(proposal.made_by)
    if (lender is not None and lender in (first_person, proposal.made_for_id)) or (
        proposal.made_for_id is not None and proposal.made_for_id == access.person_of(account)
    ):
        raise NotAllowed(_("One of you stands in for the other; a third person has to look at it."))


def _same_person(proposal: Proposal, account) -> bool:
    person = access.person_of(account)
    return person is not None and person == access.person_of(proposal.made_by)


def _require_first(proposal: Proposal, now: dt.date) -> None:
    """Whoever proposed it must still be entitled: a post that has ended ends its proposals."""
    made_by = proposal.made_by
    if made_by is None:
        return  # the operator of the machine, who may propose only what that account may
    answer = access.may(Account.objects.get(pk=made_by.pk), proposal.act, place_of(proposal), now=now)
    if not answer and not _own(proposal):
        raise Refusal(
            _("%(who)s no longer holds the power this needs; decline the proposal.") % {"who": made_by},
            code="first_no_longer_entitled",
        )


def _own(proposal: Proposal) -> bool:
    return proposal.person_id is not None and access.person_of(proposal.made_by) == proposal.person_id


def _require_waiting(proposal: Proposal, day: dt.date) -> None:
    if proposal.state != ProposalState.WAITING:
        raise Stale(
            _("This proposal is no longer open: %(state)s.") % {"state": proposal.get_state_display()}
        )
    if day > proposal.expires_on:
        raise Stale(
            _("This proposal lapsed on %(day)s; propose it again.")
            % {"day": wording.day(proposal.expires_on)}
        )


@contextmanager
def _deciding(proposal, actor, door, within) -> Iterator[tuple[Act, Proposal]]:
    """The transaction, and the proposal as it stands when its lock is had."""
    if within is not None:
        with transaction.atomic():
            yield within, Proposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
        return
    with writing(actor=actor, door=door) as act:
        yield act, Proposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)


def _decide(proposal: Proposal, act: Act, state: str, remark: str = "") -> None:
    """What was filled in goes: what was done stands elsewhere, what was not done stands nowhere."""
    if proposal.state == ProposalState.WAITING:
        proposal.state, proposal.inputs, proposal.remark = state, {}, remark
        proposal.decided_by, proposal.decided_on = act.actor, act.day
        proposal.save()
    verbs = {
        ProposalState.CONFIRMED: "proposal.confirm", ProposalState.DECLINED: "proposal.decline",
        ProposalState.WITHDRAWN: "proposal.withdraw", ProposalState.EXPIRED: "proposal.expire",
    }  # fmt: skip
    _note(act, verbs[ProposalState(state)], proposal)


def _note(act: Act, verb: str, proposal: Proposal) -> None:
    said = {"verb": proposal.verb, "proposal": proposal.pk, **standing_in(act)}
    if proposal.made_by_id and verb == "proposal.confirm":
        said["first"] = proposal.made_by_id
    subjects: list = []
    if proposal.person_id:
        subjects.append((("person", proposal.person_id), said))
    if proposal.case_id:
        subjects.append((("case", proposal.case_id), said))
    if proposal.unit_id:
        subjects.append((("unit", proposal.unit_id), said if not subjects else {}))
    if account := proposal.inputs.get("account"):
        subjects.append((("account", account), said if not subjects else {}))
    if not subjects:
        root = access.root()
        subjects.append((("unit", root.pk if root else 0), said))
    journal.record(act, verb, day=act.day, case=proposal.case_id, subjects=subjects)


#: Acts that are no steps and no operations (accounts): verb → how it is run from what was filled in.
RUNNERS: dict[str, Callable[[Proposal, Act], Any]] = {}
#: And how they are called, with the labels of what was filled in.
LABELS: dict[str, tuple[Any, Mapping[str, Any]]] = {}


def _run(proposal: Proposal, act: Act) -> Any:
    if proposal.verb in RUNNERS:
        return RUNNERS[proposal.verb](proposal, act)
    definition = definition_of(proposal)
    values = unpacked(definition.fields, proposal.inputs)
    before, act.cleared = act.cleared, True  # both rights were judged: the frame asks no third time
    try:
        return _call(definition, act, proposal.day, values, proposal.case)
    finally:
        act.cleared = before


def place_of(proposal: Proposal) -> Unit | None:
    """The body over which the power is needed as things stand now: the person may have moved since."""
    if proposal.verb in RUNNERS or proposal.state != ProposalState.WAITING:
        return proposal.unit
    definition = definition_of(proposal)
    if definition.at is None:
        return proposal.case.unit if proposal.case else proposal.unit
    asked = {
        **{one.name: None for one in definition.fields},
        **unpacked(definition.fields, proposal.inputs), "day": proposal.day,
    }  # fmt: skip
    return definition.at(asked) if proposal.case is None else definition.at(proposal.case, asked)


def definition_of(proposal: Proposal) -> StepDef:
    """The step or operation a proposal is about."""
    if proposal.verb in known:
        return known[proposal.verb]
    code, _point, name = proposal.verb.partition(".")
    procedure = Procedure.known.get(code)
    found = procedure and (procedure.opening if name == "open" else procedure.steps.get(name))
    if not found:
        raise Stale(_("This act no longer exists; decline the proposal."))
    return found


def label_of(proposal: Proposal) -> Any:
    if proposal.verb in LABELS:
        return LABELS[proposal.verb][0]
    return definition_of(proposal).label


def filled_in(proposal: Proposal) -> list[tuple[Any, Any, Any]]:
    """(field, label, value) of everything that was filled in, for the second person to look at."""
    if proposal.verb in LABELS:
        labels = LABELS[proposal.verb][1]
        return [(None, labels.get(name, name), value) for name, value in proposal.inputs.items()]
    fields = definition_of(proposal).fields
    values = unpacked(fields, proposal.inputs)
    return [
        (one, one.label, values[one.name])
        for one in fields
        if one.type != "record" and values.get(one.name) not in (None, "", [])
    ]


# ── counting what a rehearsal writes ────────────────────────────────────────────────────────────────────

WRITES = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)
KINDS = {"insert into": "written", "update": "changed", "delete from": "deleted"}
#: What every act writes: it says nothing about this one.
ALWAYS = (
    "foundation_moment",
    "foundation_entry",
    "foundation_entrysubject",
    "foundation_link",
    "orgwork_guard",
)


class _Counter:
    """Rows by table, as the database itself counts them."""

    def __init__(self):
        self.rows: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def counting(self):
        with connection.execute_wrapper(self._around):
            yield

    def _around(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        for found in WRITES.finditer(sql if ";" in sql else sql[:200]):
            kind, table = KINDS[found[1].lower()], found[2]
            # One statement among several, or one that returns rows before they are fetched, tells no count.
            count = context["cursor"].rowcount if ";" not in sql else 1
            self.rows[table, kind] += count if count >= 0 else 1
        return result

    def look_for_rows_of(self, moment: int) -> None:
        """Rows written in bulk pass Django by: they are counted by the moment they were recorded at."""
        changed = {table for table, _kind in self.rows}
        for model in _models():
            table = model._meta.db_table
            if table in changed and issubclass(model, Dated):
                self.rows[table, "written"] = model.versions.filter(recorded=moment).count()

    def shown(self) -> list[tuple[str, str, int]]:
        names = {model._meta.db_table: str(model._meta.verbose_name) for model in _models()}
        return [
            (names.get(table, table), kind, count)
            for (table, kind), count in sorted(self.rows.items())
            if count and table not in ALWAYS
        ]


def _models():
    from django.apps import apps

    return apps.get_models()
