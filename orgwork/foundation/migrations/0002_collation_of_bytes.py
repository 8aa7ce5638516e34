"""Folded text orders by bytes on both engines: PostgreSQL gets SQLite's BINARY under the same name."""

from django.db import migrations


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('CREATE COLLATION IF NOT EXISTS "BINARY" FROM "C"')


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
