"""A mandate lent gives its acts from the first to the last day, to one person, and is never lent on."""

import datetime as dt

import pytest

from orgwork.foundation.dates import end
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed
from orgwork.procedures import lending, people_entry
from orgwork.registers import access
from orgwork.registers.appointments import Appointment
from orgwork.registers.record import Cause
from tests.procedures.told import refused

TODAY = dt.date.today()
DAYS = dt.timedelta(days=1)


def lent(cast, accepted=True, **more):
    plan = {
        "actor": cast.account("cell_secretary"), "day": TODAY, "post": cast.posts["cell_secretary"],
        "stand_in": cast.member, "since": TODAY, "until": TODAY + 5 * DAYS, "acts": [],
    }  # fmt: skip
    made = lending.lend(**plan | more)
    if accepted:
        lending.accept(actor=cast.account("member"), day=TODAY, lending=made.pk)
    return made


def can(cast, act="admission.cell", who="member", now=None):
    return access.may(cast.account(who), act, cast.cell, now=now or TODAY)


def test_nothing_before_it_is_accepted(cast):
    made = lent(cast, accepted=False)
    assert not can(cast)
    refused(lending.accept, actor=cast.account("teacher"), day=TODAY, lending=made.pk, error=NotAllowed)
    lending.accept(actor=cast.account("member"), day=TODAY, lending=made.pk)
    answer = can(cast)
    assert answer and "Lường Văn Pâng" in answer.reason
    assert answer.mandate.lender == cast.cell_secretary.pk


def test_it_holds_from_the_first_to_the_last_day(cast):
    lent(cast, since=TODAY + DAYS)
    days = [bool(can(cast, now=TODAY + n * DAYS)) for n in range(8)]
    assert days == [False, True, True, True, True, True, False, False]


def test_only_the_acts_named(cast):
    lent(cast, acts=["admission.open"])
    assert can(cast, "admission.open") and not can(cast, "admission.cell") and not can(cast, "names.read")


def test_the_holder_keeps_the_power_and_needs_no_stand_in(cast):
    lent(cast)
    answer = can(cast, who="cell_secretary")
    assert answer and answer.mandate.lender is None and answer.reason == ""


def test_it_ends_with_the_post_of_the_lender(cast):
    lent(cast)
    with writing(door="test") as act:
        key = {"post": cast.posts["cell_secretary"], "acting": False}
        end(Appointment, act, key, act.day, cause=Cause.objects.create(kind="released"))
    assert not can(cast)


@pytest.mark.parametrize(("who", "how"), [("cell_secretary", "revoke"), ("member", "decline")])
def test_either_of_them_ends_it(cast, who, how):
    made = lent(cast)
    refused(
        getattr(lending, how), actor=cast.account("teacher"), day=TODAY, lending=made.pk, error=NotAllowed
    )
    getattr(lending, how)(actor=cast.account(who), day=TODAY, lending=made.pk)
    assert not can(cast)
    refused(lending.accept, actor=cast.account("member"), day=TODAY, lending=made.pk, code="wrong_state")


def test_it_is_never_lent_on(cast):
    lent(cast)
    refused(lent, cast, actor=cast.account("member"), stand_in=cast.teacher, error=NotAllowed)


def test_what_provisions_keep_is_not_lent(cast):
    officer = {"actor": cast.account("district_officer"), "post": cast.posts["district_officer"]}
    refused(lent, cast, **officer, acts=["admission.decide"], code="not_a_choice", field="acts")
    lent(cast, **officer)
    assert (
        can(cast, "correction.make")
        and not can(cast, "admission.decide")
        and not can(cast, "background.read")
    )


def test_days_and_people_that_cannot_be(cast):
    refused(lent, cast, until=TODAY - DAYS, field="until")
    refused(lent, cast, until=TODAY + 120 * DAYS, code="too_long", field="until")
    refused(lent, cast, stand_in=cast.cell_secretary, field="stand_in")
    refused(lent, cast, stand_in=cast.applicant, code="no_account", field="stand_in")
    refused(lent, cast, actor=cast.account("teacher"), error=NotAllowed)
    refused(lent, cast, actor=None, error=NotAllowed)


def test_the_journal_says_x_for_y(cast):
    lent(cast)
    people_entry.enter_contact(
        actor=cast.account("member"), door="test", day=TODAY, person=cast.veteran, phone="0912 345 678"
    )
    said = EntrySubject.objects.filter(entry__verb="person.contact").latest("pk")
    assert said.content["standing_in_for"] == cast.cell_secretary.pk
    people_entry.enter_contact(
        actor=cast.account("cell_secretary"),
        door="test",
        day=TODAY,
        person=cast.veteran,
        phone="0912 000 000",
    )
    assert (
        "standing_in_for"
        not in EntrySubject.objects.filter(entry__verb="person.contact").latest("pk").content
    )
