"""What every answer under /hooks/ must be, whatever was sent."""

from tests.serving import RawAnswer

CONTRACT_HEADERS = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


def hold_to_contract(answer: RawAnswer) -> None:
    """JSON with the promised headers, never 5xx, no trace of Python, no cookie, no redirect."""
    assert 200 <= answer.status < 500, answer
    assert not 300 <= answer.status < 400, answer
    assert {name: answer.headers.get(name) for name in CONTRACT_HEADERS} == CONTRACT_HEADERS
    assert "set-cookie" not in answer.headers
    assert b"Traceback" not in answer.body
    if answer.body:  # HEAD has none
        assert answer.json()["ok"] is (answer.status == 200)
