"""Slack's mrkdwn → tokens."""

import pytest

from messaging.mrkdwn import parse


def text(value):
    return {"t": "text", "v": value}


def styled(kind, *inner):
    return {"t": kind, "c": [text(one) if isinstance(one, str) else one for one in inner]}


def link(url, *label):
    return {"t": "link", "url": url, "c": [text(one) for one in label or (url,)]}


BR = {"t": "br"}


def line(source, **options):
    [paragraph] = parse(source, **options)
    assert paragraph["t"] == "p"
    return paragraph["c"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain", [text("plain")]),
        ("*bold*", [styled("b", "bold")]),
        ("_italic_", [styled("i", "italic")]),
        ("~strike~", [styled("s", "strike")]),
        ("`code *x* <@U123456789>`", [styled("code", "code *x* <@U123456789>")]),
        ("a *b c* d", [text("a "), styled("b", "b c"), text(" d")]),
        ("(*b*), “_i_”", [text("("), styled("b", "b"), text("), “"), styled("i", "i"), text("”")]),
        ("*_both_*", [styled("b", styled("i", "both"))]),
        ("*a _b_ c*", [styled("b", "a ", styled("i", "b"), " c")]),
        ("*a `b*` c*", [styled("b", "a ", styled("code", "b*"), " c")]),
        ("*a*b*", [styled("b", "a*b")]),
        ("*a _b* c_", [styled("b", "a _b"), text(" c_")]),
        ("5 *stars and *bold*", [text("5 *stars and "), styled("b", "bold")]),
        ("*a\nb*", [text("*a"), BR, text("b*")]),
        ("a\n\nb", [text("a"), BR, BR, text("b")]),
        ("a\r\nb\rc", [text("a"), BR, text("b"), BR, text("c")]),
        ("\n\na\n \n", [text("a")]),
    ],
)
def test_inline_styles_are_read_as_slack_reads_them(source, expected):
    assert line(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "a*b*c",
        "snake_case_name",
        "1~2~3",
        "x * a*",
        "2 * 3 * 4",
        "*a *",
        "**bold**",
        "***",
        "__init__",
        "~~~",
        "``",
        "`open",
        "a `b",
        "{{ key }}",
        "@channel @here @everyone @alice",
        "<!channel> <!here> <!subteam^S1>",
        "＠channel",
        "<@U1>",
        "<@nobody>",
        "<#general>",
        ":no_such_emoji:",
        "10:100:1000",
        "12:30:45",
        ":: : ::",
        "<",
        "<>",
        "<|>",
        "<b>x</b>",
        "<https://>",
        "<https:evil.example|x>",
        "<https:///evil.example|x>",
        "<javascript:alert(1)|x>",
        "<JaVaScRiPt:alert(1)|x>",
        "<java\tscript:alert(1)|x>",
        "< javascript:alert(1)|x>",
        "<data:text/html,x|x>",
        "<vbscript:x|x>",
        "<//evil.example|x>",
        "<ftp://a.example|x>",
        "<mailto:|x>",
        "<mailto:@|x>",
        "<https://a.example\\@evil.example|x>",
        "javascript:alert(1)",
        "java\tscript://a.example",
        "data:text/html,x",
        "ftp://a.example",
        "//a.example",
        "www.a.example",
        "a.example/x",
        "https://",
        "mailto:",
        "xhttp://a.example",
        "&lt;b&gt;",
        "a > b",
    ],
)
def test_everything_else_stays_text(source):
    assert line(source) == [text(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<https://x.example|label>", [link("https://x.example", "label")]),
        ("<https://x.example>", [link("https://x.example")]),
        ("<https://x.example|>", [link("https://x.example")]),
        ("<mailto:bob@x.example|Bob>", [link("mailto:bob@x.example", "Bob")]),
        ("<HTTP://X.example/a b|c>", [text("<"), link("HTTP://X.example/a"), text(" b|c>")]),
        ("see https://x.example/a.", [text("see "), link("https://x.example/a"), text(".")]),
        ("(http://x.example/a)", [text("("), link("http://x.example/a"), text(")")]),
        ("http://x.example/_a_/b_c", [link("http://x.example/_a_/b_c")]),
        ("http://x.example/a*", [link("http://x.example/a*")]),
        ("*http://x.example/a*", [styled("b", link("http://x.example/a"))]),
        ("_see http://x.example_", [styled("i", "see ", link("http://x.example"))]),
        (
            "*_http://x.example/a_*.",
            [styled("b", styled("i", link("http://x.example/a"))), text(".")],
        ),
        ("*b* http://x.example/a_", [styled("b", "b"), text(" "), link("http://x.example/a_")]),
        ("http://localhost:8000/", [link("http://localhost:8000/")]),
        ("http://x.example/`c`", [link("http://x.example/"), styled("code", "c")]),
        ("`http://x.example`", [styled("code", "http://x.example")]),
        ("bob@x.example!", [link("mailto:bob@x.example", "bob@x.example"), text("!")]),
        ("mailto:bob@x.example", [link("mailto:bob@x.example")]),
        ("a@b", [text("a@b")]),
        (
            "<http://x.example|see http://y.example>",
            [link("http://x.example", "see http://y.example")],
        ),
    ],
)
def test_links_lead_to_http_https_and_mailto(source, expected):
    assert line(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<@U123456789>", {"t": "user", "id": "U123456789", "as": "mention"}),
        ("<@U123456789|bob>", {"t": "user", "id": "U123456789", "as": "mention"}),
        ("<#C123456789>", {"t": "channel", "id": "C123456789"}),
        ("<#C123456789|general>", {"t": "channel", "id": "C123456789"}),
        (":ticket:", {"t": "emoji", "v": "ticket"}),
        (":+1:", {"t": "emoji", "v": "+1"}),
        (":large_green_circle:", {"t": "emoji", "v": "large_green_circle"}),
    ],
)
def test_mentions_channels_and_emoji_are_tokens(source, expected):
    assert line(source) == [expected]
    assert line(f"*{source}*") == [{"t": "b", "c": [expected]}]


