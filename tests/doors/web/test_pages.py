"""Pages as different readers meet them: what they show, what they refuse, how much they ask the database."""

import datetime as dt

import pytest
from django.test import Client, override_settings

from orgwork.doors.models import SavedView
from orgwork.doors.web import lists
from orgwork.foundation import words
from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.registers import people
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.reads import ReadLog
from orgwork.registers.record import Cause

MAY = dt.date(2024, 5, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_day():
    with override_settings(ORGWORK_TODAY=MAY):
        yield


def reader(cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.account(key))
    return client


EVERY = ("/", "/people/", "/bodies/", "/posts/", "/documents/", "/cases/", "/search/?q=lo", "/where/?q=xa")


@pytest.mark.parametrize("path", EVERY)
def test_whoever_is_not_signed_in_is_asked_to(cast, path):
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in/")


@pytest.mark.parametrize("path", EVERY)
def test_the_provincial_office_opens_every_room(cast, path):
    answer = reader(cast, "provincial_officer").get(path)
    assert answer.status_code in (200, 302), answer.content.decode()[-2000:]


@pytest.mark.parametrize("key", ["outsider", "member"])
def test_without_a_post_no_list_opens(cast, key):
    client = reader(cast, key)
    for path in ("/people/?unit=11", "/bodies/11/", "/posts/?unit=11", "/cases/?unit=11"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert b"None of the posts you hold today" in answer.content


def test_a_refusal_names_who_could_open_it(cast):
    answer = reader(cast, "outsider").get("/people/?unit=03127")
    assert "Quàng Văn Thắng" in answer.content.decode()


def test_turning_the_day_back_gives_no_power(cast):
    assert reader(cast, "other_officer").get("/people/?unit=094&on=2016-01-01").status_code == 403


def test_everybody_sees_their_own_page_and_who_looked_at_it(cast):
    reader(cast, "provincial_officer").get(f"/people/{cast.member.pk}/")
    answer = reader(cast, "member").get(f"/people/{cast.member.pk}/")
    assert answer.status_code == 200
    assert "Lò Thị Hương" in answer.content.decode()


def test_looking_at_somebody_else_is_noted_and_at_oneself_is_not(cast):
    reader(cast, "provincial_officer").get(f"/people/{cast.member.pk}/")
    reader(cast, "member").get(f"/people/{cast.member.pk}/")
    assert ReadLog.objects.filter(person=cast.member).count() == 1


def test_contact_is_shown_only_on_asking_and_only_with_its_act(cast):
    path = f"/people/{cast.member.pk}/?contact=1"
    assert reader(cast, "auditor").get(path).status_code == 403
    assert reader(cast, "cell_secretary").get(path).status_code == 200
    assert ReadLog.objects.filter(person=cast.member, act="contact.read").count() == 1


def test_names_are_found_without_marks_and_in_any_order(cast):
    answer = reader(cast, "provincial_officer").get("/people/?unit=11&q=loc+huu")
    assert "Đỗ Hữu Lộc" in answer.content.decode()


@pytest.mark.parametrize(("few", "several"), [(2000, 5000), (0, 5000), (0, 0)])
def test_search_finds_only_people_within_reach(cast, monkeypatch, few, several):
    """Whether the word is rare or frequent, and whoever asks reads the names of few or of many."""
    monkeypatch.setattr(words, "FEW", few)
    monkeypatch.setattr("orgwork.doors.web.today.SEVERAL", several)
    assert "Khoàng Thị Sen" in reader(cast, "other_officer").get("/search/?q=sen").content.decode()
    assert "Khoàng Thị Sen" not in reader(cast, "district_officer").get("/search/?q=sen").content.decode()


@pytest.mark.parametrize(
    ("query", "there", "away"),
    [
        ("standing=probationary", "Tòng Văn Sơn", "Cà Thị Xuân"),
        ("sex=f", "Cà Thị Xuân", "Tòng Văn Sơn"),
        ("age=61-200", "Lê Quang Vinh", "Cà Thị Xuân"),
    ],
)
def test_filters_narrow_the_list(cast, query, there, away):
    text = reader(cast, "provincial_officer").get(f"/people/?unit=03127.01&{query}").content.decode()
    assert there in text
    assert away not in text


@pytest.fixture(params=["few", "many"])
def short_pages(request, monkeypatch):
    """Three rows a page, and both ways of finding them: those of few bodies first, or along the order."""
    for one in (lists.keyset, lists.first_found):
        monkeypatch.setattr(one, "__defaults__", (3,))
    if request.param == "many":
        monkeypatch.setattr("orgwork.doors.web.people.FEW_BODIES", 0)


@pytest.mark.parametrize("sort", ["name", "-name", "born", "-born", "since", "-since"])
def test_pages_by_key_show_everybody_once(cast, sort, short_pages):
    client, url, seen = reader(cast, "provincial_officer"), f"/people/?unit=11&sort={sort}", []
    for _round in range(9):
        context = client.get(url).context
        seen += [row["cells"][0]["text"] + row["cells"][1]["text"] for row in context["table"].body]
        after = context["table"].page.after
        if not after:
            break
        url = f"/people/?unit=11&sort={sort}&after={after}"
    assert len(seen) == 16  # everybody with a cell
    assert len(set(seen)) == 16


def test_going_back_a_page_shows_what_was_there(cast, short_pages):
    client = reader(cast, "provincial_officer")

    def names(answer):
        return [row["cells"][0]["text"] for row in answer.context["table"].body]

    first = client.get("/people/?unit=11")
    second = client.get(f"/people/?unit=11&after={first.context['table'].page.after}")
    assert first.context["count"] == second.context["count"] == "16"
    back = client.get(f"/people/?unit=11&before={second.context['table'].page.before}")
    assert names(back) == names(first) != names(second)


@pytest.mark.parametrize(("query", "said"), [("", "5+"), ("&sex=f", "5+"), ("&q=xuan", "1")])
def test_a_large_body_is_counted_only_so_far(cast, monkeypatch, query, said):
    monkeypatch.setattr("orgwork.doors.web.people.FEW_BODIES", 0)
    monkeypatch.setattr("orgwork.doors.web.people.MOST_COUNTED", 5)
    context = reader(cast, "provincial_officer").get(f"/people/?unit=11{query}").context
    assert context["count"] + "+" * context["more"] == said


def test_a_cursor_that_somebody_made_up_is_refused(cast, short_pages):
    of_another_list = lists.write_cursor({"a": 1, "b": "x"}, ["a", "b"])
    for cursor in ("abc", of_another_list):
        assert reader(cast, "provincial_officer").get(f"/people/?unit=11&after={cursor}").status_code == 400


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("room", ["people", "posts", "documents", "cases"])
def test_lists_leave_as_spreadsheets(cast, room, kind):
    answer = reader(cast, "provincial_officer").get(f"/{room}/?unit=11&export={kind}")
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content)
    assert body[:2] == b"PK" if kind == "xlsx" else b"," in body


def more_members(cast, number: int):
    with writing(door="test") as act:
        cause = Cause.objects.create(kind="admitted")
        for n in range(number):
            who = people.Person.objects.create()
            said = people.name_values("Lò", "Văn", f"Số {n}")
            begin(people.PersonName, act, people.ALL_LIFE, person=who, **said)
            day = dt.date(2020, 1, 1)
            begin(Membership, act, day, person=who, cause=cause)
            begin(MembershipStanding, act, day, person=who, cause=cause, standing="full")
            begin(MembershipPlace, act, day, person=who, cause=cause, unit=cast.cell, kind="official")


@pytest.mark.parametrize("path", ["/people/?unit=03127", "/bodies/03127/", "/posts/?unit=03127", "/"])
def test_the_number_of_queries_does_not_grow_with_the_rows(cast, path, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = reader(cast, "provincial_officer")
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    more_members(cast, 20)
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(many) <= len(few) + 1
    assert len(many) <= 90


def test_a_list_is_kept_under_a_name_and_only_for_its_owner(cast):
    client = reader(cast, "provincial_officer")
    client.post("/keep/", {"page": "people", "name": "Women", "query": "unit=11&sex=f"})
    assert SavedView.objects.get().query == "unit=11&sex=f"
    assert b"Women" in client.get("/people/?unit=11").content
    pk = SavedView.objects.get().pk
    assert reader(cast, "cell_secretary").post(f"/keep/{pk}/forget/").status_code == 404
    client.post(f"/keep/{pk}/forget/")
    assert not SavedView.objects.exists()


def test_a_body_that_does_not_exist_on_the_day_says_when_it_did(cast):
    text = reader(cast, "provincial_officer").get("/bodies/03127/?on=2010-01-01").content.decode()
    assert "does not exist on 1 Jan 2010" in text


def test_links_carry_the_dials(cast):
    text = (
        reader(cast, "provincial_officer")
        .get("/bodies/03127/?on=2023-02-03&known=2024-01-01")
        .content.decode()
    )
    assert "/people/?unit=03127&amp;on=2023-02-03&amp;known=2024-01-01" in text


def test_nothing_inline_is_needed(cast):
    answer = reader(cast, "provincial_officer").get("/bodies/03127/")
    text = answer.content.decode()
    assert "<style" not in text
    assert " style=" not in text
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "status"), [("/people/999/", 404), ("/bodies/none/", 404), ("/?on=never", 400)]
)
def test_what_cannot_be_shown_says_what_to_do(cast, path, status):
    answer = reader(cast, "provincial_officer").get(path)
    assert answer.status_code == status
    assert b'class="why' in answer.content


