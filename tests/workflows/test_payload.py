"""Bytes → document: what is JSON here, what is refused and where."""

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.payload.body import (
    MAX_DEPTH,
    InvalidJSON,
    InvalidPayload,
    Number,
    PayloadError,
    dump,
    is_number,
    parse_json,
    read_body,
    unknown_keys,
)

# Texts as they are after reading: no NUL, no half of a surrogate pair.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", fullmatch=True),
).map(Number)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)
DETAIL = re.compile(r"[A-Za-z0-9'\\:, -]+: line [0-9]+ column [0-9]+")


def refusal_of(raw):
    with pytest.raises(InvalidJSON) as caught:
        parse_json(raw)
    return caught.value.detail


def outcome_of(raw):
    """Return the document and None, or None and the detail of the typed error."""
    try:
        return parse_json(raw), None
    except PayloadError as error:
        return None, error.detail


def nested(depth, opening="[", closing="]", core=""):
    return (opening * depth + core + closing * depth).encode()


def types_of(document):
    if isinstance(document, dict):
        return {key: types_of(value) for key, value in document.items()}
    if isinstance(document, list):
        return [types_of(item) for item in document]
    return type(document)


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"{", "Expecting property name enclosed in double quotes: line 1 column 2"),
        (b'{"a" 1}', "Expecting ':' delimiter: line 1 column 6"),
        (b'{"a":1 "b":2}', "Expecting ',' delimiter: line 1 column 8"),
        (b'{"a":\n\n  tru}', "Expecting value: line 3 column 3"),
        (b'{"a":1}{"b":2}', "Extra data: line 1 column 8"),
        (b"[1] x", "Extra data: line 1 column 5"),
        (b"'a'", "Expecting value: line 1 column 1"),
        (b'{"a":"x\ny"}', "Invalid control character at: line 1 column 8"),
        (b'{"a":"x', "Unterminated string starting at: line 1 column 6"),
        (b'"\xc3\xa9\\x"', "Invalid \\escape: line 1 column 3"),
        (b"\xef\xbb\xbf{}", "A byte order mark before the body: line 1 column 1"),
        (b"", "The body is empty: line 1 column 1"),
        (b" \r\n\t", "The body is empty: line 1 column 1"),
        ("\u00a0{}".encode(), "Expecting value: line 1 column 1"),
        (b"[01]", "Expecting ',' delimiter: line 1 column 3"),
        (b"[+1]", "Expecting value: line 1 column 2"),
        (b"[.5]", "Expecting value: line 1 column 2"),
        ("[\uff15]".encode(), "Expecting value: line 1 column 2"),
        (b"[1_000]", "Expecting ',' delimiter: line 1 column 3"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(raw, detail):
    assert refusal_of(raw) == detail


def test_trailing_comma_is_refused_with_its_line():
    # The column and the sentence differ between Python's versions.
    assert ": line 1 column " in refusal_of(b'{"a":1,}')
    assert ": line 1 column " in refusal_of(b"[1,]")


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"a":"\xe9"}', "line 1 column 7"),
        ('{"é":\n"'.encode() + b'\xe9"}', "line 2 column 2"),
        ('{"é":"'.encode() + b'\xe9"}', "line 1 column 7"),
        (b'{"a":"\xe2\x82', "line 1 column 7"),
        (b"\xc0\xaf", "line 1 column 1"),
        (b'"\xed\xa0\x80"', "line 1 column 2"),
        ('{"a":1}'.encode("utf-16"), "line 1 column 1"),
    ],
)
def test_what_is_not_utf_8_is_refused_with_its_place(raw, place):
    assert refusal_of(raw) == f"Not UTF-8: {place}"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_other_unicode_encodings_are_refused(encoding):
    assert refusal_of('{"a":1}'.encode(encoding))


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b'{"a":NaN}', "NaN and Infinity are no JSON: line 1 column 6"),
        (b"[Infinity]", "NaN and Infinity are no JSON: line 1 column 2"),
        (b'["-Infinity",\n-Infinity]', "NaN and Infinity are no JSON: line 2 column 1"),
        (b'["NaN", "\\"NaN", NaN]', "NaN and Infinity are no JSON: line 1 column 18"),
        (b"[1, 1e400]", "A number beyond the range of a double: line 1 column 5"),
        (b"[-1e400]", "A number beyond the range of a double: line 1 column 2"),
        (b"1" * 4301, "An integer of more than 4300 digits: line 1 column 1"),
        (b"[-" + b"1" * 4301 + b"]", "An integer of more than 4300 digits: line 1 column 2"),
    ],
)
def test_a_number_out_of_bounds_is_refused_with_its_place(raw, detail):
    assert refusal_of(raw) == detail


