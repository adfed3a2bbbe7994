"""Who may use which route: the table that test_routes.py tries, one line for each way in.

A new route without a line here fails the tests. What stands in a path comes from the `World`.
"""

from dataclasses import dataclass, field
from typing import Any

from messaging.models import Channel, Member, Message
from messaging.services import archive_channel, direct_channel, post_message
from tests.builders import make_admin, make_channel, make_guest, make_member

# Everybody who may be signed in. Bob and Eve are in the channels; Eve managed the workflow once.
GUEST, MEMBER, INSIDER, EX_MANAGER, MANAGER, ADMIN = (
    "guest",
    "member",
    "member in the channel",
    "ex-manager",
    "manager",
    "admin",
)
EVERYBODY = frozenset({GUEST, MEMBER, INSIDER, EX_MANAGER, MANAGER, ADMIN})
MEMBERS = EVERYBODY - {GUEST}
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Way:
    """One way to use a route: a method, what it is about, what is sent, and who may."""

    route: str
    may: frozenset[str]
    method: str = "GET"
    about: str = ""  # whose keys are put into the path
    query: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    is_open: bool = False  # answers without sign-in

    def __str__(self) -> str:
        return " ".join(filter(None, [self.method, self.route, self.about]))


def get(route: str, may: frozenset[str], about: str = "", **more: Any) -> Way:
    return Way(route, may, "GET", about, **more)


def post(route: str, may: frozenset[str], about: str = "", **more: Any) -> Way:
    return Way(route, may, "POST", about, **more)


# The routes that answer without sign-in, all of them. (The hook has a contract of its own.)
OPEN = [
    get("messaging:sign_in", EVERYBODY, is_open=True),
    post("messaging:sign_in", EVERYBODY, is_open=True),
    get("messaging:first_run", EVERYBODY, is_open=True),
    post("messaging:first_run", EVERYBODY, is_open=True),
    post("messaging:set_language", EVERYBODY, data={"language": "fr"}, is_open=True),
    post("messaging:set_theme", EVERYBODY, data={"theme": "dark"}, is_open=True),
    get("messaging:health", EVERYBODY, is_open=True),
    get("messaging:robots", EVERYBODY, is_open=True),
]

OWN = [
    get("messaging:home", EVERYBODY),
    post("messaging:sign_out", EVERYBODY),
    get("messaging:welcome", EVERYBODY),
    get("messaging:settings", EVERYBODY),
    post("messaging:settings", EVERYBODY),
    get("messaging:password", EVERYBODY),
    post("messaging:password", EVERYBODY),
    get("messaging:channels", EVERYBODY),
    get("messaging:direct", EVERYBODY),
    get("messaging:new_channel", MEMBERS),
    post("messaging:new_channel", MEMBERS, data={"name": "brand-new", "kind": "public"}),
    get("messaging:member", MEMBERS, "support"),
    get("messaging:member", EVERYBODY, "lobby"),
]

INSIDE = frozenset({INSIDER, EX_MANAGER, MANAGER})
READERS = {  # of each channel: Alice, who manages the workflow, made them all
    "support": MEMBERS,
    "archived": MEMBERS,
    "secret": INSIDE,
    "direct": frozenset({INSIDER, MANAGER}),
    "lobby": EVERYBODY,
}
CHANNELS = [
    way
    for about, readers in READERS.items()
    for way in (
        get("messaging:channel", readers, about),
        get("messaging:message", readers, about),
        get("messaging:after", readers, about, query="key=0"),
        get("messaging:before", readers, about, query="key=999999"),
        post("messaging:read", readers, about, data={"key": "1"}),
        get("messaging:channel_members", readers, about),
    )
]

WRITE = {"text": "Hello"}
TOPIC = {"topic": "What it is for"}
NAME = {"name": "another-name"}
PERSON = {"person": "charlie@example.org"}
ACTIONS = [
    post("messaging:send", INSIDE, "support", data=WRITE),
    post("messaging:send", INSIDE, "secret", data=WRITE),
    post("messaging:send", frozenset({GUEST, MANAGER}), "lobby", data=WRITE),
    post("messaging:send", READERS["direct"], "direct", data=WRITE),
    post("messaging:join", MEMBERS, "support"),
    post("messaging:join", NOBODY, "secret"),
    post("messaging:join", MEMBERS, "lobby"),
    post("messaging:join", NOBODY, "archived"),
    post("messaging:leave", INSIDE, "secret"),
    post("messaging:leave", EVERYBODY, "lobby"),
    post("messaging:leave", NOBODY, "direct"),
    post("messaging:topic", INSIDE, "support", data=TOPIC),
    post("messaging:topic", INSIDE, "secret", data=TOPIC),
    post("messaging:topic", frozenset({MANAGER}), "lobby", data=TOPIC),
    post("messaging:topic", NOBODY, "archived", data=TOPIC),
    post("messaging:topic", NOBODY, "direct", data=TOPIC),
    post("messaging:invite", INSIDE, "support", data=PERSON),
    post("messaging:invite", INSIDE, "secret", data=PERSON),
    post("messaging:rename", frozenset({MANAGER, ADMIN}), "support", data=NAME),
    post("messaging:rename", frozenset({MANAGER}), "secret", data=NAME),
    post("messaging:rename", NOBODY, "direct", data=NAME),
    post("messaging:remove", frozenset({MANAGER, ADMIN}), "support"),
    post("messaging:remove", frozenset({MANAGER}), "secret"),
    post("messaging:archive", frozenset({MANAGER, ADMIN}), "support"),
    post("messaging:archive", frozenset({MANAGER}), "secret"),
    post("messaging:archive", NOBODY, "direct"),
    post("messaging:unarchive", frozenset({MANAGER, ADMIN}), "archived"),
]

ADMIN_PAGES = [get("admin:index", frozenset({ADMIN}))]

WAYS = [*OPEN, *OWN, *CHANNELS, *ACTIONS, *ADMIN_PAGES]


class World:
    """Real people, channels and a workflow; `keys(about)` is what stands in the paths."""

    def __init__(self) -> None:
        self.people = {
            MANAGER: make_member("Alice"),
            INSIDER: make_member("Bob"),
            MEMBER: make_member("Charlie"),
            ADMIN: make_admin("Dana"),
            EX_MANAGER: make_member("Eve"),
            GUEST: make_guest("Gus"),
        }
        self._keys: dict[str, dict[str, Any]] = {"": {}}
        alice, bob, gus = (self.people[role] for role in (MANAGER, INSIDER, GUEST))
        both = (bob, self.people[EX_MANAGER])
        self._add("support", make_channel("support", by=alice, members=both), bob)
        self._add("secret", make_channel("secret", by=alice, members=both, is_private=True), bob)
        self._add("lobby", make_channel("lobby", by=alice, members=(gus,)), gus)
        self._add("direct", direct_channel(member=alice, other=bob), bob)
        archived = make_channel("archived", by=alice, members=both)
        self._add("archived", archived, bob)
        archive_channel(channel=archived, by=alice)

    def keys(self, about: str) -> dict[str, Any]:
        """Return what stands for this in a path, by the names that routes use."""
        return self._keys[about]

    def _add(self, about: str, channel: Channel, member: Member) -> None:
        message: Message = post_message(channel=channel, sender=member, text="A secret plan")
        self._keys[about] = {
            "channel_id": channel.channel_id,
            "key": message.pk,
            "member_id": member.member_id,
        }
