"""This room is for writing the story's cases: every admission, recognition, transfer and change of a body
with its steps, votes, deadlines and journal entries, as the procedures themselves would have left them.
"""

from dataclasses import dataclass, field

from orgwork.foundation import provisions
from orgwork.foundation.workdays import add_months
from orgwork.procedures import catalogue  # noqa: F401  (declares every procedure)
from orgwork.procedures.cases import BEFORE, Case, CaseDeadline, CaseHome, CaseStep, Procedure, Protocol
from orgwork.procedures.takeover import Said, refuse_steps, refuse_votes
from orgwork.registers.people import Qualification
from orgwork.registers.units import SuccessionKind

from .bodies import CLOSING
from .chance import Die

NUMBERS = Protocol.NUMBERS


@dataclass(slots=True)
class Step:
    name: str
    source: str
    target: str
    day: int
    moment: int
    unit: int  # where the case lies after it
    said: dict = field(default_factory=dict)
    subjects: list = field(default_factory=list)  # (type, id, content), besides case, person and unit
    paper: int | None = None
    vote: tuple | None = None  # (kind, unit, rule, numbers, agreed)
    remark: str = ""


@dataclass(slots=True)
class Book:
    """One case with all its steps."""

    procedure: str
    person: int | None
    office: str
    data: dict
    steps: list
    deadlines: list = field(default_factory=list)  # (kind, step that set it, runs from, due, met, basis)
    closed: bool = False


