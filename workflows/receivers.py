"""What workflows do when they hear of members and channels (messaging's signals)."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_noop

from messaging.models import Member
from messaging.signals import member_deactivated
from workflows.models import Workflow
from workflows.runs.notices import tell
from workflows.text.sentences import Sentence

MOST_NAMED = 10  # workflows that one deactivation tells of by name


@receiver(member_deactivated)
def tell_of_orphans(*, member: Member, by: Member, **kwargs: Any) -> None:
    """Tell who deactivated a last manager which workflows are left to nobody.

    The first ones by name, the others by their number: the administration lists them.
    """
    told = gettext_noop(
        "Nobody manages the workflow “%(workflow)s” any more. "
        "Hand it over to somebody in the administration."
    )
    others = gettext_noop(
        "Other workflows that nobody manages any more: %(count)s. "
        "Hand them over to somebody in the administration."
    )
    orphans = Workflow.objects.filter(managers=member).unmanaged()
    names = list(orphans.values_list("name", flat=True)[:MOST_NAMED])
    for name in names:
        tell(members=[by], sentence=Sentence(told, {"workflow": name}))
    if more := orphans.count() - len(names):
        tell(members=[by], sentence=Sentence(others, {"count": more}))
