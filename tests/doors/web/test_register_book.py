"""Pages of the register of papers: the book of an issuer, the parts of a paper, what rests on a decision."""

import datetime as dt

import pytest

from orgwork.foundation.moments import writing
from orgwork.procedures import admission
from orgwork.procedures.numbering import register_paper
from orgwork.procedures.paper_parts import enter_parts
from orgwork.procedures.paper_relations import relate
from orgwork.procedures.register_books import cancel, reserve
from orgwork.registers.documents import Document
from tests.procedures.test_admission import DECISION, file_complete

D = dt.date
DIALS = "unit=094&on=2024-06-01"


@pytest.fixture
def office(cast, client):
    client.force_login(cast.account("district_officer"))
    return client


def book(client, **more):
    said = "".join(f"&{name}={value}" for name, value in more.items())
    return client.get(f"/documents/book/?{DIALS}{said}")


def test_the_register_book_shows_every_number_of_a_term(cast, office):
    with writing(door="test") as act:
        said = {"issuer": cast.district, "kind": "decision", "day": D(2024, 3, 1)}
        register_paper(act, title="Open to all", joint_with=[cast.other_district], **said)
        register_paper(act, title="Whereabouts", secret=True, **said)
        register_paper(act, number=7, **said)
        register_paper(act, issuer=cast.district, kind="plan", day=D(2024, 4, 1), number=9)
    actor = cast.account("district_officer")
    by = {"actor": actor, "day": D(2024, 5, 1), "issuer": cast.district, "kind": "decision"}
    reserve(holder=cast.commune, until=D(2100, 1, 1), reason="awaited", **by)
    cancel(number=4, reason="misprinted", **by)
    page = book(office).content.decode()
    for shown in ("01-QĐ/ThU", "Open to all", "secret paper", "3", "5–6", "misprinted", "reserved", "1–8"):
        assert shown in page, shown
    assert "Whereabouts" not in page and "together with" in page and "awaited" in page
    assert "a paper is missing" in page and "complete from number 1" in page
    only = book(office, kind="decision", state="gap")
    assert [row["cells"][1]["text"] for row in only.context["table"].body] == ["3", "5–6"]
    csv = book(office, export="csv", sort="-number").getvalue().decode()
    assert csv.splitlines()[1].startswith("plan,9")
    assert book(office, export="pdf").content.startswith(b"%PDF")
    assert book(office, term="nonsense", after="x").status_code == 200
    before = office.get("/documents/book/?unit=094&on=2024-02-01")
    assert "No paper of this body is numbered" in before.content.decode()


def test_a_number_is_reserved_on_the_page_and_leads_back_to_the_book(cast, office):
    form = office.get(f"/do/numbers.reserve/?{DIALS}")
    assert form.status_code == 200 and "[094]" in form.content.decode()
    said = {
        "day": "2024-05-01", "issuer": "[094]", "kind": "decision", "holder": "[03127]",
        "until": "2099-01-01", "reason": "awaited",
    }  # fmt: skip
    done = office.post(f"/do/numbers.reserve/?{DIALS}", said)
    assert done.status_code == 302 and done["Location"].startswith("/documents/book/")
    wrong = office.post(f"/do/numbers.reserve/?{DIALS}", said | {"until": "2024-01-01"})
    assert wrong.status_code == 422 and "lapsed before it begins" in wrong.content.decode()


def test_the_page_of_a_paper_shows_its_parts_and_what_rests_on_it(cast, office):
    case = file_complete(cast)
    actor = cast.account("district_officer")
    admission.admit(case, actor=actor, day=DECISION, document={"next": True, "title": "Kết nạp"})
    paper = Document.objects.get(kind="decision")
    plan = cast.paper("12-KH/ThU", kind="plan", day=D(2024, 4, 1))
    enter_parts(actor=actor, day=DECISION, paper=paper, kind="key_task", titles="Schooling\nVillages")
    relate(actor=actor, day=D(2024, 4, 1), source=plan, kind="implements", target=paper, part="key task 2")
    page = office.get(f"/documents/{paper.pk}/?{DIALS}").content.decode()
    assert "Key task" in page and "Villages" in page and "no paper puts it into effect yet" in page
    rests = office.get(f"/documents/{paper.pk}/annulment/?{DIALS}")
    shown = rests.content.decode()
    assert "Later facts rest on it" in shown and "12-KH/ThU" in shown and "Membership" in shown
    assert f"/open/annulment/?unit=094&amp;on=2024-06-01&amp;paper={paper.pk}" in shown
    opened = office.get(f"/open/annulment/?{DIALS}&paper={paper.pk}").content.decode()
    assert f"#{paper.pk}" in opened
