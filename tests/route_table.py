"""Who may use which route: the table that test_routes.py tries, one line for each way in.

A new route without a line here fails the tests. What stands in a path comes from the `World`.
"""

from dataclasses import dataclass, field
from typing import Any

from messaging.models import Channel, Member, Message, Workspace
from messaging.services import archive_channel, direct_channel, post_message
from tests.builders import (
    make_admin,
    make_channel,
    make_guest,
    make_live,
    make_member,
    make_refusal,
    make_workflow,
    message_step,
)
from workflows.services import add_manager, remove_manager, send_test_request

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
ADMINS = frozenset({ADMIN})
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
    get("messaging:favicon", EVERYBODY, is_open=True),
]

PERSON = {"person": "charlie@example.org"}
WORKSPACE = {"name": "Us", "who_may_build": "everyone", "who_may_build_webhooks": "chosen"}
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
    get("messaging:sidebar", EVERYBODY),
    get("messaging:new_channel", MEMBERS),
    post("messaging:new_channel", MEMBERS, data={"name": "brand-new", "kind": "public"}),
    get("messaging:workspace", ADMINS),
    post("messaging:workspace", ADMINS, data=WORKSPACE),
    post("messaging:choose_builders", ADMINS, data=PERSON),
    post("messaging:choose_webhook_builders", ADMINS, data=PERSON),
    post("messaging:drop_builders", ADMINS, "chosen"),
    post("messaging:drop_webhook_builders", ADMINS, "chosen"),
    post("messaging:add_default_channel", ADMINS, data={"channel": "#support"}),
    post("messaging:remove_default_channel", ADMINS, "support"),
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

HERS = frozenset({MANAGER})
EDITS = (
    *("details", "trigger", "trigger_kind", "rename", "restore"),
    *("add_step", "step", "copy_step", "move_step", "remove_step"),
    *("add_variable", "variable", "move_variable", "remove_variable"),
)
URL_ACTIONS = ("reveal_pending", "save_url", "cancel_url", "end_old_url")
FILE = {"text": '{"name": "From a file", "trigger": {"kind": "webhook"}}'}
WORKFLOWS = [
    get("workflows:list", MEMBERS),
    get("workflows:published", ADMINS),
    get("workflows:new", MEMBERS),
    post("workflows:new", MEMBERS, data={"trigger": "webhook"}),
    post("workflows:new_from_gallery", MEMBERS, data={"ready": "support_ticket"}),
    post("workflows:new_from_mine", NOBODY, data={"workflow": "0"}),
    get("workflows:import", MEMBERS),
    post("workflows:import", MEMBERS, data=FILE),
    get("workflows:about", MEMBERS, "app"),
    get("workflows:about", HERS, "app of a draft"),
    post("workflows:join", frozenset({ADMIN}), "ticket"),
    post("workflows:join", NOBODY, "draft"),
    post("workflows:unpublish", frozenset({MANAGER, ADMIN}), "ticket"),
    post("workflows:unpublish", HERS, "draft"),
    get("workflows:unpublish", frozenset({MANAGER, ADMIN}), "ticket"),
    get("workflows:unpublish", HERS, "draft"),
    post("workflows:start_shortcut", NOBODY, "ticket"),
    post("workflows:start_shortcut", MEMBERS, "shortcut in support"),
    post("workflows:start_shortcut", EVERYBODY, "shortcut in lobby"),
    post("workflows:start_shortcut", INSIDE, "shortcut in secret"),
    get("workflows:runs", HERS, "ticket"),
    get("workflows:run", HERS, "ticket"),
    get("workflows:refusal", HERS, "ticket"),
    get("workflows:runs_csv", HERS, "ticket"),
    post("workflows:replay", HERS, "ticket"),
    get("workflows:regenerate", HERS, "ticket"),
    post("workflows:regenerate", HERS, "ticket"),
    *(post(f"workflows:{route}", HERS, "ticket") for route in URL_ACTIONS),
    get("workflows:restore_version", HERS, "ticket"),
    post("workflows:restore_version", HERS, "ticket"),
    post("workflows:reveal", HERS, "ticket"),
    post("workflows:remove_manager", HERS, "ticket"),
    *(
        way
        for about in ("ticket", "draft")
        for way in (
            get("workflows:detail", HERS, about),
            get("workflows:export", HERS, about),
            post("workflows:test", HERS, about),
            *(get(f"workflows:{route}", HERS, about) for route in ("edit", "preview")),
            *(post(f"workflows:edit_{route}", HERS, about) for route in EDITS),
            post("workflows:send_draft_test", HERS, about),
            get("workflows:publish", HERS, about),
            post("workflows:publish", HERS, about),
            post("workflows:make_optional", HERS, about),
            get("workflows:versions", HERS, about, query="from=1" if about == "ticket" else ""),
            get("workflows:managers", HERS, about),
            post("workflows:managers", HERS, about, data=PERSON),
            post("workflows:copy", HERS, about),
            get("workflows:delete", HERS, about),
            post("workflows:delete", HERS, about, data={"name": "New support ticket"}),
        )
    ),
]

