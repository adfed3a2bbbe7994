"""Emoji by their Slack-like short names (`:ticket:`)."""

import functools

import emoji

FALLBACK = "⚡"


# Slack's own names for some of them.
SLACK_NAMES = {
    "face_palm": "🤦",
    "ladybug": "🐞",
    "large_green_circle": "🟢",
    "large_orange_circle": "🟠",
    "large_purple_circle": "🟣",
    "large_red_circle": "🔴",
    "large_yellow_circle": "🟡",
    "medal": "🏅",
    "octagonal_sign": "🛑",
    "shopping_trolley": "🛒",
    "simple_smile": "🙂",
}


def emoji_named(name: str) -> str:
    """Return the character of a short name without colons, or "" where nobody knows it."""
    return _characters().get(name, "")


@functools.cache
def _characters() -> dict[str, str]:
    """Return all names at once: a look-up of `emoji.emojize` costs a millisecond each."""
    names, aliases = {}, {}
    for character, about in emoji.EMOJI_DATA.items():
        if about["status"] == emoji.STATUS["fully_qualified"]:
            names[about["en"].strip(":")] = character
            aliases.update({alias.strip(":"): character for alias in about.get("alias", ())})
    return names | aliases | SLACK_NAMES


@functools.lru_cache(maxsize=4096)
def emoji_character(icon: str) -> str:
    """Return the character of `:name:`; a character stays as it is; unknown names: a flash."""
    if not icon:
        return FALLBACK
    found = emoji.emojize(icon, language="alias", variant="emoji_type")
    if found == icon and icon.startswith(":"):
        return emoji_named(icon.strip(":")) or FALLBACK
    return found


def is_emoji(icon: str) -> bool:
    """Tell whether the text is one emoji, by its short name or as a character."""
    if icon[:1] == icon[-1:] == ":" and emoji_named(icon[1:-1]):
        return True
    return emoji.is_emoji(emoji.emojize(icon, language="alias")) or emoji.is_emoji(
        emoji.emojize(icon, language="alias", variant="emoji_type")
    )
