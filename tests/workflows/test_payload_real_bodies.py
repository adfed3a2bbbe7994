"""Real webhook bodies of other services, kept beside the clone."""

import csv
import json

import pytest

from workflows.payload.body import dump, parse_json, read_body
from workflows.payload.redaction import HIDDEN, redact
from workflows.payload.variable_values import VariableSpec, variable_values

pytestmark = pytest.mark.payloads


@pytest.fixture(scope="module")
def bodies(payload_folder):
    with (payload_folder / "index.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["file"], (payload_folder / row["file"]).read_bytes()) for row in rows]


def test_every_real_body_is_read(bodies):
    # Also the negative fixtures: they lack what their service promises, but they are JSON.
    assert len(bodies) == 664
    for name, raw in bodies:
        document = read_body(raw, "application/json")
        assert isinstance(document, dict | list), name


def test_every_real_body_survives_being_stored(bodies):
    for name, raw in bodies:
        document = parse_json(raw)
        assert parse_json(dump(document).encode()) == document, name


def test_every_real_body_can_be_redacted_and_stays_readable(bodies):
    hidden = 0
    for name, raw in bodies:
        redacted = dump(redact(parse_json(raw)))
        assert parse_json(redacted.encode()) is not None, name
        hidden += HIDDEN in redacted
    assert 0 < hidden < len(bodies) / 2


def test_the_scalars_of_every_real_body_can_be_text_variables(bodies):
    for name, raw in bodies:
        document = parse_json(raw)
        if not isinstance(document, dict):
            continue
        scalars = [key for key, value in document.items() if not isinstance(value, dict | list)]
        values = variable_values(document, [VariableSpec(key, "text") for key in scalars])
        assert list(values) == scalars, name


def test_real_bodies_with_duplicate_keys_are_read_like_any_parser_does(bodies):
    twice = [raw for _, raw in bodies if has_duplicate_keys(raw)]

    assert twice
    for raw in twice:
        assert parse_json(raw) == json.loads(raw, parse_int=str, parse_float=str)


def has_duplicate_keys(raw):
    found = []
    json.loads(raw, object_pairs_hook=lambda pairs: found.append(len(dict(pairs)) < len(pairs)))
    return any(found)
