"""OParl 1.1: every page is valid, says no more than its reader may know, and tells what was taken away."""

import datetime as dt
from hashlib import sha256

import pytest
from django.test import Client

from orgwork.foundation import journal
from orgwork.foundation.moments import Moment, writing
from orgwork.procedures.paper_files import lay
from orgwork.procedures.paper_relations import relate
from orgwork.registers.documents import Document
from orgwork.registers.paper_files import DocumentFile
from orgwork.registers.people import PersonName

from .oparl import faults

START = "/api/v1/oparl/system"


#: What the two files of the plan hold.
BYTES = {"1.pdf": b"%PDF one", "2.pdf": b"%PDF two"}


class Reader:
    def __init__(self, account=None):
        self.client = Client()
        if account:
            self.client.force_login(account)

    def get(self, url, status=200, **params):
        response = self.client.get(url.replace("http://testserver", ""), params)
        assert response.status_code == status, response.content[:300]
        found = response.json()
        assert status != 200 or faults(found) == [], url
        return found

    def everything(self, **params):
        """All objects that can be reached from the beginning, each list walked to its end."""
        waiting, seen, found = [self.get(START)["id"]], set(), {}
        while waiting:
            url = waiting.pop()
            if url in seen:
                continue
            seen.add(url)
            said = self.get(url, **(params if "?" not in url else {}))
            objects = said["data"] if "data" in said else [said]
            if "next" in said.get("links", {}):
                waiting.append(said["links"]["next"])
            for one in objects:
                found[one["id"]] = one
                for value in one.values():
                    for link in value if isinstance(value, list) else [value]:
                        link = link["id"] if isinstance(link, dict) else link
                        if str(link).startswith("http://testserver/api/v1/oparl/"):
                            waiting.append(link)
        return found


@pytest.fixture
def papers(cast, settings, tmp_path):
    """A directive of the centre, the district's plan for it with two files, and a secret decision."""
    settings.MEDIA_ROOT = tmp_path / "files"
    parent = cast.paper(
        "35-CT/TW", day=dt.date(2019, 5, 30), kind="directive", issuer=cast.root, title="Về đại hội"
    )
    plan = cast.paper(
        "158-KH/ThU", day=dt.date(2019, 8, 1), kind="plan", title="Kế hoạch của đồng chí Cà Thị Xuân"
    )
    clerk = cast.account("district_officer")
    relate(actor=clerk, source=plan, kind="implements", target=parent, day=plan.day, said_at="")
    with writing(door="test") as act:
        secret = Document.objects.create(
            symbol="9-QĐ/ThU",
            kind="decision",
            day=plan.day,
            issuer=cast.district,
            secret=True,
            recorded=act.moment,
        )
        files = [
            DocumentFile.objects.create(
                document=plan, name=name, media_type="application/pdf", size=len(content),
                sha256=sha256(content).hexdigest(), recorded=act.moment,
            )
            for name, content in BYTES.items()
        ]  # fmt: skip
    for file in files:
        lay(BYTES[file.name], file.sha256)
    return parent, plan, secret, files


def test_every_page_is_valid_and_leads_to_every_paper(cast, papers):
    parent, plan, secret, files = papers
    reader = Reader(cast.account("national_officer"))
    found = reader.everything(limit=2)
    at = "http://testserver/api/v1/oparl/"
    said = found[f"{at}papers/{plan.pk}"]
    assert (said["reference"], said["date"], said["paperType"]) == ("158-KH/ThU", "2019-08-01", "plan")
    assert said["superordinatedPaper"] == [f"{at}papers/{parent.pk}"]
    assert said["mainFile"]["mimeType"] == "application/pdf" and len(said["auxiliaryFile"]) == 1
    assert found[f"{at}papers/{parent.pk}"]["subordinatedPaper"] == [f"{at}papers/{plan.pk}"]
    for file in files:
        one = found[f"{at}files/{file.pk}"]
        for url in (one["downloadUrl"], one["accessUrl"]):
            path = url.removeprefix("http://testserver")
            answer = reader.client.get(path)
            assert b"".join(answer.streaming_content) == BYTES[file.name] and answer["Content-Disposition"]
            assert Reader(cast.account("outsider")).client.get(path).status_code == 403
            assert Client().get(path).status_code in (302, 401), "a sign-in is asked for"
    hidden = found[f"{at}papers/{secret.pk}"]
    assert set(hidden) == {"id", "type", "body", "reference", "paperType", "date", "created", "modified"}
    assert {one["type"].rpartition("/")[2] for one in found.values()} == {
        "System", "Body", "Paper", "File", "Organization",
    }  # fmt: skip
    assert len([one for one in found if "/organizations/" in one]) == 15
    names = list(PersonName.objects.exclude(person=cast.member).values_list("full", flat=True))
    assert not [name for name in names if name in str(found)], "nobody but in titles that one may read"
    listed = reader.get("/api/v1/oparl/bodies/TW/papers", omit_internal="true")
    assert not [one for one in listed["data"] if "mainFile" in one or "auxiliaryFile" in one]
    reader.get("/api/v1/oparl/bodies/XX/papers", status=404)
    reader.get("/api/v1/oparl/bodies/TW/nothing", status=404)


