"""Commands for the whole register: what they print, how they refuse, and what they leave."""

import datetime as dt
import json

import pytest
from django.db import connection

from orgwork.exchange.whole import tables, upgrade
from orgwork.foundation import journal
from orgwork.procedures import admission
from orgwork.registers.people import Person, PersonName
from orgwork.registers.reads import ReadLog

NOTHING, ERROR, WRONG_USE, FINDINGS = 0, 1, 2, 3
live = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.ORGWORK_HOME = tmp_path / "home"
    settings.MEDIA_ROOT = settings.ORGWORK_HOME / "files"
    settings.MEDIA_ROOT.mkdir(parents=True)
    return settings.ORGWORK_HOME


@live
def test_a_backup_goes_to_its_place_and_comes_back(orgwork, live_cast, home):
    said = orgwork("backup", "--json").json
    assert said["backup"].startswith(str(home / "backups")) and len(said["sha256"]) == 64
    Person.objects.create()
    refused = orgwork("restore", said["backup"])
    assert refused.code == ERROR and "--replace" in refused.err
    refused = orgwork("restore", said["backup"], "--replace")
    assert refused.code == ERROR and "--yes" in refused.err and Person.objects.count() == 27
    done = orgwork("restore", said["backup"], "--replace", "--yes")
    assert done.code == NOTHING and "are equal" in done.out
    assert Person.objects.count() == 26 and journal.verify().ok


@live
def test_what_is_no_backup_is_said(orgwork, live_cast, tmp_path):
    (tmp_path / "x.tar").write_text("nothing")
    for name in ("x.tar", "missing.tar"):
        said = orgwork("restore", tmp_path / name, "--replace", "--yes", "--json")
        assert said.code == ERROR and json.loads(said.err.splitlines()[-1])["code"] in {
            "no_backup",
            "missing",
        }


@live
def test_a_copy_goes_to_a_file(orgwork, live_cast, tmp_path):
    bad = orgwork("copy", "--to", "mysql://here/x")
    assert bad.code == WRONG_USE and "sqlite:////absolute/path" in bad.err
    if connection.vendor == "postgresql":
        return  # the way to a file takes its tables first: tests/exchange/whole
    said = orgwork("copy", "--to", f"sqlite:///{connection.settings_dict['NAME']}")
    assert said.code == ERROR and "in use" in said.err


@live
def test_an_export_without_people_is_the_operator_s_and_one_with_people_is_not(orgwork, live_cast, tmp_path):
    done = orgwork("export", "--to", tmp_path / "bodies.zip", "--json")
    assert done.code == NOTHING and done.json["people"] is False
    refused = orgwork("export", "--to", tmp_path / "all", "--with-people")
    assert refused.code == ERROR and "--as" in refused.err
    refused = orgwork("export", "--to", tmp_path / "all", "--with-people", "--as", "provincial_officer")
    assert refused.code == ERROR and not (tmp_path / "all").exists()
    assert not ReadLog.objects.exists()


@live
def test_an_export_with_people_is_noted_as_read(orgwork, live_cast, tmp_path, monkeypatch):
    from orgwork.registers import access

    monkeypatch.setattr(access, "require", lambda *_what, **_how: None)
    done = orgwork("export", "--to", tmp_path / "all", "--with-people", "--as", "national_officer")
    assert done.code == NOTHING
    read = ReadLog.objects.get()
    assert (read.act, read.count, read.unit) == ("files.read", 26, live_cast.root)


@live
def test_open_files_go_into_an_empty_database_only(orgwork, live_cast, tmp_path):
    orgwork("export", "--to", tmp_path / "bodies.zip")
    said = orgwork("import", tmp_path / "bodies.zip", "--json")
    assert said.code == ERROR and json.loads(said.err.splitlines()[-1])["code"] == "without_people"
    assert orgwork("import", tmp_path / "missing").code == WRONG_USE


