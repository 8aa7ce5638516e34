"""This room is for `orgwork reorganise`: plans from tables, decided about, rehearsed, enacted, taken back."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.utils import timezone

from orgwork.exchange import reorganise as room
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import RegisterIncomplete
from orgwork.procedures import reorganisation
from orgwork.procedures import reorganisation_accepting as accepting
from orgwork.procedures import reorganisation_variants as variants
from orgwork.procedures.catalogue import procedures
from orgwork.procedures.reorganisation_days import shapes
from orgwork.procedures.reorganisation_hanging import groups
from orgwork.procedures.reorganisation_invariants import label_of
from orgwork.registers import access
from orgwork.registers.reorganisation import Plan

from .common import actor, as_json, table
from .main import FINDINGS, NOTHING
from .words import _

#: What somebody must be allowed to at the head of a plan; the operator, as for a take-over, the whole.
ACT, OPERATORS_ACT = "unit.end", "takeover.run"


def load(args) -> int:
    account = _account(args)
    if args.by_clause:
        rows, clauses = room.given_by_clause(Path(args.file), args.effective)
    else:
        (rows, open_), clauses = room.read_any(Path(args.file), args.effective), []
        room.refuse_open(open_)
    with writing(actor=account, door="cli") as act:
        plan = room.load(act, rows, args.effective, title=args.title or "", clauses=clauses)
        _allowed(account)(act, plan)
    answer = room.answer(plan)
    if args.json:
        as_json(answer)
        return NOTHING
    print(plan.code)
    _say_counts(answer["counts"])
    _say_undecided(answer["undecided"])
    return NOTHING


def read(args) -> int:
    """A resolution's text as a table, to be checked clause by clause before it is loaded."""
    _account(args)
    rows, open_ = room.read_any(Path(args.file), args.effective)
    if args.output:
        Path(args.output).write_text(room.as_csv(rows), encoding="utf-8")
    if args.json:
        as_json({"rows": rows, "open": open_})
    elif not args.output:
        print(room.as_csv(rows), end="")
    for one in open_:
        print(one, file=sys.stderr)
    return FINDINGS if open_ else NOTHING


def plans(args) -> int:
    account = _account(args)
    rows = [
        plan for plan in Plan.objects.select_related("unit").order_by("day", "code")
        if account is None or access.may(account, ACT, plan.unit or access.root(), now=timezone.localdate())
    ]  # fmt: skip
    if args.json:
        as_json([_told(plan) for plan in rows])
        return NOTHING
    table([[plan.code, plan.day, plan.get_state_display(), plan.title] for plan in rows])
    return NOTHING


def show(args) -> int:
    account = _account(args)
    plan = reorganisation.find(args.plan)
    _allowed(account)(None, plan)
    if plan.state == "enacted":
        answer = {**_told(plan), "counts": plan.outcome.get("written", {}), "undecided": []}
    else:
        answer = room.answer(plan)
    if args.json:
        as_json(answer)
        return NOTHING
    _say_counts(answer["counts"])
    _say_undecided(answer["undecided"])
    return NOTHING


def draft(args) -> int:
    """An empty plan at a body's head, to be written change by change."""
    account = _account(args)
    unit = room.body_of(args.unit)
    with writing(actor=account, door="cli") as act:
        plan = reorganisation.make_plan(act, args.effective, title=args.title or "", unit=unit)
        _allowed(account)(act, plan)
    if args.json:
        as_json(_told(plan))
        return NOTHING
    print(plan.code)
    return NOTHING


def write(args) -> int:
    """Changes of bodies from a table, written as their forms in the browser write them."""
    account = _account(args)
    rows = room.read_table(Path(args.file))
    with writing(actor=account, door="cli") as act:
        plan = reorganisation.find(args.plan)
        _allowed(account)(act, plan)
        act.cleared = True
        count = room.written(plan, rows, act=act)
    answer = room.answer(reorganisation.find(args.plan))
    if args.json:
        as_json({"plan": plan.code, "written": count, "undecided": answer["undecided"]})
        return NOTHING
    print(_("%s changes were written.") % count)
    _say_undecided(answer["undecided"])
    return NOTHING


def compare(args) -> int:
    """Two or three plans beside one another: what only some of them do, what each counts and leaves open."""
    account = _account(args)
    plans = [reorganisation.find(code) for code in args.plans]
    for plan in plans:
        _allowed(account)(None, plan)
    found = variants.beside(plans)
    answer = variants.as_json(found)
    if args.json:
        as_json(answer)
        return NOTHING
    for one in answer["plans"]:
        print(one["plan"], one["title"])
        print("  ", _("%s questions are undecided:") % len(one["undecided"]))
        for code, before in one["before"].items():
            print("  ", label_of(code), before, "→", one["after"][code])
    head = [_("change"), _("body"), "", _("day"), *args.plans]
    lines = [
        [doing.kind, doing.body, doing.to, doing.day, *("✓" if does else "–" for does in which)]
        for doing, which in variants.doings(found)
    ]
    table([head, *lines])
    return NOTHING


def decide(args) -> int:
    account = _account(args)
    rows = room.read_table(Path(args.file))
    with writing(actor=account, door="cli") as act:
        plan = reorganisation.find(args.plan)
        _allowed(account)(act, plan)
        count = room.decisions(plan, rows, by=account)
    answer = {"plan": plan.code, "decided": count, "undecided": room.answer(plan)["undecided"]}
    if args.json:
        as_json(answer)
        return NOTHING
    print(_("%s decisions were taken over.") % count)
    _say_undecided(answer["undecided"])
    return NOTHING


