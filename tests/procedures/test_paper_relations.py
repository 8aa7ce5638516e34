"""Papers rest on one another: who may say so, what is in force, and chains that never close."""

import datetime as dt

import pytest

from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.refusals import NotAllowed, Refusal, Stale
from orgwork.insight import frame, records
from orgwork.procedures.numbering import register_paper
from orgwork.procedures.paper_parts import correct_part, enter_parts
from orgwork.procedures.paper_relations import relate, unrelate
from orgwork.procedures.sentences import sentence
from orgwork.registers.documents import Document
from orgwork.registers.paper_parts import parts_of
from orgwork.registers.paper_relations import PaperRelation, chain, coverage, force, rests_on
from orgwork.registers.units import Unit
from tests.threads import at_once

D = dt.date
DAY = D(2024, 4, 1)


@pytest.fixture
def papers(cast):
    """A directive of the centre and the plans of province, district and commune, from above to below."""
    root = Unit.objects.get(code="TW")
    made = [
        cast.paper("35-CT/TW", issuer=root, kind="directive", day=D(2024, 1, 10), title="Congresses"),
        cast.paper("158-KH/TU", issuer=cast.province, kind="plan", day=D(2024, 2, 1)),
        cast.paper("21-KH/ThU", issuer=cast.district, kind="plan", day=D(2024, 2, 20)),
        cast.paper("07-KH/ĐU", issuer=cast.commune, kind="plan", day=D(2024, 3, 1)),
    ]
    for later, earlier in zip(made[1:], made, strict=False):
        said(cast, later, "implements", earlier, day=later.day)
    return made


def said(cast, source, kind, target, *, by="provincial_officer", day=DAY, **more):
    return relate(actor=cast.account(by), day=day, source=source, kind=kind, target=target, **more)


def refused(code, call, *args, **how):
    with pytest.raises(Refusal) as told:
        call(*args, **how)
    assert told.value.code == code, str(told.value)
    assert str(told.value).endswith(".")
    return told.value


def test_a_chain_is_read_level_by_level_from_either_end(cast, papers):
    down = chain(papers[0], DAY, up=False)
    assert [(link.level, link.paper.symbol) for link in down] == [
        (1, "158-KH/TU"), (2, "21-KH/ThU"), (3, "07-KH/ĐU"),
    ]  # fmt: skip
    up = chain(papers[3], DAY, up=True)
    assert [(link.level, link.paper.symbol) for link in up] == [
        (1, "21-KH/ThU"), (2, "158-KH/TU"), (3, "35-CT/TW"),
    ]  # fmt: skip
    before = chain(papers[0], D(2024, 2, 19), up=False)
    assert [link.paper.symbol for link in before] == ["158-KH/TU"]


def test_coverage_counts_what_was_issued_below_however_far(cast, papers):
    found = coverage(papers[0], DAY)
    assert {unit: (one.first.symbol, one.days) for unit, one in found.items()} == {
        cast.province.pk: ("158-KH/TU", 22),
        cast.district.pk: ("21-KH/ThU", 41),
        cast.commune.pk: ("07-KH/ĐU", 51),
    }


def test_in_force_until_something_replaces_it(cast, papers):
    plan = papers[1]
    new = cast.paper("200-KH/TU", issuer=cast.province, kind="plan", day=D(2024, 3, 15))
    said(cast, new, "replaces", plan, said_at="Art. 3", day=D(2024, 3, 20))
    assert force([plan], D(2024, 3, 19))[plan.pk].in_force
    ended = force([plan, new], D(2024, 3, 20))
    assert not ended[plan.pk].in_force
    assert [row.source.symbol for row in ended[plan.pk].ended_by] == ["200-KH/TU"]
    assert ended[new.pk].in_force
    assert not force([new], D(2024, 3, 14))[new.pk].in_force


def test_only_the_issuer_or_a_superior_changes_a_paper(cast, papers):
    below = cast.paper("30-KH/ThU", issuer=cast.district, kind="plan", day=D(2024, 3, 20))
    told = refused("not_competent", said, cast, below, "replaces", papers[1], said_at="Art. 1")
    assert told.citation == "HD 36-HD/VPTW"
    refused("missing", said, cast, papers[1], "amends", papers[0])
    above = cast.paper("160-KH/TU", issuer=cast.province, kind="plan", day=D(2024, 3, 20))
    said(cast, above, "amends", papers[2], said_at="Art. 2")
    assert force([papers[2]], DAY)[papers[2].pk].amended_by


def test_a_paper_rests_on_no_later_one_and_on_nothing_twice(cast, papers):
    refused("older", said, cast, papers[0], "based_on", papers[1], by="national_officer")
    refused("overlap", said, cast, papers[1], "implements", papers[0])
    same_day = cast.paper("159-KH/TU", issuer=cast.province, kind="plan", day=papers[1].day)
    said(cast, same_day, "based_on", papers[1])
    refused("circle", said, cast, papers[1], "based_on", same_day)


def test_whoever_has_no_power_over_the_issuer_says_nothing(cast, papers):
    with pytest.raises(NotAllowed):
        said(cast, papers[1], "based_on", papers[0], by="cell_secretary")