ADMIN_PAGES = [get("admin:index", ADMINS)]

# What is served beside Django (config/asgi.py), by path: who may open it. On a stream everybody
# hears of the channels that they read (READERS), and of nothing else; tests/test_live_routes.py.
LIVE = {"/live": EVERYBODY}

WAYS = [*OPEN, *OWN, *CHANNELS, *ACTIONS, *WORKFLOWS, *ADMIN_PAGES]


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
        self._add_settings(bob)
        self._add_workflows(alice, self.people[EX_MANAGER])
        for about in ("support", "secret", "lobby"):
            self._add_shortcut(alice, about)

    def keys(self, about: str) -> dict[str, Any]:
        """Return what stands for this in a path, by the names that routes use."""
        return self._keys[about]

    def _add_workflows(self, alice: Member, eve: Member) -> None:
        ticket, draft = make_live(alice), make_workflow(alice)
        frank = make_member("Frank")
        for person in (frank, eve):
            add_manager(workflow=ticket, member=person, by=alice)
        remove_manager(workflow=ticket, member=eve, by=alice)
        run_id = send_test_request(workflow=ticket, by=alice).run_id
        keys = {
            "member_id": frank.member_id,
            "run_id": run_id,
            "sample_key": make_refusal(ticket).pk,
        }
        for about, workflow in (("ticket", ticket), ("draft", draft)):
            parts = {
                "step_key": workflow.steps.get().pk,
                "variable_key": workflow.variables.all()[0].pk,
                "removed_key": 1,
                "number": 1,
            }
            self._keys[about] = {"pk": workflow.pk, **keys, **parts}
        self._keys["app"] = {"pk": ticket.app_id}
        self._keys["app of a draft"] = {"pk": draft.app_id}

    def _add_settings(self, bob: Member) -> None:
        workspace = Workspace.current()
        for chosen in (workspace.builders, workspace.webhook_builders):
            chosen.add(bob)
        workspace.default_channels.add(Channel.objects.get(name="support"))
        self._keys["chosen"] = {"member_id": bob.member_id}

    def _add_shortcut(self, alice: Member, about: str) -> None:
        workflow = make_live(
            alice,
            trigger_kind="shortcut",
            trigger_config={"channel": self._keys[about]["channel_id"]},
            variables=[],
            steps=[message_step(Channel.objects.get(name=about))],
        )
        self._keys[f"shortcut in {about}"] = {"pk": workflow.pk}

    def _add(self, about: str, channel: Channel, member: Member) -> None:
        message: Message = post_message(channel=channel, sender=member, text="A secret plan")
        self._keys[about] = {
            "channel_id": channel.channel_id,
            "key": message.pk,
            "member_id": member.member_id,
        }
