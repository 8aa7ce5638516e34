"""This room is for the names of people of whom only the number is given: told to those who may read them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from orgwork.registers import access
from orgwork.registers.people import Person, PersonName


def names_for(account, people: Iterable[Person]) -> dict[int, str]:
    """Of the people those whose names the account reads today, and oneself; the others stay numbers.

    A form that is handed a number must not turn it into a name for whoever asks.
    """
    people = list(people)
    mine, today = access.person_of(account), timezone.localdate()
    answers: dict[int | None, bool] = {}
    open_to = []
    for person in people:
        home = unit_of(person)
        key = home.pk if home else None
        if key not in answers:
            answers[key] = home is not None and bool(access.may(account, "names.read", home, now=today))
        if person.pk == mine or answers[key]:
            open_to.append(person.pk)
    rows = PersonName.objects.filter(person__in=open_to).order_by("valid_from")
    return dict(rows.values_list("person_id", "full"))


def unit_of(person: Person):
    from orgwork.doors.web import people

    return people.unit_of(person)
