"""The structure as linked data: what is written is read back by rdflib and asked as a graph."""

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef

from orgwork.doors.cli.main import main
from orgwork.exchange.linked import areas, org
from orgwork.exchange.linked.naming import Names, listed, shared
from orgwork.exchange.linked.writing import FORMS, PREFIXES, Iri, Subject, Term, Text, Typed
from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.procedures import reorganisation
from orgwork.registers.areas import LIST_2024, LIST_2025
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit, UnitPlacement, UnitSuccession
from tests.procedures.reform import DAY, EVE, TOGETHER, planned

HERE = Names("https://orgwork.example")
ASKED = "".join(f"PREFIX {name}: <{space}>\n" for name, space in PREFIXES.items())


def graph(pieces, form="ttl") -> Graph:
    return Graph().parse(data="".join(pieces), format={"ttl": "turtle", "jsonld": "json-ld"}[form])


def rows(found: Graph, query: str) -> list[tuple]:
    return sorted(tuple(str(one) for one in row) for row in found.query(ASKED + query))


def body(unit: Unit) -> str:
    return HERE.body(unit.pk, unit.code).value


# ── the two forms ───────────────────────────────────────────────────────────────────────────────────────

#: Any letters but halves of pairs and the nought, which no database here takes.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(words, st.sampled_from(["", "vi", "en"])), min_size=1, max_size=5), words)
def test_whatever_words_hold_both_forms_say_the_same(said, code):
    subject = Subject("urn:orgwork:body:1").say("skos:prefLabel", *(Text(text, tag) for text, tag in said))
    subject.say("skos:notation", listed("1027/CTK-CSCL", code)).say("rdf:type", Term("org:Organization"))
    subject.say("org:unitOf", Iri("urn:orgwork:body:2"))
    turtle, linked = (graph(FORMS[form].write([subject]), form) for form in ("ttl", "jsonld"))
    assert set(turtle) == set(linked)
    labels = set(turtle.objects(predicate=URIRef(PREFIXES["skos"] + "prefLabel")))
    assert labels == {Literal(text, lang=tag or None) for text, tag in said}
    (notation,) = turtle.objects(predicate=URIRef(PREFIXES["skos"] + "notation"))
    assert str(notation) == code and notation.datatype == URIRef("urn:orgwork:list:1027%2FCTK-CSCL")


def test_what_is_no_address_is_not_written():
    with pytest.raises(ValueError, match="not an IRI"):
        "".join(FORMS["ttl"].write([Subject("urn:a b").say("rdf:type", Term("org:Post"))]))
    assert (
        "".join(FORMS["jsonld"].write([])) and json.loads("".join(FORMS["jsonld"].write([])))["@graph"] == []
    )
    assert Names("").body(7, "11").value == "urn:orgwork:body:7" and shared("kind", "a b").value.endswith(
        "a%20b"
    )
    assert Typed("1", Term("xsd:date")) != Typed("1", Term("xsd:string"))


