"""This room is for the API's readings: who may, what is shown, on which day, page by page."""

import datetime as dt

import pytest

from orgwork.foundation.dates import end
from orgwork.foundation.moments import writing
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import MembershipPlace
from orgwork.registers.reads import ReadLog
from orgwork.registers.record import Cause


def test_signed_out_is_told_to_sign_in(call):
    problem = call(None).get("/bodies", 401)
    assert problem["code"] == "signed_out"
    assert problem["type"] == "urn:orgwork:problem:signed_out"


def test_an_address_that_is_nothing_answers_with_a_problem(call):
    assert call("provincial_officer").get("/nothing/of/that/kind", 404)["code"] == "not_found"
    assert call("provincial_officer").get("/bodies/99", 404)["code"] == "not_found"


def test_bodies_below_the_own_office_are_listed_by_code(call):
    found = call("provincial_officer").get("/bodies", limit=500)
    codes = [body["id"] for body in found["items"]]
    assert codes == sorted(codes) and "11" in codes and "03160.01" in codes and "TW" not in codes
    cell = next(body for body in found["items"] if body["id"] == "03127.01")
    assert cell["parent_id"] == "03127" and cell["classification"] == "cell"
    assert cell["founding_date"] == "2015-01-01" and cell["dissolution_date"] is None


def test_pages_follow_one_another_without_gap_or_repetition(call):
    caller = call("national_officer")
    whole = [body["id"] for body in caller.get("/bodies", limit=500)["items"]]
    pages, path = [], "/bodies?limit=4"
    while path:
        found = caller.get(path)
        pages += [body["id"] for body in found["items"]]
        path = found["next"] and found["next"].removeprefix("/api/v1")
    assert pages == whole


def test_a_cursor_of_another_list_is_refused(call):
    assert call("national_officer").get("/bodies", 400, cursor="WzEsMl0")["code"] == "bad_request"


def test_a_body_of_another_district_is_closed_and_says_who_may(call):
    problem = call("district_officer").get("/bodies/096", 403)
    assert problem["code"] == "not_allowed" and problem["hint"]


def test_one_body_with_its_areas_way_and_member_count(call):
    body = call("commune_secretary").get("/bodies/03127.01", on="2024-05-01")
    assert body["path"] == ["TW", "11", "094", "03127", "03127.01"]
    assert body["member_count"] == 7
    assert body["areas"][0]["name"] == "Bản Noong Bua"


def test_a_body_is_shown_as_on_the_day(call):
    assert call("commune_secretary").get("/bodies/03127.01", on="2014-12-31")["status"] == ""


@pytest.mark.parametrize("day", ["2024-13-01", "yesterday", "1800-01-01"])
def test_a_day_that_is_none_is_refused_by_name(call, day):
    problem = call("commune_secretary").get("/bodies", 422, on=day)
    assert problem["field"] == "on" and problem["errors"]


def test_people_by_name_without_diacritics(call):
    caller = call("commune_secretary")
    assert [p["name"] for p in caller.get("/people", q="ca thi xuan")["items"]] == ["Cà Thị Xuân"]
    names = [p["sort_name"] for p in caller.get("/people")["items"]]
    assert names == sorted(names) and len(names) == 10


def test_a_list_of_people_is_noted_with_their_number(call, cast):
    call("commune_secretary").get("/people", unit="03127.01")
    read = ReadLog.objects.get()
    assert (read.act, read.door, read.unit, read.count) == ("names.read", "api", cast.cell, 7)


def test_another_persons_record_is_noted_and_ones_own_is_not(call, cast):
    call("cell_secretary").get(f"/people/{cast.member.pk}")
    assert ReadLog.objects.get().person == cast.member
    call("member").get(f"/people/{cast.member.pk}")
    assert ReadLog.objects.count() == 1


def test_whoever_was_looked_at_sees_who_looked(call, cast):
    call("cell_secretary").get(f"/people/{cast.member.pk}")
    found = call("member").get(f"/people/{cast.member.pk}/reads")["items"]
    assert [(read["account"], read["act"], read["door"]) for read in found] == [
        ("Lường Văn Pâng", "names.read", "api")
    ]


