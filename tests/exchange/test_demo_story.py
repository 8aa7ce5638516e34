"""The demo's story, before any database sees it: every promised figure, and that nothing in it breaks its
own rules.
"""

import unicodedata
from bisect import bisect_right

import pytest

from orgwork.exchange.demo.bodies import CELLS, CLOSING, OPENING, SHOWN, TERM, day
from orgwork.exchange.demo.story import story


@pytest.fixture(scope="module")
def told():
    return story()


def held(span, on):
    return span.since <= on and (span.until is None or on < span.until)


def value(spans, on):
    return next((s.value for s in spans if held(s, on)), None)


def stock(told, on):
    return sum(1 for m in told.lives.members if value(m.stays, on) is not None)


def test_reports_figures_come_out(told):
    admitted = [m for m in told.lives.members if m.origin == "admitted" and TERM <= m.since <= SHOWN]
    assert len(admitted) == 8279
    assert 2480 <= 8279 / ((SHOWN - TERM + 1) / 365.25) <= 2490
    assert 47_800 < stock(told, SHOWN) < 48_200
    assert 39_000 < stock(told, OPENING) < 41_000


def test_admissions_lie_before_and_after_the_term_too(told):
    days = [m.since for m in told.lives.members if m.origin == "admitted"]
    assert sum(d < TERM for d in days) > 2000
    assert sum(d > SHOWN for d in days) > 2000


def test_first_quarter_of_2024_is_low(told):
    def in_quarter(year):
        return sum(
            1
            for m in told.lives.members
            if m.origin == "admitted" and day(year, 1, 1) <= m.since < day(year, 4, 1)
        )

    assert in_quarter(2024) < 0.85 * in_quarter(2023)


def test_village_heads(told):
    members = {m.person: m for m in told.lives.members}
    posts = told.offices.posts
    heads = [h for h in told.offices.holdings if posts[h.post].kind == "village_head" and held(h, SHOWN)]
    assert len({h.person for h in heads}) == len({h.post for h in heads}) == len(heads) == 1446
    now = [
        h
        for h in heads
        if h.person in members
        and members[h.person].since <= SHOWN
        and not (members[h.person].until or 9**9) <= SHOWN
    ]
    assert len(now) == 949


def serving(told, on, kinds, ownership=None):
    places = told.ground.places
    return {
        s.value
        for b in told.skeleton.bodies
        if b.kind in CELLS
        for s in b.serves
        if held(s, on) and places[s.value].kind in kinds and ownership in (None, places[s.value].ownership)
    }


def test_villages_and_firms_with_an_organisation(told):
    villages = ("village", "residential_group")
    assert sum(p.kind in villages for p in told.ground.places) == 1446
    assert len(serving(told, SHOWN, villages)) == 1446
    assert len(serving(told, TERM, villages)) < 1446
    assert len(serving(told, TERM, ("firm",), "private")) == 18
    assert len(serving(told, SHOWN, ("firm",), "private")) == 38


def test_real_territories_and_codes(told):
    levels = [p.kind for p in told.ground.places if p.code_list == "GSO-2024"]
    assert (levels.count("province"), levels.count("district"), levels.count("commune")) == (63, 696, 10035)
    by_code = told.skeleton.by_code
    assert by_code["11"].kind == "provincial_party_organisation"
    assert sum(b.kind == "district_party_organisation" for b in told.skeleton.bodies) == 10
    assert (
        sum(len(b.code) == 5 and b.kind == "grassroots_party_organisation" for b in told.skeleton.bodies)
        == 129
    )
    assert len(by_code) == len(told.skeleton.bodies)


def test_every_text_is_composed_unicode(told):
    texts = [b.name for b in told.skeleton.bodies] + [
        f"{p.family} {p.middle} {p.given}" for p in told.lives.people
    ]
    assert all(unicodedata.is_normalized("NFC", text) for text in texts)


