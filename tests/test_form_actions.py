"""Every form names where it posts to: a page may be the answer to another form's address."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)  # its own quotes and signs are no HTML
FORM = re.compile(r"<form\b[^>]*>")


def posting_forms(template: Path) -> list[str]:
    text = TAG.sub("TAG", template.read_text())
    return [form for form in FORM.findall(text) if 'method="post"' in form]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_posting_form_names_its_action(template: Path) -> None:
    for form in posting_forms(template):
        assert 'action="TAG' in form, form


def test_the_forms_are_found() -> None:
    assert sum(len(posting_forms(one)) for one in TEMPLATES) > 40
