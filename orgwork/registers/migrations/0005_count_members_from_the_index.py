from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registers", "0004_longer_kinds_of_papers"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="membershipplace",
            name="place_unit_days",
        ),
        migrations.AddIndex(
            model_name="membershipplace",
            index=models.Index(
                fields=["unit", "kind", "valid_from", "valid_to", "recorded", "retracted", "person"],
                name="place_unit_days",
            ),
        ),
    ]
