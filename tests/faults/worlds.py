"""This room is for work that is cut short: how it is done, what may be seen after it, how it goes on."""

import datetime as dt

from orgwork.exchange.sheets import applying, rehearsing
from orgwork.exchange.sheets.imports import Import, State
from orgwork.foundation import journal
from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import begin
from orgwork.foundation.journal import Entry
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import admission
from orgwork.procedures.cases import Case, CaseStep
from orgwork.registers.documents import Document
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import ALL_LIFE, Person, PersonName, PersonParticulars, name_values
from tests.exchange.sheets.files import member, plain

COMPLETE, DECISION, DAY = dt.date(2024, 2, 20), dt.date(2024, 3, 1), dt.date(2024, 1, 1)


def symbol_of(case: int) -> str:
    """A decision for each case; the numbers of papers have six digits at most."""
    return f"{case % 900_000 + 1}-QĐ/ThU"


class Admissions:
    """Cases whose files are complete; each is admitted once, or cut short."""

    def __init__(self, cast, count):
        self.actor = cast.account("district_officer").pk
        data = {
            "cell": cast.cell.pk,
            "again": False,
            "over_age": False,
            "rules": [],
            "complete": str(COMPLETE),
        }
        said = {"procedure": "admission", "state": "file_complete", "unit": cast.district, "data": data}
        with writing(door="test") as act:
            people = [self._person(act, number) for number in range(count)]
            self.cases = [Case.objects.create(person=p, opened_on=COMPLETE, **said).pk for p in people]

    @staticmethod
    def _person(act, number):
        person = Person.objects.create()
        begin(PersonName, act, ALL_LIFE, person=person, **name_values("Lò", "Thị", f"Số{number}"))
        begin(
            PersonParticulars, act, ALL_LIFE, person=person, sex="f", birth=dt.date(1995, 5, 5),
            birth_precision="day",
        )  # fmt: skip
        return person

    def admit(self, case):
        """Once more from the beginning, as after a restart: everything is read anew."""
        admission.admit(
            Case.objects.get(pk=case), actor=Account.objects.get(pk=self.actor), door="test", day=DECISION,
            document={"symbol": symbol_of(case)},
        )  # fmt: skip

    @staticmethod
    def left(case):
        """Everything an admission leaves, counted."""
        one = Case.objects.get(pk=case)
        person = {"person": one.person_id}
        return (
            one.state,
            Membership.objects.filter(**person).count(), MembershipStanding.objects.filter(**person).count(),
            MembershipPlace.objects.filter(**person).count(), CaseStep.objects.filter(case=case).count(),
            Entry.objects.filter(case=case).count(),
            Document.objects.filter(symbol=symbol_of(case)).count(),
        )  # fmt: skip

    BEFORE = ("file_complete", 0, 0, 0, 0, 0, 0)
    AFTER = ("admitted", 1, 1, 1, 1, 1, 1)

    def judge(self, case):
        """All or nothing; what did not happen can be done again, what did cannot."""
        left = self.left(case)
        assert left in (self.BEFORE, self.AFTER), left
        if left == self.BEFORE:
            self.admit(case)
        else:
            try:
                self.admit(case)
            except Refusal:
                pass
            else:
                raise AssertionError("Admitted twice.")
        assert self.left(case) == self.AFTER


class Sheets:
    """A sheet of new members, rehearsed and agreed; applied in pieces, cut short, and applied on."""

    ROWS = 12

    def __init__(self, cast, place, number, rows=ROWS):
        self.rows = rows
        actor = cast.account("provincial_officer")
        first = 1 + number * rows
        path = plain(place / f"{number}.csv", [member(n) for n in range(first, first + rows)])
        self.before = Membership.objects.count()
        brought = rehearsing.bring(path, path.name, "members", actor=actor, door="test", day=DAY)
        if brought.state == State.READING:
            rehearsing.rehearse(brought)
        applying.agree(brought, actor=actor)
        assert brought.effective == rows, brought.counts
        self.sheet = brought.pk

    def apply(self):
        applying.apply(Import.objects.select_related("created_by").get(pk=self.sheet))

    def judge(self):
        """Every row that says it is done is done, and no other; going on comes to the end, with no double."""
        done = Import.objects.get(pk=self.sheet).rows.filter(moment__isnull=False).count()
        assert Membership.objects.count() - self.before == done
        self.apply()
        assert Import.objects.get(pk=self.sheet).state == State.APPLIED
        assert Membership.objects.count() - self.before == self.rows
        assert MembershipPlace.objects.count() == MembershipStanding.objects.filter(valid_to=None).count()


def whole_journal():
    journal.seal()
    verdict = journal.verify()
    assert verdict.ok and verdict.unsealed == 0, verdict
