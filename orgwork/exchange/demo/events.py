"""This room is for the rest of members' lives in the demo: elsewhere for a time, exempt, suspended, missing,
deleted and restored, expelled, admitted again.

Told by the procedures themselves, each step in the moment of its day, about people with whom the story does
nothing else. As many go as come again before the day that is shown, so that the published figures stay.
"""

import datetime as dt
from collections import Counter

from django.db.models import Max

from orgwork.foundation.moments import Act, Moment
from orgwork.foundation.workdays import add_months
from orgwork.procedures import (
    admission,
    complaint,
    deletion,
    exemption,
    missing,
    recognition,
    size_review,
    suspension,
    temporary,
)
from orgwork.procedures.cases import Case, Protocol
from orgwork.procedures.conditions import entitled
from orgwork.procedures.members import above, competent, grassroots, last_home
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.numbering import term_of
from orgwork.registers.people import Person, PersonParticulars
from orgwork.registers.units import Unit, UnitPlacement

from .bodies import CLOSING, SHOWN, day
from .chance import Die

#: At the full size; a smaller demo has its share, at least one of each.
EXEMPT, ELSEWHERE, SUSPENDED, MISSING, DELETED, EXPELLED = 60, 16, 4, 6, 3, 3
BUSY = 100_000  # entries of the journal that the story itself writes in one moment are fewer
LEAST = 10  # members of a cell that can spare one


