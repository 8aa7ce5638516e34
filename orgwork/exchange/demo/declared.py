"""This room is for the breaches that the demo declares: `orgwork check` finds exactly these and no others.

Cells that shrank or grew out of the rules were let go on purpose; what is overdue on a day follows from the
story.
"""

from datetime import date

from orgwork.foundation import provisions

from .bodies import CLOSING
from .changes import TOO_LARGE, TOO_SMALL  # noqa: F401 (how many there are, for readers)

RULES = {
    "sizes.cell_min_full_members": "cell_too_small",
    "sizes.organisation_from_members": "grassroots_cell_too_large",
}


def declared_breaches(story, on):
    """Rule → what breaks it on the day: codes of bodies, or numbers of people and cases of the story."""
    found = {
        name: set() for name in (*RULES.values(), "transfer_overdue", "decision_overdue", "probation_overdue")
    }
    for rule, code in story.changes.breaches:
        found[RULES[rule]].add(code)
    found["transfer_overdue"] = set(_transfers(story, on))
    found["decision_overdue"] = {*_admissions(story, on), *_recognitions(story, on)}
    found["probation_overdue"] = set(_probation(story, on))
    return {name: subjects for name, subjects in found.items() if subjects}


def _value(name, on):
    return provisions.on(date.fromordinal(on))[name].value


def _open(due, met, on):
    return due < on and (met is None or met > on)


def _transfers(story, on):
    for nr, case in enumerate(story.lives.transfers):
        letter = case.days.get("letter")
        if case.source is None or case.batch is not None or letter is None:
            continue
        due = story.calendar.add_workdays(letter, _value("transfer.presentation_working_days", letter))
        met = case.days.get("arrival") if case.cause is not None else None
        if case.days["request"] <= on and _open(due, met, on):
            yield ("transfer", nr)


def _complete(story, case):
    """The day the file went to the committee that decides."""
    grassroots = story.skeleton[case.cell].kind == "grassroots_cell"
    return case.days.get("cell" if grassroots else "committee")


def _admissions(story, on):
    for nr, case in enumerate(story.lives.admissions):
        complete = _complete(story, case) if case.state != "rejected" else None
        if complete is None or case.days["application"] > on:
            continue
        decided = case.days.get("decision")
        due = story.calendar.add_workdays(complete, _value("admission.decision_working_days", complete))
        late = _open(due, decided, on)
        if decided is not None:
            held = case.days["ceremony"] if case.days["ceremony"] <= CLOSING else None
            due = story.calendar.add_workdays(decided, _value("admission.ceremony_working_days", decided))
            late = late or _open(due, held, on)
        if late:
            yield ("admission", nr)


def _recognitions(story, on):
    for nr, case in enumerate(story.lives.recognitions):
        opened = story.calendar.on_or_after(case.due)
        if min(opened, CLOSING) > on:
            continue
        days = {name: day for name, day in case.days.items() if case.outcome != "open" or day <= CLOSING}
        voted = days.get("cell") if "cell" in case.votes else None
        due = story.calendar.add_workdays(case.due, _value("recognition.cell_working_days", case.due))
        late = _open(due, voted, on)
        complete = _complete(story, case) if voted is not None and case.outcome != "refused" else None
        if complete is not None and complete <= CLOSING:
            due = story.calendar.add_workdays(complete, _value("recognition.decision_working_days", complete))
            late = late or _open(due, days.get("decision") if case.cause is not None else None, on)
        if late:
            yield ("recognition", nr)


def _probation(story, on):
    grace = _value("recognition.cell_working_days", on)
    ceremonies = {
        case.member: case.days["ceremony"] for case in story.lives.admissions if case.cause is not None
    }
    for n, member in enumerate(story.lives.members):
        last = next((s for s in member.standing if s.since <= on and (s.until is None or s.until > on)), None)
        if last is None or last.value != "probationary":
            continue
        start = ceremonies.get(n, member.since)
        # A ceremony that lies ahead is not recorded yet; then the admission's day counts.
        start = member.since if start > min(on, CLOSING) else start
        due = _anniversary(start)
        if story.calendar.add_workdays(due, grace) < on:
            yield ("member", n)


def _anniversary(start):
    from .lives import anniversary

    return anniversary(start)
