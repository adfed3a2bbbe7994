"""A message's tokens → plain text, for search, notifications and the raw view; pure."""

from django.utils.translation import gettext

from messaging.mrkdwn.tokens import Body, Names, Token


def plain_text(body: Body, names: Names) -> str:
    """Return the body as plain text: values verbatim, `@Name`, `#name`, `label (URL)`, `:name:`."""
    out: list[str] = []
    for number, block in enumerate(body):
        if number:
            out.append("\n")
        _write_block(out, block, names, "")
    return "".join(out)


def inline_text(tokens: list[Token], names: Names) -> str:
    """Return inline tokens as plain text: a link's label, for example."""
    out: list[str] = []
    _write(out, tokens, names, "")
    return "".join(out)


def member_text(token: Token, names: Names) -> str:
    """Return how a `user` token reads: `@Name`, the name or the address; else the ID."""
    person = names.members.get(token["id"])
    if person is None:
        return f"@{token['id']}" if token["as"] == "mention" else str(token["id"])
    if token["as"] == "email" and person.email:
        return person.email
    return f"@{person.name}" if token["as"] == "mention" else person.name


def channel_text(token: Token, names: Names) -> str:
    """Return `#name`, or a neutral word for a channel that the reader may not know."""
    place = names.channels.get(token["id"])
    return f"#{place.name if place else gettext('private-channel')}"


def _write_block(out: list[str], block: Token, names: Names, margin: str) -> None:
    kind = block["t"]
    if kind == "quote":
        for number, inner in enumerate(block["c"]):
            if number:
                out.append(f"\n{margin}")
            out.append("> ")
            _write_block(out, inner, names, f"{margin}> ")
    elif kind in ("ul", "ol"):
        first = block.get("start", 1)
        for number, item in enumerate(block["c"]):
            if number:
                out.append(f"\n{margin}")
            out.append(f"{first + number}. " if kind == "ol" else "• ")
            _write(out, item, names, margin)
    else:
        _write(out, block["c"], names, margin)


def _write(out: list[str], tokens: list[Token], names: Names, margin: str) -> None:
    for token in tokens:
        kind = token["t"]
        if kind in ("text", "value"):
            out.append(token["v"])
        elif kind == "br":
            out.append(f"\n{margin}")
        elif kind == "user":
            out.append(member_text(token, names))
        elif kind == "channel":
            out.append(channel_text(token, names))
        elif kind == "emoji":
            out.append(f":{token['v']}:")
        elif kind == "link":
            _write_link(out, token, names)
        else:
            _write(out, token["c"], names, margin)


def _write_link(out: list[str], token: Token, names: Names) -> None:
    label, url = inline_text(token["c"], names), token["url"]
    out.append(label if url in (label, f"mailto:{label}") else f"{label} ({url})")
