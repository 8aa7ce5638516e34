"""Open files: out, in again and equal; valid Popolo; nobody's keys, and people only when asked."""

import datetime as dt
import json
import warnings
import zipfile
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from orgwork.exchange.whole import moving, open_files, tables, witness
from orgwork.foundation import engines, journal
from orgwork.foundation.accounts import Account
from orgwork.foundation.refusals import Refusal
from orgwork.registers import paper_search
from orgwork.registers.paper_files import DocumentFile
from orgwork.registers.people import PersonName

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2024, 5, 1)
SCHEMAS = Path(__file__).parent / "popolo"


@pytest.fixture(params=["all", "all.zip"])
def out(request, lived, paper_file, tmp_path):
    Account.objects.filter(username="member").update(password="argon2$something")
    path = tmp_path / request.param
    open_files.export(path, day=DAY, people=True)
    return path


def opened(path, name):
    if path.is_dir():
        return (path / name).read_text()
    with zipfile.ZipFile(path) as held:
        return held.read(name).decode()


def names(path):
    if path.is_dir():
        return {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()}
    with zipfile.ZipFile(path) as held:
        return set(held.namelist())


def test_out_and_in_again_is_the_same(out, elsewhere):
    target, (file,) = elsewhere(connection.vendor), DocumentFile.objects.all()
    bytes_ = default_storage.open(file.place).read()
    default_storage.delete(file.place)
    before = {model: rows(model) for model in open_files.exported(people=True) if model is not Account}
    wrapper = engines.wrapper_for(target)
    try:
        with engines.routed(wrapper):
            done = open_files.bring_in(out)
            assert done["rows"] > 300
            for model, was in before.items():
                assert rows(model) == was, model
            assert journal.verify().ok and paper_search.differences() == []
            assert default_storage.open(file.place).read() == bytes_
            assert Account.objects.get(username="member").password.startswith("!")
            with pytest.raises(Refusal, match="not empty"):
                open_files.bring_in(out)
    finally:
        wrapper.close()


def rows(model):
    return list(model._base_manager.order_by("pk").values_list())


def test_the_dictionary_names_every_column_of_every_file(out):
    found = json.loads(opened(out, open_files.DICTIONARY))
    assert {one["path"] for one in found["resources"]} | {open_files.DICTIONARY} == names(out)
    by_name = {one["name"]: one for one in found["resources"] if not one["path"].startswith("files/")}
    for name, one in by_name.items():
        if one["format"] != "jsonl":
            continue
        columns = [field["name"] for field in one["schema"]["fields"]]
        lines = opened(out, one["path"]).splitlines()
        assert len(lines) == found["orgwork"]["witness"]["tables"][name]
        assert all(list(json.loads(line)) == columns for line in lines)
        for key in one["schema"]["foreignKeys"]:
            assert key["reference"]["resource"] in by_name
    assert by_name["registers_membershipplace"]["schema"]["foreignKeys"]


def test_neither_passwords_nor_keys_nor_sessions_go_out(out):
    assert "argon2" not in opened(out, "data/foundation_account.jsonl")
    left_out = {"session", "token", "secondfactor", "signedin", "resetcode", "dbtaskresult", "job"}
    assert not [name for name in names(out) if any(word in name for word in left_out)]


def test_without_people_nobody_is_named(lived, tmp_path):
    open_files.export(tmp_path / "bodies", day=DAY, people=False)
    said = " ".join(opened(tmp_path / "bodies", name) for name in names(tmp_path / "bodies"))
    assert "Đảng bộ tỉnh Điện Biên" in said
    for name in PersonName.objects.values_list("full", flat=True):
        assert name not in said
    assert not [name for name in names(tmp_path / "bodies") if "account" in name or "person" in name]
    with pytest.raises(Refusal, match="without people"):
        open_files.bring_in(tmp_path / "bodies")


def test_what_was_altered_is_refused_and_nothing_is_kept(out, elsewhere, tmp_path):
    if not out.is_dir():
        return  # the same reader reads both
    wrapper = engines.wrapper_for(elsewhere(connection.vendor))
    path = out / "data" / "registers_personname.jsonl"
    content = path.read_text()
    try:
        with engines.routed(wrapper):
            for altered in (content.replace("Xuân", "Xoan"), content[: len(content) // 2], content + "x\n"):
                path.write_text(altered)
                with pytest.raises(Refusal):
                    open_files.bring_in(out)
                assert tables.is_empty()
    finally:
        wrapper.close()


def test_anything_else_is_no_export(lived, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    for path in (tmp_path, tmp_path / "x.zip", tmp_path / "missing"):
        with pytest.raises(Refusal, match="no export"):
            open_files.bring_in(path)


def test_an_export_is_cut_at_one_moment(lived, tmp_path, monkeypatch):
    """Somebody writes in the middle of it: neither the rows nor the witness know."""
    real, usual = moving.rows_of_source, engines.connections["default"]

    def meanwhile(model, columns):
        if model is PersonName:
            with engines.routed(usual):
                lived.paper("999-QĐ/ThU")
        return real(model, columns)

    monkeypatch.setattr(moving, "rows_of_source", meanwhile)
    open_files.export(tmp_path / "cut", day=DAY, people=True)
    assert "999-QĐ" not in opened(tmp_path / "cut", "data/registers_document.jsonl")
    assert witness.differences({"tables": {"registers_document": 1}, "day": "2024-05-01"}) == []


def test_the_popolo_file_is_valid(lived, tmp_path):
    open_files.export(tmp_path / "all", day=DAY, people=True)
    found = json.loads(opened(tmp_path / "all", "popolo.json"))
    kinds = {
        "areas": "area", "organizations": "organization", "posts": "post", "persons": "person",
        "memberships": "membership",
    }  # fmt: skip
    assert {name: len(objects) > 2 for name, objects in found.items()} == dict.fromkeys(kinds, True)
    ids = {one["id"] for name in ("areas", "organizations", "posts", "persons") for one in found[name]}
    for name, kind in kinds.items():
        judge = validator(kind)
        for one in found[name]:
            assert list(judge.iter_errors(one)) == []
            assert all(one[key] in ids for key in one if key.endswith("_id") and one[key])
    assert any(one.get("post_id") for one in found["memberships"])
    secretary = next(one for one in found["memberships"] if one["role"] == "secretary")
    assert secretary["start_date"] == "2015-05-19" and secretary["end_date"] is None


def validator(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jsonschema
        from jsonschema import RefResolver

        store = {}
        for path in SCHEMAS.glob("*.json"):
            schema = json.loads(path.read_text())
            for host in ("www.popoloproject.com", "popoloproject.com"):
                store[f"http://{host}/schemas/{path.name}"] = schema
        schema = json.loads((SCHEMAS / f"{kind}.json").read_text())
        resolver = RefResolver(schema.get("id", ""), schema, store=store)
        return jsonschema.Draft3Validator(schema, resolver=resolver)
