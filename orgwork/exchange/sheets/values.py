"""This room is for what people write in cells: days, yes and no, women and men, numbers, codes.

A value that can be read in one way only is read; one that can be read in two is said to be doubtful, with the
reading that is offered; the rest is refused with a sentence. Nothing is guessed in silence.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from typing import Any, NamedTuple

from orgwork.foundation.search import fold

from .limits import LETTERS

EXCEL = dt.date(1899, 12, 30)
DMY, MDY = "dmy", "mdy"


class Bad(Exception):
    """A cell that cannot be read: the code of a sentence and what it says."""

    def __init__(self, code: str, **said: Any) -> None:
        super().__init__(code)
        self.code, self.said = code, said


class Read(NamedTuple):
    """A value, and why it should be looked at (the code of a sentence with what it says)."""

    value: Any
    doubt: tuple[str, dict] | None = None


class Day(NamedTuple):
    """A day as far as it is written: day, month or year."""

    day: dt.date
    precision: str


CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]")


def clean(text: str, most: int) -> str:
    """Blanks of all kinds become one, invisible marks go; what no text holds is refused."""
    if text.isascii() and text.isprintable() and len(text) <= most:
        return text.strip() if "  " not in text else " ".join(text.split())
    if len(text) > LETTERS:
        raise Bad("too_long", length=len(text), most=min(most, LETTERS))
    if CONTROL.search(text):
        raise Bad("control_characters")
    text = " ".join(HIDDEN.sub("", unicodedata.normalize("NFC", text)).split())
    if len(text) > most:
        raise Bad("too_long", length=len(text), most=most)
    return text


# ── days ────────────────────────────────────────────────────────────────────────────────────────────────

ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$")
YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})\.?$")
THREE = re.compile(r"(\d{1,2})\s?([./-])\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d{2})\.?(?: г\.?)?$")
TWO = re.compile(r"(\d{1,2})[./-](\d{4})\.?$|(\d{4})-(\d{1,2})$")
YEAR = re.compile(r"(?:nam |năm )?(\d{4})(?: ?г\.?)?$", re.IGNORECASE)
SERIAL = re.compile(r"(\d{5})(?:\.\d+)?$")
WORDS = re.compile(
    r"ngay (\d{1,2}) (?:thang|thg) (\d{1,2}),? (?:nam )?(\d{4})$|(\d{1,2}) thg (\d{1,2}),? (\d{4})$"
)
MONTH_WORDS = re.compile(r"(?:thang|thg) (\d{1,2})[, /]*(?:nam )?(\d{4})$")
DAY_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.? ([^\W\d]{3,9})\.?,? (\d{4})(?: ?г\.?| goda| года)?$")
NAME_DAY = re.compile(r"([^\W\d]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$")
NAME = re.compile(r"([^\W\d]{3,9})\.? (\d{4})(?: ?г\.?)?$")
#: First letters of the months in English, German and Russian, marks off.
MONTHS = {
    **dict.fromkeys(("jan", "янв"), 1), **dict.fromkeys(("feb", "фев"), 2),
    **dict.fromkeys(("mar", "мар"), 3), **dict.fromkeys(("apr", "апр"), 4),
    **dict.fromkeys(("may", "mai", "май", "мая"), 5), **dict.fromkeys(("jun", "июн"), 6),
    **dict.fromkeys(("jul", "июл"), 7), **dict.fromkeys(("aug", "авг"), 8),
    **dict.fromkeys(("sep", "сен"), 9), **dict.fromkeys(("oct", "okt", "окт"), 10),
    **dict.fromkeys(("nov", "ноя"), 11), **dict.fromkeys(("dec", "dez", "дек"), 12),
}  # fmt: skip


def day(text: str, *, order: str = "", today: dt.date | None = None) -> Read:
    """A ``Day`` from what is written; ``order`` says how 03/04/2024 is meant in this column."""
    if found := ISO.match(text) or YEAR_FIRST.match(text):
        year, month, number = map(int, found.groups()[:3])
        return Read(_day(year, month, number, text))
    if found := THREE.match(text):
        return _three(found, order, text, today)
    if found := TWO.match(text):
        written, of, other, of_it = found.groups()
        return Read(_month(int(of or other), int(written or of_it), text))
    if found := YEAR.match(text):
        year = int(found[1])
        if not 1850 <= year <= 2200:
            raise Bad("no_day", value=text[:40])
        return Read(Day(dt.date(year, 1, 1), "year"))
    if found := SERIAL.match(text):
        number = int(found[1])
        if not 3_000 <= number <= 90_000:
            raise Bad("no_day", value=text[:40])
        meant = EXCEL + dt.timedelta(days=number)
        return Read(Day(meant, "day"), ("serial_day", {"value": text, "day": meant.isoformat()}))
    return Read(_in_words(text))


def _three(found, order: str, text: str, today) -> Read:
    one, sign, two, year_text = int(found[1]), found[2], int(found[3]), found[4]
    year, doubt = int(year_text), None
    if len(year_text) == 2:
        this_year = (today or dt.date(2100, 1, 1)).year
        year += this_year // 100 * 100
        if year > this_year:
            year -= 100
    if two > 12 >= one and sign != ".":
        one, two = two, one
    elif sign != "." and order == MDY and one <= 12 and two <= 12:
        one, two = two, one
    elif sign != "." and not order and one <= 12 and two <= 12 and one != two:
        raise Bad("ambiguous_day", value=text)
    read = _day(year, two, one, text)
    if len(year_text) == 2:
        doubt = ("two_digit_year", {"value": text, "day": read.day.isoformat()})
    return Read(read, doubt)


def order_in(texts) -> str:
    """What a column's own days say of their order: one with a number above 12 decides.

    "both" where they contradict each other, "?" where nothing decides, "" where nothing is to be decided.
    """
    found, open_question = set(), False
    for text in texts:
        match = THREE.match(text) if text else None
        if match is None or match[2] == ".":
            continue
        one, two = int(match[1]), int(match[3])
        if one > 12 >= two:
            found.add(DMY)
        elif two > 12 >= one:
            found.add(MDY)
        elif one != two:
            open_question = True
    if len(found) == 2:
        return "both"
    return found.pop() if found else "?" if open_question else ""


def _day(year: int, month: int, number: int, text: str) -> Day:
    if not 1850 <= year <= 2200:
        raise Bad("far_year", value=text[:40], year=year)
    if not 1 <= month <= 12:
        raise Bad("no_such_month", value=text[:40], month=month)
    if not 1 <= number <= calendar.monthrange(year, month)[1]:
        raise Bad("no_such_day", value=text[:40])
    return Day(dt.date(year, month, number), "day")


def _month(year: int, month: int, text: str) -> Day:
    if not 1 <= month <= 12:
        raise Bad("no_such_month", value=text[:40], month=month)
    if not 1850 <= year <= 2200:
        raise Bad("far_year", value=text[:40], year=year)
    return Day(dt.date(year, month, 1), "month")


def _in_words(text: str) -> Day:
    folded = fold(text)
    if found := WORDS.match(folded):
        number, month, year, n2, m2, y2 = found.groups()
        return _day(int(year or y2), int(month or m2), int(number or n2), text)
    if found := MONTH_WORDS.match(folded):
        return _month(int(found[2]), int(found[1]), text)
    if (found := DAY_NAME.match(folded)) and (month := MONTHS.get(found[2][:3])):
        return _day(int(found[3]), month, int(found[1]), text)
    if (found := NAME_DAY.match(folded)) and (month := MONTHS.get(found[1][:3])):
        return _day(int(found[3]), month, int(found[2]), text)
    if (found := NAME.match(folded)) and (month := MONTHS.get(found[1][:3])):
        return _month(int(found[2]), month, text)
    raise Bad("no_day", value=text[:40])


# ── the rest ────────────────────────────────────────────────────────────────────────────────────────────

SEXES = {
    **dict.fromkeys(("f", "nu", "w", "female", "woman", "weiblich", "frau", "ж", "жен", "женский", "женщина",
                     "nu gioi", "gai", "жен."), "f"),
    **dict.fromkeys(("m", "nam", "male", "man", "mannlich", "mann", "м", "муж", "мужской", "мужчина",
                     "nam gioi", "trai", "муж."), "m"),
}  # fmt: skip
YES = {"1", "x", "co", "yes", "y", "ja", "j", "да", "true", "wahr", "✓", "+", "dung", "истина", "v"}
NO = {"0", "khong", "no", "n", "nein", "нет", "false", "falsch", "-", "sai", "ложь"}


def sex(text: str) -> str:
    found = SEXES.get(fold(text))
    if found is None:
        raise Bad("no_sex", value=text[:40])
    return found


def yes(text: str) -> bool:
    folded = fold(text)
    if folded in YES:
        return True
    if folded in NO:
        return False
    raise Bad("neither_yes_nor_no", value=text[:40])


WHOLE = re.compile(r"\d{1,9}$")


def number(text: str) -> int:
    """A whole number of zero or more; 12.0 is 12, and 1.200 is not guessed at."""
    bare = text.replace("\u00a0", "").replace(" ", "")
    if bare.endswith((".0", ",0")):
        bare = bare[:-2]
    if not WHOLE.match(bare) or not bare.isascii():
        raise Bad("no_number", value=text[:40])
    return int(bare)


RECORD = re.compile(r"[0-9]{1,18}")


def record_number(text: str) -> int:
    """The number of a record that a text is; 0, which nobody has, where it is none (“²” is a digit, too)."""
    return int(text) if RECORD.fullmatch(text) else 0


CODE = re.compile(r"#?[\w./\-–]{1,60}$")


def code(text: str) -> str:
    """A code as it is written; 11.0 of a number cell is 11."""
    if not CODE.match(text):
        raise Bad("no_code", value=text[:40])
    return text


def with_zeros(text: str, known) -> str | None:
    """The code of the register that this would be if zeros at its beginning had not been lost."""
    head, dot, tail = text.partition(".")
    if not head.isdigit():
        return None
    for width in range(len(head) + 1, 7):
        wanted = head.zfill(width)
        for ending in (tail, tail.ljust(2, "0"), tail.zfill(2)) if dot else ("",):
            if (candidate := f"{wanted}{dot}{ending}") in known:
                return candidate
    if dot:
        for ending in (tail.ljust(2, "0"), tail.zfill(2), tail.ljust(3, "0"), tail.zfill(3)):
            if (candidate := f"{head}.{ending}") in known:
                return candidate
    return None
