"""How others hear of members and channels without messaging knowing them.

Each is sent inside the transaction of the change, with keyword arguments:
`member_joined` (channel, member, by: a member, an app, or None for the default channels),
`member_deactivated` (member, by), `channel_archived` (channel, by).
"""

from django.dispatch import Signal

member_joined = Signal()
member_deactivated = Signal()
channel_archived = Signal()
