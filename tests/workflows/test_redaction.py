"""Secrets are hidden wherever a document is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.payload.body import MAX_DEPTH, Number, parse_json
from workflows.payload.redaction import HIDDEN, Secrets, names_a_secret, redact, redact_text

LEAVES = st.none() | st.booleans() | st.text() | st.integers().map(str).map(Number)
KEYS = (
    st.sampled_from(["id", "name", "password", "token", "value", "author", "session"]) | st.text()
)
DOCUMENTS = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner))


def shape_of(document):
    if isinstance(document, dict):
        return {key: shape_of(value) for key, value in document.items()}
    return [shape_of(item) for item in document] if isinstance(document, list) else None


@pytest.mark.parametrize(
    "key",
    [
        *("password", "Password", "userPassword", "new_password", "passwd", "pwd", "passphrase"),
        *("secret", "client_secret", "clientSecret", "clientsecret", "secrets", "secret_value"),
        *("token", "tokens", "access_token", "accessToken", "accesstoken", "X-Auth-Token", "jwt"),
        *("api_key", "apikey", "apiKey", "APIKey", "X-Api-Key", "api-keys", "secret_key"),
        *("private_key", "privateKey", "access_key", "accessKeyId", "signingKey", "routing_key"),
        *("authorization", "Proxy-Authorization", "HTTP_AUTHORIZATION", "auth", "bearer"),
        *("cookie", "cookies", "Set-Cookie", "sessioncookie", "csrf_token", "csrftoken"),
        *("credential", "credentials", "aws_credentials", "creds", "smtp_pass"),
        *("signature", "X-Hub-Signature-256", "stripe-signature", "sig", "hmac", "token_hash"),
        *("session", "sessionId", "session_id", "JSESSIONID", "PHPSESSID", "sid", "otp", "cvv"),
    ],
)
def test_keys_that_name_a_secret(key):
    assert names_a_secret(key)
    assert redact({key: "s3cret"}) == {key: HIDDEN}


@pytest.mark.parametrize(
    "key",
    [
        *("author", "authored_at", "authority", "authorized", "unauthorized", "author_email"),
        *("tokenizer", "tokenized", "token_type", "passenger", "passed", "pass", "bypass"),
        *("secretary", "secretariat", "design", "signed_at", "assigned", "signature_request"),
        *("obsession", "session_count", "sessions", "key", "keys", "issue_key", "project_key"),
        *("monkey", "keyboard", "public_key", "title", "side", "sidebar", "residency", "code"),
        *("", "48x48", "+1", "é"),
    ],
)
def test_keys_that_name_no_secret(key):
    assert not names_a_secret(key)
    assert redact({key: "shown"}) == {key: "shown"}


def test_everything_below_a_secret_key_is_hidden_and_the_shape_kept():
    document = parse_json(b'{"credentials": {"user": "a", "pins": [1, {"x": "b"}], "ok": true}}')

    assert redact(document) == {
        "credentials": {"user": HIDDEN, "pins": [HIDDEN, {"x": HIDDEN}], "ok": True}
    }


def test_what_gives_nothing_away_stays():
    document = {"password": None, "secret": "", "token": True, "cookies": [], "session": {}}

    assert redact(document) == document


def test_numbers_below_a_secret_key_are_hidden_and_others_keep_their_digits():
    redacted = redact({"password": Number("1234"), "count": Number("1.50")})

    assert redacted == {"password": HIDDEN, "count": "1.50"}
    assert isinstance(redacted["count"], Number)


@pytest.mark.parametrize(
    ("document", "redacted"),
    [
        (["Authorization", "Basic abc"], ["Authorization", HIDDEN]),
        ([["Cookie", "a=b"], ["Accept", "*/*"]], [["Cookie", HIDDEN], ["Accept", "*/*"]]),
        ({"name": "X-Api-Key", "value": "abc"}, {"name": "X-Api-Key", "value": HIDDEN}),
        ({"key": "password", "value": "abc"}, {"key": "password", "value": HIDDEN}),
        ({"name": "Accept", "value": "abc"}, {"name": "Accept", "value": "abc"}),
        (["password", "token", "x"], ["password", "token", "x"]),
    ],
)
def test_pairs_of_a_name_and_a_value(document, redacted):
    assert redact(document) == redacted


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("dhk_AbC-_09", HIDDEN),
        (
            "POST https://d.example/hooks/workflows/dhk_AbC!",
            f"POST https://d.example/hooks/workflows/{HIDDEN}!",
        ),
        ("dhk_a dhk_b", f"{HIDDEN} {HIDDEN}"),
        ("the prefix dhk_ alone", "the prefix dhk_ alone"),
        ("https://bob:pw@h.example/x", f"https://{HIDDEN}@h.example/x"),
        ("https://bob:p@w@h.example/x", f"https://{HIDDEN}@h.example/x"),
        ("redis://:pw@h.example", f"redis://{HIDDEN}@h.example"),
        (
            "see <postgres://a:b@h/d> and ssh://git@h",
            f"see <postgres://{HIDDEN}@h/d> and ssh://git@h",
        ),
        ("https://h.example:8080/a@b", "https://h.example:8080/a@b"),
        ("a: b@c.example", "a: b@c.example"),
        ("https://h/?a=1&access_token=x.y&b=2#z", f"https://h/?a=1&access_token={HIDDEN}&b=2#z"),
        ("https://h/?sig=x%3D", f"https://h/?sig={HIDDEN}"),
        ("https://h/?author=x&code=y", "https://h/?author=x&code=y"),
        ("nothing = here", "nothing = here"),
    ],
)
def test_secrets_inside_of_texts(text, redacted):
    assert redact_text(text) == redacted
    assert redact([{"note": text}]) == [{"note": redacted}]


def test_our_own_tokens_are_hidden_in_keys_too():
    assert redact({"dhk_abc": "x"}) == {HIDDEN: "x"}


def test_the_deepest_document_that_is_accepted_can_be_redacted():
    document = parse_json(b'[{"a":' * (MAX_DEPTH // 2) + b"1" + b"}]" * (MAX_DEPTH // 2))

    assert redact(document) == document


@given(DOCUMENTS)
def test_redacting_keeps_the_shape_and_does_nothing_twice(document):
    redacted = redact(document)

    assert shape_of(redacted) == shape_of(document)
    assert redact(redacted) == redacted


def test_the_document_itself_is_left_as_it_was():
    document = {"password": "x", "list": [{"token": "y"}]}

    redact(document)

    assert document == {"password": "x", "list": [{"token": "y"}]}


@pytest.mark.parametrize(
    ("value", "text", "shown"),
    [
        ("hunter22", "a hunter22 b", "a [hidden] b"),
        ("1", "1 of 12, (1)", "[hidden] of 12, ([hidden])"),
        ("a b/c", "https://x.example/a%20b/c", "https://x.example/[hidden]"),
        ("x" * 200, "it is " + "x" * 150, "it is [hidden]"),
        ("", "nothing", "nothing"),
    ],
)
def test_values_of_secret_variables_are_hidden_in_a_text(value, text, shown):
    assert Secrets({"api_key": value, "name": "nothing"}).hide(text) == shown
