"""This room is for trying that names are found and ordered however they are typed."""

import unicodedata
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwork.foundation.search import fold, matches, query_tokens, sort_key, split_name

NAMES = st.lists(
    st.sampled_from(["Nguyễn", "Thị", "Hạnh", "Đức", "Ứng", "Lò", "Văn", "Pánh", "Ý", "Ngọc"]),
    min_size=1,
    max_size=5,
)
WORDS = st.text(st.characters(categories=["L", "M", "Nd", "Zs", "Pd"]), max_size=30)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Nguyễn Thị Hạnh", "nguyen thi hanh"),
        ("ĐIỆN BIÊN", "dien bien"),
        ("  Lò   Văn\tPánh ", "lo van panh"),
        ("Straße", "strasse"),
        ("Müller", "muller"),
        ("Фёдоров Андрей", "федоров андрей"),
        ("Йод", "йод"),
        ("", ""),
    ],
)
def test_folding(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["Nguyễn Đức Ứng", "Андрей Ёлкин", "Größe"])
def test_it_does_not_matter_how_marks_are_encoded(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(WORDS)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=40))
def test_folding_takes_any_text(text):
    folded = fold(text)
    assert fold(folded) == folded
    assert folded == folded.strip() and "  " not in folded


@given(st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạéèẻẽẹíìỉĩịóòỏõọúùủũụýỳỷỹỵ ", max_size=40))
def test_upper_case_folds_alike_and_vietnamese_becomes_plain_letters(text):
    assert fold(text.upper()) == fold(text)
    assert fold(text).isascii()


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Nguyễn Thị Hạnh", ("Nguyễn", "Thị", "Hạnh")),
        ("Nguyễn Thị Hồng Hạnh", ("Nguyễn", "Thị Hồng", "Hạnh")),
        ("Lò Pánh", ("Lò", "", "Pánh")),
        ("Tôn Nữ Thị Hà", ("Tôn Nữ", "Thị", "Hà")),
        ("Âu Dương", ("Âu", "", "Dương")),
        ("Hạnh", ("", "", "Hạnh")),
        ("", ("", "", "")),
    ],
)
def test_a_name_is_split_into_its_parts(full, parts):
    assert split_name(full) == parts


@given(NAMES)
def test_the_parts_make_the_name_again(words):
    assert split_name(" ".join(words)).full == " ".join(words)


def test_lists_of_people_are_ordered_by_given_name():
    people = ["Vũ Văn An", "Nguyễn Thị Ánh", "Đỗ An", "Lò Văn Đức", "Bùi Anh Dũng", "An Thị Bích"]

    def key(full):
        family, middle, given_name = split_name(full)
        return sort_key(given_name, middle, family)

    ordered = sorted(people, key=key)
    assert ordered == ["Đỗ An", "Vũ Văn An", "Nguyễn Thị Ánh", "An Thị Bích", "Lò Văn Đức", "Bùi Anh Dũng"]


@given(st.lists(st.tuples(*[st.sampled_from(["", "An", "Anh", "An Bình", "Đức", "Dung"])] * 3), max_size=8))
def test_the_key_orders_as_the_parts_do(names):
    by_parts = sorted(names, key=lambda name: [fold(part) for part in name])
    by_key = sorted(names, key=lambda name: sort_key(*name).encode())
    assert [tuple(map(fold, name)) for name in by_key] == [tuple(map(fold, name)) for name in by_parts]


def test_a_query_is_its_distinct_words():
    assert query_tokens("Hạnh, nguyen-THỊ hanh") == ("hanh", "nguyen", "thi")
    assert query_tokens(" ,;- ") == ()


@given(NAMES)
def test_a_name_is_found_in_any_order_and_without_marks(words):
    folded = fold(" ".join(words))
    for order in list(permutations(words))[:6]:
        assert matches(folded, query_tokens(" ".join(order)))
        assert matches(folded, query_tokens(fold(" ".join(order)).upper()))


def test_words_are_found_by_their_beginnings_only():
    assert matches("nguyen thi hanh", query_tokens("Hạ Ngu"))
    assert not matches("nguyen thi hanh", query_tokens("anh"))
