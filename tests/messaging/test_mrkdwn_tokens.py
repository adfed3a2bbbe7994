"""Whom a body names, and how a long one is cut."""

import pytest

from messaging.mrkdwn import cut, parse, plain_text, references
from messaging.mrkdwn.tokens import Names, leaves

NOTE = "… (message cut)"


def test_references_are_found_however_deep():
    body = parse("> - *<@U123456789>*\n\n<#C123456789> <@U999999999> _<@U123456789>_")
    assert references(body).members == {"U123456789", "U999999999"}
    assert references(body).channels == {"C123456789"}


def test_text_and_values_name_nobody():
    body = [
        {"t": "p", "c": [{"t": "value", "v": "<@U123456789>"}, {"t": "code", "c": []}]},
        *parse("`<@U123456789>` ```<#C123456789>```"),
    ]
    assert references(body).members == frozenset()
    assert references(body).channels == frozenset()


def size(body):
    return sum(len(one.get("v", "x")) for one in leaves(body) if one["t"] != "emoji")


def test_a_message_of_12_000_characters_stays_whole():
    body = parse("a" * 12_000)
    assert cut(body) == body


@pytest.mark.parametrize(
    "source",
    [
        "a" * 12_001,
        "*" + "b" * 20_000 + "*",
        "> " + "c" * 20_000,
        "```" + "d" * 20_000 + "```",
        "\n".join(["- " + "e" * 100] * 200),
        "f\n" * 10_000,
        "<https://x.example|" + "g" * 20_000 + ">",
    ],
)
def test_a_longer_message_is_cut_visibly(source):
    body = parse(source)
    before = parse(source)
    short = cut(body)
    assert size(short) == 12_000
    assert plain_text(short, Names()).rstrip(")").endswith(NOTE.rstrip(")"))
    assert cut(short) == short
    assert body == before


def test_a_value_is_cut_like_text():
    body = [{"t": "p", "c": [{"t": "value", "v": "x" * 100}, {"t": "text", "v": "y"}]}]
    [paragraph] = cut(body, limit=50)
    assert [one["t"] for one in paragraph["c"]] == ["value", "text"]
    assert paragraph["c"][0]["v"] + NOTE == "x" * (50 - len(NOTE)) + NOTE
    assert paragraph["c"][1]["v"] == NOTE
