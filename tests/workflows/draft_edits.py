"""Edits of a draft, sent as the builder's script sends them."""

from workflows.models import Variable

SCRIPT = {"X-Declic-Script": "1"}


def save(client, workflow, part, status=200, shown=None, **fields):
    """Save as the page's script does; each field is (what it held, what was typed).

    `shown` are the words that stood in a field when its page was loaded, where it was others.
    """
    data = {f"shown-{name}": words for name, words in (shown or {}).items()}
    for name, (base, typed) in fields.items():
        data[f"base-{name}"] = base
        if typed is not None:
            data[f"f-{name}"] = typed
    answer = client.post(f"/workflows/{workflow.pk}/edit/{part}", data, headers=SCRIPT)
    assert answer.status_code == status
    return answer.json()


def message(workflow):
    return workflow.steps.get(kind="send_message")


def wait(workflow):
    return workflow.steps.get(kind="wait")


def of(row) -> str:
    return f"variables/{row.pk}" if isinstance(row, Variable) else f"steps/{row.pk}"
