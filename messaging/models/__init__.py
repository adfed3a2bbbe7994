"""The nouns of messaging, one module each."""

from messaging.models.app import App
from messaging.models.change import Change
from messaging.models.channel import Channel, Membership
from messaging.models.member import Member
from messaging.models.message import Message
from messaging.models.workspace import Workspace

__all__ = ["App", "Change", "Channel", "Member", "Membership", "Message", "Workspace"]
