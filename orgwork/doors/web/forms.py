"""This room is for forms made from what a step declares: one input for each field, refusals at their
field, input kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgwork.doors.web import formats, places, words
from orgwork.doors.web.named import names_for
from orgwork.foundation import wording
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.words import narrow
from orgwork.procedures.cases import Protocol
from orgwork.procedures.staffing import ENDING
from orgwork.registers.access import visible
from orgwork.registers.areas import Area, AreaName
from orgwork.registers.documents import Document
from orgwork.registers.people import Person
from orgwork.registers.posts import Post
from orgwork.registers.reorganisation import Plan, PlannedChange, PlanState
from orgwork.registers.units import Unit, UnitName

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
EXTRA = 2  # empty inputs offered beyond what is filled in, where several values may be given


# ── things named in words ───────────────────────────────────────────────────────────────────────────────


class Named(forms.CharField):
    """A person, body, place or post: chosen from a list that fills while typing, or written by name or
    code.
    """

    kind = ""
    number = re.compile(r"#(\d+)\s*$")
    code = re.compile(r"\[([^\[\]]+)\]\s*$")

    def __init__(self, *, request, **kwargs):
        self.request = request
        super().__init__(max_length=300, **kwargs)

    def widget_attrs(self, widget):
        return {**super().widget_attrs(widget), "data-pick": self.kind, "autocomplete": "off"}

    def prepare_value(self, value):
        return value if isinstance(value, str) or value is None else self.shown(value)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        found = self.find(text)
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(
                _("Nothing is called “%(text)s”. Write a part of the name, or the code."),
                params={"text": text},
            )
        some = "; ".join(self.shown(one) for one in found[:5])
        raise forms.ValidationError(_("Several fit; take one of: %(some)s"), params={"some": some})

    def find(self, text: str) -> list:
        raise NotImplementedError

    def shown(self, value) -> str:
        return str(value)


class PersonField(Named):
    """By name only those are found whom the reader may see; a number says exactly who is meant."""

    kind = "person"

    def find(self, text):
        if match := self.number.search(text):
            return list(Person.objects.filter(pk=match[1]))
        from orgwork.doors.web.today import people

        return list(Person.objects.filter(pk__in=[one["pk"] for one in people(self.request, text)[:6]]))

    def shown(self, value):
        return f"{names_for(self.request.user, [value]).get(value.pk, '')} #{value.pk}".strip()


class UnitField(Named):
    kind = "unit"

    def find(self, text):
        if match := self.code.search(text):
            return list(Unit.objects.filter(code=match[1]))
        if unit := Unit.objects.filter(code__iexact=text).first():
            return [unit]
        codes = [one["code"] for one in places.search(text, self.request.dials, limit=6) if one["alive"]]
        return list(Unit.objects.filter(code__in=codes))

    def shown(self, value):
        name = UnitName.objects.filter(unit=value).order_by("-valid_from").first()
        return f"{name.text if name else ''} [{value.code}]"


class AreaField(Named):
    kind = "area"

    def find(self, text):
        if match := self.number.search(text):
            return list(Area.objects.filter(pk=match[1]))
        rows = narrow(AreaName.objects.on(self.request.dials.on), text).select_related("area")
        return [row.area for row in rows[:6]]

    def shown(self, value):
        name = AreaName.objects.filter(area=value).order_by("-valid_from").first()
        return f"{name.name if name else ''} #{value.pk}"


class PostField(Named):
    kind = "post"

    def find(self, text):
        match = self.code.search(text)
        return list(Post.objects.filter(code__iexact=match[1] if match else text))

    def shown(self, value):
        return f"{words.post_kind(value.kind)} [{value.code}]"


NAMED = {"person": PersonField, "unit": UnitField, "area": AreaField, "post": PostField}


# ── the form of a step ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Group:
    """One declared field as it is drawn: a single input, or a set of inputs under one legend."""

    name: str
    legend: Any = ""
    help: Any = ""
    css: str = ""
    members: list[str] = field(default_factory=list)


class StepForm(forms.Form):
    """A form for one step or operation; `values()` is what the procedure is called with."""

    use_required_attribute = (
        False  # what is missing is said by the server, at the field, in the reader's language
    )
    refusal: Refusal | None = None

    def __init__(self, definition, request, data=None, *, initial=None, with_day=True):
        super().__init__(data, initial=initial)
        self.definition, self.request, self.groups = definition, request, []
        if with_day:
            self.fields["day"] = forms.DateField(
                label=definition.day_label, initial=request.dials.on, widget=DAY
            )
            self.groups.append(Group("day", members=["day"]))
        for one in definition.fields:
            self.add(one)

    def add(self, one):
        if one.type == "record":
            self.fields[one.name] = forms.CharField(required=False, widget=forms.HiddenInput)
        elif one.type == "protocol":
            self.add_protocol(one)
        elif one.type == "document":
            self.add_document(one)
        elif one.many:
            self.add_many(one)
        else:
            self.fields[one.name] = self.single(one)
            self.groups.append(Group(one.name, members=[one.name]))

    def single(self, one) -> forms.Field:
        """The input for one value; forms of a page of its own may offer what only that page knows."""
        if one.picks:
            return picked(one, PICKED[one.picks](self.request, self.definition.act))
        return single(one, self.request)

    def add_protocol(self, one):
        names = []
        for number in Protocol.NUMBERS:
            name = f"{one.name}-{number}"
            label = Protocol._meta.get_field(number).verbose_name
            self.fields[name] = forms.IntegerField(
                label=label, required=one.required, min_value=0, max_value=99_999
            )
            names.append(name)
        self.groups.append(Group(one.name, one.label, one.help, "votes", names))

    def add_document(self, one):
        name = one.name
        self.fields[f"{name}-symbol"] = forms.CharField(
            label=_("Number and symbol"),
            required=one.required and not (self.is_bound and self.data.get(f"{name}-next")),
            max_length=60,
            widget=forms.TextInput(attrs={"placeholder": "214-QĐ/HU"}),
        )
        self.fields[f"{name}-next"] = forms.BooleanField(
            label=_("Number it now"), required=False,
            help_text=_("Instead of a number: the next one of the issuer's series."),
        )  # fmt: skip
        self.fields[f"{name}-day"] = forms.DateField(label=_("Day of the paper"), required=False, widget=DAY)
        self.fields[f"{name}-issuer"] = UnitField(request=self.request, label=_("Issued by"), required=False)
        self.fields[f"{name}-title"] = forms.CharField(label=_("Title"), required=False, max_length=500)
        members = [f"{name}-{part}" for part in ("symbol", "next", "day", "issuer", "title")]
        self.groups.append(Group(name, one.label, one.help, "paper", members))

    def add_many(self, one):
        given = self.many_given(one.name)
        names = []
        for n in range(len(given) + EXTRA):
            name = f"{one.name}-{n}"
            made = self.single(one)
            made.required = False
            made.label = f"{one.label} {n + 1}"
            made.help_text = ""
            self.fields[name] = made
            names.append(name)
        self.groups.append(Group(one.name, one.label, one.help, "many", names))

    def many_given(self, name: str) -> list[str]:
        source = self.data if self.is_bound else self.initial
        found = [key for key in source if re.fullmatch(rf"{re.escape(name)}-\d+", key) and source.get(key)]
        return found[:200]

    def drawn(self) -> list[dict]:
        """Groups with their bound inputs, for the template."""
        return [
            {
                "group": group,
                "fields": [self[name] for name in group.members],
                "single": len(group.members) == 1 and not group.legend,
                "errors": self.group_errors.get(group.name, []),
            }
            for group in self.groups
        ]

    @property
    def group_errors(self) -> dict[str, list]:
        return self.__dict__.setdefault("_group_errors", {})

    def values(self) -> dict[str, Any]:
        """The fields as the procedure takes them."""
        cleaned, found = self.cleaned_data, {}
        for one in self.definition.fields:
            name = one.name
            if one.type == "protocol":
                numbers = {n: cleaned.get(f"{name}-{n}") for n in Protocol.NUMBERS}
                found[name] = numbers if any(v is not None for v in numbers.values()) else None
            elif one.type == "document":
                found[name] = self.paper(name)
            elif one.many:
                found[name] = [
                    v
                    for key in self.fields
                    if re.fullmatch(rf"{re.escape(name)}-\d+", key) and (v := cleaned.get(key))
                ]
            elif one.type == "record":
                found[name] = int(cleaned[name]) if (cleaned.get(name) or "").isdigit() else None
            else:
                found[name] = cleaned.get(name)
        return found

    def paper(self, name: str):
        cleaned = self.cleaned_data
        symbol, following = cleaned.get(f"{name}-symbol"), cleaned.get(f"{name}-next")
        if not symbol and not following:
            return None
        if symbol and (match := Named.number.search(symbol)):
            return Document.objects.filter(pk=match[1]).first()
        said: Mapping = {
            part: cleaned.get(f"{name}-{part}") for part in ("symbol", "next", "day", "issuer", "title")
        }
        return {part: value for part, value in said.items() if value}

    def refuse(self, refusal: Refusal) -> None:
        """Put the refusal where it belongs: at its input, at its group, or above the form."""
        name = refusal.field or ""
        inputs = [name, *(f"{g.name}-{name}" for g in self.groups)]
        for one in inputs:
            if one in self.fields and not isinstance(self.fields[one].widget, forms.HiddenInput):
                self.add_error(one, sentence(refusal))
                return
        if any(g.name == name for g in self.groups):
            self.group_errors.setdefault(name, []).append(sentence(refusal))
            return
        self.refusal = refusal


def sentence(refusal: Refusal) -> str:
    parts = [str(refusal.message), str(refusal.hint or "")]
    cited = f"({wording.cited(refusal.citation)})" if refusal.citation else ""
    return " ".join(part for part in (*parts, cited) if part)


def plans_to_pick(request, act: str) -> list[tuple[int, str]]:
    """Plans by which a body ends over which the reader has the act, the latest first."""
    now = timezone.localdate()
    ends = PlannedChange.objects.filter(kind__in=ENDING, subject__isnull=False)
    ends = visible(ends, request.user, act, now=now, on=now, unit_field="subject")
    rows = Plan.objects.filter(unit__isnull=False, pk__in=ends.values("plan"))
    rows = rows.exclude(state=PlanState.WITHDRAWN).order_by("-day", "code")
    return [
        (plan.pk, " · ".join(part for part in (plan.title, plan.code, formats.day(plan.day)) if part))
        for plan in rows[:200]
    ]


#: What a number can be picked from, by what the field declares.
PICKED = {"plan": plans_to_pick}


def picked(one, options: list[tuple[int, str]]) -> forms.Field:
    """A number picked from a list; what it is called stands there."""
    return forms.TypedChoiceField(
        choices=[("", "–"), *options], coerce=int, empty_value=None, label=one.label, required=one.required,
        help_text=one.help, initial=one.default,
    )  # fmt: skip


def single(one, request) -> forms.Field:
    """The input for one value of a declared field."""
    common = {"label": one.label, "required": one.required, "help_text": one.help, "initial": one.default}
    if one.type in NAMED:
        return NAMED[one.type](request=request, **common)
    if one.type == "day":
        return forms.DateField(widget=DAY, **common)
    if one.type == "int":
        return forms.IntegerField(min_value=0, **common)
    if one.type == "number":
        return forms.IntegerField(min_value=1, max_value=2**62 - 1, **common)
    if one.type == "bool":
        return forms.BooleanField(**{**common, "required": False})
    if one.type == "choice":
        options = list(one.options())
        if not one.required or one.default is None:
            options = [("", "–"), *options]
        return forms.ChoiceField(choices=options, **common)
    if one.type == "words":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=4000, **common)
    if one.type == "long":
        # What is typed is kept letter by letter: indents of a list belong to the text.
        area = forms.Textarea(attrs={"rows": 24})
        return forms.CharField(widget=area, max_length=400_000, strip=False, **common)
    return forms.CharField(max_length=500, **common)


def perform(request, definition, call, *, initial=None, with_day=True, made=StepForm):
    """Form → one procedure → its result. Returns (form, result); the result is None while the form is
    shown.
    """
    posted = request.method == "POST"
    form = made(definition, request, request.POST if posted else None, initial=initial, with_day=with_day)
    if not posted or not form.is_valid():
        return form, None
    try:
        more = {"day": form.cleaned_data["day"]} if with_day else {}
        return form, call(actor=request.user, door="web", **more, **form.values())
    except Refusal as refusal:
        form.refuse(refusal)
        return form, None