def test_what_changed_since_is_told_with_what_was_taken_away(cast, papers):
    parent, plan, secret, files = papers
    reader = Reader(cast.account("national_officer"))
    last = Moment.objects.order_by("-pk").first()
    since = (last.at + dt.timedelta(seconds=30)).isoformat()
    papers_, files_ = "/api/v1/oparl/bodies/TW/papers", "/api/v1/oparl/bodies/TW/files"
    assert reader.get(papers_, modified_since=since)["data"] == []
    with writing(door="test", at=last.at + dt.timedelta(seconds=60)) as act:
        DocumentFile.objects.filter(pk=files[0].pk).update(retracted=act.moment)
        journal.record(
            act, "paper.withdraw", day=plan.day, subjects=[(("document", 2**50), {"symbol": "1-CV"})]
        )
    told = reader.get(papers_, modified_since=since)["data"]
    assert [one["id"].rpartition("/")[2] for one in told] == [str(plan.pk), str(2**50)]
    assert [one.get("deleted") for one in told] == [None, True] and len(told[0].get("auxiliaryFile", [])) == 0
    gone = reader.get(files_, modified_since=since)["data"]
    assert [(one["id"].rpartition("/")[2], one["deleted"]) for one in gone] == [(str(files[0].pk), True)]
    assert "name" not in gone[0], "of what was taken away only its address is left"
    assert [one["id"].rpartition("/")[2] for one in reader.get(files_)["data"]] == [str(files[1].pk)]
    assert reader.get(f"/api/v1/oparl/papers/{2**50}")["deleted"]
    assert not any(one.get("deleted") for one in reader.get(papers_)["data"])
    assert len(reader.get(papers_, created_until=since)["data"]) == 3
    assert reader.get(papers_, created_since=since)["data"] == []
    unchanged = reader.get(papers_, modified_until=since)["data"]
    assert {one["reference"] for one in unchanged} == {"35-CT/TW", "9-QĐ/ThU"}


def test_nothing_is_public_unless_it_is_published(cast, papers, settings):
    parent, plan, secret, files = papers
    nobody = Reader()
    nobody.get(START, status=401)
    Reader(cast.account("member")).get("/api/v1/oparl/bodies/TW/papers", status=403)
    # Whoever may not read names there finds number, kind and day, and no file.
    auditor = Reader(cast.account("auditor")).everything()
    said = auditor[f"http://testserver/api/v1/oparl/papers/{plan.pk}"]
    assert "name" not in said and "mainFile" not in said and "superordinatedPaper" not in said
    assert not [one for one in auditor if "/files/" in one or one.endswith(f"/papers/{parent.pk}")]
    Reader(cast.account("auditor")).get(f"/api/v1/oparl/papers/{parent.pk}", status=403)

    settings.ORGWORK_OPARL_PUBLISHES = ["directive", "decision"]
    open_ = nobody.everything()
    assert [one["reference"] for one in open_.values() if "/papers/" in one["id"]] == ["35-CT/TW"]
    assert not [one for one in open_ if "/files/" in one]
    nobody.get(f"/api/v1/oparl/papers/{plan.pk}", status=404)
    nobody.get(f"/api/v1/oparl/papers/{secret.pk}", status=404)
    nobody.get(f"/api/v1/oparl/files/{files[0].pk}", status=404)
    nobody.get("/api/v1/documents", status=401)
    Reader(cast.account("member")).get("/api/v1/oparl/bodies/TW/papers", status=403)
