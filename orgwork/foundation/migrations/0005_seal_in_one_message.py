"""PostgreSQL seals what one act wrote by a function of its own: one message instead of nine."""

from django.db import migrations

import orgwork.foundation.journal


class Migration(migrations.Migration):
    dependencies = [("foundation", "0004_signing_in")]
    operations = [
        migrations.RunPython(orgwork.foundation.journal.install, orgwork.foundation.journal.uninstall)
    ]
