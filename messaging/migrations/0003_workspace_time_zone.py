"""The workspace's own time zone; where there is an owner by now, theirs."""

from django.db import migrations, models

import messaging.models.member


def take_the_owners(apps, schema_editor):
    member = apps.get_model("messaging", "Member").objects.filter(role="owner").first()
    if member is not None:
        apps.get_model("messaging", "Workspace").objects.update(time_zone=member.time_zone)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_app_as")]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="time_zone",
            field=models.CharField(
                default="UTC",
                db_default="UTC",
                help_text="By it workflows wait until a time of day.",
                max_length=64,
                validators=[messaging.models.member.check_time_zone],
                verbose_name="time zone",
            ),
        ),
        migrations.RunPython(take_the_owners, migrations.RunPython.noop),
    ]