def test_only_declared_cells_break_the_size_rules(told):
    declared = {code for _rule, code in told.changes.breaches}
    kinds = {b.n: b for b in told.skeleton.bodies}
    for on in (OPENING, TERM, SHOWN, CLOSING):
        full, everybody = {}, {}
        for m in told.lives.members:
            cell = value(m.stays, on)
            if cell is not None:
                everybody[cell] = everybody.get(cell, 0) + 1
                full[cell] = full.get(cell, 0) + (value(m.standing, on) == "full")
        living = [
            b
            for b in told.skeleton.bodies
            if b.kind in CELLS and b.founded <= on and (b.ended is None or on < b.ended)
        ]
        small = {b.code for b in living if full.get(b.n, 0) < 3}
        large = {b.code for b in living if b.kind == "grassroots_cell" and everybody.get(b.n, 0) >= 30}
        assert (small | large) <= declared
        if on >= SHOWN:
            assert small | large == declared and len(small) == 3 and len(large) == 2
        totals = {}
        for cell, number in everybody.items():
            above = value(kinds[cell].parents, on)
            totals[above] = totals.get(above, 0) + number
        organisations = [b for b in told.skeleton.bodies if b.kind == "grassroots_party_organisation"]
        assert all(totals.get(b.n, 0) >= 30 for b in organisations)


def test_nobody_is_in_two_cells_and_no_act_lies_outside_a_bodys_life(told):
    bodies = told.skeleton.bodies
    for m in told.lives.members:
        for one, two in zip(m.stays, m.stays[1:], strict=False):
            assert one.until == two.since
        for s in m.stays:
            body = bodies[s.value]
            assert s.until is None or s.until > s.since
            assert body.founded <= s.since and (
                body.ended is None or (s.until is not None and s.until <= body.ended)
            )
        assert m.stays[-1].until == m.until == m.standing[-1].until
    for b in bodies:
        for s in b.parents[1:]:
            assert bodies[s.value].founded <= s.since
        for s in b.parents:
            if s.value is not None:
                assert bodies[s.value].founded <= s.since and bodies[s.value].ended is None


def test_closing_is_opening_and_flows_at_every_body(told):
    """Members of bodies that move are flows of their own kind; without them the account would not close."""
    bodies = told.skeleton.bodies

    def above(n, on):
        chain = []
        while n is not None:
            chain.append(n)
            n = value(bodies[n].parents, on)
        return chain

    for first, last in ((OPENING + 1, SHOWN), (TERM, CLOSING)):
        account = [0] * len(bodies)
        for m in told.lives.members:
            for on, sign in ((first - 1, -1), (last, 1)):
                cell = value(m.stays, on)
                if cell is not None:
                    for n in above(cell, on):
                        account[n] += sign
            for s in m.stays:
                if first <= s.since <= last:
                    for n in above(s.value, s.since):
                        account[n] -= 1
                if s.until is not None and first <= s.until <= last:
                    for n in above(s.value, s.until - 1):
                        account[n] += 1
        moved = {n for act in told.changes.acts if act.verb == "moved" for n in (act.body,)}
        open_accounts = {bodies[n].code for n, left in enumerate(account) if left}
        touched = {bodies[value(bodies[n].parents, OPENING)].code for n in moved} | {
            bodies[bodies[n].parent].code for n in moved
        }
        assert open_accounts <= touched


def test_admissions_keep_the_rules(told):
    lives = told.lives
    for case in lives.admissions:
        days = list(case.days.values())
        assert days == sorted(days)
        assert told.skeleton[case.cell].founded <= days[0]
        one, two = (lives.members[n] for n in case.introducers)
        assert one.person != two.person != case.person
        on = case.days.get("introducers")
        for member in (one, two):
            if on is not None:
                assert value(member.stays, on) == case.cell and value(member.stays, on - 365) == case.cell
                assert value(member.standing, on - 365) == "full"
        if case.cause is not None:
            born = lives.people[case.person].birth
            assert 18 * 365.25 <= case.days["cell"] - born < 60 * 365.25
            assert told.calendar.is_workday(case.days["decision"])
            assert case.paper is not None
    assert sum(c.cause is None for c in lives.admissions) > 300