class Cases:
    def __init__(self, registers):
        self.r, self.take, self.story = registers, registers.take, registers.story
        self.lives, self.day, self.skeleton = registers.lives, registers.day, registers.skeleton
        self.unit, self.person = registers.unit, registers.person
        self.die = Die(self.story.seed, "cases")
        self.rules = {}
        self.order = [
            *(("admission", one) for one in self.lives.admissions),
            *(("recognition", one) for one in self.lives.recognitions),
            *(("transfer", one) for one in self.lives.transfers if one.batch is None),
            *(("leaving", one) for one in self.lives.leavings if one.kind == "left"),
            *(("body", one) for one in self.story.changes.acts),
        ]
        self.ids = self.take.ids(Case, len(self.order))
        for nr, (_kind, one) in enumerate(self.order):
            if one.cause is not None:
                self.lives.causes[one.cause].case = nr
        batches = {id(one): nr for nr, (_kind, one) in enumerate(self.order)}
        for one in self.lives.transfers:
            if one.batch is not None:
                act = self.story.changes.acts[one.batch]
                cause = self.lives.causes[one.cause]
                cause.case, cause.paper = batches[id(act)], self.lives.causes[act.cause].paper

    # -- rules and moments

    def rule(self, name, on, **scope):
        key = (name, on, *scope.items())
        found = self.rules.get(key)
        if found is None:
            view = provisions.on(self.day[on])
            found = self.rules[key] = view.get(name, scope=scope) if scope else view[name]
        return found

    def due(self, start, rule):
        return self.story.calendar.add_workdays(start, rule.value)

    def iso(self, n):
        return self.day[n].isoformat()

    def symbol(self, paper):
        return "" if paper is None else self.story.papers.papers[paper].symbol

    def vote_of(self, kind, unit, on, numbers, rule_name):
        rule = self.rule(rule_name, on)
        agreed = rule.value.met(numbers["votes_for"], numbers[rule.value.counted])
        said = {**{n: numbers[n] for n in NUMBERS}, "agreed": agreed, "rule": rule.version}
        return (kind, unit, rule.version, numbers, agreed), said

    # -- the books

    def books(self):
        make = {
            "admission": self.admission,
            "recognition": self.recognition,
            "transfer": self.transfer,
            "leaving": self.leaving,
            "body": self.body,
        }
        for kind, one in self.order:
            yield make[kind](one)

    def moments_of(self, days, decision=None, at=None):
        """The moment of each step: the working day after it, never before the step it rests on."""
        reached, found = 0, {}
        for name, on in days.items():
            if on > CLOSING:
                continue
            moment = at if name == decision else self.r.next_moment(on)
            reached = found[name] = max(reached, moment)
        return found

    def committee(self, cell, on):
        return None if self.skeleton[cell].kind == "grassroots_cell" else self.story.papers.parent(cell, on)

    def admission(self, case):
        r, unit, days = self.r, self.unit, case.days
        at = self.take.moments[case.cause] if case.cause is not None else None
        moment = self.moments_of(days, "decision", at)
        person, cell = self.person[case.person], unit[case.cell]
        code = self.skeleton[case.cell].code
        used = []

        def rules(*ones):
            for one in ones:
                if one.version not in used:
                    used.append(one.version)

        data = {"cell": cell, "again": False, "rules": used}
        first = days["application"]
        steps = [
            Step(
                "open",
                "",
                "applied",
                first,
                moment["application"],
                cell,
                subjects=[("person", person, {"cell": code})],
            )
        ]
        deadlines = []
        if "course" in days:
            on = days["course"]
            obtained = self.story.calendar.on_or_before(on - 1 - case.person % 20)
            rule = self.rule("admission.course_valid_months", obtained)
            rules(rule)
            until = add_months(self.day[obtained], rule.value)
            data["course_until"] = until.isoformat()
            last = r.day[until.toordinal() - 1].isoformat()
            said = {"obtained": self.iso(obtained), "valid_until": last}
            steps.append(Step("record_course", "applied", "trained", on, moment["course"], cell, said))
            r.courses.append((case, person, obtained, until, moment["course"]))
        if "verification" in days:
            on = days["verification"]
            rules(self.rule("admission.schooling_min", on))
            throw = self.die.random()
            schooling = "higher" if throw < 0.3 else "upper_secondary" if throw < 0.75 else "lower_secondary"
            steps.append(
                Step(
                    "verify_papers",
                    "trained",
                    "verified",
                    on,
                    moment["verification"],
                    cell,
                    {"schooling": schooling},
                )
            )
        if "introducers" in days:
            on = days["introducers"]
            rules(self.rule("admission.introducer_months", on), self.rule("admission.introducers", on))
            introducers = [self.person[self.lives.members[n].person] for n in case.introducers]
            data |= {"introducers": introducers, "union": None}
            steps.append(
                Step(
                    "name_introducers",
                    "verified",
                    "introduced",
                    on,
                    moment["introducers"],
                    cell,
                    subjects=[("person", n, {"introduced": person}) for n in introducers],
                )
            )
        complete = None
        if "cell" in days:
            on = days["cell"]
            rules(
                self.rule("admission.min_age_years", on),
                self.rule("admission.max_age_years", on),
                self.rule("votes.admission_cell", on),
            )
            vote, said = self.vote_of("admission_cell", cell, on, case.votes["cell"], "votes.admission_cell")
            data |= {"over_age": False, "considered": self.iso(on)}
            committee = self.committee(case.cell, on)
            if case.state == "rejected":
                target, lies = "rejected", cell
            elif committee is None:
                target, lies, complete = "file_complete", unit[self.story.papers.decider(case.cell, on)], on
            else:
                target, lies = "cell_agreed", unit[committee]
            steps.append(Step("cell_vote", "introduced", target, on, moment["cell"], lies, said, vote=vote))
            if "committee" in days and committee is not None:
                on = complete = days["committee"]
                rules(self.rule("votes.admission_committee", on))
                vote, said = self.vote_of(
                    "admission_committee",
                    unit[committee],
                    on,
                    case.votes["committee"],
                    "votes.admission_committee",
                )
                lies = unit[self.story.papers.decider(case.cell, on)]
                steps.append(
                    Step(
                        "committee_vote",
                        "cell_agreed",
                        "file_complete",
                        on,
                        moment["committee"],
                        lies,
                        said,
                        vote=vote,
                    )
                )
        decided = days.get("decision")
        if complete is not None:
            data["complete"] = self.iso(complete)
            rule = self.rule("admission.decision_working_days", complete)
            deadlines.append(
                ("decision", steps[-1], complete, self.due(complete, rule), decided, rule.version)
            )
        if decided is not None:
            rule = self.rule("admission.ceremony_working_days", decided)
            rules(rule, self.rule("admission.membership_from", decided))
            decision = self.symbol(case.paper)
            subjects = [
                ("person", person, {"decision": decision, "cell": code, "again": False}),
                ("unit", cell, {"decision": decision}),
            ]
            steps.append(
                Step(
                    "admit",
                    "file_complete",
                    "admitted",
                    decided,
                    moment["decision"],
                    cell,
                    {"rules": list(used)},
                    subjects,
                    paper=case.paper,
                )
            )
            data["decided"] = self.iso(decided)
            held = days["ceremony"] if days["ceremony"] <= CLOSING else None
            deadlines.append(("ceremony", steps[-1], decided, self.due(decided, rule), held, rule.version))
            if held is not None:
                data["ceremony"] = self.iso(held)
                steps.append(Step("hold_ceremony", "admitted", "done", held, moment["ceremony"], cell))
            else:
                data[BEFORE] = self.before(case.paper, "decided")
        if "closed" in days:
            steps.append(
                Step(
                    "withdraw",
                    steps[-1].target,
                    "withdrawn",
                    days["closed"],
                    moment["closed"],
                    cell,
                    {"remark": ""},
                )
            )
        closed = steps[-1].target in ("done", "rejected", "withdrawn")
        return Book("admission", person, case.office, data, steps, deadlines, closed)

    def before(self, paper, name):
        """What an open case keeps for the day on which its paper is annulled: the entry was not there."""
        return {str(self.r.paper[paper]): {name: []}}

    def recognition(self, case):
        unit, member, due = self.unit, self.lives.members[case.member], case.due
        days = {
            "open": self.story.calendar.on_or_after(due),
            **{k: v for k, v in case.days.items() if v <= CLOSING or case.outcome != "open"},
        }
        days = {k: v for k, v in days.items() if v <= CLOSING} if case.outcome == "open" else days
        if not days:
            days = {"open": CLOSING}
        at = self.take.moments[case.cause] if case.cause is not None else None
        moment = self.moments_of(days, "decision", at)
        person, cell = self.person[member.person], unit[case.cell]
        start = due_start = min(member.since, due)
        consider = self.rule("recognition.cell_working_days", due)
        used = [
            self.rule("probation.counted_from", start).version,
            self.rule("probation.months", due_start).version,
            consider.version,
        ]
        data = {"cell": cell, "due": self.iso(due), "rules": used}
        said = {"due": self.iso(due)}
        steps = [
            Step(
                "open",
                "",
                "proposed",
                days["open"],
                moment["open"],
                cell,
                said,
                [("person", person, dict(said))],
            )
        ]
        deadlines = [
            ("consideration", steps[0], due, self.due(due, consider), days.get("cell"), consider.version)
        ]
        refused = case.outcome == "refused"
        if "cell" in days and "cell" in case.votes:
            on = days["cell"]
            rule = self.rule("votes.recognition_cell", on)
            used.append(rule.version)
            vote, said = self.vote_of(
                "recognition_cell", cell, on, case.votes["cell"], "votes.recognition_cell"
            )
            data |= {"considered": self.iso(on), "complete": self.iso(on)}
            committee = self.committee(case.cell, on)
            decider = unit[self.story.papers.decider(case.cell, on)]
            if refused:
                target, lies = "refused", decider
            elif committee is None:
                target, lies = "file_complete", decider
            else:
                target, lies = "cell_agreed", unit[committee]
            complete = on if target == "file_complete" else None
            steps.append(Step("cell_vote", "proposed", target, on, moment["cell"], lies, said, vote=vote))
            if target == "cell_agreed" and "committee" in days:
                on = complete = days["committee"]
                used.append(self.rule("votes.recognition_committee", on).version)
                vote, said = self.vote_of(
                    "recognition_committee",
                    unit[committee],
                    on,
                    case.votes["committee"],
                    "votes.recognition_committee",
                )
                data["complete"] = self.iso(on)
                steps.append(
                    Step(
                        "committee_vote",
                        "cell_agreed",
                        "file_complete",
                        on,
                        moment["committee"],
                        decider,
                        said,
                        vote=vote,
                    )
                )
            if complete is not None:
                rule = self.rule("recognition.decision_working_days", complete)
                deadlines.append(
                    (
                        "decision",
                        steps[-1],
                        complete,
                        self.due(complete, rule),
                        days.get("decision"),
                        rule.version,
                    )
                )
        if "decision" in days and case.cause is not None:
            on, decision = days["decision"], self.symbol(case.paper)
            if refused:
                steps.append(
                    Step(
                        "delete",
                        "refused",
                        "deleted",
                        on,
                        moment["decision"],
                        cell,
                        {},
                        [("person", person, {"decision": decision})],
                        paper=case.paper,
                    )
                )
            else:
                used.append(self.rule("recognition.counted_from", on).version)
                said = {"decision": decision, "full_from": self.iso(due)}
                steps.append(
                    Step(
                        "recognise",
                        "file_complete",
                        "recognised",
                        on,
                        moment["decision"],
                        cell,
                        {},
                        [("person", person, said)],
                        paper=case.paper,
                    )
                )
        closed = steps[-1].target in ("recognised", "deleted")
        return Book("recognition", person, self.skeleton[case.cell].office, data, steps, deadlines, closed)

    def transfer(self, case):
        if case.source is None:
            return self.arrival(case)
        unit, days = self.unit, dict(case.days)
        at = self.take.moments[case.cause] if case.cause is not None else None
        if case.cause is None:
            days.pop("arrival", None)
        moment = self.moments_of(days, "arrival", at)
        person = self.person[self.lives.members[case.member].person]
        source, target = unit[case.source], None if case.target is None else unit[case.target]
        codes = (
            self.skeleton[case.source].code,
            "" if case.target is None else self.skeleton[case.target].code,
        )
        data = {"source": source, "target": target, "outside": case.target_text}
        told = {"from": codes[0], "to": codes[1], "outside": case.target_text, "reason": ""}
        steps = [
            Step(
                "open",
                "",
                "announced",
                days["request"],
                moment["request"],
                source,
                subjects=[("person", person, told)],
            )
        ]
        deadlines = []
        if "letter" in days:
            on, letter = days["letter"], self.symbol(case.paper)
            data["sent"] = self.iso(on)
            said = {"letter": letter}
            steps.append(
                Step(
                    "send",
                    "announced",
                    "sent",
                    on,
                    moment["letter"],
                    target or source,
                    said,
                    [("person", person, dict(said))],
                    paper=case.paper,
                )
            )
            if "arrival" not in days:
                data[BEFORE] = self.before(case.paper, "sent")
            for kind in ("presentation", "completion"):
                rule = self.rule(f"transfer.{kind}_working_days", on)
                deadlines.append((kind, steps[-1], on, self.due(on, rule), days.get("arrival"), rule.version))
        if "arrival" in days:
            on = days["arrival"]
            late = on > min(due for _kind, _set, _from, due, *_rest in deadlines)
            if target is not None:
                told = {"from": codes[0], "to": codes[1], "letter": letter, "late": late}
                steps.append(
                    Step(
                        "receive",
                        "sent",
                        "received",
                        on,
                        moment["arrival"],
                        target,
                        {"late": late},
                        [("person", person, told), ("unit", source, {"went": person})],
                    )
                )
            else:
                slip = self.lives.causes[case.cause].paper
                told = {"outside": case.target_text, "paper": self.symbol(slip), "late": late}
                steps.append(
                    Step(
                        "confirm_outside",
                        "sent",
                        "left",
                        on,
                        moment["arrival"],
                        source,
                        {},
                        [("person", person, told)],
                        paper=slip,
                    )
                )
        return Book(
            "transfer", person, self.skeleton[case.source].office, data, steps, deadlines, "arrival" in days
        )

    def arrival(self, case):
        unit, member = self.unit, self.lives.members[case.member]
        days = {
            "open": self.story.calendar.on_or_before(case.days["arrival"] - 1),
            "arrival": case.days["arrival"],
        }
        moment = self.moments_of(days, "arrival", self.take.moments[case.cause])
        person, cell = self.person[member.person], unit[case.target]
        data = {
            "cell": cell,
            "origin": case.source_text,
            "admitted": self.iso(member.since),
            "recognised": self.iso(member.standing[-1].since),
        }
        steps = [
            Step(
                "open",
                "",
                "presented",
                days["open"],
                moment["open"],
                cell,
                subjects=[("person", person, {"origin": case.source_text})],
            )
        ]
        told = {
            "origin": case.source_text,
            "cell": self.skeleton[case.target].code,
            "letter": self.symbol(case.paper),
            "admitted": self.iso(member.since),
        }
        steps.append(
            Step(
                "receive",
                "presented",
                "received",
                days["arrival"],
                moment["arrival"],
                cell,
                {},
                [("person", person, told)],
                paper=case.paper,
            )
        )
        return Book("arrival", person, self.skeleton[case.target].office, data, steps, [], True)

    def leaving(self, case):
        unit, calendar = self.unit, self.story.calendar
        days = {
            "open": calendar.on_or_before(case.day - 40),
            "consider": calendar.on_or_before(case.day - 20),
            "decision": case.day,
        }
        moment = self.moments_of(days, "decision", self.take.moments[case.cause])
        person, cell = self.person[self.lives.members[case.member].person], unit[case.cell]
        entitled = self.story.papers.full_members(case.cell, days["consider"])
        numbers = dict.fromkeys(NUMBERS, entitled)
        vote, said = self.vote_of("leaving_cell", cell, days["consider"], numbers, "votes.simple")
        data = {"cell": cell, "considered": self.iso(days["consider"])}
        said = {"agreed": said["agreed"], "votes_for": entitled, "entitled": entitled}
        told = {"decision": self.symbol(case.paper), "released": []}
        steps = [
            Step("open", "", "requested", days["open"], moment["open"], cell),
            Step(
                "consider",
                "requested",
                "considered",
                days["consider"],
                moment["consider"],
                cell,
                said,
                vote=vote,
            ),
            Step(
                "let_go",
                "considered",
                "left",
                case.day,
                moment["decision"],
                cell,
                {},
                [("person", person, told)],
                paper=case.paper,
            ),
        ]
        return Book("leaving", person, self.skeleton[case.cell].office, data, steps, [], True)

    def body(self, act):
        unit, body = self.unit, self.skeleton[act.body]
        days = {"open": self.story.calendar.on_or_before(act.day - 12), "enact": act.day}
        moment = self.moments_of(days, "enact", self.take.moments[act.cause])
        paper = self.lives.causes[act.cause].paper
        n, parent = unit[act.body], unit[body.parents[0].value]
        decision, moved = self.symbol(paper), []
        for nr in self.r.batches.get(id(act), ()):
            one = self.lives.transfers[nr]
            person = self.person[self.lives.members[one.member].person]
            source, target = self.skeleton[one.source].code, self.skeleton[one.target].code
            moved.append(("person", person, {"from": source, "to": target}))
        if act.verb == "founded":
            code, lies = "founding", parent
            plan = {
                "parent": parent,
                "kind": body.kind,
                "name_vi": body.names[0].value[0],
                "short": body.names[0].value[1],
                "serves": [self.r.area[s.value] for s in body.serves],
                "status": "active",
                "members": [subject[1] for subject in moved],
            }
            said = {"code": body.code, "kind": body.kind, "parent": self.skeleton[body.parents[0].value].code}
            subjects = [("unit", parent, {"founded": body.code}), *moved]
        elif act.verb == "renamed":
            code, lies = "renaming", n
            plan = {"unit": n, "name_vi": body.names[-1].value[0], "short": ""}
            said, subjects = {"names": {"vi": {"before": act.text, "after": body.names[-1].value[0]}}}, []
        elif act.verb == "moved":
            code, lies = "moving", n
            before = body.parents[-2].value
            plan = {"unit": n, "parent": unit[act.other]}
            said = {"from": self.skeleton[before].code, "to": self.skeleton[act.other].code}
            subjects = [
                ("unit", unit[act.other], {"came": body.code}),
                ("unit", unit[before], {"went": body.code}),
            ]
        elif act.verb == "merged":
            code, lies = "merging", n
            plan = {"unit": n, "into": unit[act.other]}
            into = self.skeleton[act.other].code
            said = {"successor": into, "succession": SuccessionKind.ABSORBED.value, "custodian": into}
            subjects = [("unit", unit[act.other], {"came_of": body.code}), *moved]
        else:
            code, lies = "ending", n
            custodian = self.skeleton[body.custodian].code
            plan = {"unit": n, "custodian": unit[body.custodian]}
            said = {"successor": "", "succession": "", "custodian": custodian}
            subjects = moved
        said = {"decision": decision, **said}
        steps = [
            Step("open", "", "proposed", days["open"], moment["open"], lies, {"plan": {}}),
            Step(
                "enact",
                "proposed",
                "enacted",
                act.day,
                moment["enact"],
                n,
                said,
                [("unit", n, said), *subjects],
                paper=paper,
            ),
        ]
        return Book(code, None, body.office, {"plan": plan, "result": n}, steps, [], True)

    # -- rows

    def write(self):
        take, day, officers = self.take, self.day, self.r.officers
        books = list(self.books())
        votes = sum(step.vote is not None for book in books for step in book.steps)
        protocol = iter(take.ids(Protocol, votes))
        cases, steps, protocols, deadlines, homes, self.said = [], [], [], [], [], []
        for ident, book in zip(self.ids, books, strict=True):
            ways = [(step.name, step.source, step.target) for step in book.steps]
            refuse_steps(Procedure.known[book.procedure], ways)
            actor, last = officers.get(book.office), book.steps[-1]
            cases.append(
                (
                    ident,
                    book.procedure,
                    last.target,
                    book.person,
                    last.unit,
                    day[book.steps[0].day],
                    day[last.day] if book.closed else None,
                    book.data,
                    len(book.steps),
                    actor,
                )
            )
            for step in book.steps:
                number = None
                if step.vote is not None:
                    number = next(protocol)
                    kind, unit, rule, numbers, agreed = step.vote
                    refuse_votes(numbers)
                    protocols.append(
                        (
                            number,
                            ident,
                            unit,
                            kind,
                            day[step.day],
                            *(numbers[n] for n in NUMBERS),
                            agreed,
                            rule,
                            step.moment,
                        )
                    )
                paper = None if step.paper is None else self.r.paper[step.paper]
                steps.append(
                    (
                        ident,
                        step.name,
                        step.source,
                        step.target,
                        day[step.day],
                        step.moment,
                        actor,
                        paper,
                        number,
                        step.remark,
                    )
                )
                self.said.append(self.entry(ident, book, step, actor))
            deadlines += self.deadlines_of(ident, book)
            homes += self.homes_of(ident, book)
        take.rows(
            Case,
            (
                "id",
                "procedure",
                "state",
                "person",
                "unit",
                "opened_on",
                "closed_on",
                "data",
                "version",
                "opened_by",
            ),
            cases,
        )
        take.rows(
            Protocol, ("id", "case", "unit", "kind", "day", *NUMBERS, "agreed", "rule", "moment"), protocols
        )
        take.rows(
            CaseStep,
            ("case", "step", "source", "target", "day", "moment", "actor", "document", "protocol", "remark"),
            steps,
        )
        told = ("recorded", "retracted")
        take.rows(CaseDeadline, ("case", "kind", "runs_from", "due", "met_on", "basis", *told), deadlines)
        take.rows(CaseHome, ("case", "unit", "spell", "valid_from", "valid_to", *told), homes)

    def deadlines_of(self, ident, book):
        """Each as it was known when it was set, and, when it was met, as it is known since then."""
        day, last = self.day, book.steps[-1]
        for kind, setter, start, due, met, basis in book.deadlines:
            if met is None and book.closed:
                met = last.day
            after = book.steps[book.steps.index(setter) + 1 :]
            told = next((step.moment for step in after if step.day == met), last.moment)
            said = (ident, kind, day[start], day[due])
            yield (*said, None, basis, setter.moment, None if met is None else told)
            if met is not None:
                yield (*said, day[met], basis, told, None)

    def homes_of(self, ident, book):
        """Where the case lay, step by step, each time as it was known by then."""
        day, first = self.day, book.steps[0]
        unit, since, known = first.unit, first.day, first.moment
        for step in book.steps[1:]:
            if step.unit == unit:
                continue
            yield (ident, unit, ident, day[since], None, known, step.moment)
            if step.day > since:
                yield (ident, unit, ident, day[since], day[step.day], step.moment, None)
            unit, since, known = step.unit, step.day, step.moment
        yield (ident, unit, ident, day[since], None, known, None)

    def entry(self, ident, book, step, actor):
        said = (
            {"to": step.target, **step.said}
            if step.name == "open"
            else {"from": step.source, "to": step.target, **step.said}
        )
        named = {subject[:2] for subject in step.subjects}
        subjects = [("case", ident, said)]
        if book.person and ("person", book.person) not in named:
            subjects.append(("person", book.person, {}))
        if ("unit", step.unit) not in named:
            subjects.append(("unit", step.unit, {}))
        return Said(
            step.moment,
            f"{book.procedure}.{step.name}",
            self.day[step.day],
            subjects + step.subjects,
            ident,
            actor,
        )

    def courses(self):
        """Certificates of the awareness course, each issued with its case."""
        r, by_case = self.r, {id(one): nr for nr, (_kind, one) in enumerate(self.order)}
        chains, causes = [], []
        ids = self.take.ids(r.Cause, len(r.courses))
        for ident, (case, person, obtained, until, moment) in zip(ids, r.courses, strict=True):
            causes.append((ident, "issued", None, self.ids[by_case[id(case)]], ""))
            number = f"{obtained % 100000:05d}-{case.person % 1000:03d}/CN"
            chains.append(
                (
                    self.day[obtained],
                    until,
                    moment,
                    None,
                    ident,
                    None,
                    person,
                    "awareness_course",
                    number,
                    "Trung tâm Chính trị",
                )
            )
        self.take.rows(r.Cause, ("id", "kind", "document", "case", "text"), causes)
        self.take.plain_facts(Qualification, ("person", "kind", "name", "level"), chains)
