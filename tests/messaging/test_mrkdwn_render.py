"""Tokens → plain text and HTML."""

import pytest

from messaging.mrkdwn import parse, plain_text, render_html
from messaging.mrkdwn.tokens import Names, Person, Place

BOB, SUPPORT = "U123456789", "C123456789"
NAMES = Names(
    members={BOB: Person("Bob <b>", "bob@x.example", "/members/bob")},
    channels={SUPPORT: Place("support", "/channels/support")},
)
REL = 'rel="nofollow noopener noreferrer"'


def value(text):
    return {"t": "value", "v": text}


def user(form="mention", member_id=BOB):
    return {"t": "user", "id": member_id, "as": form}


def p(*inner):
    return [{"t": "p", "c": list(inner)}]


@pytest.mark.parametrize(
    ("source", "html", "plain"),
    [
        ("*b* _i_ ~s~", "<p><strong>b</strong> <em>i</em> <s>s</s></p>", "b i s"),
        ("`a<b`", "<p><code>a&lt;b</code></p>", "a<b"),
        ("a\nb", "<p>a<br>b</p>", "a\nb"),
        ("a & <b>\"'", "<p>a &amp; &lt;b&gt;&quot;&#x27;</p>", "a & <b>\"'"),
        ("```\na\n<b>```", '<pre class="code mono">a\n&lt;b&gt;</pre>', "a\n<b>"),
        ("> a", '<blockquote class="quote">a</blockquote>', "> a"),
        (
            "> a\n> - b\nc",
            '<blockquote class="quote"><p>a</p><ul><li>b</li></ul></blockquote><p>c</p>',
            "> a\n> • b\nc",
        ),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>", "• a\n• b"),
        ("2. a\n3. b", '<ol start="2"><li>a</li><li>b</li></ol>', "2. a\n3. b"),
        (":ticket:", "<p>🎫</p>", ":ticket:"),
        (
            "<https://x.example/?a=1&b=2|T>",
            f'<p><a href="https://x.example/?a=1&amp;b=2" {REL}>T</a></p>',
            "T (https://x.example/?a=1&b=2)",
        ),
        (
            "http://x.example",
            f'<p><a href="http://x.example" {REL}>http://x.example</a></p>',
            "http://x.example",
        ),
        (
            "bob@x.example",
            f'<p><a href="mailto:bob@x.example" {REL}>bob@x.example</a></p>',
            "bob@x.example",
        ),
        (f"<@{BOB}>", '<p><a class="at" href="/members/bob">@Bob &lt;b&gt;</a></p>', "@Bob <b>"),
        (
            f"<#{SUPPORT}>",
            '<p><a class="at" href="/channels/support">#support</a></p>',
            "#support",
        ),
        ("<@U999999999>", "<p>@U999999999</p>", "@U999999999"),
        ("<#C999999999>", "<p>#private-channel</p>", "#private-channel"),
    ],
)
def test_markup_becomes_html_and_plain_text(source, html, plain):
    assert render_html(parse(source), NAMES) == html
    assert plain_text(parse(source), NAMES) == plain


def test_only_mentions_of_the_reader_are_marked():
    body = p(user(), user("name"))
    assert 'class="at at-me"' in render_html(body, NAMES, me=BOB)
    assert render_html(body, NAMES, me=BOB).count("at-me") == 1
    assert "at-me" not in render_html(body, NAMES, me="U000000000")


@pytest.mark.parametrize(
    ("token", "html", "plain"),
    [
        (user("name"), "Bob &lt;b&gt;", "Bob <b>"),
        (user("email"), f'<a href="mailto:bob@x.example" {REL}>bob@x.example</a>', "bob@x.example"),
        (user("name", "U999999999"), "U999999999", "U999999999"),
        (user("email", "U999999999"), "U999999999", "U999999999"),
    ],
)
def test_a_member_may_be_shown_by_name_or_address(token, html, plain):
    assert render_html(p(token), NAMES) == f"<p>{html}</p>"
    assert plain_text(p(token), NAMES) == plain


def test_without_a_page_nothing_is_linked():
    names = Names({BOB: Person("Bob")}, {SUPPORT: Place("support")})
    body = p(user(), {"t": "channel", "id": SUPPORT}, user("email"))
    assert render_html(body, names) == (
        '<p><span class="at">@Bob</span><span class="at">#support</span>Bob</p>'
    )