@live
def test_erasure_is_the_officer_s_and_asks_for_a_basis(orgwork, live_cast):
    person = live_cast.applicant
    actor = live_cast.account("cell_secretary")
    opened = {"actor": actor, "door": "test", "day": dt.date(2024, 1, 8)}
    case = admission.open_admission(**opened, person=person, unit=live_cast.cell)
    admission.withdraw(case, actor=actor, door="test", day=dt.date(2024, 2, 1), remark="moved away")
    words = (
        "erase",
        person.pk,
        "--reason",
        "asked for it",
        "--paper",
        "7-ĐN",
        "--paper-day",
        "2024-03-01",
        "--issuer",
        "Lò Thị Duyên",
    )
    assert orgwork(*words).code == WRONG_USE
    assert orgwork(*words, "--basis", "request").code == ERROR
    said = orgwork(*words, "--basis", "request", "--as", "protection_officer", "--json")
    assert said.code == NOTHING and said.json["person"] == person.pk, said.err
    named = PersonName.versions.filter(person=person, full="Lò Thị Duyên").exists()
    assert named is not said.json["erased"]


@live
def test_a_case_about_the_person_is_a_reason_not_to_erase(orgwork, live_cast):
    admission.open_admission(
        actor=live_cast.account("cell_secretary"), door="test", person=live_cast.applicant,
        unit=live_cast.cell,
    )  # fmt: skip
    said = orgwork(
        "erase", live_cast.applicant.pk, "--basis", "request", "--reason", "x", "--paper", "7-ĐN",
        "--issuer", "094", "--paper-day", "2024-03-01", "--as", "protection_officer",
    )  # fmt: skip
    assert said.code == ERROR and not Person.objects.get(pk=live_cast.applicant.pk).erased


def test_mail_says_when_there_is_no_server_and_when_it_went(orgwork, db, settings, mailoutbox):
    settings.ORGWORK_MAIL_THROUGH = "django.core.mail.backends.dummy.EmailBackend"
    refused = orgwork("mail", "somebody@example.org")
    assert refused.code == ERROR and "ORGWORK_MAIL_URL" in refused.err
    settings.ORGWORK_MAIL_THROUGH = "django.core.mail.backends.locmem.EmailBackend"
    assert orgwork("mail", "somebody@example.org").code == NOTHING
    assert mailoutbox[0].to == ["somebody@example.org"]


@live
def test_a_database_that_is_up_to_date_is_left_alone(orgwork, live_cast, home, monkeypatch):
    monkeypatch.setattr(tables, "missing", lambda: [])
    assert "up to date" in orgwork("migrate").out and not (home / "backups").exists()


@live
def test_a_migration_is_tried_on_a_copy_and_backed_up_first(orgwork, live_cast, home, monkeypatch):
    """The real migrations are long done: a step that adds a table stands for what is to come."""
    waits, done = ["registers.9999_more"], []

    def step():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE registers_more (id integer)")
        done.append(connection.settings_dict["NAME"])

    here = connection.settings_dict["NAME"]
    monkeypatch.setattr(tables, "missing", lambda: [] if done else list(waits))
    monkeypatch.setattr(upgrade, "for_real", step)
    try:
        tried = orgwork("migrate", "--try", "--json").json
        assert tried == {"migrations": waits, "backup": None, "tried": True, "done": False}
        assert done[0] != here and "registers_more" not in tables.counted()
        done.clear()
        said = orgwork("migrate", "--json").json
        assert said["done"] and said["backup"].startswith(str(home / "backups"))
        assert done[-1] == here and "registers_more" in tables.counted()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS registers_more")


@live
def test_a_migration_that_loses_something_is_not_done(orgwork, live_cast, home, monkeypatch):
    done = []

    def step():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM registers_accountperson")
        done.append(True)

    monkeypatch.setattr(tables, "missing", lambda: [] if done else ["registers.9999_less"])
    monkeypatch.setattr(upgrade, "for_real", step)
    said = orgwork("migrate")
    assert said.code == FINDINGS and "registers_accountperson" in said.out
    assert len(done) == 1 and not (home / "backups").exists()
