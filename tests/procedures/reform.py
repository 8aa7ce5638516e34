"""This room is for a small reform to try plans on: the cast's two communes become one, its districts end."""

import datetime as dt

from orgwork.exchange import reorganise
from orgwork.foundation.dates import Dated
from orgwork.foundation.moments import writing
from orgwork.procedures.batch_undo import dated_models
from orgwork.procedures.cases import Case
from orgwork.registers.area_changes import COLUMNS
from orgwork.registers.posts import Post
from orgwork.registers.units import Unit

DAY = dt.date(2025, 7, 1)
EVE = DAY - dt.timedelta(days=1)
CITY = ("094", "Thành phố Điện Biên Phủ")
COUNTRY = ("096", "Huyện Mường Nhé")


def row(
    old, name, new, new_name, kind="whole", area="whole", people="whole", targets=1, district=CITY, **more
):
    """A row of a table of changes of territories."""
    said = dict.fromkeys(COLUMNS, "")
    said |= {
        "old_code": old, "old_level": "commune", "old_name": name, "old_district_code": district[0],
        "old_district": district[1], "old_province_code": "11", "old_province": "Tỉnh Điện Biên",
        "new_code": new, "new_name": new_name, "new_province_code": "11", "new_province": "Tỉnh Điện Biên",
        "kind": kind, "area": area, "population": people, "n_targets": str(targets),
        "resolution": "1661/NQ-UBTVQH15", "resolution_date": "2025-06-16", "new_code_1027": new,
        "article_clause": "Điều 1 khoản 44", "effective": "2025-07-01", "resolved_by": "unique", **more,
    }  # fmt: skip
    return said


TOGETHER = [
    row("03127", "Phường Noong Bua", "03127", "Phường Điện Biên Phủ"),
    row("03160", "Xã Sín Thầu", "03127", "Phường Điện Biên Phủ", district=COUNTRY),
]
#: The one commune is divided between two, the other goes on as a part of the second.
APART = [
    row("03127", "Phường Noong Bua", "03127", "Phường Điện Biên Phủ", "part", "part", "part", 2),
    row("03127", "Phường Noong Bua", "03160", "Xã Mường Nhé", "remainder", "remainder", "remainder", 2),
    row("03160", "Xã Sín Thầu", "03160", "Xã Mường Nhé", district=COUNTRY),
]


def planned(rows, clauses=()):
    """A plan made from rows, as the command makes it; with the clauses of the text they were read from."""
    with writing(door="test") as act:
        return reorganise.load(act, [dict(one) for one in rows], DAY, clauses=clauses)


def held():
    """Everything that is held true now, but for the numbers of rows and the moments of recording."""
    found = {}
    for model in dated_models():
        rows = model.objects.all().values_list(*_said(model))
        found[model._meta.label] = sorted(map(repr, rows))
    found["cases"] = sorted(map(repr, Case.objects.values_list("pk", "unit", "state", "data", "closed_on")))
    return found


def _said(model: type[Dated]) -> list[str]:
    left_out = {"id", "recorded", "retracted"}
    return [one.attname for one in model._meta.concrete_fields if one.name not in left_out]


def differences(before, after):
    """What differs between two answers of ``held``: a few of what went, and of what came."""
    found = {}
    for name in before:
        gone, come = set(before[name]) - set(after[name]), set(after[name]) - set(before[name])
        if gone or come:
            found[name] = (sorted(gone)[:3], sorted(come)[:3])
    return found


def unit(code):
    return Unit.objects.get(code=code)


def post(code):
    return Post.objects.get(code=code)