# ── a small reform ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_two_communes_become_one_and_both_are_found_again(cast):
    reorganisation.enact(planned(TOGETHER), door="test", by_rule=True)
    new = Unit.objects.get(
        services__area__code="03127", services__area__code_list=LIST_2025, code__startswith="11."
    )
    found = graph(org.exported(cast.province, DAY, form="ttl", names=HERE))
    assert set(found) == set(graph(org.exported(cast.province, DAY, form="jsonld", names=HERE), "jsonld"))

    both = rows(found, """SELECT ?old ?new ?day ?paper ?clause WHERE {
        ?event a org:ChangeEvent ; org:originalOrganization ?old ; org:resultingOrganization ?new ;
          dct:date ?day ; prov:startedAtTime ?start ; prov:endedAtTime ?start ; dct:source ?of ;
          prov:wasInfluencedBy ?of ; dct:bibliographicCitation ?clause ;
          dct:type <urn:orgwork:change:merged> .
        ?of dct:identifier ?paper ; dct:issued "2025-06-16"^^xsd:date . }""")  # fmt: skip
    said = ("2025-07-01", "1661/NQ-UBTVQH15", "Điều 1 khoản 44")
    assert (body(cast.commune), body(new), *said) in both and (
        body(cast.other_commune),
        body(new),
        *said,
    ) in both
    # Forward and backward, straight on and by the events at the bodies themselves.
    forward = (
        "SELECT ?new WHERE { <%s> dct:isReplacedBy ?new . <%s> org:changedBy/org:resultingOrganization ?new }"
    )
    assert rows(found, forward % ((body(cast.commune),) * 2)) == [(body(new),)]
    back = (
        "SELECT ?old WHERE { <%s> dct:replaces ?old . <%s> org:resultedFrom/org:originalOrganization ?old }"
    )
    assert {(body(cast.commune),), (body(cast.other_commune),)} <= set(rows(found, back % ((body(new),) * 2)))
    # A district ends and nothing came of it; a body that stood before has an event of its founding.
    ended = rows(found, """SELECT ?old WHERE {
        ?e org:originalOrganization ?old ; dct:date "2025-07-01"^^xsd:date .
        FILTER NOT EXISTS { ?e org:resultingOrganization ?any } }""")  # fmt: skip
    assert (body(cast.district),) in ended
    # The tree of the day plainly; of other days with its days.
    over = "SELECT ?over WHERE { <%s> org:subOrganizationOf ?over }"
    assert rows(found, over % body(cast.cell)) == [(body(new),)]
    dated = """SELECT ?over ?last WHERE { ?s rdf:subject <%s> ; rdf:predicate org:subOrganizationOf ;
        rdf:object ?over ; schema:validThrough ?last }"""
    assert rows(found, dated % body(cast.cell)) == [(body(cast.commune), EVE.isoformat())]
    # The same code twice, of two lists; the two communes of that code are not one.
    code = """SELECT ?area WHERE { ?area skos:notation ?code . FILTER (str(?code) = "03127" &&
        datatype(?code) = <urn:orgwork:list:%s>) }"""
    (old,), (now,) = rows(found, code % LIST_2024), rows(found, code % LIST_2025)
    assert old != now
    part = """SELECT ?kind ?clause WHERE { <%s> prov:wasGeneratedBy ?e . ?e prov:used <%s> ;
        prov:qualifiedUsage ?u . ?u prov:entity <%s> ; dct:type ?kind ; dct:bibliographicCitation ?clause }"""
    assert rows(found, part % (*now, *old, *old)) == [
        ("urn:orgwork:area-change:whole", "1661/NQ-UBTVQH15, Điều 1 khoản 44")
    ]
    # The eve as it was, with the same changes; nobody is in it, whoever holds a seat.
    eve = graph(org.exported(cast.province, EVE, form="ttl", names=HERE))
    assert rows(eve, over % body(cast.cell)) == [(body(cast.commune),)]
    assert rows(eve, forward % ((body(cast.commune),) * 2)) == [(body(new),)]
    text = "".join(org.exported(cast.root, DAY, form="ttl"))
    assert "org:Post" in text and "people" not in text and "Quàng" not in text and "foaf:Person" not in text


@pytest.mark.django_db
def test_of_a_split_nothing_follows_that_was_not_so(cast):
    """The commune went to its two cells, and the other commune to the first of them alone."""
    day = dt.date(2024, 2, 1)
    paper = cast.paper("7-QĐ/HU", day=day, issuer=cast.district)
    why = Cause.objects.create(kind="merged", document=paper)
    with writing(door="test") as act:
        for old, new, kind in (
            (cast.commune, cast.cell, "split"),
            (cast.commune, cast.small_cell, "split"),
            (cast.other_commune, cast.cell, "merged"),
        ):
            begin(UnitSuccession, act, day, predecessor=old, successor=new, kind=kind, cause=why)
    found = graph(org.exported(cast.cell, dt.date(2024, 3, 1), form="ttl", names=HERE))
    pairs = """SELECT ?old ?new WHERE { ?e org:resultingOrganization ?new ; org:originalOrganization ?old ;
        dct:source/dct:identifier "7-QĐ/HU" }"""
    assert rows(found, pairs) == sorted([
        (body(cast.commune), body(cast.cell)), (body(cast.commune), body(cast.small_cell)),
        (body(cast.other_commune), body(cast.cell)),
    ])  # fmt: skip
    # Asked at an earlier moment there is nothing of it.
    before = graph(org.exported(cast.cell, dt.date(2024, 3, 1), form="ttl", names=HERE, known_at=act.moment))
    assert rows(before, pairs) == []


