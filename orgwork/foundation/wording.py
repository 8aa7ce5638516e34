"""This room is for how figures, days and labels are written for the reader, in the four languages.

Sentences are translated by gettext; here are the labels that are data (four languages side by side) and
the forms that differ by language: 8,279 · 8.279 · 8 279; 1 May 2024 · 01/05/2024 · 01.05.2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django.conf import settings
from django.utils.translation import get_language, gettext

from orgwork.foundation.datafiles import LANGUAGES

Figure = int | float | Decimal | Fraction
DEFAULT = "en"
#: The English of these pages is written the British way: the day stands before the month.
_LOCALES = {"vi": "vi", "en": "en_GB", "de": "de", "ru": "ru"}
_SHORT_DAY = {"vi": "dd/MM/y", "en": "d MMM y", "de": "dd.MM.y", "ru": "dd.MM.y"}
_LONG_DAY = {
    "vi": "'ngày' d 'tháng' M 'năm' y",
    "en": "d MMMM y",
    "de": "d. MMMM y",
    "ru": "d MMMM y 'г.'",
}
_MONTH = {"vi": "'tháng' M 'năm' y", "en": "LLLL y", "de": "LLLL y", "ru": "LLLL y 'г.'"}
_QUARTER = {
    "vi": "quý {roman} năm {year}",
    "en": "Q{n} {year}",
    "de": "{n}. Quartal {year}",
    "ru": "{roman} кв. {year} г.",
}
_YEAR = {"vi": "năm {year}", "en": "{year}", "de": "{year}", "ru": "{year} г."}
_SINCE = {"vi": "từ {day}", "en": "since {day}", "de": "seit {day}", "ru": "с {day}"}
_ROMAN = ("I", "II", "III", "IV")
NBSP = "\u00a0"
MINUS = "\u2212"
ONE_DAY = timedelta(days=1)


def language_in_use(language: str | None = None) -> str:
    """One of the four: the one asked for, else the reader's, else English."""
    code = language or (get_language() if settings.configured else None) or DEFAULT
    base = code.replace("_", "-").split("-")[0].lower()
    return base if base in LANGUAGES else DEFAULT


def localized(labels: Mapping[str, str], language: str | None = None) -> str:
    """The label in the reader's language; where that is missing, in English, else in Vietnamese, else any."""
    for code in (language_in_use(language), DEFAULT, "vi"):
        if labels.get(code):
            return labels[code]
    return next((text for text in labels.values() if text), "")


def cited(citation: object) -> str:
    """A citation in the reader's language: the whole if it is known, else part by part between semicolons."""
    text = str(citation or "")
    whole = gettext(text) if text else ""
    return whole if whole != text or "; " not in text else "; ".join(map(gettext, text.split("; ")))


def number(value: Figure, language: str | None = None, *, places: int | None = None) -> str:
    """With the reader's separators. `places` fixes the digits after the comma; else there are as many as the
    value has, two at most."""
    pattern = "#,##0.##" if places is None else "#,##0" + ("." + "0" * places if places else "")
    digits = 2 if places is None else places
    text = format_decimal(_rounded(value, digits), format=pattern, locale=_locale(language))
    return text.replace("-", MINUS)


def signed(value: Figure, language: str | None = None, *, places: int | None = None) -> str:
    """A change: +20, −5, and 0 for none."""
    text = number(value, language, places=places)
    return f"+{text}" if not text.startswith(MINUS) and any(digit in text for digit in "123456789") else text


def percent(value: Figure, language: str | None = None, *, places: int = 2) -> str:
    """Percent is said as 5.17, not as 0.0517; the sign does not part from its number, and touches it in
    Vietnamese."""
    return number(value, language, places=places) + ("%" if language_in_use(language) == "vi" else f"{NBSP}%")


def day(value: date, language: str | None = None, *, style: str = "short") -> str:
    """A day as the reader writes it: "short" for tables, "long" for sentences and papers."""
    code = language_in_use(language)
    pattern = {"short": _SHORT_DAY, "long": _LONG_DAY}[style][code]
    return format_date(value, pattern, locale=_locale(code))


def at(value: datetime, language: str | None = None) -> str:
    """A moment, in the time zone it carries."""
    code = language_in_use(language)
    return format_datetime(value.replace(tzinfo=None), f"{_SHORT_DAY[code]} HH:mm", locale=_locale(code))


def last_included(valid_to: date | None) -> date | None:
    """The store is half-open, people are not: the last day on which it still held."""
    return valid_to - ONE_DAY if valid_to is not None else None


def last_day(valid_to: date | None, language: str | None = None, *, style: str = "short") -> str:
    """The last day included, written; nothing while it is open."""
    last = last_included(valid_to)
    return day(last, language, style=style) if last else ""


def span(valid_from: date, valid_to: date | None, language: str | None = None) -> str:
    """A dated row for the reader: "1 Jan 2021 – 30 Apr 2024", or "since 1 Jan 2021" while it is open."""
    last = last_included(valid_to)
    if last is None:
        return _SINCE[language_in_use(language)].format(day=day(valid_from, language))
    return period(valid_from, last, language)


def period(first: date, last: date, language: str | None = None) -> str:
    """A period that includes both days; whole months, quarters and years are called by their names."""
    code = language_in_use(language)
    if first == last:
        return day(first, code)
    return _named_period(first, last, code) or f"{day(first, code)} – {day(last, code)}"


def _named_period(first: date, last: date, code: str) -> str:
    end = last + ONE_DAY
    if first.day != 1 or end.day != 1 or first.year != last.year:
        return ""
    months = last.month - first.month + 1
    if months == 12:
        return _YEAR[code].format(year=first.year)
    if months == 3 and first.month % 3 == 1:
        quarter = (first.month + 2) // 3
        return _QUARTER[code].format(n=quarter, roman=_ROMAN[quarter - 1], year=first.year)
    return format_date(first, _MONTH[code], locale=_locale(code)) if months == 1 else ""


def _rounded(value: Figure, places: int) -> Decimal:
    """Half up, as people round: 2.345 → 2.35; floats by the digits they show."""
    if isinstance(value, Fraction):
        exact = Decimal(value.numerator) / Decimal(value.denominator)
    else:
        exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) + 0


def _locale(language: str | None) -> Locale:
    return _parsed(language_in_use(language))


@cache
def _parsed(code: str) -> Locale:
    return Locale.parse(_LOCALES[code])
