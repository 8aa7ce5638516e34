"""This room is for what is said of cells and rows: one clear sentence each, that says what to do."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording

ISO = re.compile(r"\d{4}-\d\d-\d\d$")

SENTENCES: dict[str, Any] = {
    # A cell by itself
    "missing": _("This cell is empty; fill it in."),
    "too_long": _("The text has %(length)s letters, at most %(most)s are possible; shorten it."),
    "control_characters": _("The cell holds signs that cannot be written; type it anew."),
    "no_day": _("“%(value)s” is no day; write it as 31/12/2023, 12/2023 or 2023."),
    "no_such_day": _("“%(value)s”: this month has no such day; look at the day again."),
    "no_such_month": _("“%(value)s”: there is no month %(month)s; look at the day again."),
    "far_year": _("“%(value)s” lies too far away; look at the year again."),
    "whole_day_wanted": _("“%(value)s” is not a whole day; write day, month and year."),
    "ambiguous_day": _("“%(value)s” can be read in two ways; say above which comes first, day or month."),
    "serial_day": _("“%(value)s” is probably the number of a day, %(day)s; take it as that or type the day."),
    "two_digit_year": _("“%(value)s” was read as %(day)s; take it as that or write the whole year."),
    "no_sex": _("“%(value)s” says neither woman nor man; write f or m, nữ or nam."),
    "neither_yes_nor_no": _("“%(value)s” says neither yes nor no; write 1 or 0."),
    "no_number": _("“%(value)s” is no whole number; write digits only."),
    "no_code": _("“%(value)s” is no code: letters, digits, points and strokes, at most 60."),
    "no_choice": _("“%(value)s” is none of the words possible here; take one from the list of the template."),
    # What the sheet does with a cell
    "hidden_row": _("The row is hidden in the sheet; take it, or leave it out."),
    "merged_cell": _("The value comes from a merged cell, “%(value)s”; take it, or type another."),
    "formula_without_value": _("This formula was never computed; open the sheet, save it, bring it again."),
    "error_value": _("The formula of this cell ends in an error; put it right in the sheet."),
    # Bodies
    "no_such_body": _("No body has the code or name “%(value)s”; look at the list of bodies."),
    "several_bodies": _("Several bodies are called “%(value)s”; write the code of the right one: %(codes)s."),
    "zeros_lost": _("“%(value)s” is probably %(code)s with zeros lost; take it as that or write the code."),
    "not_yours": _("%(value)s: none of the posts you hold gives you this power over that body."),
    "no_cell": _("%(value)s is no cell: members belong to cells; write one of the cells under it."),
    "body_not_yet": _("%(value)s exists only from %(day)s on; correct the day or the body."),
    "body_ended": _("%(value)s ended on %(day)s; write its successor."),
    # People
    "in_the_future": _("%(day)s lies in the future; look at the day again."),
    "before_birth": _("%(day)s lies before the birth; one of the two days is wrong."),
    "young": _("Only %(years)s years old on that day, %(least)s are asked for; take it, or correct the day."),
    "not_after": _("%(day)s does not lie after the admission on %(other)s; one of the two days is wrong."),
    "before_admission": _("%(day)s lies before the admission on %(other)s; one of the two days is wrong."),
    "card_twice": _("Card number %(value)s stands in row %(rows)s, too; each number belongs to one member."),
    "card_of_another": _("Card number %(value)s belongs to somebody else in the register; look at both."),
    "card_known": _("The card, the name and the birth are known: this member is in the register already."),
    "double_in_sheet": _("Row %(rows)s has the same name and birth; say that they are different people, or"
                         " leave one out."),
    "look_alike": _("The register has people of this name and birth; say whether one of them is meant."),
    "answer_gone": _("The person chosen before no longer fits; decide again."),
    "former_member": _("This person was a member before; bring them back by re-admission or transfer."),
    "no_such_person": _("Nobody in the register has the number or card “%(value)s”; look at it again."),
    "nobody_like_this": _("The register has nobody of this name and birth; look at both, or write the card"
                          " number."),
    "is_it_this_one": _("The register has this name and birth; say that it is the person meant."),
    "person_twice": _("Row %(rows)s means the same person; leave one of them out."),
    "member_by_name": _("One member there is called “%(value)s”; take that one, or write the card number."),
    "no_member_called": _("No member of the grassroots organisation is called “%(value)s”; write the card"
                          " number."),
    "members_called": _("Several members there are called “%(value)s”; write the card number."),
    "who_is_it": _("Say who is meant: by card number, or by name and birth."),
    "other_home": _("The register has this member in %(value)s; look at the cell or the person."),
    "not_to_correct": _("%(value)s: none of the posts you hold lets you correct this person's records."),
    "not_by_update": _("This is not corrected by sheet; it has a procedure of its own."),
    "changed_since": _("Changed in the register since: it is %(now)s now; take what the sheet says, or not."),
    "was": _("Recorded wrongly, put right: it was %(value)s."),
    "changes": _("Changes on %(day)s: %(value)s up to then."),
    "changed_but_new": _("Only a row that comes back in an export can change from a day; leave this empty."),
    "changed_before": _("What is recorded began only on %(day)s; write a later day, or none to correct it."),
    "nothing_changed": _("No cell of the row differs; say what changed, or leave this empty."),
    "never_changes": _("This does not change from a day; leave “Changed from” empty if it was recorded"
                       " wrongly."),
    "by_transfer": _("Members move by transfer; bring the sheet of transfers, or leave “Changed from” empty"
                     " if the cell was recorded wrongly."),
    "by_recognition": _("Full members are recognised by decision; bring the sheet of recognitions."),
    "card_from_a_day": _("Cards are issued and exchanged on a day; write it in “Changed from”."),
    "card_keeps_number": _("The member keeps the number %(value)s; write the next copy beside it instead."),
    "next_copy": _("A card is exchanged for its next copy, %(value)s; a lost one is reported lost first."),
    "say_paper": _("Write the paper of the change and its day in the row, or give one above for all."),
    "takes_over": _("Takes over on %(day)s; %(value)s holds the post up to then."),
    "gives_up": _("Holds the post up to %(day)s."),
    "old_paper": _("This is the paper by which %(value)s came; write the new one, or take it."),
    "old_birth": _("This is the birth of %(value)s; write the new holder's, or a card number or #number."),
    "post_vacant": _("Nobody holds this post any more; fill it by a row without the hidden number."),
    "post_stays": _("This row is about a post that is there; another post is another row, without the hidden"
                    " number."),
    "same_holder": _("%(value)s holds the post since %(day)s; a wrong day is corrected at the post."),
    "by_move": _("A body moves by decision; write the day in “Changed from” and the paper beside it."),
    "by_decision": _("This changes by a decision of its own; propose it at the body."),
    "say_why": _("Say above why it is corrected and on which paper."),
    # The tree
    "code_twice": _("Code %(value)s stands in row %(rows)s, too; each body has its own."),
    "code_of_another": _("Code %(value)s belongs to a body of another kind; look at both."),
    "known_by_another_name": _("%(value)s is here already, as “%(name)s”; rename it by decision, or correct"
                               " the code."),
    "under_itself": _("A body cannot stand under itself; look at the code of the superior body."),
    "parent_not_yet": _("%(value)s is founded only on %(day)s; correct one of the two days."),
    "parent_refused": _("The superior body %(value)s is not taken over itself; put that row right first."),
    "grammar": _("A body of the kind “%(kind)s” cannot stand under one of the kind “%(over)s”."),
    "no_such_place": _("No place has the code or name “%(value)s”; look at the list of areas."),
    "body_or_place": _("Name the body or the place of the post: one of the two."),
    "cell_or_outside": _("Name the new cell, or a place outside the register: one of the two."),
    # Cases
    "days_out_of_order": _("%(day)s lies before %(other)s, the day of the step before; one is wrong."),
    "missing_with": _("This belongs to what is filled in beside it; fill it in, too."),
    "never_a_member": _("This is said of a former member only; name the person by number or card, or leave it"
                        " empty."),
    "opened_already": _("This is said when the case is opened, and it is open already; leave it empty."),
    "missing_before": _("A later step is filled in; fill in this one before it."),
    # The whole
    "said": "%(text)s",
    "differs": _("The outcome is another than was agreed; look at the row and agree again."),
}  # fmt: skip

NOTES: dict[str, Any] = {
    "formulas": _("%(count)s cells hold formulas: their last computed values are taken."),
    "hidden_columns": _("The sheet has hidden columns; they are read like the others."),
    "encoding": _("The text was read as %(encoding)s; look at a few names with marks."),
    "unknown_columns": _("Not read: %(names)s."),
    "empty_rows": _("%(count)s empty rows were passed over."),
}


def sentence(remark: Sequence[Any]) -> str:
    """The sentence of a remark, in the reader's language."""
    _column, _outcome, code, said = remark
    return _say(SENTENCES.get(code, ""), said)


def note(code: str, said: Mapping[str, Any]) -> str:
    return _say(NOTES.get(code, ""), said)


def _say(template: Any, said: Mapping[str, Any]) -> str:
    words = {
        name: wording.day(dt.date.fromisoformat(value))
        if isinstance(value, str) and ISO.match(value) and name in ("day", "other", "earliest")
        else value
        for name, value in said.items()
    }
    return str(template) % words if words else str(template)
