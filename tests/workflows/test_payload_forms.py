"""Content types and form bodies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.payload.body import (
    BodyKind,
    InvalidJSON,
    InvalidPayload,
    PayloadError,
    UnsupportedMediaType,
    body_kind,
    read_body,
)

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "content_type",
    [
        *("application/json", "APPLICATION/JSON", " application/json ", "text/json", "text/plain"),
        *("application/vnd.api+json", "Application/LD+JSON; profile=x", "", None, "  "),
        *("application/json; charset=utf-16", "application/json;charset=bogus", "text/plain;"),
        "application/json; charset",
    ],
)
def test_types_that_are_read_as_json(content_type):
    assert body_kind(content_type) is BodyKind.JSON
    assert read_body(b'{"a": "\xc3\xa9"}', content_type) == {"a": "é"}


@pytest.mark.parametrize("content_type", [FORM, FORM.upper(), f"{FORM}; charset=latin-1"])
def test_types_that_are_read_as_a_form(content_type):
    assert body_kind(content_type) is BodyKind.FORM


@pytest.mark.parametrize(
    "content_type",
    [
        *("multipart/form-data; boundary=x", "application/xml", "text/xml", "text/html"),
        *("application/octet-stream", "application/jsonp", "application/x-json", "image/svg+json"),
        *("json", "/", "application/", "/json", "application/+json", "application /json", "*/*"),
        *("application/json/x", "application/json, text/plain", "; charset=utf-8", ";"),
        *(
            "application/a b+json",
            "application/a/b+json",
            "application/é+json",
            "application/json\0",
        ),
    ],
)
def test_other_and_malformed_types_are_refused(content_type):
    with pytest.raises(UnsupportedMediaType):
        read_body(b"{}", content_type)


def test_a_type_is_refused_before_its_body_is_read():
    with pytest.raises(UnsupportedMediaType):
        read_body(b"\xff{", "application/xml")


@pytest.mark.parametrize(
    ("raw", "document"),
    [
        (b"link=x&agent=U1", {"link": "x", "agent": "U1"}),
        (b"link=a+b%20c%26d&empty=&bare", {"link": "a b c&d", "empty": "", "bare": ""}),
        (b"link=a&link=b", {"link": "b"}),
        (b"caf%C3%A9=%C3%A9", {"café": "é"}),
        ("café=é".encode(), {"café": "é"}),
        (b"a=%zz&b=100%", {"a": "%zz", "b": "100%"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"a%00=%00b", {"a\ufffd": "\ufffdb"}),
        (b"=x", {"": "x"}),
        (b"&&", {}),
    ],
)
def test_form_fields_are_the_keys(raw, document):
    assert read_body(raw, FORM) == document


@pytest.mark.parametrize(
    ("raw", "document"),
    [
        (b"payload=%7B%22link%22%3A+1.50%7D", {"link": "1.50"}),
        (b'payload={"link":"\\u0000"}&ignored=1', {"link": "\ufffd"}),
        (b"payload=[]&payload=[1]", ["1"]),
    ],
)
def test_a_payload_field_is_taken_as_that_json(raw, document):
    assert read_body(raw, FORM) == document


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"", "The body is empty: line 1 column 1"),
        (b" \n", "The body is empty: line 1 column 1"),
        (b"payload=", "Expecting value: line 1 column 1"),
        (b"link=x&payload=%7B%22a%22+1%7D", "Expecting ':' delimiter: line 1 column 6"),
        (b"payload=" + b"[" * 1000, "Nested more than 64 levels deep: line 1 column 65"),
        (b"link=\xe9", "Not UTF-8: line 1 column 6"),
        (b"link=%E9", "A form field is not UTF-8."),
        (b"%ED%A0%80=x", "A form field is not UTF-8."),
        (b"&".join([b"a=1"] * 1001), "More than 1000 form fields."),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(raw, detail):
    with pytest.raises(InvalidJSON) as caught:
        read_body(raw, FORM)

    assert caught.value.detail == detail


def test_a_form_of_a_thousand_fields_is_read():
    assert len(read_body(b"&".join(b"a%d=1" % number for number in range(1000)), FORM)) == 1000


def test_the_json_in_a_payload_field_has_an_object_or_array_as_root():
    with pytest.raises(InvalidPayload):
        read_body(b"payload=5", FORM)


@given(st.binary(), st.sampled_from([FORM, "application/json", "text/plain", None, "a/b"]))
def test_arbitrary_bodies_of_any_type_raise_nothing_but_typed_errors(raw, content_type):
    try:
        document = read_body(raw, content_type)
    except PayloadError:
        return
    assert isinstance(document, dict | list)


@given(st.text(max_size=60))
def test_arbitrary_types_are_read_or_refused(content_type):
    try:
        kind = body_kind(content_type)
    except UnsupportedMediaType:
        return
    assert kind in BodyKind
