"""Slack's mrkdwn: text → a message's tokens → plain text and HTML; pure."""

from messaging.mrkdwn.blocks import read_blocks
from messaging.mrkdwn.html import render_html
from messaging.mrkdwn.plain import plain_text
from messaging.mrkdwn.source import Source
from messaging.mrkdwn.tokens import Body, cut, references

__all__ = ["cut", "parse", "plain_text", "references", "render_html"]


def parse(text: str, *, variables: bool = False) -> Body:
    """Return the tokens of a text; with `variables` also its `{{ key }}`, as `var` tokens.

    Never raises: what isn't markup is text. The time it takes grows with the length only.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return read_blocks(Source(text, variables=variables))
