"""This room is for writing days, periods and numbers the way each reader writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NBSP = "\u00a0"
MINUS = "\u2212"
# Short for tables, long for sentences, month alone for births known only so far.
PATTERNS = {
    "en": {"short": "d MMM y", "long": "d MMMM y", "month": "MMM y"},
    "vi": {"short": "dd/MM/y", "long": "'ngày' d 'tháng' M 'năm' y", "month": "MM/y"},
    "de": {"short": "dd.MM.y", "long": "d. MMMM y", "month": "MM.y"},
    "ru": {"short": "dd.MM.y", "long": "d MMMM y 'г.'", "month": "MM.y"},
}


def language() -> str:
    code = (get_language() or "en").split("-")[0]
    return code if code in PATTERNS else "en"


def day(value: date | datetime | None, style: str = "short") -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    lang = language()
    return format_date(value, PATTERNS[lang][style], locale=lang)


def moment(value: datetime | None) -> str:
    """A wall-clock reading to the minute, for traces; days everywhere else."""
    if value is None:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day(local.date())}, {local:%H:%M}"


def birth(value: date | None, precision: str = "day") -> str:
    if value is None:
        return ""
    if precision == "year":
        return str(value.year)
    return day(value, "month" if precision == "month" else "short")


def last_day(valid_to: date | None) -> date | None:
    """The store is half-open; people are shown the last day included."""
    return None if valid_to is None else valid_to - timedelta(days=1)


def period(first: date | None, last: date | None, style: str = "short") -> str:
    """A period with both days included; an open end says so."""
    if first is None or first.year <= 1900:
        return _("until %(day)s") % {"day": day(last, style)} if last else _("always")
    if last is None:
        return _("since %(day)s") % {"day": day(first, style)}
    if first == last:
        return day(first, style)
    return f"{day(first, style)} – {day(last, style)}"


def number(value, decimals: int | None = None) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value  # already said in words, such as "<5"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if decimals is None:
        decimals = 0 if isinstance(value, int) or value == int(value) else 2
    # Rounded as people round; number_format by itself cuts off, and 15.06 % would be 15.0 %.
    rounded = abs(Decimal(str(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = number_format(rounded, decimals, use_l10n=True, force_grouping=True)
    return (MINUS if value < 0 and text.strip("0.,") else "") + text


def change(value, decimals: int | None = None) -> str:
    """A difference with its sign: +4, −5, 0."""
    if value is None or value == "" or isinstance(value, str):
        return value or ""
    return ("+" if value > 0 else "") + number(value, decimals)


def percent(value, decimals: int = 1) -> str:
    gap = "" if language() == "vi" else NBSP  # Vietnamese puts the sign to the number
    return "" if value is None else f"{number(value, decimals)}{gap}%"
