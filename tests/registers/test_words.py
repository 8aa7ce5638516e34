"""This room is for finding by words: whoever writes a name, its words find it; emptied, they are gone."""

import datetime as dt

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgwork.foundation import words
from orgwork.foundation.bulk import insert
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.dates import begin, change, new_spells
from orgwork.foundation.moments import writing
from orgwork.foundation.search import fold, matches, query_tokens
from orgwork.registers.people import ALL_LIFE, Person, PersonName, name_values
from orgwork.registers.record import Cause
from orgwork.registers.units import UnitName

SYLLABLES = (
    "Lò",
    "Văn",
    "Vân",
    "Nguyễn",
    "Ngọc",
    "Ê-ban",
    "O’Brien",
    "(Hoa)",
    "Đức",
    "Ду́ров",
    "A",
    "X2/7",
    "“Tám”",
)
NAMES = st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=4).map(" ".join)
QUESTIONS = st.lists(
    st.sampled_from("lo van v n nguy ng e ban brien hoa duc ду 2 x2 tam zz".split()),
    min_size=1,
    max_size=3,
).map(" ".join)  # fmt: skip
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def named(*names):
    """People of these names, written by the verb."""
    cause = Cause.objects.create(kind="other")
    with writing(door="test") as act:
        return [
            begin(PersonName, act, ALL_LIFE, person=Person.objects.create(), cause=cause,
                  **name_values("", "", name))
            for name in names
        ]  # fmt: skip


def found(text, rows=None):
    return set(
        words.narrow(PersonName.objects.all() if rows is None else rows, text).values_list("pk", flat=True)
    )


def names():
    return next(source for source in words.sources() if source.model is PersonName)


def by_eye(text):
    tokens = query_tokens(text)
    return {pk for pk, folded in PersonName.objects.values_list("pk", "folded") if matches(folded, tokens)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("few", [2000, 3, 0])
def test_the_words_find_what_the_eye_finds(live_cast, monkeypatch, few):
    """Whether a word is rare, or frequent, or all of them are."""
    monkeypatch.setattr(words, "FEW", few)

    @QUICK
    @given(st.lists(NAMES, max_size=4), st.lists(QUESTIONS, min_size=1, max_size=4))
    def try_(called, questions):
        named(*called)
        for text in questions:
            assert found(text) == by_eye(text), text

    try_()
    assert [words.missing_and_false(source) for source in words.sources()] == [[]] * 3


@pytest.mark.django_db(transaction=True)
def test_every_writer_keeps_them_and_erasure_empties_them(live_cast):
    (row,) = named("Lò Văn Quý")
    with writing(door="test") as act:
        change(PersonName, act, {"person": row.person}, dt.date(2024, 1, 1),
               name_values("Lò", "Thị", "Quỳnh"), cause=Cause.objects.create(kind="corrected"))  # fmt: skip
        values = name_values("Tẩn", "A", "Sếnh")
        columns = ["person", *values, "spell", "valid_from", "recorded"]
        person, spell = Person.objects.create(), new_spells()[0]
        insert(PersonName, columns, [(person.pk, *values.values(), spell, ALL_LIFE, act.moment)])
    assert len(found("quynh thi")) == 1 and len(found("quy lo")) == 2 and len(found("senh")) == 1
    with guards_lifted("test"):
        PersonName.versions.filter(person=row.person).update(full="", folded="", sort_key="")
    assert found("quy") == set() and words.few(PersonName, ["quynh"]) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registers_personname_words WHERE word LIKE 'qu_nh'")
        assert cursor.fetchone() == (0,)
    assert words.missing_and_false(names()) == []


@pytest.mark.django_db(transaction=True)
def test_they_narrow_inside_other_questions(live_cast, monkeypatch):
    monkeypatch.setattr(words, "FEW", 0)
    from django.db.models import Exists, OuterRef

    inner = words.narrow(PersonName.objects.all(), "lo van").filter(person=OuterRef("pk"))
    assert Person.objects.filter(Exists(inner)).count() == len(by_eye("lo van")) == 2
    assert words.narrow(UnitName.objects.all(), "chi bo noong").count() == 1
    assert words.narrow(UnitName.objects.all(), " – ").count() == UnitName.objects.count()


@pytest.mark.django_db(transaction=True)
def test_what_is_amiss_is_told_and_derived_anew(live_cast):
    source = names()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM registers_personname_words WHERE word = 'inh'")
        cursor.execute("INSERT INTO registers_personname_words (word, ident) VALUES ('xyz', 1)")
        amiss = words.missing_and_false(source)
        assert sorted({what for what, _word, _row in amiss}) == ["false", "missing"] and len(amiss) == 3
        words.derive(cursor, source)
    assert words.missing_and_false(source) == []


@pytest.mark.django_db(transaction=True)
def test_a_table_that_lost_its_triggers_is_put_right_after_the_next_migrate(live_cast):
    """On SQLite a table that is remade loses them."""
    on = " ON registers_personname" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in ("add", "edit", "take"):
            cursor.execute(f"DROP TRIGGER registers_personname_words_{name}{on}")
    named("Lò Văn Quý")
    assert found("quy") == set()
    assert words.install(using="default", app_label="registers") == ["registers_personname_words"]
    assert len(found("quy")) == 1
    assert words.install(using="default", app_label="registers") == []


@pytest.mark.django_db(transaction=True)
def test_separators_are_no_letters():
    assert all(fold(one).strip() == "" or not query_tokens(one) for one in words.SEPARATORS)
