"""Hide the secrets of a document wherever it is shown, exported or logged. Pure."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from messaging.mrkdwn.links import IN_A_URL
from workflows.payload.body import JSONValue

HIDDEN = "[hidden]"
SHORT_SECRET = 4  # characters: shorter ones stand in many words by chance
CUT_SECRET = 100  # characters, by which a secret is known where a text was cut

_CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")

# Matched against a key in snake_case. Some words tell a secret wherever they stand; others only
# at the end: `signature_request` and `token_type` are no secrets, `x_hub_signature_256` is one.
_SECRET_KEY = re.compile(
    r"""
    pass_?word | passwd | pass_?phrase | passcode | credential | authorization
    | cookies?(?![a-z]) | secrets?(?![a-z]) | (?<![a-z])(?:pwd|creds?)(?![a-z])
    | (?<![a-z])(?:access|account|api|app|auth|deploy|encryption|integration|license|master
        |private|routing|secret|service|shared|signing|ssh|storage|webhook)_?keys?(?![a-z])
    | (?<![a-z])(?:db|ftp|mysql|proxy|smtp|user)_?pass(?![a-z])
    | (?: tokens? | signature
        | (?:(?<![a-z])|j)session(?:_?(?:id|key))? | sess_?id
        | (?<![a-z])(?:auth|bearer|cvc|cvv|hmac|jwt|otp|sid|sig|totp)
      )(?:_(?:hash|value|[0-9]+))*$
    """,
    re.VERBOSE,
)
_OWN_TOKEN = re.compile(r"dhk_[A-Za-z0-9_-]+")
_URL_LOGIN = re.compile(r"(?<=://)[^\s/?#@:]*+:(?:[^\s/?#@]*+@)++")
_URL_PARAMETER = re.compile(r"(?<=[?&;])([\w.~%+-]++)=([^\s&#;\"'<>]++)")


def redact(document: JSONValue) -> JSONValue:
    """Return the document with the same shape and its secrets replaced by `HIDDEN`.

    Hidden are texts and numbers at or below a key that names a secret (in an object, a
    `[name, value]` pair, a `{"name": …, "value": …}` or a URL's parameters), our own tokens, and
    the login in a URL. Null, true, false and the empty text give nothing away and stay.
    """
    if isinstance(document, dict):
        return _redact_object(document)
    if isinstance(document, list):
        if _is_secret_pair(document):
            return [document[0], _hide(document[1])]
        return [redact(item) for item in document]
    return redact_text(document) if isinstance(document, str) else document


def redact_text(text: str) -> str:
    """Return the text without our own tokens, logins in URLs and secret parameters of URLs."""
    if "dhk_" in text:
        text = _OWN_TOKEN.sub(HIDDEN, text)
    if "://" in text:
        text = _URL_LOGIN.sub(f"{HIDDEN}@", text)
    if "=" in text:
        text = _URL_PARAMETER.sub(_redact_parameter, text)
    return text


class Secrets:
    """The values of variables whose names tell that they are secrets, hidden in other texts."""

    def __init__(self, values: Mapping[str, str]) -> None:
        found = {value for key, value in values.items() if value and names_a_secret(key)}
        found |= {quote(value, safe=IN_A_URL, errors="replace") for value in found}
        self._values = sorted(found, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """Return the text without the secrets; a short one is hidden where it is a word."""
        for value in self._values:
            if len(value) < SHORT_SECRET:
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text)
                continue
            text = text.replace(value, HIDDEN)
            beginning = value[:CUT_SECRET]
            if beginning in text:  # the text was cut in it
                text = text[: text.index(beginning)] + HIDDEN
        return text


def names_a_secret(key: str) -> bool:
    """Whether a key's words say that its value is a secret (`apiKey`, not `author`)."""
    return bool(_SECRET_KEY.search(_NOT_ALNUM.sub("_", _CAMEL_HUMP.sub("_", key).lower())))


def _redact_object(document: dict[str, JSONValue]) -> JSONValue:
    name = document.get("name", document.get("key"))
    is_named_secret = isinstance(name, str) and names_a_secret(name)
    return {
        redact_text(key): _hide(value)
        if names_a_secret(key) or (is_named_secret and key == "value")
        else redact(value)
        for key, value in document.items()
    }


def _is_secret_pair(document: list[JSONValue]) -> bool:
    match document:
        case [str(name), str()]:
            return names_a_secret(name)
    return False


def _hide(value: JSONValue) -> JSONValue:
    if isinstance(value, dict):
        return {redact_text(key): _hide(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide(item) for item in value]
    return HIDDEN if isinstance(value, str) and value else value


def _redact_parameter(parameter: re.Match[str]) -> str:
    return f"{parameter[1]}={HIDDEN}" if names_a_secret(parameter[1]) else parameter[0]
