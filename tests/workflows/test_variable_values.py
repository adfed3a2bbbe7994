"""Document → the values of variables: the table of the hook contract."""

import pytest

from workflows.models import Variable
from workflows.payload.body import Number, parse_json
from workflows.payload.variable_values import (
    InvalidVariables,
    Problem,
    ProblemCode,
    VariableSpec,
    variable_values,
)


def value_of(kind, sent_json, **spec):
    document = parse_json(b'{"x": %s}' % sent_json.encode())
    return variable_values(document, [VariableSpec("x", kind, **spec)])["x"]


def problem_of(kind, sent_json, **spec):
    with pytest.raises(InvalidVariables) as caught:
        value_of(kind, sent_json, **spec)
    [problem] = caught.value.problems
    assert problem.key == "x"
    return problem.problem


@pytest.mark.parametrize(
    ("kind", "sent_json", "value"),
    [
        ("text", '"as it is"', "as it is"),
        ("text", '""', ""),
        ("text", '"  {{ x }} <b>\\n"', "  {{ x }} <b>\n"),
        ("text", "9007199254740993", "9007199254740993"),
        ("text", "1.50", "1.50"),
        ("text", "1e3", "1e3"),
        ("text", "true", "true"),
        ("text", "false", "false"),
        ("number", "5", "5"),
        ("number", "1.50", "1.50"),
        ("number", '"1.50"', "1.50"),
        ("number", '"-1e3"', "-1e3"),
        ("boolean", "true", "true"),
        ("boolean", "false", "false"),
        ("boolean", '"TRUE"', "true"),
        ("boolean", '"False"', "false"),
        ("member", '"U123456789"', "U123456789"),
        ("member", '"alice@example.org"', "alice@example.org"),
        ("member", '"nobody we know"', "nobody we know"),
        ("member", '""', ""),
        ("member", "4711", "4711"),
    ],
)
def test_values_that_a_kind_holds(kind, sent_json, value):
    held = value_of(kind, sent_json)

    assert held == value
    assert type(held) is str


@pytest.mark.parametrize(
    ("kind", "sent_json", "problem"),
    [
        ("text", "{}", "not_text"),
        ("text", '["a"]', "not_text"),
        ("number", '"five"', "not_a_number"),
        ("number", '""', "not_a_number"),
        ("number", '" 5"', "not_a_number"),
        ("number", '"\uff15"', "not_a_number"),
        ("number", '"1_000"', "not_a_number"),
        ("number", '"1e400"', "not_a_number"),
        ("number", '"NaN"', "not_a_number"),
        ("number", "true", "not_a_number"),
        ("number", "[5]", "not_a_number"),
        ("number", "{}", "not_a_number"),
        ("boolean", '"yes"', "not_a_boolean"),
        ("boolean", '""', "not_a_boolean"),
        ("boolean", '" true"', "not_a_boolean"),
        ("boolean", '"fal\u017fe"', "not_a_boolean"),
        ("boolean", "1", "not_a_boolean"),
        ("boolean", "0", "not_a_boolean"),
        ("boolean", "[true]", "not_a_boolean"),
        ("boolean", "{}", "not_a_boolean"),
        ("member", "true", "not_a_member"),
        ("member", "false", "not_a_member"),
        ("member", "[]", "not_a_member"),
        ("member", '{"id":"U1"}', "not_a_member"),
    ],
)
def test_values_that_a_kind_cannot_hold(kind, sent_json, problem):
    assert problem_of(kind, sent_json) == problem


@pytest.mark.parametrize("kind", Variable.Kind.values)
def test_every_kind_takes_the_missing_as_empty_unless_required(kind):
    assert value_of(kind, "null") == ""
    assert variable_values({}, [VariableSpec("x", kind)]) == {"x": ""}
    assert problem_of(kind, "null", required=True) == ProblemCode.MISSING


@pytest.mark.parametrize(
    ("kind", "default", "value"),
    [
        ("text", "none", "none"),
        ("number", "1.50", "1.50"),
        ("boolean", "TRUE", "true"),
        ("member", "U123456789", "U123456789"),
    ],
)
@pytest.mark.parametrize("required", [True, False])
def test_a_default_stands_in_for_missing_and_null_as_if_sent_as_text(
    kind, default, value, required
):
    variable = VariableSpec("x", kind, required=required, default=default)

    assert variable_values({}, [variable]) == {"x": value}
    assert variable_values({"x": None}, [variable]) == {"x": value}
    assert variable_values([], [variable]) == {"x": value}


def test_a_default_that_its_kind_cannot_hold_is_refused_like_a_sent_text():
    assert problem_of("number", "null", default="many") == ProblemCode.NOT_A_NUMBER


def test_what_was_sent_goes_before_the_default():
    assert value_of("text", '"sent"', default="default") == "sent"
    assert value_of("text", '""', default="default") == ""
    assert value_of("boolean", "false", default="true") == "false"
    assert value_of("number", "0", default="7") == "0"


def test_a_required_text_sent_empty_is_present():
    assert value_of("text", '""', required=True) == ""


def test_an_array_at_the_root_has_no_variable_at_its_top_level():
    variables = [VariableSpec("a", "text", required=True), VariableSpec("b", "text")]

    with pytest.raises(InvalidVariables) as caught:
        variable_values(parse_json(b'[{"a":"x"}]'), variables)

    assert caught.value.problems == [Problem("a", ProblemCode.MISSING)]
    assert variable_values([], [VariableSpec("b", "text")]) == {"b": ""}


def test_every_problem_is_named_in_the_order_of_the_variables_and_no_value():
    variables = [
        VariableSpec("link", "text", required=True),
        VariableSpec("count", "number"),
        VariableSpec("fine", "text"),
        VariableSpec("urgent", "boolean"),
    ]
    document = {"count": "s3cret", "fine": "ok", "urgent": Number("1")}

    with pytest.raises(InvalidVariables) as caught:
        variable_values(document, variables)

    assert caught.value.details == [
        {"key": "link", "problem": "missing"},
        {"key": "count", "problem": "not_a_number"},
        {"key": "urgent", "problem": "not_a_boolean"},
    ]
    assert "s3cret" not in str(caught.value)


def test_keys_are_told_apart_by_case_and_unknown_ones_ignored():
    document = {"Link": "upper", "link": "lower", "other": {"link": "deep"}}

    assert variable_values(document, [VariableSpec("link", "text")]) == {"link": "lower"}
    assert variable_values({"LINK": "x"}, [VariableSpec("link", "text")]) == {"link": ""}


def test_every_problem_has_a_sentence_for_people():
    assert all(str(problem.label).endswith(".") for problem in ProblemCode)
