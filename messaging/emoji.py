"""Emoji by their Slack-like short names (`:ticket:`)."""

import functools

import emoji

FALLBACK = "⚡"


@functools.lru_cache(maxsize=4096)
def emoji_character(icon: str) -> str:
    """Return the character of `:name:`; a character stays as it is; unknown names: a flash."""
    if not icon:
        return FALLBACK
    found = emoji.emojize(icon, language="alias", variant="emoji_type")
    return FALLBACK if found == icon and icon.startswith(":") else found


def is_emoji(icon: str) -> bool:
    """Tell whether the text is one emoji, by its short name or as a character."""
    return emoji.is_emoji(emoji.emojize(icon, language="alias")) or emoji.is_emoji(
        emoji.emojize(icon, language="alias", variant="emoji_type")
    )
