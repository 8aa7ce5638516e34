"""My file, requests, standing in, two people and retention, as people meet them on pages and in the API."""

import datetime as dt
import json

import pytest
from django.test import Client

from orgwork.procedures import lending, people_entry, requests
from orgwork.procedures.cases import Case
from orgwork.procedures.proposals import Proposal
from orgwork.registers.lending import Lending
from orgwork.registers.members import Membership
from orgwork.registers.people import PersonName
from orgwork.registers.reads import ReadLog
from orgwork.registers.record import Cause

TODAY = dt.date.today()


def signed_in(cast, key) -> Client:
    client = Client()
    client.force_login(cast.account(key))
    return client


def test_a_member_sees_everything_and_takes_it_away(cast):
    client = signed_in(cast, "member")
    page = client.get("/my-file/").content.decode()
    assert "Cà Thị Xuân" in page and "record=registers.personname:" in page
    for kind, start in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("json", b"{")):
        taken = client.get(f"/my-file/take/{kind}/")
        assert taken.content.startswith(start)
        assert "Xu" not in taken["Content-Disposition"] and taken["Cache-Control"] == "no-store"
    assert client.get("/my-file/take/exe/").status_code == 404
    assert json.loads(taken.content) if kind == "json" else True
    assert client.get("/api/v1/my-file").json()["person"] == cast.member.pk
    assert not ReadLog.objects.filter(person=cast.member).exists()


def test_a_correction_is_asked_for_answered_and_made(cast):
    """The whole way: the line, both clocks, the answer, the correction with the request as its cause."""
    member, office = signed_in(cast, "member"), signed_in(cast, "district_officer")
    row = PersonName.objects.get(person=cast.member)
    asked = {"kind": "correction", "words": "Tên tôi là Xuyến", "record": f"registers.personname:{row.pk}"}
    assert member.post("/my-file/ask/", asked).status_code == 302
    case = Case.objects.get(procedure="data_request")
    assert (case.person, case.data["line"]) == (cast.member, "Names")
    for client, address in ((member, "/my-file/"), (office, f"/cases/{case.pk}/")):
        page = client.get(address).content.decode()
        assert (
            "acknowledging the request" in page and "carrying out the request" in page and "356/2025" in page
        )
    day = TODAY.isoformat()
    assert office.post(f"/cases/{case.pk}/acknowledge/", {"day": day}).status_code == 302
    assert office.post(f"/cases/{case.pk}/accept/", {"day": day, "answer": "Đúng"}).status_code == 302
    offer = f"/do/correction.name/?on={day}&person={cast.member.pk}&request={case.pk}"
    assert f"request={case.pk}" in office.get(f"/cases/{case.pk}/").content.decode()
    form = office.get(offer).context["form"]
    assert form["request"].value() == str(case.pk)
    said = {
        "day": day, "person": f"#{cast.member.pk}", "family": "Cà", "middle": "Thị", "given": "Xuyến",
        "reason": "Theo giấy khai sinh", "request": case.pk,
        "document-symbol": "9-QĐ/ThU", "document-day": day, "document-issuer": "094",
    }  # fmt: skip
    assert office.post(offer, said).status_code == 302
    case.refresh_from_db()
    assert case.state == "done" and not case.deadlines.filter(met_on__isnull=True).exists()
    assert Cause.objects.get(case=case.pk).kind == "corrected"
    assert PersonName.objects.get(person=cast.member).given == "Xuyến"
    assert "Đúng" in member.get("/my-file/").content.decode()


def test_a_refusal_says_why_and_where_to_complain(cast):
    member, office = signed_in(cast, "member"), signed_in(cast, "protection_officer")
    member.post("/my-file/ask/", {"kind": "erasure", "words": "Xóa dữ liệu của tôi"})
    case = Case.objects.get(procedure="data_request")
    kept = office.post(f"/cases/{case.pk}/accept/", {"day": TODAY, "answer": "x"})
    assert kept.status_code == 422 and "is a member" in kept.content.decode()
    office.post(
        f"/cases/{case.pk}/refuse/", {"day": TODAY, "reason": "Còn là đảng viên", "citation": "Art. 17"}
    )
    page = member.get("/my-file/").content.decode()
    assert "Còn là đảng viên" in page and "A05" in page


def test_nobody_asks_at_a_line_of_somebody_else(cast):
    row = PersonName.objects.get(person=cast.teacher)
    client = signed_in(cast, "member")
    answer = client.post(
        "/my-file/ask/", {"kind": "correction", "words": "x", "record": f"registers.personname:{row.pk}"}
    )
    assert answer.status_code == 422 and not Case.objects.filter(procedure="data_request").exists()
    body = {"procedure": "data_request", "person": cast.teacher.pk, "kind": "copy", "words": "x"}
    assert client.post("/api/v1/cases", json.dumps(body), content_type="application/json").status_code == 403
    mine = body | {"person": cast.member.pk}
    assert client.post("/api/v1/cases", json.dumps(mine), content_type="application/json").status_code == 201


def test_only_their_own_request_is_withdrawn(cast):
    member = signed_in(cast, "member")
    member.post("/my-file/ask/", {"kind": "copy", "words": "x"})
    case = Case.objects.get(procedure="data_request")
    assert signed_in(cast, "outsider").post(f"/my-file/asked/{case.pk}/withdraw/").status_code == 404
    assert member.post(f"/my-file/asked/{case.pk}/withdraw/").status_code == 302
    case.refresh_from_db()
    assert case.state == "withdrawn"


