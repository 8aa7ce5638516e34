"""Papers that were entered before there were series take their places: by issuer, kind and year.

Until terms of office are recorded the year stands for the term; whoever records one seats its papers anew. Of
two papers with one number the first takes the place; the check goes on telling the other one.
"""

from django.db import migrations

from orgwork.foundation.dates import new_spells
from orgwork.registers.numbering import is_counted

CHUNK = 2_000


def seat(apps, schema_editor):
    alias = schema_editor.connection.alias
    Document, Series, Book = (apps.get_model("registers", name) for name in ("Document", "NumberSeries", "SeriesBook"))
    rows = Document._base_manager.using(alias).filter(
        series=None, issuer__isnull=False, number__isnull=False, day__isnull=False
    )
    rows = rows.exclude(kind="").order_by("issuer", "kind", "day", "pk")
    places, known = {}, {}
    for pk, issuer, kind, number, symbol, day, recorded in rows.values_list(
        "pk", "issuer", "kind", "number", "symbol", "day", "recorded"
    ):
        if is_counted(kind, symbol):
            key = (issuer, kind, day.replace(month=1, day=1))
            known.setdefault(key, recorded)
            places.setdefault(key, {}).setdefault(number, pk)
    for key, papers in places.items():
        issuer, kind, opened = key
        series, new = Series._base_manager.using(alias).get_or_create(
            issuer_id=issuer, kind=kind, opened_on=opened, defaults={"recorded": known[key]}
        )
        if new:
            Book._base_manager.using(alias).create(
                series=series, valid_from=opened, recorded=known[key], spell=new_spells(1)[0]
            )
        taken = set(Document._base_manager.using(alias).filter(series=series).values_list("number", flat=True))
        ids = [pk for number, pk in papers.items() if number not in taken]
        for start in range(0, len(ids), CHUNK):
            Document._base_manager.using(alias).filter(pk__in=ids[start : start + CHUNK]).update(series=series)


class Migration(migrations.Migration):
    dependencies = [("registers", "0022_staffing")]

    operations = [migrations.RunPython(seat, migrations.RunPython.noop, elidable=True)]
