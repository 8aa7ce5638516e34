"""This room is for the journal: nobody alters, removes, inserts or moves an entry unnoticed."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from orgwork.foundation import journal
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.journal import Entry, EntrySubject, Link, erase, head, history, record, seal, verify
from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.rehearsal import rehearsal

DAY = dt.date(2024, 5, 1)
pytestmark = pytest.mark.django_db(transaction=True)


def say(person, **content):
    with writing(door="test") as act:
        return record(act, "person.told", day=DAY, subjects=[(("person", person), content)])


@pytest.fixture
def told():
    """Ten entries of two subjects each, sealed; the verdict on them is clean."""
    entries = []
    for number in range(10):
        with writing(door="test") as act:
            subjects = [(("person", number), {"name": f"Nguyễn {number}"}), (("unit", 7), {"n": number})]
            entries.append(record(act, "person.told", day=DAY, subjects=subjects, case=number))
    assert verify().ok
    return entries


def tampered(work):
    """Somebody with the database in their hands, and the guards out of their way."""
    with guards_lifted("a test tampers"):
        work()


def first_finding():
    found = verify().first
    return found.kind, found.position, found.entry


def test_entries_are_sealed_after_commit_in_order(told):
    verdict = verify()
    assert (verdict.ok, verdict.sealed, verdict.unsealed, verdict.erased) == (True, 10, 0, 0)
    assert list(Link.objects.order_by("position").values_list("entry", flat=True)) == [e.pk for e in told]
    assert head() == verdict.head == (10, Link.objects.get(position=10).link)


def test_nothing_is_sealed_that_was_undone_or_rehearsed(told):
    class Undone(Exception):
        pass

    with pytest.raises(Undone), writing() as act:
        record(act, "person.told", day=DAY, subjects=[])
        raise Undone
    with rehearsal() as act:
        record(act, "person.told", day=DAY, subjects=[])
    assert seal() == 0
    assert verify().sealed == 10


def test_what_is_not_yet_sealed_is_counted(told, monkeypatch):
    monkeypatch.setattr("orgwork.foundation.journal.seal", lambda: 0)
    say(1)
    verdict = verify()
    assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 10, 1)


def test_a_long_queue_is_sealed_in_pieces(told, monkeypatch):
    monkeypatch.setattr("orgwork.foundation.journal.SEAL_AT_ONCE", 3)
    with writing() as act:
        for number in range(8):
            record(act, "person.told", day=DAY, subjects=[(("person", number), {})])
    assert verify().sealed == 18


ALTERATIONS = {
    "verb": "person.praised",
    "door": "web",
    "case": 99,
    "day": DAY + dt.timedelta(days=1),
    "batch": "b",
    "digest": "0" * 64,
}


@pytest.mark.parametrize("column", [c for c in ALTERATIONS if c != "digest"])
def test_an_entry_altered_in_any_column_is_named(told, column):
    tampered(lambda: Entry.objects.filter(pk=told[6].pk).update(**{column: ALTERATIONS[column]}))
    assert first_finding() == ("altered", 7, told[6].pk)
    assert len(verify().findings) == 1


@pytest.mark.parametrize(
    "change", [{"content": {"name": "other"}}, {"salt": "0" * 32}, {"subject_id": 5}, {"type": "unit"}]
)
def test_altered_content_is_named(told, change):
    tampered(lambda: EntrySubject.objects.filter(entry=told[6], type="person").update(**change))
    assert first_finding() == ("altered", 7, told[6].pk)


def test_who_alters_an_entry_and_its_digest_is_found_by_the_chain(told):
    entry = told[6]
    entry.verb = "person.praised"
    said = [(s.type, s.subject_id, s.digest) for s in entry.subjects.order_by("ordinal")]
    digest = journal.entry_digest(
        entry.moment, entry.ordinal, entry.verb, entry.door, None, entry.case, entry.day, entry.batch, said
    )

    def rewrite():
        Entry.objects.filter(pk=entry.pk).update(verb=entry.verb, digest=digest)
        Link.objects.filter(entry=entry.pk).update(digest=digest)

    tampered(rewrite)
    assert first_finding() == ("altered", 7, entry.pk)


def test_who_writes_the_whole_chain_anew_is_found_by_a_printed_head(told):
    printed = head()

    def rewrite():
        link = ""
        EntrySubject.objects.filter(entry=told[6]).delete()
        Entry.objects.filter(pk=told[6].pk).delete()
        Link.objects.all().delete()
        for position, entry in enumerate(Entry.objects.order_by("moment"), 1):
            link = journal.link_after(link, position, entry.pk, entry.digest)
            Link.objects.create(position=position, entry=entry.pk, digest=entry.digest, link=link)

    tampered(rewrite)
    assert verify().ok
    assert verify(heads=[printed]).first.kind == "removed"
    for number in range(3):
        say(number)
    assert verify(heads=[printed]).first.kind == "altered"
    assert verify(heads=[head()]).ok


def test_a_removed_entry_is_named(told):
    def remove():
        EntrySubject.objects.filter(entry=told[6]).delete()
        Entry.objects.filter(pk=told[6].pk).delete()

    tampered(remove)
    found = verify().findings
    assert [(f.kind, f.position) for f in found] == [("removed", 7)]


def test_an_entry_removed_with_its_link_is_named(told):
    def remove():
        EntrySubject.objects.filter(entry=told[6]).delete()
        Entry.objects.filter(pk=told[6].pk).delete()
        Link.objects.filter(position=7).delete()

    tampered(remove)
    assert verify().first.kind == "removed"
    assert verify().first.position == 7


def test_an_inserted_entry_is_named(told):
    """Numbers of moments that were given back leave room between two acts."""
    stranger = Entry(
        moment=told[4].moment, ordinal=9, verb="person.told", door="test", day=DAY, digest="0" * 64
    )
    stranger.save()
    found = verify().findings
    assert [(f.kind, f.position, f.entry) for f in found] == [("inserted", 6, stranger.pk)]


@pytest.mark.parametrize("there", [0, 9], ids=["to the front", "to the end"])
def test_a_moved_entry_is_named(told, there):
    place = told[there].moment
    tampered(lambda: Entry.objects.filter(pk=told[6].pk).update(moment=place, ordinal=5))
    assert first_finding() == ("moved", 7, told[6].pk)


def test_two_entries_that_changed_places_are_named(told):
    one, other = told[3].moment, told[6].moment

    def swap():
        Entry.objects.filter(pk=told[3].pk).update(moment=other, ordinal=2)
        Entry.objects.filter(pk=told[6].pk).update(moment=one)

    tampered(swap)
    assert [(f.kind, f.position) for f in verify().findings] == [("moved", 4), ("moved", 7)]


def test_missing_content_is_told_from_erased(told):
    with writing(door="test") as act:
        erasure = erase(act, day=DAY, subjects=[(("person", 3), {"basis": "on request"})])
    verdict = verify()
    assert (verdict.ok, verdict.erased) == (True, 1)
    gone = EntrySubject.objects.get(entry=told[3], type="person")
    assert (gone.salt, gone.content, gone.erased_under) == (None, None, erasure.pk)
    assert gone.digest

    tampered(
        lambda: EntrySubject.objects.filter(entry=told[6], type="person").update(salt=None, content=None)
    )
    assert first_finding() == ("missing", 7, told[6].pk)
    # Nor does it help to point to an erasure of somebody else.
    tampered(lambda: EntrySubject.objects.filter(entry=told[6]).update(erased_under=erasure.pk))
    assert first_finding() == ("missing", 7, told[6].pk)


def test_a_subject_taken_away_is_missed(told):
    tampered(lambda: EntrySubject.objects.filter(entry=told[6], type="person").delete())
    assert first_finding() == ("missing", 7, told[6].pk)


def test_what_is_erased_cannot_be_guessed(told):
    """A digest without its salt: who knows the content cannot even confirm it."""
    before = EntrySubject.objects.get(entry=told[3], type="person")
    with writing() as act:
        erase(act, day=DAY, subjects=[(("person", 3), {"basis": "on request"})])
    assert before.digest == journal.subject_digest("person", 3, before.salt, before.content)
    guess = journal.subject_digest("person", 3, "", before.content)
    assert guess != before.digest


def test_without_the_verb_nothing_is_erased(told):
    rows = EntrySubject.objects.filter(entry=told[3])
    for attempt in (
        lambda: rows.update(content=None),
        rows.delete,
        told[3].delete,
        Link.objects.all().delete,
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    assert verify().ok


def test_a_history_tells_of_one_subject_the_latest_first(told):
    said = list(history("unit", 7))
    assert [entry.pk for entry in said] == [entry.pk for entry in reversed(told)]
    assert said[0].content == {"n": 9}
    assert [entry.pk for entry in history("person", 3)] == [told[3].pk]


def test_content_comes_back_from_the_database_as_it_was_digested(told):
    contents = [
        {"ngày": "2024-05-01", "list": [1, 2.5, None, True], "nested": {"b": 1, "a": {"ü": "ß"}}},
        {"text": "“quoted” \\ back\nslash\t"},
        [],
        None,
        "text",
    ]
    for content in contents:
        with writing() as act:
            record(act, "person.told", day=DAY, subjects=[(("person", 1), content)])
    verdict = verify()
    assert verdict.ok, verdict.findings
    assert verdict.sealed == 10 + len(contents)


def test_sealing_stops_at_a_head_whose_entry_is_gone(told):
    def remove():
        EntrySubject.objects.filter(entry=told[9]).delete()
        Entry.objects.filter(pk=told[9].pk).delete()

    tampered(remove)
    say(1)
    assert verify().unsealed == 1
    assert first_finding()[:2] == ("removed", 10)
    assert horizon() > told[9].moment
