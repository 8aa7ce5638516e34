"""This room is for what a form already knows: the record it corrects or changes, as it stands on the day."""

from __future__ import annotations

from orgwork.doors.web.named import names_for
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding, PlaceKind
from orgwork.registers.people import PersonName, PersonParticulars
from orgwork.registers.units import UnitName, UnitPlacement

# verb → the dated record it is about, how it is found, and which of its columns the form asks for.
RECORDS = {
    "correction.name": (PersonName, "person", ("family", "middle", "given")),
    "person.rename": (PersonName, "person", ("family", "middle", "given")),
    "correction.particulars": (PersonParticulars, "person", ("sex", "birth", "birth_precision:precision")),
    "correction.place": (MembershipPlace, "person", ("unit", "valid_from:since")),
    "correction.standing": (MembershipStanding, "person", ("standing", "valid_from:since")),
    "correction.admission_day": (Membership, "person", ("valid_from:since",)),
    "correction.appointment": (Appointment, "post", ("person", "valid_from:since")),
    "correction.unit_name": (UnitName, "unit", ("language", "text:name", "short", "valid_from:since")),
    "correction.unit_placement": (UnitPlacement, "unit", ("parent", "valid_from:since")),
    "post.release": (Appointment, "post", ()),
}
OFFICIAL = {MembershipPlace: {"kind": PlaceKind.OFFICIAL}, UnitName: {"language": "vi"}}


def of(definition, given: dict, request) -> dict:
    """The values of the record on the day looked at, and the record itself as what was seen."""
    if definition.procedure is not None:
        return names(given) if definition.procedure.code == "renaming" else {}
    model, key, columns = RECORDS.get(definition.name, (None, "", ()))
    subject = given.get(key)
    if model is None or not subject:
        return {}
    if key == "person" and subject.pk not in names_for(request.user, [subject]):
        return {}  # whoever may not read the name is not shown the record either
    path = f"{key}__code" if key == "post" else key
    rows = model.objects.on(request.dials.on).filter(**{path: subject}, **OFFICIAL.get(model, {}))
    row = rows.order_by("acting").first() if model is Appointment else rows.first()
    if row is None:
        return {}
    found = {"seen": row.pk}
    for column in columns:
        source, _colon, name = column.partition(":")
        found[name or source] = getattr(row, source)
    return found


def names(given: dict) -> dict:
    """The names a body goes by, to be changed."""
    unit = given.get("unit")
    rows = UnitName.objects.filter(unit=unit, valid_to__isnull=True) if unit else []
    found = {f"name_{row.language}": row.text for row in rows}
    short = next((row.short for row in rows if row.language == "vi"), "")
    return {**found, "short": short}
