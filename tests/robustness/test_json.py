"""Bad input, family B: what a body holds (to the served application, over a socket)."""

import json

import pytest

from messaging.models import Message
from tests.robustness.conftest import Hook
from workflows.models import Run

pytestmark = pytest.mark.served

REPLACED = "\N{REPLACEMENT CHARACTER}"


def link_is(value: str) -> bytes:
    """Return a body in which `link` is this JSON, byte for byte."""
    return f'{{"link": {value}}}'.encode()


def test_what_is_no_json_is_refused_with_its_place(hook: Hook, subtests) -> None:  # B19
    for body in (
        b"{",
        b'{"a":1,}',
        b'{"a":1}{"b":2}',
        b"'a'",
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\n"}',
        b'{"a":"\x01"}',
        b"{'a': 1}",
        b'{"a": 01}',
        b"[1,]",
        b"undefined",
        b"link=x",
        b'{"a": "\\x41"}',
        b'{"a": "\\u12"}',
    ):
        with subtests.test(body=body):
            assert hook.refused(hook.request(body)) == (400, "invalid_json")
            assert "line " in hook.send(body).json()["detail"]


def test_a_long_value_is_stored_whole_and_shown_cut(hook: Hook) -> None:  # B20
    text = hook.stored(hook.request(link_is(json.dumps("long " * 20_000))))

    assert len(text) < 12_100
    assert text.endswith("… (message cut)")
    assert len(Run.objects.get().whole_values["link"]) == 100_000


def test_only_objects_and_arrays_are_payloads(hook: Hook, subtests) -> None:  # B21
    for body in (b'"x"', b"5", b"null", b"true", b" -0 "):
        with subtests.test(body=body):
            assert hook.refused(hook.request(body)) == (400, "invalid_payload")
            assert "object" in hook.send(body).json()["detail"]
    for body in (b"[1,2]", b"[]", b"{}", b"[[[{}]]]"):
        with subtests.test(body=body):
            assert hook.stored(hook.request(body)) == " for "


def test_each_kind_of_value_is_taken_as_the_contract_says(hook: Hook, subtests) -> None:  # B22
    for value, text in {
        "null": "",
        "5": "5",
        "1.50": "1.50",
        "-0": "-0",
        "1e5": "1e5",
        "9007199254740993": "9007199254740993",
        "true": "true",
        "false": "false",
        '""': "",
        '"  "': "  ",
    }.items():
        with subtests.test(value=value):
            assert hook.stored(hook.request(link_is(value))) == f"{text} for "
            assert hook.send(f'{{"agent": {value}}}'.encode()).status in {200, 422}
    for value in ("{}", "[]", '{"a": {"b": []}}', '["x"]'):
        for key in ("link", "agent"):
            with subtests.test(value=value, key=key):
                body = f'{{"{key}": {value}}}'.encode()
                assert hook.refused(hook.request(body)) == (422, "invalid_variables")
                assert [one["key"] for one in hook.send(body).json()["details"]] == [key]


def test_too_deep_is_refused_and_real_depth_is_taken(hook: Hook, subtests) -> None:  # B24
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        for depth in (65, 999, 1_000, 100_000):
            for body in (opening * depth, opening * depth + "1" + closing * depth):
                with subtests.test(opening=opening, depth=depth, is_closed=body[-1] == closing):
                    request = hook.request(body.encode())
                    assert hook.refused(request) == (400, "invalid_json")
        body = opening * 63 + "[]" + closing * 63
        assert hook.send(body.encode()).status == 200
    assert hook.refused(hook.request(b"[" * 1_000_000)) == (400, "invalid_json")


def test_as_many_keys_as_fit_are_read(hook: Hook) -> None:  # B25
    keys = ",".join(f'"{number}":0' for number in range(90_000))

    assert hook.stored(hook.request(f'{{{keys},"link":"end"}}'.encode())) == "end for "


def test_keys_that_collide_cost_no_more_than_others(hook: Hook) -> None:  # B25
    """Whole numbers hash to themselves, texts don't: keys are texts, with a seed of the process."""
    keys = ",".join(f'"{number * (2**61 - 1)}":0' for number in range(30_000))

    assert hook.stored(hook.request(f'{{{keys},"link":"end"}}'.encode())) == "end for "


def test_what_is_not_utf_8_is_refused(hook: Hook, subtests) -> None:  # B26
    good = '{"link": "é"}'
    for body in (
        good.encode("latin-1"),
        good.encode()[:-3],
        b'{"link": "\xc0\xaf"}',
        b'{"link": "\xed\xa0\x80"}',
        b'{"link": "\xf4\x90\x80\x80"}',
        b'{"\xff": 1}',
        *(
            good.encode(name)
            for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
        ),
        good.encode("utf-7").replace(b"link", b"\xffink"),
    ):
        with subtests.test(body=body):
            assert hook.refused(hook.request(body)) == (400, "invalid_json")


def test_characters_that_harm_a_store_are_replaced(hook: Hook, signed_in, alice) -> None:  # B27-28
    for sent, kept in {
        r"a\u0000b": f"a{REPLACED}b",
        r"\ud800": REPLACED,
        r"\udc00\ud800": REPLACED * 2,
        r"\ud83d\ude00": "\N{GRINNING FACE}",
        r"\uFFFE\u2028\u2029": "\ufffe\u2028\u2029",
        "".join(rf"\u{code:04x}" for code in range(1, 9)): "".join(map(chr, range(1, 9))),
        r"\u001f\u007f\u009f\u202e": "\x1f\x7f\x9f\u202e",
    }.items():
        body = f'{{"link": "{sent}", "{sent}": "{sent}"}}'.encode()
        assert hook.stored(hook.request(body)) == f"{kept} for "

    pages = [hook.channel.get_absolute_url(), f"/workflows/{hook.workflow.pk}/runs"]
    pages += [f"{pages[1]}/{run.run_id}" for run in Run.objects.all()]
    client = signed_in(alice)
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)


def test_numbers_beyond_json_or_a_double_are_refused(hook: Hook, subtests) -> None:  # B30
    for value in ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 4301, "+1", ".5", "1."):
        with subtests.test(value=value[:20]):
            assert hook.refused(hook.request(link_is(value))) == (400, "invalid_json")
    assert hook.stored(hook.request(link_is("9007199254740993"))) == "9007199254740993 for "


def test_of_duplicate_keys_the_last_wins(hook: Hook) -> None:  # B31
    assert hook.stored(hook.request(b'{"link": "a", "link": "b"}')) == "b for "
    assert json.loads(Run.objects.get().payload)["link"] == "b"


def test_what_looks_like_python_or_a_template_is_text(hook: Hook) -> None:  # B22
    value = "{{ agent }} {% load x %} {0.__class__} %(link)s ${7*7} <@U1> $(id) `id`"

    assert hook.stored(hook.request(json.dumps({"link": value}).encode())) == f"{value} for "


def test_the_payload_is_stored_as_it_was_understood(hook: Hook) -> None:  # B27
    body = {"link": "é", "deep": [{"": None}, 1.5, "x" * 3000], "__proto__": {"a": 1}}

    hook.stored(hook.request(json.dumps(body).encode()))

    assert json.loads(Run.objects.get().payload) == body
    assert Message.objects.count() == 1
