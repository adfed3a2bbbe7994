"""What can be done to channels and messages: keyword-only, verb first, each one transaction."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging import live, mrkdwn
from messaging.directory import Directory
from messaging.message_store import insert_message, insert_message_change
from messaging.models import (
    App,
    Change,
    Channel,
    Member,
    Membership,
    Message,
    Workspace,
)
from messaging.mrkdwn.tokens import Body
from messaging.names import clean_name
from messaging.signals import channel_archived, member_deactivated, member_joined


class ChannelArchived(Exception):
    """Raised where something is to be posted in an archived channel."""


def post_message(
    *,
    channel: Channel,
    sender: Member | App,
    text: str = "",
    body: Body | None = None,
    parent: Message | None = None,
    app_as: App | None = None,
) -> Message:
    """Post mrkdwn (`text`) or ready tokens (`body`), cut at 12,000 characters, and tell open pages.

    `app_as` names an app's message otherwise than the app; the app itself stays as it is.
    Mentions of people who were deactivated or may not see the channel become their plain name.
    Raise ChannelArchived where nothing can be posted. Takes two statements, one more where somebody
    or a channel is mentioned.
    """
    if channel.is_archived:
        raise ChannelArchived
    body = mrkdwn.cut(mrkdwn.parse(text) if body is None else body)
    directory = Directory.of(body)
    body = directory.without_mentions_of_outsiders(body, channel)
    plain = mrkdwn.plain_text(body, directory.names(read_in=channel))
    face = {"name": app_as.name, "icon": app_as.icon} if app_as else None
    now = timezone.now()
    with transaction.atomic(savepoint=False):
        message = Message(
            channel=channel,
            member=sender if isinstance(sender, Member) else None,
            app=sender if isinstance(sender, App) else None,
            text=plain,
            body=body,
            parent=parent,
            app_as=face,
            created_at=now,
        )
        message.pk = insert_message(
            channel=channel.pk,
            member=message.member_id,
            app=message.app_id,
            text=plain,
            body=body,
            parent=message.parent_id,
            now=now,
            app_as=face,
        )
        message._state.adding = False
        insert_message_change(channel=channel.pk, message=message.pk, now=now)
        live.wake_on_commit()
    return message


@transaction.atomic
def create_channel(*, name: str, by: Member, is_private: bool = False, topic: str = "") -> Channel:
    """Create a channel with its creator in it; raise ValidationError for a bad or taken name."""
    channel = Channel(
        name=clean_channel_name(name),
        kind=Channel.Kind.PRIVATE if is_private else Channel.Kind.PUBLIC,
        topic=clean_name(topic),
        created_by=by,
    )
    channel.full_clean()
    channel.save()
    add_member(channel=channel, member=by, by=by)
    return channel


def clean_channel_name(name: str) -> str:
    """Return the name as Slack writes it: no “#”, lower case, hyphens for spaces."""
    return "-".join(name.strip().removeprefix("#").lower().split())


@transaction.atomic
def join_channel(*, channel: Channel, member: Member) -> bool:
    """Let the member join a public channel; return whether they are new in it."""
    if not channel.is_public or channel.is_archived or member.is_guest:
        raise PermissionDenied
    return add_member(channel=channel, member=member, by=member)


@transaction.atomic
def invite_to_channel(*, channel: Channel, member: Member, by: Member) -> bool:
    """Add somebody to a channel that one is in oneself; return whether they are new in it."""
    if channel.is_direct or channel.is_archived or by.is_guest or not channel.has_member(by):
        raise PermissionDenied
    if not member.is_active:
        raise ValidationError(_("%(name)s was deactivated.") % {"name": member})
    return add_member(channel=channel, member=member, by=by)


def add_member(*, channel: Channel, member: Member, by: Member | App | None) -> bool:
    """Put the member into the channel without asking for a right; tell who listens.

    `by` is an app where a workflow did it, None where the workspace's default channels did.
    """
    newest = Message.objects.filter(channel=channel).order_by("-pk").values_list("pk", flat=True)
    with transaction.atomic():
        _membership, is_new = Membership.objects.get_or_create(
            channel=channel, member=member, defaults={"last_read": newest.first() or 0}
        )
        if is_new:
            tell_of_change(Change.Kind.MEMBERSHIP_CHANGED, channel=channel, member=member)
            member_joined.send(sender=Channel, channel=channel, member=member, by=by)
    return is_new


@transaction.atomic
def leave_channel(*, channel: Channel, member: Member) -> None:
    """Let the member leave; direct messages can't be left."""
    if channel.is_direct:
        raise PermissionDenied
    if channel.memberships.filter(member=member).delete()[0]:
        tell_of_change(Change.Kind.MEMBERSHIP_CHANGED, channel=channel, member=member)


@transaction.atomic
def remove_from_channel(*, channel: Channel, member: Member, by: Member) -> None:
    """Remove somebody else; raise PermissionDenied without the right."""
    if not may_administer(channel=channel, member=by):
        raise PermissionDenied
    leave_channel(channel=channel, member=member)


