"""Every form names where it posts to: a page may be the answer to another form's address."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
TAG = r"\{[{%].*?[%}]\}"  # a template tag's own quotes and signs are no HTML
POSTING_FORM = re.compile(rf'<form\b(?:{TAG}|[^>])*\bmethod="post"(?:{TAG}|[^>])*>', re.DOTALL)


def posting_forms(template: Path) -> list[str]:
    return [found.group() for found in POSTING_FORM.finditer(template.read_text())]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_posting_form_names_its_action(template: Path) -> None:
    for form in posting_forms(template):
        assert re.search(r'\baction="\{[{%] ?\S', form), form


def test_the_forms_are_found() -> None:
    assert sum(len(posting_forms(one)) for one in TEMPLATES) > 40