@pytest.mark.parametrize(
    "literal",
    [
        "0",
        "-0",
        "9007199254740993",
        "1.50",
        "1e3",
        "-1.5E+30",
        "1e-400",
        "1" * 4300,
        "-" + "1" * 4300,
    ],
)
def test_a_number_keeps_its_digits(literal):
    number = parse_json(literal.encode())

    assert isinstance(number, Number)
    assert number == literal


@pytest.mark.parametrize(("opening", "closing", "core"), [("[", "]", ""), ('{"a":', "}", "1")])
def test_nesting_is_taken_to_its_limit_and_no_deeper(opening, closing, core):
    document = parse_json(nested(MAX_DEPTH, opening, closing, core))

    assert dump(document) == nested(MAX_DEPTH, opening, closing, core).decode()
    detail = refusal_of(nested(MAX_DEPTH + 1, opening, closing, core))
    assert (
        detail == f"Nested more than 64 levels deep: line 1 column {MAX_DEPTH * len(opening) + 1}"
    )


@pytest.mark.parametrize("depth", [999, 1_000, 100_000, 1_000_000])
@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_nesting_that_never_closes_is_refused(opening, depth):
    assert refusal_of(opening.encode() * depth).startswith("Nested more than 64 levels deep")


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(["[" * 100, '\\"[' * 100, "{" * 100, "\\"]).encode(),
        b"[" + b"[]," * 1000 + b"{}]",
        b"[" + b'{"a":[{"b":"]"}]},' * 100 + b"0]",
    ],
)
def test_many_brackets_are_not_deep(raw):
    assert dump(parse_json(raw)) == raw.decode().replace(", ", ",")


@pytest.mark.parametrize("text", ['"', "\\", '\\"[', "]]]]", '"]', '"["', '\\"]'])
def test_what_strings_hold_does_not_hide_depth(text):
    raw = nested(MAX_DEPTH + 1, opening=f"[{json.dumps(text)},", core="0")

    assert refusal_of(raw).startswith("Nested more than 64 levels deep")
    assert parse_json(nested(MAX_DEPTH, opening=f"[{json.dumps(text)},", core="0"))


@given(st.text('[]{}"\\,:1 ', max_size=400).map(lambda noise: "[" * 60 + noise))
def test_no_arrangement_of_brackets_and_quotes_reaches_the_decoder_too_deep(text):
    document, detail = outcome_of(text.encode())

    assert depth_of(document) <= MAX_DEPTH
    assert detail is None or DETAIL.fullmatch(detail)


@given(
    st.recursive(st.just("1"), lambda inner: inner.map("[{}]".format), max_leaves=1),
    st.integers(0, 130),
)
def test_depth_decides_alone(core, depth):
    raw = nested(depth, core=core)
    is_refused = depth + core.count("[") > MAX_DEPTH

    assert is_refused is (outcome_of(raw)[1] is not None)


def depth_of(document):
    if isinstance(document, dict):
        document = list(document.values())
    return 1 + max(map(depth_of, document), default=0) if isinstance(document, list) else 0


def test_duplicate_keys_the_last_wins():
    assert parse_json(b'{"link":"a","other":"x","link":"b"}') == {"link": "b", "other": "x"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (r"\u0000", "\ufffd"),
        (r"a\u0000\u0000b", "a\ufffd\ufffdb"),
        (r"\ud800", "\ufffd"),
        (r"\uDC00\uD800", "\ufffd\ufffd"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\uD83D\udC4d", "\U0001f44d"),
        (r"\uD83D\u0041", "\ufffdA"),
        (r"\\u0000", r"\u0000"),
        (r"\\\u0000", "\\\ufffd"),
        (r"\\ud800", r"\ud800"),
        (r"\ud800\\udc00", "\ufffd\\udc00"),
        (r"\u0001\u001f\u2028\uFFFE\uffff", "\u0001\u001f\u2028\ufffe\uffff"),
    ],
)
def test_what_no_database_stores_is_replaced_in_keys_and_values(sent, kept):
    assert parse_json(f'{{"{sent}": ["{sent}"]}}'.encode()) == {kept: [kept]}


