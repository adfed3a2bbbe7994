"""The `{{ variables }}` of a builder's text: found, checked and filled."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from messaging.mrkdwn import plain_text, references, render_html
from messaging.mrkdwn.tokens import Names, Person
from workflows.text.template_text import (
    MemberValue,
    TextValue,
    VariableUse,
    check,
    compile_text,
    fill,
    variables_in,
)

BOB = MemberValue("U123456789", "Bob", "bob@x.example")
NAMES = Names(members={"U123456789": Person("Bob", "bob@x.example", "/members/bob")})
REL = 'rel="nofollow noopener noreferrer"'
KINDS = {"support_link": "text", "agent": "member", "count": "number"}


def filled(source, **values):
    texts = {key: TextValue(one) if isinstance(one, str) else one for key, one in values.items()}
    return fill(compile_text(source), texts)


def html(source, **values):
    return render_html(filled(source, **values), NAMES)


def text(source, **values):
    return plain_text(filled(source, **values), NAMES)


def test_the_ticket_workflow_of_the_help_page_reads_well():
    source = "*New ticket:* {{ support_ticket_link }}\nAssigned to {{ assigned_support_agent }}"
    values = {"support_ticket_link": "Exemple de texte", "assigned_support_agent": BOB}
    assert text(source, **values) == "New ticket: Exemple de texte\nAssigned to @Bob"
    assert html(source, **values) == (
        "<p><strong>New ticket:</strong> Exemple de texte<br>"
        'Assigned to <a class="at" href="/members/bob">@Bob</a></p>'
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ v }}", "<p>*x* &lt;@U123456789&gt; {{ v }}</p>"),
        ("*{{ v }}*", "<p><strong>*x* &lt;@U123456789&gt; {{ v }}</strong></p>"),
        ("`{{ v }}`", "<p><code>*x* &lt;@U123456789&gt; {{ v }}</code></p>"),
        ("```{{ v }}```", '<pre class="code mono">*x* &lt;@U123456789&gt; {{ v }}</pre>'),
        ("> {{ v }}", '<blockquote class="quote">*x* &lt;@U123456789&gt; {{ v }}</blockquote>'),
        ("- {{ v }}", "<ul><li>*x* &lt;@U123456789&gt; {{ v }}</li></ul>"),
        ("<@{{ v }}>", "<p>&lt;@*x* &lt;@U123456789&gt; {{ v }}&gt;</p>"),
        (
            "<https://x.example|{{ v }}>",
            f'<p><a href="https://x.example" {REL}>*x* &lt;@U123456789&gt; {{{{ v }}}}</a></p>',
        ),
    ],
)
def test_a_value_takes_the_style_of_its_place_and_adds_none(source, expected):
    body = filled(source, v="*x* <@U123456789> {{ v }}")
    assert render_html(body, NAMES) == expected
    assert references(body).members == frozenset()


def test_member_id_in_a_text_variable_is_no_mention():
    assert references(filled("{{ v }} <@{{ v }}>", v="U123456789")).members == frozenset()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ m }}", {"t": "user", "id": "U123456789", "as": "mention"}),
        ("{{ m|name }}", {"t": "user", "id": "U123456789", "as": "name"}),
        ("{{ m|email }}", {"t": "user", "id": "U123456789", "as": "email"}),
    ],
)
def test_a_member_is_mentioned_named_or_addressed(source, expected):
    [paragraph] = filled(source, m=BOB)
    assert paragraph["c"] == [expected]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("`{{ m }} {{ m|name }} {{ m|email }}`", "<p><code>Bob Bob bob@x.example</code></p>"),
        ("```{{ m }}```", '<pre class="code mono">Bob</pre>'),
        (
            "<https://x.example/{{ m }}?{{ m|email }}|T>",
            f'<p><a href="https://x.example/Bob?bob@x.example" {REL}>T</a></p>',
        ),
        (
            "<https://x.example|{{ m }}>",
            f'<p><a href="https://x.example" {REL}><span class="at">@Bob</span></a></p>',
        ),
        ("<{{ m }}|T>", '<p>T (<a class="at" href="/members/bob">@Bob</a>)</p>'),
    ],
)
def test_a_member_in_code_or_in_an_address_is_text(source, expected):
    assert html(source, m=BOB) == expected


@pytest.mark.parametrize("form", ["", "|name", "|email"])
def test_a_text_in_place_of_a_member_is_shown_as_that_text(form):
    [paragraph] = filled("{{ m" + form + " }}", m="Nobody")
    assert paragraph["c"] == [{"t": "value", "v": "Nobody"}]


def test_a_missing_value_is_empty():
    assert html("a {{ v }} b") == "<p>a  b</p>"


@pytest.mark.parametrize(
    ("source", "value", "expected", "plain"),
    [
        (
            "<{{ v }}|T>",
            "https://a.example/1",
            '<a href="https://a.example/1" REL>T</a>',
            "T (https://a.example/1)",
        ),
        (
            "<{{ v }}|T>",
            " https://a.example ",
            '<a href="https://a.example" REL>T</a>',
            "T (https://a.example)",
        ),
        (
            "<{{ v }}|T>",
            "mailto:a@b.example",
            '<a href="mailto:a@b.example" REL>T</a>',
            "T (mailto:a@b.example)",
        ),
        (
            "<{{ v }}>",
            "https://a.example",
            '<a href="https://a.example" REL>https://a.example</a>',
            "https://a.example",
        ),
        ("<{{ v }}|T>", "", "T", "T"),
        ("<{{ v }}|T>", "4711", "T (4711)", "T (4711)"),
        ("<{{ v }}>", "4711", "4711", "4711"),
        (
            "<{{ v }}|T>",
            "javascript:alert(1)",
            "T (javascript:alert(1))",
            "T (javascript:alert(1))",
        ),
        (
            "<{{ v }}|T>",
            "java\tscript:alert(1)",
            "T (java\tscript:alert(1))",
            "T (java\tscript:alert(1))",
        ),
        ("<{{ v }}|T>", "https://", "T (https://)", "T (https://)"),
        (
            "<{{ v }}|T>",
            "https://a.example|X>",
            'T (<a href="https://a.example|X" REL>https://a.example|X</a>&gt;)',
            "T (https://a.example|X>)",
        ),
        (
            "<{{ v }}://a.example|T>",
            "javascript",
            "T (javascript://a.example)",
            "T (javascript://a.example)",
        ),
        (
            "<https://a.example/{{ v }}|T>",
            'a b"<>',
            '<a href="https://a.example/a%20b%22%3C%3E" REL>T</a>',
            "T (https://a.example/a%20b%22%3C%3E)",
        ),
        (
            "https://a.example/{{ v }}",
            "1?a=b",
            '<a href="https://a.example/1?a=b" REL>https://a.example/1?a=b</a>',
            "https://a.example/1?a=b",
        ),
        ("<https://{{ v }}|T>", "", "T (https://)", "T (https://)"),
        (
            "{{ v }}@a.example",
            "bob",
            '<a href="mailto:bob@a.example" REL>bob@a.example</a>',
            "bob@a.example",
        ),
        ("{{ v }}@a.example", "", "@a.example", "@a.example"),
    ],
)
def test_a_variable_in_an_address_makes_a_link_or_stays_text(source, value, expected, plain):
    assert html(source, v=value) == f"<p>{expected.replace('REL', REL)}</p>"
    assert text(source, v=value) == plain


def test_a_very_long_address_is_shown_as_text_so_that_it_can_be_cut():
    [paragraph] = filled("<{{ v }}|T>", v="https://a.example/" + "x" * 5_000)
    assert [one["t"] for one in paragraph["c"]] == ["text", "text", "value", "text"]


def test_filling_leaves_the_template_as_it_was():
    template = compile_text("*{{ v }}* <{{ v }}|T>\n> - {{ v }}")
    fill(template, {"v": TextValue("https://a.example")})
    assert template == compile_text("*{{ v }}* <{{ v }}|T>\n> - {{ v }}")


SHAPES = (
    "*{{ v }}* `{{ v }}` <@{{ v }}> :{{ v }}: {{ v }}_{{ v }}\n> {{ v }}\n1. {{ v }}\n```{{ v }}```"
)


def shape(tokens):
    if isinstance(tokens, list):
        return [shape(one) for one in tokens]
    return {
        key: "" if tokens["t"] == "value" and key == "v" else shape(one) if key == "c" else one
        for key, one in tokens.items()
    }


@given(st.one_of(st.text(), st.sampled_from(["*", "_", "`", "```", "\n> ", "{{ v }}", "<@U1>"])))
def test_no_value_changes_the_structure(value):
    assert shape(filled(SHAPES, v=value)) == shape(filled(SHAPES, v="x"))


@given(st.text())
def test_a_value_is_verbatim_in_the_plain_text(value):
    assert text("a *{{ v }}* b\n> - {{ v }}", v=value) == f"a {value} b\n> • {value}"


def test_variables_are_listed_in_order():
    source = "{{ a }} *{{b|name}}*\n> <{{ c }}|{{ a }}> {{ }}"
    assert variables_in(source) == [
        VariableUse("a", "", 0),
        VariableUse("b", "name", 9),
        VariableUse("c", "", 24),
        VariableUse("a", "", 32),
    ]
    assert [(one.key, one.format) for one in variables_in(compile_text(source))] == [
        ("a", ""),
        ("b", "name"),
        ("c", ""),
        ("a", ""),
    ]


PARTS = st.sampled_from(
    [
        *(
            "{{ a }}",
            "{{b|name}}",
            "{{ " + "k" * 64 + " }}",
            "http://",
            "mailto:",
            "@",
            ".",
            "/",
            "x",
        ),
        *(
            "<",
            ">",
            "|",
            "`",
            "```",
            "*",
            "_",
            "> ",
            "- ",
            "\n",
            " ",
            ":",
            "{{",
            "}}",
            "(",
            "-",
            "?",
        ),
    ]
)


@given(st.lists(PARTS, max_size=20).map("".join))
def test_each_variable_of_the_text_is_in_the_template(source):
    expected = {(one.key, one.format) for one in variables_in(source)}
    assert {(one.key, one.format) for one in variables_in(compile_text(source))} == expected


@pytest.mark.parametrize(
    "source",
    [
        "",
        "no variable",
        "{ x } }} {}",
        "{{ support_link }} {{count}} {{ agent }} {{ agent|name }} {{agent | email}}",
        "{{{ agent }}}",
        '{"a": {"b": 1}}',
    ],
)
def test_a_good_text_has_no_problem(source):
    assert check(source, KINDS) == []


@pytest.mark.parametrize(
    ("source", "code", "place", "message"),
    [
        ("a {{ nope }} b", "unknown", "{{ nope }}", "There is no variable “nope”."),
        (
            "{{ suport_link }}",
            "unknown",
            "{{ suport_link }}",
            "There is no variable “suport_link”. Did you mean “support_link”?",
        ),
        (
            "{{ Agent }}",
            "unknown",
            "{{ Agent }}",
            "There is no variable “Agent”. Did you mean “agent”?",
        ),
        (
            "{{ count|name }}",
            "wrong_format",
            "{{ count|name }}",
            "“count” is not a member, so it has no “name”.",
        ),
        (
            "{{ agent|nope }}",
            "unknown_format",
            "{{ agent|nope }}",
            "A variable has no format “nope”. A member has “name” and “email”.",
        ),
        ("{{ }}", "malformed", "{{ }}", "“{{ }}” is not a variable. Write it like “{{ key }}”."),
        (
            "x {{ a b }}",
            "malformed",
            "{{ a b }}",
            "“{{ a b }}” is not a variable. Write it like “{{ key }}”.",
        ),
        ("{{ agent", "unclosed", "{{", "A variable begins here with “{{” but has no “}}”."),
        ("{{ agent\n}}", "unclosed", "{{", "A variable begins here with “{{” but has no “}}”."),
        ("{{ a {{ agent }}", "unclosed", "{{", "A variable begins here with “{{” but has no “}}”."),
        ("<@{{ nope }}>", "unknown", "{{ nope }}", "There is no variable “nope”."),
    ],
)
def test_a_problem_says_what_is_wrong_and_where(source, code, place, message):
    [problem] = check(source, KINDS)
    assert problem.code == code
    assert source[problem.start : problem.end] == place
    assert problem.message == message


def test_a_problem_has_a_line_and_a_column():
    first, second = check("ab {{ x }}\n\n c{{ y }}", KINDS)
    assert (first.line, first.column, first.key) == (1, 4, "x")
    assert (second.line, second.column, second.key) == (3, 3, "y")


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("{{ nope }}", 'unknown variable "nope"'),
        ("{{ suport_link }}", 'unknown variable "suport_link"'),
        ("{{ a b }}", 'not a variable: "{{ a b }}"'),
        ("{{ agent", '"{{" without "}}"'),
        ("{{ agent|x }}", 'unknown format "x" of the variable "agent"'),
        ("{{ count|name }}", 'the variable "count" has no format "name"'),
    ],
)
def test_the_import_of_a_file_gets_a_short_clause(source, short):
    [problem] = check(source, KINDS)
    with translation.override("en"):
        assert problem.short == short


def test_a_key_with_a_percent_sign_of_its_kind_is_shown_as_it_is():
    [problem] = check("{{ 100%s }}", KINDS)
    assert problem.message == "“{{ 100%s }}” is not a variable. Write it like “{{ key }}”."


def test_not_more_problems_are_listed_than_anyone_reads():
    assert len(check("{{ nope }}" * 1_000, KINDS)) == 50
    assert len(check("{{" * 1_000, KINDS)) == 50


@given(st.text(alphabet="{} |\nab1_-"))
def test_every_opening_is_a_variable_or_a_problem(source):
    kinds = {use.key: "member" for use in variables_in(source)}
    problems = check(source, kinds)
    assert all(source.startswith("{{", one.start) for one in problems)
    if "{{" in source:
        assert problems or variables_in(source)
    else:
        assert not problems