def test_what_was_said_by_mistake_is_taken_back_and_still_known_then(cast, papers):
    then = horizon()
    unrelate(
        actor=cast.account("provincial_officer"), day=DAY, source=papers[1], kind="implements",
        target=papers[0], reason="the other plan",
    )  # fmt: skip
    assert chain(papers[0], DAY, up=False) == []
    assert len(chain(papers[0], DAY, up=False, known_at=then)) == 3
    refused(
        "nothing_there", unrelate, actor=cast.account("provincial_officer"), day=DAY, source=papers[1],
        kind="implements", target=papers[0], reason="again",
    )  # fmt: skip


def test_the_journal_tells_both_papers():
    assert sentence("paper.relate", {"relation": "implements", "target": "35-CT/TW"}).endswith(
        "implements 35-CT/TW"
    )
    assert "is implemented by" in sentence(
        "paper.relate", {"relation_back": "implements", "source": "1-KH/TU"}
    )


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_writers_do_not_close_a_circle_together(cast):
    made = [
        cast.paper(f"{n}-KH/TU", issuer=cast.province, kind="plan", day=D(2024, 3, 1))
        for n in range(301, 305)
    ]
    account = cast.account("provincial_officer")

    def work(number):
        for step in range(3):
            try:
                relate(
                    actor=account, day=DAY, source=made[(number + step) % 4], kind="based_on",
                    target=made[(number + step + 1) % 4],
                )  # fmt: skip
            except (Refusal, Stale):
                pass

    at_once(work, 4)
    assert PaperRelation.objects.count() == 3
    assert not any(rests_on(paper.pk, paper.pk) for paper in Document.objects.filter(kind="plan"))


def test_a_part_of_a_paper_is_put_into_effect_by_itself(cast, papers):
    """The tasks, key tasks and breakthroughs of a resolution, each with what was made of it."""
    office = {"actor": cast.account("provincial_officer")}
    resolution = cast.paper("04-NQ/TU", issuer=cast.province, kind="resolution", day=D(2024, 1, 20))
    for kind, titles in (
        ("task", "Schooling\nCells in firms\n\nYoung members"),
        ("breakthrough", "Villages"),
    ):
        enter_parts(day=DAY, paper=resolution, kind=kind, titles=titles, **office)
    found = parts_of(resolution, DAY)
    assert [(one.address, one.title) for one in found] == [
        ("task.1", "Schooling"), ("task.2", "Cells in firms"), ("task.3", "Young members"),
        ("breakthrough.1", "Villages"),
    ]  # fmt: skip
    for part in ("task 2", "task.3"):
        said(cast, papers[1], "implements", resolution, part=part)
    said(cast, papers[1], "implements", resolution)
    refused("overlap", said, cast, papers[1], "implements", resolution, part="Task 2")
    told = refused("no_such_part", said, cast, papers[1], "implements", resolution, part="task 9")
    assert "breakthrough 1" in str(told)
    rows = PaperRelation.objects.filter(target=resolution).order_by("part")
    assert [row.part for row in rows] == ["", "task.2", "task.3"]
    # What replaces one part leaves the rest in force.
    new = cast.paper("05-NQ/TU", issuer=cast.province, kind="resolution", day=D(2024, 3, 1))
    said(cast, new, "replaces", resolution, part="task.1", said_at="II")
    state = force([resolution], DAY)[resolution.pk]
    assert state.in_force and [row.part for row in state.amended_by] == ["task.1"]
    mend = {"day": DAY, "paper": resolution, "kind": "task", "reason": "misread", **office}
    refused("rests_on_it", correct_part, number=2, **mend)
    correct_part(number=2, title="Cells in private firms", **mend)
    key = {"source": papers[1], "kind": "implements", "target": resolution, "part": "task 3"}
    unrelate(day=DAY, reason="x", **key, **office)
    correct_part(number=3, **mend)
    refused("nothing_there", correct_part, number=3, **mend)
    titles = [one.title for one in parts_of(resolution, DAY)]
    assert titles == ["Schooling", "Cells in private firms", "Villages"]


def test_a_secret_paper_says_nothing_of_what_it_says(cast, papers):
    with writing(door="test") as act:
        secret = register_paper(act, issuer=cast.province, kind="decision", day=D(2024, 3, 5), secret=True)
    said(cast, secret, "amends", papers[1], said_at="Art. 4", day=D(2024, 3, 6))
    assert PaperRelation.objects.get(source=secret).said_at == ""
    office = {"actor": cast.account("provincial_officer"), "day": DAY}
    refused("secret", enter_parts, paper=secret, kind="task", titles="Whereabouts", **office)


def test_coverage_is_a_figure_that_opens_to_the_papers(cast, papers):
    """Each body counts once for a paper, by its first; the days are those from the paper that is named."""
    second = cast.paper("22-KH/ThU", issuer=cast.district, kind="plan", day=D(2024, 2, 25))
    said(cast, second, "implements", papers[0], day=second.day)
    root = Unit.objects.get(code="TW")
    actor = cast.account("national_officer")

    def listed(unit=root, **more):
        found = records.listing("papers.implementing", unit, on=DAY, actor=actor, now=DAY, **more)
        value = frame.compute("papers.implementing", unit, on=DAY, **more).value
        assert value == found.total
        return {row.label for row in found.rows}

    assert listed(paper=str(papers[0].pk)) == {
        "158-KH/TU → 35-CT/TW · 22 days", "21-KH/ThU → 158-KH/TU · 19 days",
        "07-KH/ĐU → 21-KH/ThU · 10 days",
    }  # fmt: skip
    assert len(listed()) == 4
    assert len(listed(cast.commune)) == 1
    assert listed(paper="none") == set()
