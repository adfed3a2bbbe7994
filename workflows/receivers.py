"""What workflows do when they hear of members and channels (messaging's signals)."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_noop

from messaging.models import Member
from messaging.signals import member_deactivated
from workflows.models import Workflow
from workflows.notices import active_managers, tell
from workflows.sentences import Sentence


@receiver(member_deactivated)
def tell_of_orphans(*, member: Member, by: Member, **kwargs: Any) -> None:
    """Tell who deactivated a last manager which workflows are left to nobody."""
    told = gettext_noop(
        "Nobody manages the workflow “%(workflow)s” any more. "
        "Hand it over to somebody in the administration."
    )
    for workflow in Workflow.objects.filter(managers=member):
        if not active_managers(workflow):
            tell(members=[by], sentence=Sentence(told, {"workflow": workflow.name}))