def test_votes_add_up_and_carry(told):
    order = ("entitled", "summoned", "present", "issued", "collected", "valid", "votes_for")
    for case in [*told.lives.admissions, *told.lives.recognitions]:
        for vote in case.votes.values():
            numbers = [vote[name] for name in order]
            assert numbers == sorted(numbers, reverse=True)
            carried = 3 * vote["votes_for"] >= 2 * vote["entitled"]
            assert (
                carried
                or "refused" in getattr(case, "outcome", "")
                or getattr(case, "state", "") == "rejected"
            )


def test_recognition_follows_a_year_of_probation(told):
    for case in told.lives.recognitions:
        member = told.lives.members[case.member]
        if case.outcome == "recognised":
            assert member.standing[-1].since == case.due and 365 <= case.due - member.since <= 366 + 45
            assert case.days["decision"] > case.due
    outcomes = [c.outcome for c in told.lives.recognitions]
    assert outcomes.count("refused") > 10 and outcomes.count("open") > 50


def test_numbers_have_no_gaps(told):
    seen = {}
    for paper in told.papers.papers:
        if paper.issuer is not None:
            seen.setdefault((paper.issuer, paper.kind), []).append((paper.day, paper.number))
    for row in seen.values():
        numbers = [number for _day, number in row]
        breaks = [b for a, b in zip(numbers, numbers[1:], strict=False) if b != a + 1]
        assert all(number == 1 for number in breaks) and len(breaks) <= 1
        assert [d for d, _n in row] == sorted(d for d, _n in row)


def test_the_clock(told):
    lives, calendar = told.lives, told.calendar
    late = [
        c
        for c in lives.causes
        if c.kind not in ("takeover", "corrected") and c.recorded > calendar.add_workdays(c.day, 10)
    ]
    assert len(late) >= 200
    assert len(told.clock.corrections) >= 50
    assert all(calendar.is_workday(c.recorded) and c.recorded > c.day for c in lives.causes)
    known = day(2024, 5, 10)
    seen = sum(
        1
        for m in lives.members
        if m.origin == "admitted" and TERM <= m.since <= SHOWN and lives.causes[m.begun].recorded <= known
    )
    assert 8200 < seen < 8279


def test_open_cases_at_both_days(told):
    under_way = [t for t in told.lives.transfers if t.state != "done"]
    assert any(CLOSING - t.days["request"] > 140 for t in under_way)
    states = {c.state for c in told.lives.admissions}
    assert {"application", "course", "verification", "introducers", "cell", "committee"} <= states
    on_the_way = [
        c for c in told.lives.admissions if c.days["application"] <= SHOWN < c.days.get("decision", 9**9)
    ]
    assert len(on_the_way) > 300


def test_names_are_uneven(told):
    names = {}
    for p in told.lives.people:
        key = f"{p.family} {p.middle} {p.given}"
        names[key] = names.get(key, 0) + 1
    assert max(names.values()) > 60
    shared = sum(n for n in names.values() if n > 1)
    assert shared > len(told.lives.people) / 2


def test_same_story_every_time():
    def print_of(one):
        lives = one.lives
        return hash(
            (
                tuple((p.family, p.given, p.birth) for p in lives.people),
                tuple((m.since, m.until, m.cell) for m in lives.members),
            )
        )

    assert print_of(story(members=1500)) == print_of(story(members=1500))
    assert print_of(story(members=1500)) != print_of(story(members=1500, seed=7))


def test_full_members_counted_for_a_vote_are_those_of_the_register(told):
    papers = told.papers
    case = told.lives.admissions[5000]
    on = case.days["cell"]
    there = sum(
        1 for m in told.lives.members if value(m.stays, on) == case.cell and value(m.standing, on) == "full"
    )
    days, totals = papers.counts[case.cell]
    assert totals[bisect_right(days, on) - 1] == there == case.votes["cell"]["entitled"]
