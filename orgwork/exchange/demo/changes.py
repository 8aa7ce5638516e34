"""This room is for what happens to the demo's bodies while the story runs: foundings, new names, moves,
mergers, ends, and the few cells that are let go out of the rules on purpose (``BREACHES``).
"""

from django.utils.translation import gettext_noop

from .bodies import CELLS, SHOWN, TERM, BodyAct, Span, day, firm_cell
from .ground import PROVINCE

LATE_VILLAGES = 66
FIRMS_AT_OPENING, FIRMS_IN_2020, FIRMS_IN_TERM, FIRMS_ENDED, FIRMS_LATER = 16, 2, 22, 2, 3
TOO_SMALL, TOO_LARGE = 3, 2


class Changes:
    """Plans the acts about bodies and carries them out when their day comes."""

    def __init__(self, skeleton, ground, lives, die, calendar):
        self.skeleton, self.ground, self.lives, self.die, self.calendar = (
            skeleton,
            ground,
            lives,
            die,
            calendar,
        )
        self.acts = []
        self.breaches = []

    def plan(self, firms):
        cells = [b for b in self.skeleton.bodies if b.kind in CELLS]
        self.plan_breaches(cells)
        for body in cells:
            if body.community == "village" and not body.start:
                self.lives.later(body.founded, self.found, body, "commune")
        self.plan_firms(firms)
        self.plan_moves()
        self.plan_names(cells)
        self.plan_mergers()
        self.plan_subcommittees()

    def workday(self, first, last):
        return self.calendar.on_or_after(first + self.die.below(last - first))

    def act(self, on, verb, body, kind, **more):
        cause = self.lives.cause(kind, on, self.skeleton[body].office)
        self.acts.append(BodyAct(on, verb, body, cause=cause, **more))
        return cause

    # -- founding

    def found(self, on, body, where):
        cause = self.act(on, "founded", body.n, "founded")
        for spans in (body.names, body.kinds, body.parents, body.serves):
            spans[0].begun = cause
        batch = len(self.acts) - 1
        for n in self.first_members(on, body, 4 + self.die.below(2), where):
            self.lives.move(on, n, body.n, batch=batch)

    def first_members(self, on, body, count, where):
        """Full members of cells nearby that can spare some."""
        lives = self.lives
        if where == "commune":
            near = [
                b.n
                for b in self.skeleton.bodies
                if b.kind == "cell" and b.parents[-1].value == body.parents[-1].value
            ]
        else:
            near = [b.n for b in self.skeleton.bodies if b.kind in CELLS and b.office == body.office]
        near = [n for n in near if n not in lives.quiet and n != body.n and self.skeleton[n].ended is None]
        near.sort(key=lambda n: (-len(lives.full[n]), n))
        chosen = []
        for cell in near:
            able = [
                n
                for n in lives.full[cell]
                if lives.members[n].free < on
                and lives.members[n].stays[-1].since < on - 30
                and lives.members[n].card is not None
            ]
            spare = len(lives.full[cell]) - 6 if where == "commune" else min(2, len(lives.full[cell]) - 8)
            chosen += lives.die.take(able, max(0, min(spare, count - len(chosen))))
            if len(chosen) == count:
                return chosen
        raise ValueError(gettext_noop("too few members to found a cell"))

    def plan_firms(self, firms):
        """Private firms with an organisation: 18 on 1 January 2021, 38 on 1 May 2024; two of them ended
        between.
        """
        spans = (
            (FIRMS_AT_OPENING, None),
            (FIRMS_IN_2020, (day(2020, 2, 10), day(2020, 12, 20))),
            (FIRMS_IN_TERM, (day(2021, 1, 20), day(2024, 4, 20))),
            (FIRMS_LATER, (day(2024, 6, 1), day(2025, 6, 1))),
        )
        at = 0
        for count, window in spans:
            for nr in range(count):
                firm, at = firms[at], at + 1
                if window is None:
                    body = firm_cell(
                        self.skeleton,
                        self.ground,
                        firm,
                        day(2010, 1, 1) + self.die.below(3400),
                        6 + self.die.below(4),
                    )
                    if nr < FIRMS_ENDED:
                        body.start = 6
                        self.lives.later(
                            self.workday(day(2022, 3, 1), day(2023, 6, 1)), self.close_firm, body
                        )
                else:
                    founded = self.workday(*window)
                    body = firm_cell(self.skeleton, self.ground, firm, founded, 0)
                    self.lives.later(founded, self.found, body, "district")

    # -- ends

    def close_firm(self, on, body):
        """The firm has closed: its members go to cells where they live, then the cell ends."""
        lives = self.lives
        batch = len(self.acts)
        cause = self.act(on, "ended", body.n, "ended", text="the firm has closed")
        for n in [*lives.full[body.n], *lives.probation[body.n]]:
            lives.move(on, n, self.home_for(body, on), batch=batch)
        self.finish(on, body, cause, body.parent)

    def home_for(self, body, on):
        return self.lives.target_for(body.n, on)

    def finish(self, on, body, cause, custodian):
        for spans in (body.names, body.kinds, body.parents, body.serves):
            spans[-1].until, spans[-1].ended = on, cause
        body.ended, body.custodian = on, custodian

    def plan_mergers(self):
        """Cells of one commune's schools, office or health station merge; which, is seen on the day."""
        communes = [
            b for b in self.skeleton.bodies if b.kind == "grassroots_party_organisation" and len(b.code) == 5
        ]
        for body in self.die.take(communes, 8 if len(communes) > 60 else 1):
            self.lives.later(self.workday(day(2021, 7, 1), day(2022, 9, 1)), self.merge_cells, body)

    def merge_cells(self, on, commune):
        lives = self.lives
        cells = [
            b
            for b in self.skeleton.bodies
            if b.community in ("school", "office", "health")
            and b.parent == commune.n
            and b.ended is None
            and b.n not in lives.quiet
        ]
        cells.sort(key=lambda b: (lives.size(b.n), b.n))
        if len(cells) < 2:
            return
        gone, into = cells[:2]
        people = [*lives.full[gone.n], *lives.probation[gone.n]]
        if any(lives.members[n].stays[-1].since >= on for n in people):
            return
        batch = len(self.acts)
        cause = self.act(on, "merged", gone.n, "merged", other=into.n, text="joined to work better together")
        for n in people:
            lives.move(on, n, into.n, batch=batch)
        self.finish(on, gone, cause, into.n)

    # -- moves and names

    def plan_moves(self):
        """Agencies, schools and firms pass from one upper organisation to another, with their members."""
        by_code, die = self.skeleton.by_code, self.die
        bloc, city = by_code["11.61"], by_code["094"]
        movable = [
            b
            for b in self.skeleton.bodies
            if b.parent in (bloc.n, city.n) and b.kind in ("grassroots_cell", "grassroots_party_organisation")
        ]
        movable = [
            b for b in movable if len(b.code) > 5 and b.community != "firm" and b.n not in self.lives.quiet
        ]
        for body in die.take(movable, 12):
            on = self.workday(day(2020, 6, 1), day(2025, 3, 1))
            self.lives.later(on, self.move, body, city.n if body.parent == bloc.n else bloc.n)

    def move(self, on, body, target):
        cause = self.act(on, "moved", body.n, "moved", other=target)
        body.parents[-1].until, body.parents[-1].ended = on, cause
        body.parents.append(Span(target, on, begun=cause))
        office = self.skeleton[target].office
        for other in self.skeleton.bodies:
            if other.n == body.n or other.parent == body.n:
                other.office = office

    def plan_names(self, cells):
        choices = [
            b
            for b in cells
            if b.community in ("agency", "health", "state_firm") and b.n not in self.lives.quiet
        ]
        for body in self.die.take(choices, 18):
            self.lives.later(self.workday(day(2020, 3, 1), day(2025, 5, 1)), self.rename, body)

    def rename(self, on, body):
        if body.ended is not None:
            return
        text, short = body.names[-1].value
        fresh = text.replace("Chi bộ Trạm Y tế", "Chi bộ Trạm Y tế - Dân số").replace(
            "Chi cục", "Văn phòng Chi cục"
        )
        if fresh == text:
            fresh = f"{text} (mới)" if "Công ty" not in text else text.replace("Công ty", "Công ty Cổ phần")
        cause = self.act(on, "renamed", body.n, "renamed", text=text)
        body.names[-1].until, body.names[-1].ended = on, cause
        body.names.append(Span((fresh, short), on, begun=cause))

    def plan_subcommittees(self):
        """For the congresses of 2025, subcommittees at province and districts."""
        for code in (
            PROVINCE,
            *(b.code for b in self.skeleton.bodies if b.kind == "district_party_organisation"),
        ):
            above, on = self.skeleton.by_code[code], self.workday(day(2024, 2, 20), day(2024, 4, 26))
            for text in ("Tiểu ban Văn kiện", "Tiểu ban Nhân sự", "Tiểu ban Tổ chức, phục vụ"):
                body = self.skeleton.add(
                    "subcommittee",
                    f"{text} {above.names[0].value[0].removeprefix('Đảng bộ ')}",
                    text,
                    above.n,
                    on,
                    block="0",
                )
                self.lives.later(on, self.found_office, body)

    def found_office(self, on, body):
        cause = self.act(on, "founded", body.n, "founded")
        for spans in (body.names, body.kinds, body.parents):
            spans[0].begun = cause

    # -- what is let go wrong on purpose

    def plan_breaches(self, cells):
        """Three cells fall below three full members and two grassroots cells pass thirty, as happens in
        life.
        """
        villages = [b for b in cells if b.community == "village" and b.start and b.founded < TERM - 400]
        offices = [b for b in cells if b.kind == "grassroots_cell" and b.community == "agency"]
        few = len(cells) < 400
        for body in self.die.take(villages, 1 if few else TOO_SMALL):
            body.start = 5
            self.lives.quiet[body.n] = "below"
            self.breaches.append(("sizes.cell_min_full_members", body.code))
            for _ in range(3):
                self.lives.later(self.workday(day(2023, 3, 1), day(2023, 12, 1)), self.drain, body)
        for body in self.die.take(offices, 1 if few else TOO_LARGE):
            body.start = 27
            self.lives.quiet[body.n] = "above"
            self.breaches.append(("sizes.organisation_from_members", body.code))
            for _ in range(5):
                self.lives.later(self.workday(day(2023, 3, 1), SHOWN - 120), self.fill, body)

    def drain(self, on, body):
        lives = self.lives
        n = lives.full[body.n][-1]
        lives.move(on, n, lives.target_for(body.n, on), lives.transfer_days(on))

    def fill(self, on, body):
        lives = self.lives
        lives.move(on, lives.someone(on), body.n, lives.transfer_days(on))