def test_replacing_keeps_the_place_of_a_later_error():
    assert refusal_of(b'["\\u0000", oops]') == "Expecting value: line 1 column 12"


@pytest.mark.parametrize(
    ("raw", "got"),
    [(b'"x"', "a string"), (b"5", "a number"), (b"null", "null"), (b"true", "true or false")],
)
def test_the_root_is_an_object_or_an_array(raw, got):
    with pytest.raises(InvalidPayload) as caught:
        read_body(raw, "application/json")

    assert caught.value.detail == f"Expected an object or an array, got {got}."


@pytest.mark.parametrize(("raw", "document"), [(b"{}", {}), (b"[]", []), (b"[1,2]", ["1", "2"])])
def test_objects_and_arrays_are_taken(raw, document):
    assert read_body(raw, "application/json") == document


def test_a_hundred_thousand_keys_are_read():
    raw = b"{" + b",".join(b'"%x":1' % number for number in range(100_000)) + b"}"

    assert len(parse_json(raw)) == 100_000


@given(DOCUMENTS)
def test_what_was_dumped_reads_the_same(document):
    again = parse_json(dump(document).encode())

    assert again == document
    assert types_of(again) == types_of(document)


@given(DOCUMENTS)
def test_a_dump_is_compact_json_for_everyone(document):
    dumped = dump(document)
    plain = json.loads(dumped, parse_int=str, parse_float=str)

    assert plain == document
    assert "\\u00e9" not in dump(["é"])


@pytest.mark.parametrize(
    "text", ['{"a":[1.50,null,true,false,"é\\n\\"",{}]}', "[]", "9007199254740993", '"x"']
)
def test_a_dump_gives_the_text_back(text):
    assert dump(parse_json(text.encode())) == text


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_arbitrary_bytes_raise_nothing_but_the_typed_error(raw):
    document, detail = outcome_of(raw)

    assert "\0" not in dump(document)
    assert detail is None or DETAIL.fullmatch(detail)


@given(DOCUMENTS.map(dump), st.data())
def test_json_with_one_character_changed_raises_nothing_but_the_typed_error(text, data):
    position = data.draw(st.integers(0, len(text)))
    changed = (
        text[:position] + data.draw(st.sampled_from(list('{}[]",:\\0eN-u\n'))) + text[position:]
    )

    document, detail = outcome_of(changed.encode())

    assert outcome_of(dump(document).encode()) == (document, None)
    assert detail is None or DETAIL.fullmatch(detail)


def test_a_refusal_never_echoes_the_body():
    for raw in (b'{"s3cret" 1}', b"s3cret", b'["s3cret\n"]', b'["\\s3cret"]', b"[1s3cret]"):
        assert "s3cret" not in refusal_of(raw)


@pytest.mark.parametrize("text", ["0", "-0", "5", "1.50", "1e3", "-1.5E+30", "1" * 4300, "1e-999"])
def test_texts_that_read_as_json_numbers(text):
    assert is_number(text)
    assert parse_json(text.encode()) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "1\n", "+1", "01", "-", "1.", ".5", "1e", "1e+", "0x10", "1_000", "1,5"),
        *("NaN", "Infinity", "true", "５", "٣", "1" * 4301, "1e400", "-1e400"),
    ],
)
def test_texts_that_do_not_read_as_json_numbers(text):
    assert not is_number(text)


@given(NUMBERS | TEXTS)
def test_a_text_is_a_number_exactly_if_a_body_could_hold_it_as_one(text):
    try:
        is_one = isinstance(parse_json(text.encode()), Number)
    except InvalidJSON:
        is_one = False

    assert is_number(text) is (is_one and text == text.strip())


def test_unknown_keys_are_those_that_no_variable_takes_in_order():
    document = {"z": "1", "link": "2", "a": {"link": "3"}}

    assert unknown_keys(document, {"link", "agent"}) == ["z", "a"]
    assert unknown_keys([{"z": "1"}], {"link"}) == []


def test_numbers_are_finite_for_whoever_computes_with_them():
    assert all(math.isfinite(float(item)) for item in parse_json(b"[1e308, 1e-400, -0]"))