class Events:
    """Takes people of whom nothing else is told, and lets things happen to them."""

    def __init__(self, registers, story, office):
        self.story, self.office, self.calendar = story, office, story.calendar
        self.moment, self.acts = registers.moment, {}
        self.die = Die(story.seed, "events")
        self.share = min(1, len(story.lives.members) / 48_000)
        #: Cells that vote later counted everybody the story knew of: nobody is taken out of those.
        self.voting = set(
            Protocol.objects.filter(day__gte=dt.date(2021, 5, 1)).values_list("unit", flat=True)
        )

    def tell(self):
        people = self.quiet_people()
        for what, count in (
            (self.exempt, EXEMPT), (self.go_elsewhere, ELSEWHERE), (self.suspend, SUSPENDED),
            (self.lose, MISSING),
        ):  # fmt: skip
            for nr in range(self.scaled(count)):
                person = self.one_of(people, aged=what == self.exempt, calm=what == self.suspend)
                if person is not None:
                    what(nr, person)
        self.delete_and_restore(self.one_of(people, calm=True))
        self.replace_some(people)
        self.ask_about_sizes()

    # -- who, when, by what

    def scaled(self, count):
        return max(1, round(count * self.share))

    def quiet_people(self):
        """Full members of larger cells who are there since the opening and appear nowhere else."""
        named = set(Case.objects.exclude(person=None).values_list("person", flat=True))
        for data in Case.objects.filter(procedure="admission").values_list("data", flat=True):
            named |= set(data.get("introducers", ()))
        named |= set(Appointment.objects.values_list("person", flat=True))
        cells = self.cells()
        rows = MembershipPlace.versions.filter(kind="official").values_list("person", "unit", "valid_to")
        pieces = Counter(person for person, _unit, _end in rows)
        full = set(
            MembershipStanding.objects.filter(standing="full", valid_to=None).values_list("person", flat=True)
        )
        born = dict(PersonParticulars.objects.values_list("person", "birth"))
        found = [
            (person, unit, born[person])
            for person, unit, ended in rows
            if ended is None and unit in cells and pieces[person] == 1
            and person in full and person not in named and person in born
        ]  # fmt: skip
        return self.die.take(sorted(found), len(found))

    def cells(self):
        """Cells that have enough members and stand where they stood when the story began."""
        told = {code for _rule, code in self.story.changes.breaches}
        moved = Counter(UnitPlacement.versions.values_list("unit", flat=True))
        there = UnitPlacement.objects.filter(valid_to=None).values_list("unit", flat=True)
        codes = dict(Unit.objects.values_list("pk", "code"))
        sizes = Counter(
            MembershipPlace.objects.filter(kind="official", valid_to=None).values_list("unit", flat=True)
        )
        return {u for u in there if moved[u] == 1 and sizes[u] >= LEAST and codes[u] not in told}

    def one_of(self, people, *, aged=False, calm=False):
        """The next of them, each once; of a cell not more than one. Calm is a cell that votes no more."""
        for place, (person, unit, birth) in enumerate(people):
            if (not aged or birth.year <= 1958) and not (calm and unit in self.voting):
                del people[place]
                people[:] = [one for one in people if one[1] != unit] if not aged else people
                return Person.objects.get(pk=person)
        return None

    def workday(self, first, last):
        return self.calendar.on_or_after(first + self.die.below(last - first))

    def later(self, on, days):
        return self.calendar.on_or_after(on + days)

    def act(self, on):
        """The moment of the day, as an act that is cleared: the story has judged who may."""
        number = self.moment[on]
        if number not in self.acts:
            at = Moment.objects.get(pk=number).at
            self.acts[number] = Act(
                number, at, actor=self.office, door="takeover", batch="demo", cleared=True, ordinal=BUSY
            )
        return self.acts[number]

    def do(self, step, *case, on, **said):
        return step(*case, day=dt.date.fromordinal(on), within=self.act(on), **said)

    def paper(self, issuer, on, printed="QĐ"):
        """Numbers that follow those the story gave out in that term."""
        sign, _level = self.story.papers.sign(self.story.skeleton.by_code[issuer.code].n)
        day_of_it = dt.date.fromordinal(on)
        kind = {"QĐ": "decision", "GT": "letter_of_introduction", "CV": "official_letter"}[printed]
        term = term_of(issuer, kind, day_of_it)
        given = Document.objects.filter(issuer=issuer, kind=kind, day__gte=term.since)
        if term.until is not None:
            given = given.filter(day__lt=term.until)
        last = given.aggregate(last=Max("number"))["last"] or 0
        said = {"symbol": f"{last + 1:02d}-{printed}/{sign}", "day": day_of_it, "issuer": issuer}
        return {**said, "kind": kind}

    def chain(self, cell, on):
        """The grassroots committee (None for a grassroots cell) and the committee that decides."""
        found = above(cell, dt.date.fromordinal(on))
        place = grassroots(found)
        return (found[place].unit if place else None), competent(found)

    def cell_votes(self, cell, on):
        return votes(entitled(cell, dt.date.fromordinal(on))[-1])

    # -- what happens

    def exempt(self, nr, person):
        asked = self.workday(day(2020, 6, 1), SHOWN + 300)
        met = self.later(asked, 7 + self.die.below(20))
        case = self.do(
            exemption.open_exemption, on=asked, person=person, ground="age", reason="tuổi cao, sức yếu"
        )
        self.do(exemption.decide, case, on=met, protocol=self.cell_votes(case.unit, met))

    def go_elsewhere(self, nr, person):
        """Some are back when the demo is shown, some are away."""
        announced = self.workday(day(2021, 3, 1), SHOWN - 40)
        study = nr % 3 == 0
        until = dt.date.fromordinal(announced + (540 if study else 200 + self.die.below(120)))
        said = {"person": person, "purpose": "study" if study else "work", "until": until}
        cell = last_home(person, dt.date.fromordinal(announced))
        target = None if study else self.another(cell)
        said |= {
            "target": target,
            "outside": "" if target else "Chi bộ lớp cao cấp lý luận chính trị, Hà Nội",
        }
        case = self.do(temporary.open_temporary, on=announced, **said)
        sent, came = self.later(announced, 2), self.later(announced, 9 + self.die.below(10))
        issuer = self.chain(cell, sent)[0] or cell
        self.do(temporary.send, case, on=sent, document=self.paper(issuer, sent, "GT"))
        if target:
            self.do(temporary.receive, case, on=came)
        else:
            paper = {"symbol": f"{300 + nr}-GXN/HV", "issuer_name": "Học viện Chính trị khu vực I"}
            self.do(temporary.confirm_outside, case, on=came, document=paper)
        back = self.calendar.on_or_after(until.toordinal() + 1)
        if back <= CLOSING:
            self.do(temporary.expire, case, on=back)

    def another(self, cell):
        pool = sorted(self.cells() - {cell.pk})
        return Unit.objects.get(pk=self.die.pick(pool))

    def suspend(self, nr, person):
        """One runs when the demo is shown, one was extended, one lifted, one ended by itself."""
        proposed = SHOWN - 45 if nr == 0 else self.workday(day(2021, 5, 1), day(2023, 9, 1))
        proposed = self.calendar.on_or_after(proposed)
        case = self.do(suspension.open_suspension, on=proposed, person=person)
        decided = self.later(proposed, 5)
        self.do(suspension.suspend, case, on=decided, document=self.paper(case.unit, decided))
        if nr == 1:
            again = self.calendar.on_or_before(decided + 80)
            self.do(suspension.extend, case, on=again, document=self.paper(case.unit, again))
        if nr == 2:
            over = self.later(decided, 50)
            self.do(suspension.lift, case, on=over, document=self.paper(case.unit, over))
        else:
            until = dt.date.fromisoformat(case.data["until"]).toordinal()
            self.do(suspension.expire, case, on=self.calendar.on_or_after(until + 1))

    def lose(self, nr, person):
        since = self.workday(day(2021, 8, 1), SHOWN - 30)
        self.do(missing.record_missing, on=since, person=person, reason="đi làm ăn xa, không liên lạc được")
        if nr % 3 == 0:
            self.do(missing.record_found, on=self.later(since, 150 + self.die.below(100)), person=person)

    def ask_about_sizes(self):
        """The cells that were let go out of their rule are asked about; one answer says why it stays."""
        on = self.calendar.on_or_before(SHOWN - 12)
        units = [one.id for one in size_review.breaches(dt.date.fromordinal(on))]
        for nr, unit in enumerate(sorted(units)):
            case = self.do(size_review.open_review, on=on, unit=Unit.objects.get(pk=unit))
            if nr == 2:
                said = "Sắp tiếp nhận đảng viên từ chi bộ lân cận"
                self.do(size_review.leave, case, on=self.later(on, 6), reason=said)

    def delete(self, person, first):
        cell = last_home(person, dt.date.fromordinal(first))
        case = self.do(
            deletion.open_deletion, on=first, person=person, ground="missed_meetings",
            number=4 + self.die.below(5),
        )  # fmt: skip
        met, sat, decided = self.later(first, 10), self.later(first, 24), self.later(first, 45)
        self.do(deletion.cell_vote, case, on=met, protocol=self.cell_votes(cell, met))
        committee, decides = self.chain(cell, sat)
        if committee is not None:
            self.do(deletion.committee_vote, case, on=sat, protocol=votes(11))
        self.do(deletion.delete, case, on=decided, document=self.paper(decides, decided))
        return decided

    def delete_and_restore(self, person):
        """A deletion, a complaint in time, and a membership without a gap."""
        if person is None:
            return
        decided = self.delete(person, self.workday(day(2022, 2, 1), day(2022, 9, 1)))
        received = self.later(decided, 14)
        case = self.do(complaint.open_complaint, on=received, person=person)
        upheld = self.later(received, 60)
        self.do(complaint.uphold, case, on=upheld, document=self.paper(case.unit, upheld))

    def replace_some(self, people):
        """Of those who left long ago some are admitted again; as many are deleted or expelled meanwhile."""
        came = 0
        calm = sum(unit not in self.voting for _person, unit, _birth in people)
        for person, cell, left in self.former_members():
            if came >= min(self.scaled(DELETED + EXPELLED), calm):
                break
            came += self.admit_again(person, cell, left)
        for nr in range(came):
            person = self.one_of(people, calm=True)
            first = self.workday(day(2021, 6, 1), SHOWN - 120)
            if nr % 2:
                self.delete(person, first)
            else:
                cell = last_home(person, dt.date.fromordinal(first))
                paper = self.paper(self.chain(cell, first)[1], first)
                self.do(deletion.expel, on=first, person=person, document=paper)

    def former_members(self):
        """Who left at the own wish or was deleted in the first year, of an age to be admitted."""
        cells = self.cells()
        gone = Membership.objects.filter(
            ended_by__kind__in=("left", "deleted"), valid_to__lt=dt.date(2020, 11, 1),
            valid_to__gt=dt.date.fromordinal(day(2020, 1, 1)),
        )  # fmt: skip
        again = set(Membership.objects.filter(valid_to=None).values_list("person", flat=True))
        for row in gone.select_related("person", "ended_by").order_by("person"):
            cell = last_home(row.person, row.valid_to)
            known = PersonParticulars.objects.filter(person=row.person).first()
            if (
                row.person_id not in again and not row.person.erased and known
                and known.birth.year >= 1966 and cell and cell.pk in cells
            ):  # fmt: skip
                yield row.person, cell, row.ended_by.kind == "left"

    def admit_again(self, person, cell, left):
        """The whole way, with consent and new probation, up to the recognition; whether it could be gone.

        Who left at the own wish had done so for hardship in the family: nobody else is considered.
        """
        first = self.workday(day(2023, 11, 20), day(2024, 1, 5))
        trained, met, sat, agreed = (self.later(first, n) for n in (12, 30, 42, 55))
        decided, held = self.later(first, 75), self.later(first, 90)
        introducers = self.introducers(cell, person, first)
        if len(introducers) < 2:
            return 0
        case = self.do(admission.open_admission, on=first, person=person, unit=cell, hardship=left)
        said = {"certificate": f"{cell.pk % 90 + 10}/TTCT", "place": "Trung tâm Chính trị"}
        obtained = dt.date.fromordinal(trained - 3)
        self.do(admission.record_course, case, on=trained, obtained=obtained, **said)
        papers = {"cv_verified": True, "citizen": True, "schooling": "upper_secondary"}
        self.do(admission.verify_papers, case, on=trained, **papers)
        named = {"introducer": introducers[0], "second_introducer": introducers[1]}
        self.do(admission.name_introducers, case, on=trained, **named)
        self.do(admission.cell_vote, case, on=met, protocol=self.cell_votes(cell, met))
        committee, decides = self.chain(cell, sat)
        if committee is not None:
            self.do(admission.committee_vote, case, on=sat, protocol=votes(11))
        self.do(admission.consent, case, on=agreed, document=self.paper(case.unit, agreed, "CV"))
        self.do(admission.admit, case, on=decided, document=self.paper(decides, decided))
        self.do(admission.hold_ceremony, case, on=held)
        self.recognise(person, cell, held, decides)
        return 1

    def recognise(self, person, cell, held, decides):
        ended = add_months(dt.date.fromordinal(held), 12).toordinal()
        met, sat, decided = (self.later(ended, n) for n in (6, 14, 30))
        case = self.do(recognition.open_recognition, on=self.calendar.on_or_after(ended), person=person)
        self.do(recognition.cell_vote, case, on=met, protocol=self.cell_votes(cell, met))
        if self.chain(cell, sat)[0] is not None:
            self.do(recognition.committee_vote, case, on=sat, protocol=votes(11))
        self.do(recognition.recognise, case, on=decided, document=self.paper(decides, decided))

    def introducers(self, cell, person, on):
        there = MembershipPlace.objects.filter(
            unit=cell, kind="official", valid_to=None, valid_from__lt=dt.date(2021, 1, 1)
        ).exclude(person=person)
        long = MembershipStanding.objects.filter(
            standing="full", valid_to=None, valid_from__lt=dt.date(2021, 1, 1)
        )
        found = there.filter(person__in=long.values("person")).order_by("person").select_related("person")
        return [row.person for row in found[:2]]


def votes(entitled_to_vote):
    """Everybody came, everybody agreed but one where there are many."""
    names = ("entitled", "summoned", "present", "issued", "collected", "valid")
    agreed = entitled_to_vote - (entitled_to_vote > 8)
    return dict.fromkeys(names, entitled_to_vote) | {"votes_for": agreed}
