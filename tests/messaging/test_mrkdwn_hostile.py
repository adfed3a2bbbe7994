"""mrkdwn against hostile text: nothing breaks out, and the work grows with the length only."""

import json
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.mrkdwn import cut, links, parse, plain_text, references, render_html
from messaging.mrkdwn.tokens import Names, Person

NAMES = Names(members={"U123456789": Person("<b>Bob", '"@x', '/"><script>')})
ALLOWED = {
    *("p", "br", "bdi", "strong", "em", "s", "code", "a", "span"),
    *("pre", "blockquote", "ul", "ol", "li"),
}
SNIPPETS = st.sampled_from(
    [
        *("*", "_", "~", "`", "```", "> ", ">>> ", "- ", "1. ", "\n", " ", "<", ">", "|", ":", "&"),
        *("<script>", '"', "'", "<@U123456789>", "<#C123456789>", ":ticket:", "http://a.example"),
        *("javascript:", "java\tscript:", "mailto:a@b.example", "a@b.example", "{{ a }}", "{{"),
        *("<https://a.example|", "\x00", "\ud800", "\u2028", "é", "＠", "onload=", "(", "[", "]]>"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(SNIPPETS, max_size=30).map("".join))


class Checked(HTMLParser):
    """Reads HTML as a browser would and refuses what isn't of ours."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED
        allowed = {"a": {"href", "rel", "class"}, "ol": {"start"}}.get(tag, {"class"})
        assert {name for name, _ in attrs} <= allowed
        href = dict(attrs).get("href", "/")
        assert href.startswith(("https://", "http://", "mailto:", "/")) or href.lower().startswith(
            ("https://", "http://", "mailto:")
        )
        if tag != "br":
            assert not (tag == "a" and "a" in self.open), "a link in a link"
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(f"comment {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def check_html(html):
    checked = Checked()
    checked.feed(html)
    checked.close()
    assert checked.open == []


@given(TEXTS)
def test_any_text_becomes_only_the_tags_that_we_know(text):
    check_html(render_html(parse(text), NAMES, me="U123456789"))


@given(TEXTS)
def test_any_value_becomes_only_links_and_line_breaks(value):
    html = render_html([{"t": "p", "c": [{"t": "value", "v": value}]}], NAMES)
    check_html(html)
    assert not any(f"<{tag}" in html for tag in ALLOWED - {"p", "br", "a", "bdi"} if tag != "s")


@given(TEXTS)
def test_any_text_can_be_stored_searched_and_cut(text):
    body = parse(text)
    assert json.loads(json.dumps(body)) == body
    assert isinstance(plain_text(cut(body, limit=20), NAMES), str)


@given(st.text(alphabet=st.characters(categories=["L", "N", "Zs"]), min_size=1))
def test_text_without_markup_stays_as_it_is(text):
    assert plain_text(parse(text), NAMES) == (text if text.strip() else "")


@given(TEXTS)
def test_only_a_whole_mention_in_the_text_names_somebody(text):
    members = references(parse(text)).members
    assert all(f"<@{member}" in text for member in members)


@given(TEXTS)
def test_found_links_lie_in_the_text_in_order(text):
    at = 0
    for link in links.find_links(text):
        assert at <= link.start < link.end <= len(text)
        assert link.url in (text[link.start : link.end], "mailto:" + text[link.start : link.end])
        at = link.end


HOSTILE = [
    *("*", "_", "~", "`", "[", "(((", "a@a@a@", "http://", "````", "> ", ">", ">>> ", "<", "<<>"),
    *("*a ", " a*", "*a _b ~c ", "`a ", "` `` ", ":a", ":a:", "{{", "{{ a }}", "{{ a ", "{"),
    *("\n", "> \n", "> > > > \n", "```\n", "- ", "- ```\n", "- a\n", "1. ", "*a\n", "\r\n"),
    *("<http://a.b/", "<http://a.b/|", "<@U", "<{{ a }}|b> ", "http://a.b/{{ a }}", "_*~a", "**a"),
    *("http://a.b/(", "http://a.b/( ", "http://a.b/...", "http://a.b/[", "http://a@", "a@b."),
    *("a.b@c.de ", "*http://a.b* ", "&", "|"),
]


def work(text):
    """Count the calls, of Python and of C, that it takes to read and to write the text."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    names = Names()
    sys.setprofile(count)
    try:
        body = parse(text, variables=True)
        body = parse(text)
        plain_text(body, names)
        render_html(body, names)
        cut(body)
        references(body)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("pattern", HOSTILE)
def test_twice_the_text_is_at_most_three_times_the_work(pattern):
    work(pattern)
    once, twice = (work((pattern * size)[:size]) for size in (2_000, 4_000))
    assert twice <= 3 * once


@pytest.mark.parametrize("pattern", HOSTILE)
def test_50_kilobytes_are_read_and_written(pattern):
    text = (pattern * 50_000)[:50_000]
    body = parse(text)
    check_html(render_html(body, NAMES))
    check_html(render_html([{"t": "p", "c": [{"t": "value", "v": text}]}], NAMES))


@pytest.mark.parametrize("pattern", ["http://a.b/(", "http://a.b/[ ", "(http://a.b/...", "http://"])
def test_the_link_finder_looks_at_a_text_a_bounded_number_of_times(pattern, monkeypatch):
    looked_at = 0
    finder = links._linkify()
    validate = finder._compiled["http:"]["validate"]

    def counted(text, at):
        nonlocal looked_at
        looked_at += len(text[at:].split()[0]) if text[at:].split() else 0
        return validate(text, at)

    for scheme in ("http:", "https:"):
        monkeypatch.setitem(finder._compiled[scheme], "validate", counted)
    links.find_links(pattern * 1_000)
    assert looked_at <= links.MAX_SCHEMES_IN_A_WORD * len(pattern * 1_000)
