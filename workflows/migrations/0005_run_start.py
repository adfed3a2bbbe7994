"""How a run was started, by whom and what it repeats get columns; the words stay for now.

Processes of the version before still write the words: they keep their column, with a default for
those who no longer write them. It is no longer part of the models after 0006, and a later version
drops it.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import workflows.models.run


class Migration(migrations.Migration):
    dependencies = [
        ("workflows", "0004_rotation_and_failures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="started_by",
            field=models.CharField(default="webhook", db_default="webhook", max_length=64),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("run", "started_by", "start_words"),
                migrations.AlterField(
                    model_name="run",
                    name="start_words",
                    field=models.CharField(
                        db_column="started_by",
                        default="webhook",
                        db_default="webhook",
                        max_length=64,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="run",
            name="start_kind",
            field=models.CharField(
                choices=workflows.models.run.start_choices,
                db_default="webhook",
                default="webhook",
                max_length=64,
                verbose_name="started by",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="started_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="started by member",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="replay_of",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=32, verbose_name="replay of"
            ),
        ),
    ]