def hanging(args) -> int:
    """What hangs, group by group, with its rule and who accepted it."""
    account = _account(args)
    plan = reorganisation.find(args.plan)
    _allowed(account)(None, plan)
    every = groups(shapes(plan)) if plan.state != "enacted" else []
    found = accepting.narrowed(every, _which(args))
    said = [accepting.told(one) for one in found]
    if args.json:
        as_json({"plan": plan.code, "hanging": said, "open": len(accepting.left_over(every))})
        return NOTHING
    table(
        [[one["kind"], one["body"], one["count"], one["to"], accepting.STATES[one["state"]]] for one in said],
        right=(2,),
    )
    _say_open(every)
    return NOTHING


def accept(args) -> int:
    """What the rules propose for these groups is accepted, or sent elsewhere with --to."""
    account = _account(args)
    with writing(actor=account, door="cli") as act:
        plan = reorganisation.find(args.plan)
        _allowed(account)(act, plan)
        held = accepting.held_open(plan)
        planned = shapes(held)
        found = accepting.narrowed(groups(planned), _which(args))
        if args.to:
            to = None if args.to == accepting.BY_RULE else accepting.target_of(planned, args.to)
            done = accepting.send(act, held, planned, found, to, args.thing or None)
        else:
            done = accepting.accept(act, held, found)
    left = groups(shapes(plan))
    if args.json:
        as_json({"plan": plan.code, "done": done, "open": len(accepting.left_over(left))})
        return NOTHING
    print((_("%s decisions were kept.") if args.to else _("%s groups were accepted.")) % done)
    _say_open(left)
    return NOTHING


def _which(args) -> accepting.Which:
    return accepting.Which(args.kind or "", args.body or "", args.successor or "", args.state or "")


def _say_open(found) -> None:
    left = len(accepting.left_over(found))
    print(_("%s groups are not accepted yet.") % left if left else _("Everything that hangs is accepted."))


def rehearse(args) -> int:
    account = _account(args)
    plan = reorganisation.find(args.plan)
    _allowed(account)(None, plan)
    found = reorganisation.rehearse(plan, tell=_teller())
    if args.json:
        as_json(found)
        return NOTHING
    _say_invariants(found["invariants"])
    _say_undecided(found["blocked"])
    return NOTHING


def enact(args) -> int:
    account = _account(args)
    plan = reorganisation.find(args.plan)
    procedures()  # registers to come have declared themselves
    try:
        done = reorganisation.enact(
            plan,
            actor=account,
            door="cli",
            tell=_teller(),
            allowed=_allowed(account),
            by_rule=not args.only_accepted,
        )
    except reorganisation.Blocked as blocked:
        left = list(blocked.left)
        if args.json:
            as_json({"plan": plan.code, "state": plan.state, "blocked": left})
        else:
            print(str(blocked), file=sys.stderr)
            _say_undecided(left)
        return FINDINGS
    if args.json:
        as_json({**_told(done.plan), "invariants": done.invariants, "written": done.written, "blocked": []})
        return NOTHING
    _say_invariants(done.invariants)
    print(_("Enacted: %s") % done.plan.code)
    return NOTHING


def undo(args) -> int:
    account = _account(args)
    plan = reorganisation.find(args.plan)
    try:
        plan = reorganisation.undo(plan, actor=account, door="cli", allowed=_allowed(account))
    except RegisterIncomplete as resting:
        if resting.code != "rests_on_it":
            raise
        if args.json:
            as_json({"plan": plan.code, "state": plan.state, "rests": [str(one) for one in resting.left]})
        else:
            print(str(resting), file=sys.stderr)
            for one in resting.left:
                print(f"  {one}")
        return FINDINGS
    if args.json:
        as_json({**_told(plan), "rests": []})
        return NOTHING
    print(_("Taken back: %s") % plan.code)
    return NOTHING


# ── who may, and what is said ───────────────────────────────────────────────────────────────────────────


def _account(args):
    """Whoever acts; the operator of the machine may bring a plan in and carry it out, as a take-over."""
    account = actor(args)
    access.require(account, OPERATORS_ACT if account is None else ACT, None, now=timezone.localdate())
    return account


def _allowed(account):
    def judge(act: Act | None, plan: Plan) -> None:
        if account is not None:
            access.require(account, ACT, plan.unit or access.root(), now=timezone.localdate())

    return judge


def _told(plan: Plan) -> dict[str, Any]:
    return {"plan": plan.code, "day": plan.day, "state": plan.state, "title": plan.title, "batch": plan.batch}


def _say_counts(counts: dict[str, int]) -> None:
    table([[kind, number] for kind, number in counts.items()], right=(1,))


def _say_undecided(left: list[dict[str, Any]]) -> None:
    if not left:
        print(_("Nothing is undecided."))
        return
    print(_("%s questions are undecided:") % len(left))
    for what, count in sorted(Counter(one["what"] for one in left).items()):
        print(f"  {what}: {count}")
    for one in left[:20]:
        said = (one.get("code") or one.get("subject") or "", one.get("name") or one.get("note") or "")
        print("  · " + " ".join(str(word) for word in said if word))


def _say_invariants(invariants: list[dict[str, Any]]) -> None:
    rows = [["", _("before"), _("after"), ""]]
    rows += [[one["label"], one["before"], one["after"], "" if one["holds"] else "✗"] for one in invariants]
    table(rows, right=(1, 2))


def _teller():
    """Says which part has begun, and how long it has taken so far."""
    began = time.monotonic()

    def tell(text: str) -> None:
        print(f"… {time.monotonic() - began:5.1f} s  {text}", file=sys.stderr, flush=True)

    return tell