def test_two_emoji_may_touch():
    assert line(":tada::tada:") == [{"t": "emoji", "v": "tada"}] * 2


def p(*inner):
    return styled("p", *inner)


def quote(*blocks):
    return {"t": "quote", "c": list(blocks)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", []),
        (" \n\n ", []),
        ("> a", [quote(p("a"))]),
        (">a\n>b\nc", [quote(p("a", BR, "b")), p("c")]),
        ("a\n> b\n\n> c", [p("a"), quote(p("b")), quote(p("c"))]),
        (">", []),
        (">>> a\n> b\n\nc", [quote(p("a"), quote(p("b")), p("c"))]),
        ("> a\n>> b", [quote(p("a"), quote(p("b")))]),
        ("> - a\n> - b", [quote({"t": "ul", "c": [[text("a")], [text("b")]]})]),
        ("> ```\n> a\n> ```", [quote({"t": "pre", "c": [text("a")]})]),
        (
            "- a\n• b\n* c *d*",
            [{"t": "ul", "c": [[text("a")], [text("b")], [text("c "), styled("b", "d")]]}],
        ),
        ("-a\n- \n•", [p("-a", BR, "- ", BR, "•")]),
        ("1. a\n2. b", [{"t": "ol", "c": [[text("a")], [text("b")]]}]),
        (
            "3. a\n7. b",
            [
                {"t": "ol", "start": 3, "c": [[text("a")]]},
                {"t": "ol", "start": 7, "c": [[text("b")]]},
            ],
        ),
        ("a\n- b\nc", [p("a"), {"t": "ul", "c": [[text("b")]]}, p("c")]),
        ("```a```", [{"t": "pre", "c": [text("a")]}]),
        ("```\na\n  *b*\n\n> c\n```", [{"t": "pre", "c": [text("a\n  *b*\n\n> c")]}]),
        ("a ```b\nc``` d", [p("a "), {"t": "pre", "c": [text("b\nc")]}, p(" d")]),
        ("```a``` ```b```", [{"t": "pre", "c": [text("a")]}, {"t": "pre", "c": [text("b")]}]),
        ("- a ```b```", [{"t": "ul", "c": [[text("a ")]]}, {"t": "pre", "c": [text("b")]}]),
        ("``` a", [p("``` a")]),
        ("`````", [p("`````")]),
        (
            "http://x.example/```a```",
            [p(link("http://x.example/")), {"t": "pre", "c": [text("a")]}],
        ),
    ],
)
def test_blocks(source, expected):
    assert parse(source) == expected