def may_administer(*, channel: Channel, member: Member) -> bool:
    """Tell who may rename, archive and remove: the creator, and team admins (see PRODUCT §5).

    A private channel is administered only by people who are in it.
    """
    if channel.is_direct or member.is_guest or not member.is_active:
        return False
    is_allowed = channel.created_by_id == member.pk or member.is_team_admin
    return is_allowed and (channel.is_public or channel.has_member(member))


@transaction.atomic
def set_topic(*, channel: Channel, topic: str, by: Member) -> None:
    """Set the topic of a channel that one is in."""
    if channel.is_direct or channel.is_archived or by.is_guest or not channel.has_member(by):
        raise PermissionDenied
    channel.topic = clean_name(topic)
    channel.full_clean(validate_constraints=False)
    channel.save(update_fields=["topic"])
    tell_of_change(Change.Kind.CHANNEL_CHANGED, channel=channel)


@transaction.atomic
def rename_channel(*, channel: Channel, name: str, by: Member) -> None:
    """Rename the channel; raise ValidationError for a bad or taken name."""
    if not may_administer(channel=channel, member=by):
        raise PermissionDenied
    channel.name = clean_channel_name(name)
    channel.full_clean()
    channel.save(update_fields=["name"])
    tell_of_change(Change.Kind.CHANNEL_CHANGED, channel=channel)


@transaction.atomic
def archive_channel(*, channel: Channel, by: Member) -> None:
    """Archive the channel: it can be read, nothing can be posted."""
    if not may_administer(channel=channel, member=by):
        raise PermissionDenied
    if not channel.is_archived:
        channel.archived_at = timezone.now()
        channel.save(update_fields=["archived_at"])
        tell_of_change(Change.Kind.CHANNEL_CHANGED, channel=channel)
        channel_archived.send(sender=Channel, channel=channel, by=by)


@transaction.atomic
def unarchive_channel(*, channel: Channel, by: Member) -> None:
    """Open an archived channel again."""
    if not may_administer(channel=channel, member=by):
        raise PermissionDenied
    channel.archived_at = None
    channel.save(update_fields=["archived_at"])
    tell_of_change(Change.Kind.CHANNEL_CHANGED, channel=channel)


def direct_channel(*, member: Member, other: Member | App) -> Channel:
    """Return the direct messages of a member with themselves, another member or an app.

    Made on first use, unique for the pair. One query where they exist.
    """
    key = _direct_key(member, other)
    found = Channel.objects.filter(direct_key=key).first()
    if found is not None:
        return found
    with transaction.atomic():
        channel, is_new = Channel.objects.get_or_create(
            direct_key=key,
            defaults={
                "kind": Channel.Kind.DIRECT,
                "channel_id": _direct_id(),
                "app": other if isinstance(other, App) else None,
            },
        )
        if is_new:
            people = {member.pk: member}
            if isinstance(other, Member):
                people[other.pk] = other
            Membership.objects.bulk_create(
                [Membership(channel=channel, member=person) for person in people.values()]
            )
            for person in people.values():
                tell_of_change(Change.Kind.MEMBERSHIP_CHANGED, channel=channel, member=person)
    return channel


def _direct_key(member: Member, other: Member | App) -> str:
    if isinstance(other, App):
        return f"member:{member.pk}:app:{other.pk}"
    low, high = sorted((member.pk, other.pk))
    return f"member:{low}:member:{high}"


def _direct_id() -> str:
    from messaging.ids import make_id

    return make_id("D")


def mark_as_read(*, channel: Channel, member: Member, key: int) -> None:
    """Remember the newest message that the member has seen in the channel."""
    Membership.objects.filter(channel=channel, member=member, last_read__lt=key).update(
        last_read=key
    )


@transaction.atomic
def create_member(
    *,
    email: str,
    display_name: str,
    password: str | None,
    role: str = Member.Role.MEMBER,
    language: str = "",
    time_zone: str = "UTC",
    member_id: str = "",
) -> Member:
    """Create a member and put them into the default channels (guests: into none)."""
    member = Member(
        email=Member.objects.normalize_email(email).strip(),
        display_name=display_name,
        role=role,
        language=language,
        time_zone=time_zone,
    )
    if member_id:
        member.member_id = member_id
    member.set_password(password)
    member.full_clean()
    member.save()
    if not member.is_guest:
        for channel in Workspace.current().default_channels.filter(archived_at=None):
            add_member(channel=channel, member=member, by=None)
    return member


@transaction.atomic
def deactivate_member(*, member: Member, by: Member) -> None:
    """Lock the member out at once; nobody but the owner may deactivate the owner, none oneself."""
    if not by.is_team_admin or member.is_owner or member.pk == by.pk:
        raise PermissionDenied
    if member.is_active:
        member.is_active = False
        member.save(update_fields=["is_active"])
        tell_of_change(Change.Kind.MEMBER_CHANGED, member=member)
        member_deactivated.send(sender=Member, member=member, by=by)


def tell_of_change(
    kind: str, *, channel: Channel | None = None, member: Member | None = None
) -> None:
    """Write the change that open pages are told of once the transaction is committed."""
    Change.objects.create(kind=kind, channel=channel, member=member)
    live.wake_on_commit()
