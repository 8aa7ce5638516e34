"""Tables of words are made after every migrate (orgwork/foundation/words.py): this one calls for one."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("registers", "0010_relations_of_papers"),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop, elidable=True),
    ]