def test_the_office_hands_the_file_over_and_notes_it(cast):
    client = signed_in(cast, "district_officer")
    case = requests.open_request(
        actor=cast.account("district_officer"), day=TODAY, person=cast.veteran, kind="copy", words="Đơn"
    )
    address = f"/people/{cast.veteran.pk}/hand-over/"
    assert client.post(address, {"to": ""}).status_code == 422
    requests.accept(case, actor=cast.account("district_officer"), day=TODAY, answer="Đồng ý")
    taken = client.post(address, {"to": "Đương sự", "as": "json", "request": case.pk})
    assert taken.status_code == 200 and json.loads(taken.content)["person"] == cast.veteran.pk
    case.refresh_from_db()
    assert case.state == "done"
    assert signed_in(cast, "cell_secretary").get(address).status_code == 403


def test_standing_in_is_offered_accepted_and_shown(cast):
    holder, stand_in = signed_in(cast, "cell_secretary"), signed_in(cast, "member")
    post = cast.posts["cell_secretary"]
    said = {"post": f"[{post.code}]", "stand_in": f"#{cast.member.pk}", "since": TODAY, "until": TODAY}
    assert holder.post("/my-file/standing-in/", said).status_code == 302
    lent = Lending.objects.get()
    assert stand_in.get("/people/?unit=03127.01").status_code == 403
    assert stand_in.post(f"/my-file/standing-in/{lent.pk}/accept/").status_code == 302
    assert stand_in.get("/people/?unit=03127.01").status_code == 200
    assert "stands in for me" in holder.get("/my-file/standing-in/").content.decode()
    assert holder.post(f"/my-file/standing-in/{lent.pk}/revoke/").status_code == 302
    assert stand_in.get("/people/?unit=03127.01").status_code == 403


def test_the_journal_names_both(cast):
    """X for Y, on the page of the person and in the journal."""
    day = dt.date.today()
    lent = lending.lend(
        actor=cast.account("cell_secretary"), day=day, post=cast.posts["cell_secretary"],
        stand_in=cast.member, since=day, until=day, acts=[],
    )  # fmt: skip
    lending.accept(actor=cast.account("member"), day=day, lending=lent.pk)
    people_entry.enter_contact(
        actor=cast.account("member"), day=day, person=cast.veteran, phone="0912 345 678"
    )
    for address in (f"/people/{cast.veteran.pk}/", "/journal/?unit=11"):
        page = signed_in(cast, "provincial_officer").get(f"{address}{'&' if '?' in address else '?'}on={day}")
        assert "(standing in for Lường Văn Pâng)" in page.content.decode(), address


@pytest.fixture
def proposed(cast):
    """A proposal made on a page: an old day of admission, corrected."""
    said = {
        "day": "2024-06-03", "person": f"#{cast.member.pk}", "since": "2015-06-01", "reason": "x",
        "document-symbol": "9-QĐ/ThU", "document-day": "2015-06-01", "document-issuer": "094",
    }  # fmt: skip
    answer = signed_in(cast, "district_officer").post("/do/correction.admission_day/", said)
    made = Proposal.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/two-people/{made.pk}/"
    return made


def test_a_second_person_confirms_on_the_page(cast, proposed):
    second = signed_in(cast, "provincial_officer")
    assert "Correct the day of admission" in second.get("/two-people/").content.decode()
    page = second.get(f"/two-people/{proposed.pk}/").content.decode()
    assert "Cà Thị Xuân" in page and "Corrected: day of admission" in page
    for somebody in ("outsider", "administrator", "auditor", "cell_secretary"):
        client = signed_in(cast, somebody)
        for address in (f"/two-people/{proposed.pk}/", f"/api/v1/proposals/{proposed.pk}"):
            answer = client.get(address)
            assert answer.status_code == 403 and "Xuân" not in answer.content.decode(), (somebody, address)
    first = signed_in(cast, "district_officer")
    assert first.post(f"/two-people/{proposed.pk}/confirm/").status_code == 403
    assert second.post(f"/two-people/{proposed.pk}/confirm/").status_code == 302
    assert Membership.objects.get(person=cast.member).valid_from == dt.date(2015, 6, 1)


def test_a_second_person_decides_through_the_api(cast, proposed):
    second = signed_in(cast, "provincial_officer")
    found = second.get(f"/api/v1/proposals/{proposed.pk}").json()
    assert [one["verb"] for one in found["entries"]] == ["correction.admission_day"]
    declined = second.post(
        f"/api/v1/proposals/{proposed.pk}/decline",
        json.dumps({"remark": "sai"}),
        content_type="application/json",
    )
    assert declined.json()["state"] == "declined"
    assert second.get("/api/v1/proposals").json() == []


def test_an_api_act_says_that_it_waits(cast):
    body = {
        "person": cast.member.pk, "since": "2015-06-01", "reason": "x", "day": "2024-06-03",
        "document": {"symbol": "9-QĐ/ThU", "day": "2015-06-01", "issuer": "094"},
    }  # fmt: skip
    answer = signed_in(cast, "district_officer").post(
        "/api/v1/operations/correction.admission_day", json.dumps(body), content_type="application/json"
    )
    said = answer.json()
    assert said["waits_for_second"] and said["url"] == f"/api/v1/proposals/{Proposal.objects.get().pk}"


def test_what_is_due_is_shown_to_the_protection_officer(cast):
    officer = signed_in(cast, "protection_officer")
    page = officer.get("/retention/").content.decode()
    assert "Keep a refused or withdrawn admission" in page
    assert signed_in(cast, "administrator").get("/retention/").status_code == 403
    assert signed_in(cast, "administrator").get("/api/v1/retention").status_code == 200
    assert "Ethnicity and religion" in signed_in(cast, "outsider").get("/processing/").content.decode()
