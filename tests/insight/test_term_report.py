"""This room is for the term report: its words in four languages, its slots, and its Word file."""

import datetime as dt
from io import BytesIO

import pytest
from django.utils import translation
from docx import Document

from orgwork.foundation.dates import Period
from orgwork.insight import frame
from orgwork.insight.reports import parts, term
from orgwork.insight.reports.word import word

TERM = Period.days(dt.date(2015, 1, 1), dt.date(2024, 5, 1))


@pytest.mark.parametrize(
    ("value", "style", "said"),
    [
        (8279, parts.NUMBER, "8,279"),
        (2484.71, parts.ABOUT, "nearly 2,500"),
        (2512.0, parts.ABOUT, "a little over 2,500"),
        (2500.0, parts.ABOUT, "2,500"),
        (2449.0, parts.ABOUT, "2,449"),
        (0.4, parts.ABOUT, "0.4"),
        (5.18, parts.OVER_PERCENT, "over 5\u00a0%"),
        (5.0, parts.OVER_PERCENT, "5\u00a0%"),
        (0.5, parts.OVER_PERCENT, "0.50\u00a0%"),
        (-3, parts.SIZE, "3"),
        (None, parts.NUMBER, "–"),
    ],
)
def test_values_are_said_as_people_say_them(value, style, said):
    with translation.override("en"):
        assert parts.said(value, style) == said


@pytest.mark.django_db(transaction=True)
class TestReport:
    @pytest.mark.parametrize("language", term.LANGUAGES)
    def test_every_figure_of_every_language_is_a_slot_with_its_records(self, live_cast, language):
        report = term.build(live_cast.province, TERM, language=language)
        slots = report.slots()
        assert len({slot.name for slot in slots}) == len(slots)
        for slot in slots:
            asked = {"on": slot.when} if isinstance(slot.when, dt.date) else {"period": slot.when}
            found = frame.compute(slot.code, slot.unit, known_at=report.known, **asked, **slot.options)
            assert found.value == slot.value and slot.url == found.records_url, slot.name
        text = report.as_text()
        assert "%(" not in text and "16" in text

    def test_the_words_are_those_of_the_language(self, live_cast):
        texts = {
            code: term.build(live_cast.province, TERM, language=code).as_text() for code in term.LANGUAGES
        }
        assert len(set(texts.values())) == 4
        assert "1 January 2015" in texts["en"] and "1. Januar 2015" in texts["de"]
        assert "1 января 2015 г." in texts["ru"] and ".." not in texts["ru"]
        assert "ngày 1 tháng 1 năm 2015" in texts["vi"]

    def test_figures_are_written_as_the_language_writes_them(self, live_cast):
        for language, said in (("en", "nearly 1,700"), ("de", "fast 1.700"), ("ru", "почти 1\u00a0700")):
            slot = parts.Slot("x", "members.stock", "11", TERM.last, 1693, parts.ABOUT, language=language)
            assert slot.text == said

    def test_increase_and_decrease_add_up(self, live_cast):
        report = term.build(live_cast.province, TERM, language="en")
        values = {slot.name: slot.value for slot in report.slots()}
        assert values["members.opening"] + values["members.admitted"] == values["members.stock"] == 16

    @pytest.mark.parametrize("language", term.LANGUAGES)
    def test_the_word_file_links_every_figure(self, live_cast, language):
        report = term.build(live_cast.province, TERM, language=language)
        made = Document(BytesIO(word(report, base_url="https://orgwork.example/", footer="head 5 · ab12")))
        links = {r.target_ref for r in made.part.rels.values() if r.is_external}
        assert links == {"https://orgwork.example" + slot.url for slot in report.slots()}
        assert made.core_properties.language == language

    def test_questions_are_bounded(self, live_cast, django_assert_max_num_queries):
        with django_assert_max_num_queries(140):
            term.build(live_cast.province, TERM, language="en")