def test_a_member_sees_nobody_else(call, cast):
    assert call("member").get(f"/people/{cast.teacher.pk}", 403)["code"] == "not_allowed"
    assert call("member").get("/people", 403)["code"] == "not_allowed"


def test_a_person_in_popolos_words(call, cast):
    found = call("cell_secretary").get(f"/people/{cast.probationary.pk}", on="2024-05-01")
    assert found["given_name"] == "Sơn" and found["gender"] == "male" and found["birth_date"] == "1999-05-15"
    assert found["standing"] == "probationary" and found["organization_id"] == "03127.01"


def test_contacts_take_a_power_of_their_own(call, cast):
    path = f"/people/{cast.other_member.pk}/contact"
    assert call("national_officer").get(path, 403)["code"] == "not_allowed"


def test_memberships_say_by_what_they_began(call, cast):
    found = call("cell_secretary").get(f"/people/{cast.member.pk}/memberships")["items"]
    assert [(m["role"], m["begun_by"], m["start_date"]) for m in found] == [
        ("member", "admitted", "2015-05-19")
    ]


def test_what_was_not_known_yet_is_not_shown(call, cast):
    with writing(door="test") as act:
        key = {"person": cast.member, "kind": "official"}
        end(MembershipPlace, act, key, dt.date(2024, 4, 1), cause=Cause.objects.create(kind="left"))
    caller = call("cell_secretary")
    path = f"/people/{cast.member.pk}/memberships"
    assert caller.get(path)["items"][0]["end_date"] == "2024-03-31"
    yesterday = (dt.date.today() - dt.timedelta(days=2)).isoformat()
    assert caller.get(path, known_at=yesterday)["items"] == []


def test_posts_held_and_vacant(call, cast):
    caller = call("commune_secretary")
    heads = caller.get("/posts", kind="village_head")["items"]
    assert [(p["area_id"], p["held"]) for p in heads] == [(cast.village.pk, True)]
    assert caller.get("/posts", vacant="true")["items"] == []
    assert caller.get(f"/posts/{heads[0]['id']}")["label"]


def test_appointments_of_a_person_and_of_a_body(call, cast):
    caller = call("commune_secretary")
    held = caller.get("/appointments", person=cast.teacher.pk)["items"]
    assert [(a["role"], a["manner"]) for a in held] == [("village_head", "appointed")]
    assert {a["post_id"] for a in caller.get("/appointments")["items"]} >= {"03127-secretary"}


def test_areas_are_public_knowledge_for_whoever_is_signed_in(call, cast):
    found = call("outsider").get("/areas", parent=cast.province_area.pk)["items"]
    assert [a["identifier"] for a in found] == ["094", "096"]
    assert call("outsider").get(f"/areas/{cast.village.pk}")["parent_id"] == cast.commune_area.pk


def test_papers_here_and_below(call, cast):
    paper = cast.paper(title="Kết nạp đảng viên")
    caller = call("district_officer")
    assert [d["symbol"] for d in caller.get("/documents")["items"]] == ["214-QĐ/ThU"]
    assert caller.get(f"/documents/{paper.pk}")["issuer_id"] == "094"
    assert call("other_officer").get(f"/documents/{paper.pk}", 403)


def test_a_figure_is_its_records(call):
    caller = call("provincial_officer")
    figure = caller.get(
        "/figures/members.admitted", **{"unit": "11", "from": "2015-01-01", "to": "2024-05-01"}
    )
    assert figure["value"] == 16 and figure["from"] == "2015-01-01" and figure["to"] == "2024-05-01"
    assert figure["unit_of_value"] == "members" and figure["definition"] and figure["known_at"]
    found = caller.get(
        "/figures/members.admitted/records",
        **{"unit": "11", "from": "2015-01-01", "to": "2024-05-01", "limit": 10},
    )
    assert found["count"] == 16 and len(found["items"]) == 10
    rest = caller.get(found["next"].removeprefix("/api/v1"))
    assert len(rest["items"]) == 6 and rest["next"] is None
    assert len({r["id"] for r in found["items"] + rest["items"]}) == 16


