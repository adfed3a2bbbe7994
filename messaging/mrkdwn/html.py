"""A message's tokens → HTML; every text is escaped here and nowhere else; pure."""

import re
from collections.abc import Callable, Iterator

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from messaging.mrkdwn.emoji import emoji_named
from messaging.mrkdwn.links import find_links, looks_like_another, safe_url
from messaging.mrkdwn.plain import channel_text, inline_text, member_text
from messaging.mrkdwn.tokens import Body, Names, Token, leaves

# What is read from right to left, and the marks that turn what follows them.
_TURNING = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
TAGS = {"b": "strong", "i": "em", "s": "s", "code": "code", "p": "p"}


def render_html(body: Body, names: Names, *, me: str = "") -> SafeString:
    """Return the body as HTML; `me` is the member ID whose mentions are marked as the reader's.

    Values and names are isolated: none turns the words beside it round. Where nothing is read from
    right to left there is nothing to turn, and no element for it.
    """
    writer = _Writer(names, me, is_turning=any(map(_TURNING.search, _shown(body, names))))
    for block in body:
        writer.block(block)
    return mark_safe("".join(writer.out))


def _shown(body: Body, names: Names) -> Iterator[str]:
    """Yield what stands in the body, in pieces."""
    for token in leaves(body):
        kind = token["t"]
        if kind in ("text", "value"):
            yield token["v"]
        elif kind == "user":
            yield member_text(token, names)
        elif kind == "channel":
            yield channel_text(token, names)


class _Writer:
    """Writes pieces of HTML: constants, and what `escape` or `format_html` return."""

    def __init__(self, names: Names, me: str, *, is_turning: bool) -> None:
        self.names, self.me, self.is_turning = names, me, is_turning
        self.out: list[str] = []

    def block(self, block: Token) -> None:
        kind = block["t"]
        if kind == "pre":
            self.out.append('<pre class="code mono">')
            self.inlines(block["c"], is_literal=True)
            self.out.append("</pre>")
        elif kind == "quote":
            self.quote(block["c"])
        elif kind in ("ul", "ol"):
            self.listing(block)
        else:
            self.enclosed("p", block["c"])

    def quote(self, blocks: Body) -> None:
        self.out.append('<blockquote class="quote">')
        if len(blocks) == 1 and blocks[0]["t"] == "p":
            self.inlines(blocks[0]["c"])
        else:
            for block in blocks:
                self.block(block)
        self.out.append("</blockquote>")

    def listing(self, block: Token) -> None:
        tag = "ol" if block["t"] == "ol" else "ul"
        start = format_html(' start="{}"', block["start"]) if "start" in block else ""
        self.out.append(f"<{tag}{start}>")
        for item in block["c"]:
            self.enclosed("li", item)
        self.out.append(f"</{tag}>")

    def enclosed(self, tag: str, tokens: list[Token], *, is_literal: bool = False) -> None:
        self.out.append(f"<{tag}>")
        self.inlines(tokens, is_literal=is_literal)
        self.out.append(f"</{tag}>")

    def inlines(self, tokens: list[Token], *, is_literal: bool = False) -> None:
        """Write inline tokens; literal ones, in code and in links, hold no further link."""
        for token in tokens:
            self.inline(token, is_literal)

    def inline(self, token: Token, is_literal: bool) -> None:
        kind = token["t"]
        if kind == "text":
            self.out.append(escape(token["v"]))
        elif kind == "value":
            self.isolated(lambda: self.value(token["v"], is_literal))
        elif kind == "br":
            self.out.append("<br>")
        elif kind == "emoji":
            self.out.append(escape(emoji_named(token["v"]) or f":{token['v']}:"))
        elif kind == "link":
            self.link(token, is_literal)
        elif kind == "user":
            self.isolated(lambda: self.member(token, is_literal))
        elif kind == "channel":
            self.isolated(lambda: self.channel(token, is_literal))
        else:
            self.enclosed(TAGS[kind], token["c"], is_literal=is_literal or kind == "code")

    def isolated(self, write: Callable[[], None]) -> None:
        self.out.append("<bdi>" if self.is_turning else "")
        write()
        self.out.append("</bdi>" if self.is_turning else "")

    def value(self, value: str, is_literal: bool) -> None:
        at = 0
        for link in [] if is_literal else find_links(value):
            self.lines(value[at : link.start])
            self.anchor(link.url, escape(value[link.start : link.end]))
            at = link.end
        self.lines(value[at:])

    def lines(self, text: str) -> None:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.out.append("<br>".join(map(escape, lines)))

    def link(self, token: Token, is_literal: bool) -> None:
        url = "" if is_literal else safe_url(token["url"])
        if not url:
            self.inlines(token["c"], is_literal=is_literal)
            return
        label = _Writer(self.names, self.me, is_turning=self.is_turning)
        label.inlines(token["c"], is_literal=True)
        self.anchor(url, mark_safe("".join(label.out)))
        if looks_like_another(inline_text(token["c"], self.names), url):
            self.out.append(format_html(' <span class="fine">({})</span>', url))

    def anchor(self, url: str, label: SafeString) -> None:
        self.out.append(
            format_html('<a href="{}" rel="nofollow noopener noreferrer">{}</a>', url, label)
        )

    def member(self, token: Token, is_literal: bool) -> None:
        text = member_text(token, self.names)
        person = self.names.members.get(token["id"])
        if person is None or token["as"] == "name":
            self.out.append(escape(text))
        elif token["as"] == "email":
            address = "" if is_literal else safe_url(f"mailto:{text}")
            self.anchor(address, escape(text)) if address else self.out.append(escape(text))
        else:
            self.mention(text, "" if is_literal else person.url, is_me=token["id"] == self.me)

    def channel(self, token: Token, is_literal: bool) -> None:
        place = self.names.channels.get(token["id"])
        text = channel_text(token, self.names)
        if place is None:
            self.out.append(escape(text))
        else:
            self.mention(text, "" if is_literal else place.url)

    def mention(self, text: str, url: str, *, is_me: bool = False) -> None:
        css = "at at-me" if is_me else "at"
        self.out.append(
            format_html('<a class="{}" href="{}">{}</a>', css, url, text)
            if url
            else format_html('<span class="{}">{}</span>', css, text)
        )
