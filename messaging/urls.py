"""The routes of members, channels and messages."""

from django.urls import path, register_converter

from messaging.requests.converters import PublicIDConverter
from messaging.views import about, channel, channels, direct, door, settings, welcome, workspace
from messaging.workspace_settings import BUILDERS, WEBHOOK_BUILDERS

register_converter(PublicIDConverter, "id")

app_name = "messaging"

urlpatterns = [
    path("", channels.home, name="home"),
    path("sign-in", door.sign_in, name="sign_in"),
    path("sign-out", door.sign_out, name="sign_out"),
    path("language", door.set_language, name="set_language"),
    path("theme", door.set_theme, name="set_theme"),
    path("welcome", welcome.first_run, name="first_run"),
    path("welcome/done", welcome.welcome, name="welcome"),
    path("settings", settings.settings, name="settings"),
    path("settings/password", settings.password, name="password"),
    path("workspace", workspace.workspace, name="workspace"),
    path(
        "workspace/builders",
        workspace.choose,
        {"list_name": BUILDERS},
        name=f"choose_{BUILDERS}",
    ),
    path(
        "workspace/builders/<id:member_id>/remove",
        workspace.drop,
        {"list_name": BUILDERS},
        name=f"drop_{BUILDERS}",
    ),
    path(
        "workspace/webhook-builders",
        workspace.choose,
        {"list_name": WEBHOOK_BUILDERS},
        name=f"choose_{WEBHOOK_BUILDERS}",
    ),
    path(
        "workspace/webhook-builders/<id:member_id>/remove",
        workspace.drop,
        {"list_name": WEBHOOK_BUILDERS},
        name=f"drop_{WEBHOOK_BUILDERS}",
    ),
    path("workspace/channels", workspace.add_channel, name="add_default_channel"),
    path(
        "workspace/channels/<id:channel_id>/remove",
        workspace.remove_channel,
        name="remove_default_channel",
    ),
    path("channels", channels.channels, name="channels"),
    path("channels/new", channels.new_channel, name="new_channel"),
    path("channels/<id:channel_id>", channel.channel, name="channel"),
    path("channels/<id:channel_id>/messages/<int:key>", channel.message, name="message"),
    path("channels/<id:channel_id>/after", channel.after, name="after"),
    path("channels/<id:channel_id>/before", channel.before, name="before"),
    path("channels/<id:channel_id>/send", channel.send, name="send"),
    path("channels/<id:channel_id>/read", channel.read, name="read"),
    path("channels/<id:channel_id>/join", channels.join, name="join"),
    path("channels/<id:channel_id>/leave", channels.leave, name="leave"),
    path("channels/<id:channel_id>/members", about.members, name="channel_members"),
    path("channels/<id:channel_id>/topic", about.topic, name="topic"),
    path("channels/<id:channel_id>/rename", about.rename, name="rename"),
    path("channels/<id:channel_id>/invite", about.invite, name="invite"),
    path("channels/<id:channel_id>/remove/<id:member_id>", about.remove, name="remove"),
    path("channels/<id:channel_id>/archive", about.archive, name="archive"),
    path("channels/<id:channel_id>/unarchive", about.unarchive, name="unarchive"),
    path("sidebar", direct.sidebar, name="sidebar"),
    path("direct", direct.direct, name="direct"),
    path("members/<id:member_id>", direct.member, name="member"),
    path("health", door.health, name="health"),
    path("robots.txt", door.robots, name="robots"),
    path("favicon.ico", door.favicon, name="favicon"),
]
