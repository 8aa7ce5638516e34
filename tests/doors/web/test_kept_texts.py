"""Kept texts: every find marked, decided about by buttons alone, and what came of it in lists."""

import datetime as dt
import re

import pytest
from django.test import Client

from orgwork.exchange.texts import keeping
from orgwork.exchange.texts.kept import KeptText, State, TextFind
from orgwork.registers.documents import Document
from orgwork.registers.task_proposals import TaskProposal

pytestmark = pytest.mark.django_db

SAID = (
    "Seit Beginn der Amtszeit wurden in der gesamten Provinz 2 Parteimitglieder aufgenommen. "
    "Genosse Nguyen Van Thong, Sekretär des Provinzparteikomitees, nannte den Plan Nr. 66-KH/TU vom "
    "15. Dezember 2021 und die Richtlinie Nr. 35-CT/TW des Politbüros. "
    "Er forderte das Parteikomitee auf, die Ziele bis Ende 2024 zu erreichen."
)


def find(kind):
    return TextFind.objects.filter(kind=kind).order_by("start").first()


def test_a_text_is_kept_decided_about_and_leads_to_what_came_of_it(cast, office):
    """The whole way without JavaScript: keep, look, accept, change, dismiss, undo, and the lists."""
    kept = office.post("/reading/?unit=11&on=2024-05-01", {"text": SAID, "keep": "1", "day": "2024-05-01"})
    text = KeptText.objects.get()
    assert kept.headers["Location"].startswith(f"/reading/{text.pk}/")
    assert (text.unit, text.day) == (cast.province, dt.date(2024, 5, 1))
    address = f"/reading/{text.pk}/"
    page = office.get(address).content.decode()
    marked = re.findall(r'<mark class="(\w+)">([^<]+)</mark>', page)
    assert ("persons", "Nguyen Van Thong") in marked and ("figures", "2 Parteimitglieder") in marked
    assert Document.objects.count() == TaskProposal.objects.count() == 0  # nothing before acceptance

    # The same text again is the same text.
    again = office.post("/reading/?unit=11", {"text": SAID, "keep": "1"})
    assert again.headers["Location"].startswith(address) and KeptText.objects.count() == 1

    # One by one: the next open find is the next key.
    figure, paper, person, task = find("figure"), find("document"), find("person"), find("task")
    done = office.post(address + "decide/", {"act": f"accept:{figure.pk}", "back": address + "?kind=figure"})
    assert done.headers["Location"].startswith(address + "?kind=figure")
    figure.refresh_from_db()
    assert figure.outcome["stated"] == 2 and figure.outcome["indicator"] == "members.admitted"
    done = office.post(address + "decide/", {"act": f"accept:{paper.pk}", "back": address})
    entry = Document.objects.get(symbol="66-KH/TU")
    assert (entry.issuer, entry.day, entry.kind) == (cast.province, dt.date(2021, 12, 15), "plan")

    # Without a day it cannot be entered: the form asks for it. The province may not enter it for the centre.
    central = TextFind.objects.get(norm="35-CT/TW")
    done = office.post(address + "decide/", {"act": f"accept:{central.pk}"})
    change = f"{address}finds/{central.pk}/"
    assert done.headers["Location"].startswith(change)
    form = office.get(change).content.decode()
    assert 'value="35-CT/TW"' in form
    said = {"symbol": "35-CT/TW", "kind": "directive", "issuer": "TW", "paper_day": "2024-06-14"}
    refused = office.post(change, said)
    assert refused.status_code == 422 and "None of the posts you hold" in refused.content.decode()
    cast.paper("35-CT/TW", issuer=cast.root, kind="directive", day=dt.date(2024, 4, 14))
    office.post(address + "decide/", {"act": f"accept:{central.pk}"})
    central.refresh_from_db()
    assert (central.state, central.paper.symbol) == (State.ACCEPTED, "35-CT/TW")

    # A changed instruction; the rest dismissed in bulk; one of them undone.
    change = f"{address}finds/{task.pk}/"
    office.post(change, {"what": "Die Ziele erreichen", "assignee": "094", "due": "2024-11-30"})
    row = TaskProposal.objects.get()
    assert (row.what, row.assignee, row.due) == ("Die Ziele erreichen", cast.district, dt.date(2024, 11, 30))
    office.post(address + "decide/", {"act": "dismiss-all:person"})
    person.refresh_from_db()
    assert person.state == State.DISMISSED
    shown = office.get(address).content.decode()
    assert '<mark class="gone">Nguyen Van Thong</mark>' in shown and "Propose again" in shown
    tasks = office.get("/reading/tasks/?unit=11&on=2024-05-02").content.decode()
    assert "Die Ziele erreichen" in tasks and row.code in tasks
    exported = office.get("/reading/tasks/?unit=11&on=2024-05-02&export=csv")
    assert "Die Ziele erreichen" in exported.getvalue().decode()
    compared = office.get("/reading/figures/?unit=11&on=2024-05-02&state=differs").content.decode()
    assert "2 Parteimitglieder" in compared and "from=2021-01-01&amp;to=2024-05-01" in compared
    office.post(address + "decide/", {"act": f"reopen:{task.pk}"})
    assert not TaskProposal.objects.exists() and TaskProposal.versions.count() == 1

    # Ticked together; what is refused is said and stays open.
    ticked = [str(pk) for pk in TextFind.objects.filter(state=State.OPEN).values_list("pk", flat=True)]
    office.post(address + "decide/", {"act": "accept", "find": ticked})
    assert not TextFind.objects.filter(state=State.OPEN).exists()
    listed = office.get("/reading/?unit=11&on=2024-05-02&q=seit").content.decode()
    assert address in listed

    # Who may not read texts here sees neither list nor text.
    other = Client()
    other.force_login(cast.account("other_officer"))
    assert other.get(address).status_code == 403
    assert other.post(address + "decide/", {"act": f"reopen:{figure.pk}"}).status_code == 403
    assert address not in other.get("/reading/?unit=096").content.decode()


