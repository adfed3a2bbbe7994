"""The admin's form of a workflow, in a browser."""

import pytest

from messaging.models import Member
from tests.browser.conftest import OpenAs
from workflows.models import Workflow
from workflows.services import add_manager

pytestmark = [pytest.mark.browser, pytest.mark.served]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_form_of_a_workflow_fits_a_small_laptop(
    language: str, open_as: OpenAs, alice: Member, dana: Member, workflow: Workflow
) -> None:
    add_manager(workflow=workflow, member=dana, by=alice)
    Member.objects.update(language=language)

    page = open_as(dana, f"/admin/workflows/workflow/{workflow.pk}/change/")

    assert page.locator("#id_variables-0-key").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
