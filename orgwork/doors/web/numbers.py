"""This room is for numbers on pages: each computed by its indicator and linked to its records."""

from __future__ import annotations

from datetime import date, timedelta

from django.urls import reverse


def address(code: str, dials, **more) -> str:
    return reverse("figure", args=[code]) + dials.query(**more)


def same_day_last_year(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


def cards(request, place) -> list[dict]:
    return []


def below(request, place, rows) -> dict[int, dict]:
    return {}


def total(rows) -> dict:
    def plus(name):
        values = [row[name] for row in rows if row.get(name) is not None]
        return sum(values) if values else None

    return {"members": plus("members"), "admitted": plus("admitted"), "against": plus("against")}


__all__ = ["address", "below", "cards", "same_day_last_year", "timedelta", "total"]