def test_a_person_in_another_post_than_the_register_says_is_hinted_at(cast):
    said = (
        "Đồng chí Quàng Văn Thắng, Bí thư Đảng ủy phường Noong Bua, báo cáo kết quả công tác.\n"
        "Đồng chí Lò Văn Inh, Bí thư Đảng ủy phường Noong Bua, phát biểu tại hội nghị.\n"
    )
    actor = cast.account("district_officer")
    text, _new = keeping.keep(said, actor=actor, door="web", unit=cast.commune, day=dt.date(2024, 5, 1))
    client = Client()
    client.force_login(actor)
    same, other = client.get(f"/reading/{text.pk}/").content.decode().split('class="find"')[1:3]
    holder = f"/people/{cast.commune_secretary.pk}/"
    assert "as in the register" in same and holder in same and "of this name, with a post:" in same
    assert "differs from the register" in other and "is held by" in other and holder in other
    # Accepting it notes that it was seen, and writes nothing.
    find = text.finds.get(norm="Lo Van Inh")
    client.post(f"/reading/{text.pk}/decide/", {"act": f"accept:{find.pk}"})
    find.refresh_from_db()
    assert find.state == State.ACCEPTED and not find.outcome


def test_a_text_full_of_finds_stays_usable(cast, office):
    """A page holds a hundred of them and its part of the text; the rest is a link away."""
    said = "Im Plan Nr. 66-KH/TU stehen 8 Ziele und die Arbeit.\n" * 1000
    text, _new = keeping.keep(said, actor=cast.account("provincial_officer"), door="web", unit=cast.province)
    assert text.finds.count() == 2000
    page = office.get(f"/reading/{text.pk}/").content.decode()
    assert "page 1 of 20" in page and len(page) < 300_000
    assert "page 7 of 20" in office.get(f"/reading/{text.pk}/?page=7").content.decode()
    assert "page 20 of 20" in office.get(f"/reading/{text.pk}/?page=9999999").content.decode()
    office.post(f"/reading/{text.pk}/decide/", {"act": "dismiss-all:figure"})
    assert text.finds.filter(state=State.OPEN).count() == 1000


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"text": " "}, "Paste a text"),
        ({"text": "12 345 678"}, "cannot be told"),
        ({"text": "Plan " * 300_000}, "at most"),
        ({"text": "TỐI MẬT\nKế hoạch số 12-KH/TU của Tỉnh ủy"}, "stamp of a secret paper"),
        ({"text": SAID, "day": "2024-02-31"}, "Enter the day of the text"),
        ({"text": SAID, "day": "1824-02-01"}, "too far away"),
    ],
)
def test_what_cannot_be_kept_is_told_and_nothing_is_kept(office, given, told):
    answer = office.post("/reading/?unit=11", given | {"keep": "1"})
    assert answer.status_code == 200 and told in answer.content.decode()
    assert not KeptText.objects.exists()
