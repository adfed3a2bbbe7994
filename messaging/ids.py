"""Public IDs: a letter that says what it is, then characters of A-Z0-9, as Slack writes them."""

import secrets

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
PATTERN = r"[A-Z0-9]{9,31}"


def make_id(prefix: str, length: int = 10) -> str:
    """Return a random public ID such as `U7F3K2M9QX` (36^10 values for the default length)."""
    number, characters = secrets.randbelow(len(ALPHABET) ** length), []
    for _ in range(length):
        number, place = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[place])
    return prefix + "".join(characters)


def make_member_id() -> str:
    """Return a new member ID (`U…`)."""
    return make_id("U")


def make_channel_id() -> str:
    """Return a new ID of a public or private channel (`C…`)."""
    return make_id("C")
