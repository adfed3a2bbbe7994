"""What a listener missed since it was last connected."""

from django.db.models import Q

from messaging.live.hub import changes, event_line, events
from messaging.live.position import Position, current_position
from messaging.models import Change, Channel, Member

MOST = 1000  # changes that are told again; after more the page is loaded anew


def reload_line(position: Position) -> bytes:
    """Return the event that asks a page to load its view anew."""
    return event_line(position, "reload")


def missed(member: int, since: Position) -> tuple[list[bytes], set[int]]:
    """Return the events that the member missed, and the changes that they tell of.

    Where too much was missed, or changes were pruned meanwhile, it is one `reload` event.
    """
    now = current_position()
    if since.newest == now.newest and not since.awaited:
        return [], set()  # The usual case, in one query: many browsers come back at once.
    if since.newest > now.newest or _is_pruned(since):
        return [reload_line(now)], set()
    reader = Member.objects.get(pk=member)
    seen_by = Q(channel__in=Channel.objects.visible_to(reader)) | Q(member=member)
    rows = list(changes().filter(since.not_seen()).filter(seen_by)[: MOST + 1])
    if len(rows) > MOST:
        return [reload_line(now)], set()
    told = [event for event in events(rows, since) if event.is_for(member)]
    return [event.line for event in told], {event.change for event in told}


def _is_pruned(since: Position) -> bool:
    """Tell whether changes after the position may be gone.

    Changes are pruned from the oldest on: while one at or before the position is kept, none
    after it is gone.
    """
    oldest = Change.objects.order_by("pk").values_list("pk", flat=True).first()
    if oldest is None:
        return since.newest > 0
    return oldest > since.newest + 1
