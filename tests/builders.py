"""Builders fill in what a test does not care about. Everybody knows the cast:

Alice manages the workflow, Bob is in its channel, Charlie is a stranger to it, Dana is a team
admin, Gus is a guest.
"""

import itertools
from typing import Any

from messaging.models import Channel, Member, Membership, Workspace
from messaging.services import create_channel, create_member

_numbers = itertools.count(1)


def make_member(name: str = "", **fields: Any) -> Member:
    name = name or f"Member {next(_numbers)}"
    email = fields.pop("email", f"{name.lower().replace(' ', '.')}@example.org")
    return create_member(email=email, display_name=name, password="secret", **fields)


def make_owner(name: str = "Olivia") -> Member:
    return make_member(name, role=Member.Role.OWNER)


def make_admin(name: str = "Dana") -> Member:
    return make_member(name, role=Member.Role.ADMIN)


def make_guest(name: str = "Gus") -> Member:
    return make_member(name, role=Member.Role.GUEST)


def make_channel(
    name: str = "", *, by: Member | None = None, members: tuple[Member, ...] = (), **fields: Any
) -> Channel:
    channel = create_channel(
        name=name or f"channel-{next(_numbers)}", by=by or make_member(), **fields
    )
    Membership.objects.bulk_create(Membership(channel=channel, member=one) for one in members)
    return channel


def make_workspace(**fields: Any) -> Workspace:
    workspace = Workspace.current()
    for name, value in fields.items():
        setattr(workspace, name, value)
    workspace.save()
    return workspace
