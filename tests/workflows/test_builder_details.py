"""The name, description and icon of a draft, as the builder's page saves them."""

import pytest

from messaging.mrkdwn.emoji import emoji_character, emoji_named
from tests.builders import make_draft
from tests.workflows.draft_edits import save


@pytest.fixture
def workflow(alice):
    return make_draft("Tickets", by=alice)


def test_an_emptied_description_stays_empty_beside_a_name_that_is_refused(her, workflow):
    workflow.description = "Old words"
    workflow.save()
    data = {"base-name": "Tickets", "f-name": " ", "base-description": "Old words"}
    page = her.post(f"/workflows/{workflow.pk}/edit/details", data | {"f-description": ""})
    assert page.status_code == 422
    assert 'name="f-description" value=""' in page.content.decode()


@pytest.mark.parametrize("icon", [":face_palm:", ":large_red_circle:", ":simple_smile:"])
def test_slacks_names_are_icons_as_they_are_in_messages(her, workflow, icon):
    save(her, workflow, "details", icon=(":zap:", icon))
    workflow.refresh_from_db()
    assert workflow.icon == icon
    assert emoji_character(icon) == emoji_named(icon.strip(":"))