def test_quotes_nest_to_a_bound():
    body, depth = parse(">" * 2 + "> " * 50 + "a"), 0
    while body[0]["t"] == "quote":
        body, depth = body[0]["c"], depth + 1
    assert depth == 4
    assert body[0]["c"][0]["v"].startswith(">")


def var(key, form=""):
    return {"t": "var", "key": key, "format": form}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ a }}", [var("a")]),
        ("{{a}}", [var("a")]),
        ("{{ a|name }}{{a | email}}", [var("a", "name"), var("a", "email")]),
        ("{{{a}}}", [text("{"), var("a"), text("}")]),
        ("*{{ a }}*", [{"t": "b", "c": [var("a")]}]),
        ("*T:*{{ a }}", [styled("b", "T:"), var("a")]),
        ("{{a}}_{{b}}_{{c}}", [var("a"), text("_"), var("b"), text("_"), var("c")]),
        ("`x {{ a }}`", [styled("code", "x ", var("a"))]),
        ("<@{{ a }}>", [text("<@"), var("a"), text(">")]),
        ("<#{{ a }}>", [text("<#"), var("a"), text(">")]),
        (":{{ a }}:", [text(":"), var("a"), text(":")]),
        ("<{{ a }}|T>", [{"t": "link", "url_parts": [var("a")], "c": [text("T")]}]),
        ("<{{ a|name }}|T>", [{"t": "link", "url_parts": [var("a", "name")], "c": [text("T")]}]),
        ("<{{ a }}>", [{"t": "link", "url_parts": [var("a")], "c": [var("a")]}]),
        (
            "<https://x.example/{{ a }}?q|*T* {{ b }}>",
            [
                {
                    "t": "link",
                    "url_parts": ["https://x.example/", var("a"), "?q"],
                    "c": [styled("b", "T"), text(" "), var("b")],
                }
            ],
        ),
        (
            "https://x.example/{{ a }}.",
            [
                {
                    "t": "link",
                    "url_parts": ["https://x.example/", var("a")],
                    "c": [text("https://x.example/"), var("a")],
                },
                text("."),
            ],
        ),
        (
            "{{ a }}@x.example",
            [
                {
                    "t": "link",
                    "url_parts": ["mailto:", var("a"), "@x.example"],
                    "c": [var("a"), text("@x.example")],
                }
            ],
        ),
        ("<javascript:{{ a }}|T>", [text("<javascript:"), var("a"), text("|T>")]),
        ("<{{ a }}, hello>", [text("<"), var("a"), text(", hello>")]),
        (
            "{{ }} {{ a b }} {{ a|nope }} {{ 1a }} {{a",
            [text("{{ }} {{ a b }} {{ a|nope }} {{ 1a }} {{a")],
        ),
    ],
)
def test_variables_are_atoms(source, expected):
    assert line(source, variables=True) == expected


def test_variables_stand_in_preformatted_text_and_begin_no_block():
    assert parse("```\n{{ a }}\n- b```", variables=True) == [
        {"t": "pre", "c": [var("a"), text("\n- b")]}
    ]
    assert parse("{{ a }}\n> {{ b }}", variables=True) == [p(var("a")), quote(p(var("b")))]


def test_a_key_has_at_most_64_characters():
    key = "k" * 64
    assert line(f"{{{{{key}}}}}", variables=True) == [var(key)]
    assert line(f"{{{{{key}k}}}}", variables=True) == [text(f"{{{{{key}k}}}}")]
