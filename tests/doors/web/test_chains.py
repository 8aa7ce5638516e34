"""The chain of a paper is drawn, listed and leads on; coverage says who has not issued yet."""

import datetime as dt

import pytest
from django.test import Client

from orgwork.procedures.paper_relations import relate
from orgwork.registers.units import Unit

D = dt.date


@pytest.fixture
def papers(cast):
    root = Unit.objects.get(code="TW")
    made = [
        cast.paper("35-CT/TW", issuer=root, kind="directive", day=D(2024, 1, 10)),
        cast.paper(
            "158-KH/TU", issuer=cast.province, kind="plan", day=D(2024, 2, 1), title="Plan of congresses"
        ),
        cast.paper("21-KH/ThU", issuer=cast.district, kind="plan", day=D(2024, 2, 20)),
    ]
    for later, earlier in zip(made[1:], made, strict=False):
        relate(
            actor=cast.account("provincial_officer"),
            day=later.day,
            source=later,
            kind="implements",
            target=earlier,
        )
    return made


@pytest.fixture
def reader(cast):
    client = Client()
    client.force_login(cast.account("national_officer"))
    return client


def test_the_chain_names_every_level_and_leads_to_each_paper(papers, reader):
    page = reader.get(f"/documents/{papers[1].pk}/chain/?on=2024-05-01").content.decode()
    for paper in (papers[0], papers[2]):
        assert f"/documents/{paper.pk}/" in page
        assert paper.symbol in page
    assert 'role="group"' in page


def test_on_an_earlier_day_the_later_plan_is_not_there(papers, reader):
    page = reader.get(f"/documents/{papers[0].pk}/chain/?on=2024-02-10").content.decode()
    assert "158-KH/TU" in page
    assert "21-KH/ThU" not in page


def test_the_papers_page_says_what_ended_it(cast, papers, reader):
    new = cast.paper("200-KH/TU", issuer=cast.province, kind="plan", day=D(2024, 3, 15))
    relate(
        actor=cast.account("provincial_officer"), day=D(2024, 3, 15), source=new, kind="replaces",
        target=papers[1], said_at="Art. 3",
    )  # fmt: skip
    after = reader.get(f"/documents/{papers[1].pk}/?on=2024-05-01").content.decode()
    assert "no longer in force" in after
    assert "200-KH/TU" in after
    before = reader.get(f"/documents/{papers[1].pk}/?on=2024-03-01").content.decode()
    assert "no longer in force" not in before


def test_coverage_counts_those_who_issued_and_shows_who_did_not(cast, papers, reader):
    address = f"/documents/{papers[0].pk}/coverage/?unit=11&on=2024-05-01&kind=district_party_organisation"
    page = reader.get(address).content.decode()
    assert "21-KH/ThU" in page
    assert "not issued yet" in page
    late = reader.get(address + "&within=30&only=late").content.decode()
    assert "21-KH/ThU" in late
    assert reader.get(address + "&export=csv").getvalue().decode("utf-8-sig").count("\n") >= 2


def test_a_chain_of_no_paper_is_not_found(cast, reader):
    assert reader.get("/documents/999999/chain/").status_code == 404
