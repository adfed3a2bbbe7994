"""Read the words that say how runs were started into their columns, a batch at a time.

The words were `webhook`, `test:U…`, `shortcut:U…` (any kind of trigger) or `replay:R…:U…`. Each
batch is a transaction of its own: hooks go on meanwhile, and what is cut off goes on from there.
"""

from django.db import migrations, models, transaction

from messaging.migration_operations import AddIndexWhileInUse

BATCH = 500


def read_words(apps, schema_editor):
    run_model = apps.get_model("workflows", "Run")
    last = 0
    while True:
        rows = run_model.objects.filter(pk__gt=last).exclude(start_words="webhook")
        batch = list(rows.only("pk", "start_words").order_by("pk")[:BATCH])
        if not batch:
            return
        read_batch(apps, run_model, batch)
        last = batch[-1].pk


def read_batch(apps, run_model, batch):
    words = {run.pk: run.start_words.split(":") for run in batch}
    people = {each[-1] for each in words.values() if len(each) > 1}
    members = apps.get_model("messaging", "Member").objects.filter(member_id__in=people)
    keys = dict(members.values_list("member_id", "pk"))
    for run in batch:
        kind, *rest = words[run.pk]
        run.start_kind = kind
        run.started_by_id = keys.get(rest[-1]) if rest else None
        run.replay_of = rest[0] if kind == "replay" and len(rest) > 1 else ""
    with transaction.atomic():
        run_model.objects.bulk_update(batch, ["start_kind", "started_by", "replay_of"], 100)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("workflows", "0005_run_start")]

    operations = [
        migrations.RunPython(read_words, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("run", "start_words")],
        ),
        AddIndexWhileInUse(
            model_name="run",
            index=models.Index(
                condition=models.Q(("started_by__isnull", False)),
                fields=["started_by"],
                name="run_started_by",
            ),
        ),
    ]