@pytest.mark.parametrize(
    ("given", "html"),
    [
        ("*a* _b_ `c`\n> d", "*a* _b_ `c`<br>&gt; d"),
        ("a\r\nb\rc", "a<br>b<br>c"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ('"><svg/onload=x>', "&quot;&gt;&lt;svg/onload=x&gt;"),
        ("]]><!--", "]]&gt;&lt;!--"),
        (
            "<@U123456789> <!channel> @here {{ a }}",
            "&lt;@U123456789&gt; &lt;!channel&gt; @here {{ a }}",
        ),
        (":ticket:", ":ticket:"),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ("java\tscript:alert(1)", "java\tscript:alert(1)"),
        (");background:#000;position:fixed", ");background:#000;position:fixed"),
        ("http://a.example", f'<a href="http://a.example" {REL}>http://a.example</a>'),
        (
            "see\nhttps://a.example/?a&b.",
            f'see<br><a href="https://a.example/?a&amp;b" {REL}>https://a.example/?a&amp;b</a>.',
        ),
        ("<http://a.example/\"x'|label>", None),
    ],
)
def test_a_value_is_shown_as_it_is_with_bare_links(given, html):
    rendered = render_html(p(value(given)), NAMES)
    assert plain_text(p(value(given)), NAMES) == given
    if html is None:
        assert "label&gt;" in rendered
        assert '"x' not in rendered
    else:
        assert rendered == f"<p>{html}</p>"


@pytest.mark.parametrize("kind", ["code", "link"])
def test_values_in_code_and_in_links_hold_no_links(kind):
    inner = [value("http://a.example"), user(), user("email"), {"t": "channel", "id": SUPPORT}]
    rendered = render_html(p({"t": kind, "url": "https://x.example", "c": inner}), NAMES)
    assert rendered.count("<a ") == (1 if kind == "link" else 0)
    assert "http://a.example" in rendered


def test_values_in_preformatted_text_hold_no_links():
    body = [{"t": "pre", "c": [value("http://a.example\n<b>")]}]
    assert render_html(body, NAMES) == '<pre class="code mono">http://a.example<br>&lt;b&gt;</pre>'


def test_a_stored_address_that_is_none_any_more_is_shown_as_its_label():
    body = p({"t": "link", "url": "javascript:alert(1)", "c": [value("x")]})
    assert render_html(body, NAMES) == "<p>x</p>"


RIGHT_TO_LEFT = "\u202e"


@pytest.mark.parametrize(
    "turning",
    [f"4711{RIGHT_TO_LEFT}", "\u05e9\u05dc\u05d5\u05dd", "\u2067x", "\u0645 1", "\U0001e900"],
)
def test_a_value_that_may_turn_the_words_beside_it_is_isolated(turning):
    body = parse("Ticket ") + p(value(turning), {"t": "text", "v": " for all"})
    assert f"<bdi>{turning}</bdi> for all" in render_html(body, NAMES)
    assert f"{turning} for all" in plain_text(body, NAMES), "for search it stays as it was"


def test_in_a_text_that_is_read_from_the_right_every_value_and_name_is_isolated():
    body = p({"t": "text", "v": "\u05e9\u05dc\u05d5\u05dd "}, value("a 12"), user())
    rendered = render_html(body, NAMES)
    assert "<bdi>a 12</bdi>" in rendered
    assert '<bdi><a class="at" href="/members/bob">@Bob &lt;b&gt;</a></bdi>' in rendered


def test_a_name_that_is_read_from_the_right_is_isolated():
    names = Names({BOB: Person("\u05d3\u05e0\u05d4")}, {SUPPORT: Place("\u05e9\u05dc")})
    rendered = render_html(p(user("name"), {"t": "channel", "id": SUPPORT}), names)
    assert rendered.count("<bdi>") == 2


def test_where_nothing_is_read_from_the_right_there_is_no_element_for_it():
    assert "bdi" not in render_html(p(value("Grüße 12 – 34 🎫"), user()), NAMES)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("<https://evil.example/x|https://good.example/x>", "https://evil.example/x"),
        ("<https://evil.example|good.example>", "https://evil.example"),
        ("<https://evil.example|Sign in at www.good.example now>", "https://evil.example"),
        ("<https://evil.example|*good*.example>", "https://evil.example"),
        ("<https://evil.example|good\uff0eexample>", "https://evil.example"),
        ("<https://good.example.evil.example|good.example>", "https://good.example.evil.example"),
        ("<https://good.example/b|https://good.example/a>", "https://good.example/b"),
        ("<mailto:eve@x.example|bob@x.example>", "mailto:eve@x.example"),
        ("<https://evil.example|bob@good.example>", "https://evil.example"),
        ("<https://good.example/1|Ticket>", ""),
        ("<https://good.example/1|good.example>", ""),
        ("<https://www.good.example/1|good.example>", ""),
        ("<https://good.example/|https://good.example>", ""),
        ("<mailto:bob@x.example|bob@x.example>", ""),
        ("<mailto:bob@x.example?subject=a|Write to Bob>", ""),
        ("<https://good.example|Version 1.2, e.g. for you>", ""),
        ("https://good.example/1", ""),
    ],
)
def test_a_label_that_looks_like_another_address_is_shown_with_its_target(source, target):
    rendered = render_html(parse(source), NAMES)
    assert rendered.count("<a ") == 1
    shown = f'</a> <span class="fine">({target})</span>'
    assert (shown in rendered) if target else ("fine" not in rendered)


def test_an_address_with_a_name_before_its_host_is_no_link():
    rendered = render_html(
        parse("https://good.example@evil.example/ <https://a:b@c.example|T>"), NAMES
    )
    assert 'href="https' not in rendered
