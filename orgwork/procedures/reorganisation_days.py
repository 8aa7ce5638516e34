"""This room is for plans that take effect on several days: which days, and the shape of the plan on each."""

from __future__ import annotations

import datetime as dt

from orgwork.registers.reorganisation import Plan

from .reorganisation_shape import Shape


def days_of(plan: Plan) -> list[dt.date]:
    """The days on which a plan takes effect, its own among them, in order."""
    said = plan.changes.filter(day__isnull=False).values_list("day", flat=True).distinct()
    found = sorted({plan.day, *(day for day in said if day is not None)})
    if len(found) > 1 and not plan.changes.filter(day__isnull=True).exists():
        found.remove(plan.day)
    return found


def shapes(plan: Plan) -> list[Shape]:
    """The shape of a plan on each of its days, in memory, each upon what the earlier ones leave."""
    found: list[Shape] = []
    for day in days_of(plan):
        world = found[-1].world.after(found[-1], day) if found else None
        found.append(Shape(plan, world, day=day))
    return found


def shape_on(plan: Plan, day: dt.date) -> Shape:
    """The shape of one of the days."""
    return next(one for one in shapes(plan) if one.day == day)
