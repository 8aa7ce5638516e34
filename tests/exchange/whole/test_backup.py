"""Backups: consistent, proved when they come back, and never half there."""

import datetime as dt
import json
import os
import stat
import subprocess
import tarfile
import threading

import pytest
from django.core.files.storage import default_storage
from django.db import connection, connections

from orgwork.exchange.whole import backup, restore, tables, witness
from orgwork.foundation import copies, journal
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import paper_files
from orgwork.procedures.cases import Case
from orgwork.registers import paper_search
from orgwork.registers.paper_files import DocumentFile
from orgwork.registers.people import Person, PersonName

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2024, 5, 1)


@pytest.fixture
def saved(lived, home, paper_file, tmp_path):
    (home / "files" / "ab").mkdir()
    (home / "files" / "ab" / "abcd").write_bytes(b"a paper")
    return backup.make(tmp_path / "out" / "one.tar", day=DAY)


def test_it_says_what_it_holds_and_only_its_owner_reads_it(saved, tmp_path):
    path = tmp_path / "out" / "one.tar"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    manifest = restore.read_manifest(path)
    assert manifest["installation"] == 1 and manifest["engine"] == connection.vendor
    assert {"orgwork", "provisions", "made_at"} <= set(manifest)
    assert "registers.0001_initial" in manifest["witness"]["migrations"]
    assert manifest["witness"]["figures"]["members.stock"] == 16
    assert "files/ab/abcd" in manifest["contents"]
    checked = subprocess.run(["sha256sum", "-c", "one.tar.sha256"], cwd=path.parent, capture_output=True)
    assert checked.returncode == 0, checked
    assert b"secret" not in b"".join(name.encode() for name in tarfile.open(path).getnames())


def test_what_was_saved_comes_back_and_what_came_later_is_gone(saved, home):
    with writing(door="test"):
        Person.objects.create()
    Case.objects.update(state="otherwise")
    (home / "files" / "ab" / "abcd").unlink()
    default_storage.delete(DocumentFile.objects.get().place)
    done = restore.restore(_path(saved), replace=True)
    assert done["files"] == 2 and not done["migrated"]
    assert paper_files.content_of(DocumentFile.objects.get()) and paper_search.differences() == []
    assert witness.differences(saved["witness"]) == [] and journal.verify().ok
    assert Case.objects.get().state != "otherwise"
    assert (home / "files" / "ab" / "abcd").read_bytes() == b"a paper"
    with writing(door="test"):  # and life goes on
        Person.objects.create()


def test_a_database_that_holds_something_is_not_overwritten_unasked(saved):
    with pytest.raises(Refusal, match="--replace"):
        restore.restore(_path(saved))


def test_others_write_on_while_a_backup_is_made_and_it_is_whole(lived, tmp_path):
    """Each writer leaves a person and a name in one act: a backup cut through one would differ."""
    stop, written = threading.Event(), threading.Event()

    def write():
        from orgwork.foundation.dates import begin
        from orgwork.registers.people import ALL_LIFE, name_values

        try:
            while not stop.is_set():
                with writing(door="test") as act:
                    person = Person.objects.create()
                    begin(PersonName, act, ALL_LIFE, person=person, **name_values("Lò", "A", "Sua"))
                written.set()
        finally:
            connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert written.wait(60)
        saved = backup.make(tmp_path / "busy.tar", day=DAY)
    finally:
        stop.set()
        thread.join()
    counts = saved["witness"]["tables"]
    assert counts["registers_person"] == counts["registers_personname"] > 26
    restore.restore(_path(saved), replace=True)
    assert witness.differences(saved["witness"]) == []


@pytest.mark.parametrize("where", [0.0, 0.3, 0.6, 0.99])
def test_a_damaged_backup_is_refused_and_changes_nothing(saved, where, tmp_path):
    before = tables.counted()
    content = bytearray(_path(saved).read_bytes())
    at = min(int(len(content) * where), _last_byte(_path(saved)))
    content[at : at + 64] = bytes(byte ^ 0xFF for byte in content[at : at + 64])
    (tmp_path / "damaged.tar").write_bytes(content)
    with pytest.raises(Refusal) as refused:
        restore.restore(tmp_path / "damaged.tar", replace=True)
    assert refused.value.code in {"damaged", "no_backup"}
    assert tables.counted() == before


def _last_byte(path):
    """Of what the archive holds; behind it is only padding."""
    with tarfile.open(path) as tar:
        return max(entry.offset_data + entry.size for entry in tar.getmembers()) - 64


def test_one_that_was_cut_off_is_refused(saved, tmp_path):
    content = _path(saved).read_bytes()
    (tmp_path / "cut.tar").write_bytes(content[: len(content) // 2])
    with pytest.raises(Refusal):
        restore.restore(tmp_path / "cut.tar", replace=True)


def test_one_whose_witness_lies_is_found_out(saved, tmp_path):
    """Checksums hold, but the figures or the journal are not those that were saved."""
    for change in (
        lambda said: said["figures"].update({"members.stock": 17}),
        lambda said: said["journal"].update(link="0" * 64),
        lambda said: said["tables"].update(registers_person=1),
    ):
        path = _with_manifest(_path(saved), tmp_path / "lies.tar", lambda m, do=change: do(m["witness"]))
        with pytest.raises(Refusal) as refused:
            restore.restore(path, replace=True)
        assert refused.value.code == "not_equal"


def test_another_installation_engine_or_a_newer_version_is_refused(saved, tmp_path):
    for code, change in {
        "other_installation": lambda m: m.update(installation=77),
        "other_engine": lambda m: m.update(engine="another"),
        "newer_version": lambda m: m["witness"]["migrations"].append("registers.9999_of_tomorrow"),
    }.items():
        path = _with_manifest(_path(saved), tmp_path / "other.tar", change)
        with pytest.raises(Refusal) as refused:
            restore.restore(path, replace=True)
        assert refused.value.code == code


def _with_manifest(source, target, change):
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for entry in old.getmembers():
            content = old.extractfile(entry).read()
            if entry.name == backup.MANIFEST:
                manifest = json.loads(content)
                change(manifest)
                content = json.dumps(manifest).encode()
                entry.size = len(content)
            new.addfile(entry, backup.io.BytesIO(content))
    return target


def test_a_full_disk_leaves_no_backup_and_says_so(lived, home, tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_pack", full)
    with pytest.raises(Refusal, match="No space left"):
        backup.make(tmp_path / "full" / "one.tar", day=DAY)
    assert list((tmp_path / "full").iterdir()) == [] and list(copies.scratch().iterdir()) == []


def test_a_name_that_is_taken_is_refused(saved):
    with pytest.raises(Refusal, match="is there already"):
        backup.make(_path(saved), day=DAY)


def test_it_is_encrypted_for_a_key_if_one_is_named(lived, tmp_path, monkeypatch):
    """With a stand-in for age, which turns every byte round: what matters is who reads and writes what."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "age").write_text("#!/bin/sh\nexec tr '\\000-\\377' '\\200-\\377\\000-\\177'\n")
    (tools / "age").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("LC_ALL", "C")
    saved = backup.make(tmp_path / "one.tar", day=DAY, encrypt_to="age1somebody")
    assert saved["backup"].endswith(".tar.age")
    with pytest.raises(Refusal):
        restore.read_manifest(_path(saved))
    restore.restore(_path(saved), replace=True)
    assert witness.differences(saved["witness"]) == []


def _path(saved):
    from pathlib import Path

    return Path(saved["backup"])