@pytest.mark.django_db
def test_territories_alone_have_their_lists_and_what_they_lie_in(cast):
    found = graph(areas.exported(DAY, form="jsonld", names=HERE), "jsonld")
    inside = """SELECT ?name WHERE { ?a skos:notation ?n ; dct:isPartOf+/skos:prefLabel ?name .
        FILTER (str(?n) = "03127") }"""
    assert ("Tỉnh Điện Biên",) in rows(found, inside)
    assert rows(found, "SELECT ?l WHERE { ?d a rdfs:Datatype ; rdfs:label ?l }") == [(LIST_2024,)]


@pytest.mark.django_db
def test_all_doors_give_the_same_file_for_the_day_of_the_dial(cast, client, tmp_path, capsys):
    client.force_login(cast.account("provincial_officer"))
    wanted = "".join(org.exported(cast.commune, dt.date(2024, 3, 1), form="ttl"))
    page = client.get("/bodies/03127/org.ttl?on=2024-03-01")
    assert page["Content-Type"].startswith("text/turtle") and "org-03127.ttl" in page["Content-Disposition"]
    api = client.get("/api/v1/bodies/03127/org?on=2024-03-01")
    target = tmp_path / "x.ttl"
    assert main(["export", "org", "--body", "03127", "--day", "2024-03-01", "--output", str(target)]) == 0
    texts = {b"".join(page).decode(), b"".join(api).decode(), target.read_text(encoding="utf-8")}
    assert texts == {wanted} and capsys.readouterr().out == ""
    json_ld = client.get("/api/v1/bodies/03127/org?on=2024-03-01", headers={"accept": "application/ld+json"})
    assert json_ld["Content-Type"] == "application/ld+json"
    assert set(graph([b"".join(json_ld).decode()], "jsonld")) == set(graph([wanted]))
    assert client.get("/bodies/03127/org.pdf").status_code == 404
    assert main(["export", "org", "--areas", "--day", "2024-03-01"]) == 0
    assert capsys.readouterr().out == b"".join(client.get("/areas/org.ttl?on=2024-03-01")).decode()
    assert main(["export"]) == 2 and "export org" in capsys.readouterr().err
    assert b"org.jsonld" in client.get("/bodies/03127/?on=2024-03-01").content
    client.force_login(cast.account("other_officer"))
    assert client.get("/bodies/03127/org.ttl").status_code == 403


@pytest.mark.django_db
def test_bodies_are_followed_both_ways_on_pages_and_by_programs(cast, client):
    plan = planned(TOGETHER)
    reorganisation.enact(plan, door="test", by_rule=True)
    new = UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent
    client.force_login(cast.account("provincial_officer"))
    # The old commune has ended on the new day, the new one is not there on the old; each names the other.
    later = client.get(f"/bodies/03127/?on={DAY}").content.decode()
    assert f"({new.code})" in later and "1661/NQ-UBTVQH15" in later
    sooner = client.get(f"/bodies/{new.code}/?on={EVE}").content.decode()
    assert "(03127)" in sooner and "(03160)" in sooner

    def followed(code, on, then):
        answer = client.get(f"/api/v1/bodies/{code}/lineage?on={on}&then={then}").json()
        return [one["id"] for one in answer["items"]]

    assert followed("03127", EVE, DAY) == [new.code] and followed(new.code, DAY, EVE) == ["03127", "03160"]
    assert followed("094", EVE, DAY) == [] and followed("03127.01", EVE, DAY) == ["03127.01"]
    # Which commune is it now: with the body that serves it, as far as the reader may see bodies.
    areas_page = f"/areas/?q=03127&was={EVE}&is={DAY}"
    text = client.get(areas_page).content.decode()
    assert f"/bodies/{new.code}/" in text and "/bodies/03127/" in text
    page = client.get(f"/reorganisations/{plan.code}/").content.decode()
    assert "org.jsonld?" in page and "structure=2025-07-01" in page
    client.force_login(cast.account("outsider"))
    assert "/bodies/0" not in client.get(areas_page).content.decode()
