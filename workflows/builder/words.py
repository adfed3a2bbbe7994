"""What the builder's script says, in the reader's language, and the icons it offers."""

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.mrkdwn.emoji import emoji_named

NAMES = (
    "zap", "ticket", "rocket", "bell", "memo", "fire_extinguisher", "wave", "rotating_light",
    "white_check_mark", "warning", "bug", "wrench", "gear", "package", "truck", "credit_card",
    "moneybag", "chart_with_upwards_trend", "calendar", "alarm_clock", "hourglass", "mailbox",
    "envelope", "telephone_receiver", "speech_balloon", "mega", "star", "tada", "trophy",
    "bulb", "mag", "lock", "key", "link", "pushpin", "bookmark", "clipboard", "bar_chart",
    "busts_in_silhouette", "bust_in_silhouette", "handshake", "raised_hand", "thumbsup", "heart",
    "sunny", "cloud", "snowflake", "fire", "droplet", "seedling", "coffee", "pizza", "bike",
    "car", "airplane", "house", "office", "hospital", "computer", "iphone", "camera", "art",
)  # fmt: skip
ICONS = [(name, emoji_named(name)) for name in NAMES if emoji_named(name)]


def words() -> dict[str, str]:
    """Return the sentences; `%…` stands for what the script puts in."""
    return {
        "zone": timezone.get_current_timezone_name(),
        "saving": _("Saving…"),
        "saved_first": _("Draft saved"),
        "waiting": _("Not saved yet"),
        "offline": _(
            "No connection since %time. You can go on writing: it is kept on this device and "
            "saved by itself."
        ),
        "signed_out": _(
            "You were signed out. Sign in again in another tab: what you wrote is kept on this "
            "device and saved from there."
        ),
        "not_yours": _(
            "This workflow is no longer there for you. What you wrote since is only on this page."
        ),
        "server_error": _(
            "The server could not save this. What you wrote is kept on this device and tried again."
        ),
        "press_failed": _("This could not be done. Try again when the server answers."),
        "signed_out_press": _(
            "You were signed out. Sign in again in another tab, then press again."
        ),
        "restored": _("What you had not saved here before is back, and saved now."),
        "variables": _("Variables"),
        "variables_with": _("Variables that begin with %text"),
        "no_variables": _("There is no variable yet. Add one above."),
        "show_as": _("Show %key as"),
        "mention": _("Mention"),
        "name": _("Display name"),
        "email": _("E-mail address"),
        "keys": _("Enter inserts, → formats, Esc closes"),
        "nothing_found": _("Nothing found"),
        "kept_mine": _("Yours is saved"),
        "took_theirs": _("Theirs is taken"),
    }