def test_the_short_way_of_asking_gives_the_same_answer(cast, rf):
    from orgwork.doors.web import places
    from orgwork.foundation import catalogues

    units = [cast.root, cast.province, cast.district, cast.commune, cast.cell, cast.other_cell]
    for key in ("national_officer", "provincial_officer", "commune_secretary", "cell_secretary", "outsider"):
        request = rf.get("/")
        request.user = cast.account(key)
        for act in catalogues.acts():
            for unit in units:
                assert places.able(request, act, unit) == bool(places.may(request, act, unit)), (
                    key,
                    act,
                    unit,
                )


def test_who_watches_over_reads_sees_them_and_nobody_else_does(cast):
    reader(cast, "provincial_officer").get(f"/people/{cast.member.pk}/")
    page = reader(cast, "protection_officer").get("/reads/?unit=11")
    assert page.status_code == 200
    assert "Lò Thị Hương" in page.content.decode()
    assert reader(cast, "cell_secretary").get("/reads/?unit=03127.01").status_code == 403


def test_a_correction_begins_with_what_is_recorded(cast):
    page = reader(cast, "provincial_officer").get(f"/do/correction.name/?person={cast.member.pk}&unit=11")
    assert page.context["form"].initial["given"] == "Xuân"
    page = reader(cast, "other_officer").get(f"/do/correction.name/?person={cast.member.pk}&unit=096")
    assert "Xuân" not in page.content.decode()


def test_the_dial_turns_a_list_and_leads_from_a_person_to_the_sheet(cast):
    client = reader(cast, "provincial_officer")
    text = client.get("/people/?unit=03127&sex=f").content.decode()
    assert 'href="/people/?unit=11&amp;sex=f"' in text or 'href="/people/?sex=f&amp;unit=11"' in text
    text = client.get(f"/people/{cast.member.pk}/?unit=03127").content.decode()
    assert 'href="/bodies/11/?unit=11"' in text
    assert client.get("/where/?q=03160&next=/people/").url == "/people/?unit=03160"
    assert client.get("/where/?q=03160&next=/people/1/").url.startswith("/bodies/03160/")
    assert client.get("/where/?q=03160&next=//elsewhere.example/").url.startswith("/bodies/03160/")
