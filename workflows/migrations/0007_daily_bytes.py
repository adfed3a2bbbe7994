"""How many bytes a workflow was sent today, beside its clock."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0006_run_start_from_words")]

    operations = [
        migrations.AddField(
            model_name="hookclock",
            name="day",
            field=models.PositiveIntegerField(db_default=0, default=0, verbose_name="day"),
        ),
        migrations.AddField(
            model_name="hookclock",
            name="day_bytes",
            field=models.PositiveBigIntegerField(
                db_default=0, default=0, verbose_name="bytes of the day"
            ),
        ),
        migrations.AddField(
            model_name="hookclock",
            name="told_day",
            field=models.PositiveIntegerField(
                db_default=0, default=0, verbose_name="day on which the managers were told"
            ),
        ),
    ]