def test_whoever_may_see_the_figure_but_not_its_records_is_told_who_may(call):
    found = call("auditor").get("/figures/members.stock/records", unit="11", on="2024-05-01")
    assert found["count"] == 16 and found["open"] == 0 and found["items"] == [] and found["who"]


def test_a_figure_that_does_not_exist_names_those_that_do(call):
    problem = call("provincial_officer").get("/figures/members.of_the_moon", 422, unit="11")
    assert "members.stock" in problem["detail"]


def test_the_catalogue_and_the_bodies_of_a_figure(call):
    caller = call("provincial_officer")
    assert "members.stock" in {f["indicator"] for f in caller.get("/figures")["items"]}
    found = caller.get("/figures/members.stock/by-body", unit="11", on="2024-05-01")["items"]
    assert {f["unit"]: f["value"] for f in found} == {"094": 13, "096": 3}


def test_a_post_that_ended_gives_no_power_the_same_day(call, cast):
    caller = call("commune_secretary")
    caller.get("/people")
    with writing(door="test") as act:
        key = {"post": cast.posts["commune_secretary"], "acting": False}
        end(Appointment, act, key, act.day, cause=Cause.objects.create(kind="released"))
    assert caller.get("/people", 403, unit="03127")["code"] == "not_allowed"


def test_turning_the_day_back_gives_no_power_back(call, cast):
    with writing(door="test") as act:
        key = {"post": cast.posts["commune_secretary"], "acting": False}
        end(Appointment, act, key, act.day, cause=Cause.objects.create(kind="released"))
    caller = call("commune_secretary")
    for path in ("/people", "/bodies", "/cases", "/memberships", "/posts", "/appointments"):
        assert caller.get(path, 403, unit="03127", on="2020-01-01", known_at="2020-01-01")


def test_a_term_report_in_a_language_and_what_changed_since_it_was_issued(call, cast):
    caller, asked = call("provincial_officer"), {"unit": "11", "from": "2015-01-01", "to": "2024-05-01"}
    report = caller.get("/reports/term", **asked, language="de")
    assert report["language"] == "de" and report["text"]
    admitted = next(f for f in report["figures"] if f["indicator"] == "members.admitted")
    assert admitted["value"] == 16 and admitted["records_url"].startswith("/figures/")
    done = caller.post(
        "/operations/report.issue", {"unit": "11", "first": "2015-01-01", "last": "2024-05-01"}
    )
    listed = caller.get("/reports/issued", unit="11")["items"]
    assert [one["id"] for one in listed] == [done["id"]] and listed[0]["from"] == "2015-01-01"
    found = caller.get(f"/reports/issued/{done['id']}")
    assert found["since_then"] and not any(line["changed"] for line in found["since_then"])


def test_growth_of_a_quarter(call, cast):
    found = call("provincial_officer").get("/reports/growth", unit="11", quarter="2024-Q1")
    assert {line["unit"] for line in found["lines"]} == {"094", "096"} and found["limits"]


def test_the_session_says_who_and_which_powers(call, cast):
    found = call("commune_secretary").get("/session")
    assert found["person_id"] == cast.commune_secretary.pk and found["csrf_token"]
    assert {"act": "names.read", "unit": "03127", "reach": "under"}.items() <= next(
        p for p in found["powers"] if p["act"] == "names.read"
    ).items()


def test_the_journal_is_for_auditors_and_histories_for_those_who_see_the_subject(call, cast):
    assert call("auditor").get("/journal/entries")["items"] == []
    assert call("auditor").get("/journal/verdict")["ok"]
    assert call("commune_secretary").get("/journal/entries", 403)
    assert call("member").get(f"/journal/person/{cast.member.pk}")["items"] == []
    assert call("member").get(f"/journal/person/{cast.teacher.pk}", 403)


LISTS = ["/bodies", "/people", "/memberships", "/posts", "/appointments", "/areas", "/documents", "/cases"]


@pytest.mark.parametrize("path", LISTS)
def test_lists_take_the_same_number_of_queries_however_long(call, path, django_assert_max_num_queries):
    caller = call("national_officer")
    caller.get(path, limit=1)
    with django_assert_max_num_queries(22) as few:
        caller.get(path, limit=1)
    with django_assert_max_num_queries(len(few)):
        caller.get(path, limit=500)
