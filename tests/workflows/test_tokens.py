"""Request-URL tokens: random, found by digest, read again only with the keys."""

import re
from collections import Counter

import pytest
from cryptography.fernet import Fernet
from django.test import override_settings

from workflows import url_tokens

URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_a_thousand_tokens_differ_and_carry_256_bits():
    made = {url_tokens.new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"dhk_[A-Za-z0-9_-]{43}", token) for token in made)


def test_characters_of_tokens_are_evenly_spread():
    # 43 characters hold 258 bits for 256: the last one is left out, its spread is another.
    drawn = "".join(url_tokens.new_token()[4:-1] for _ in range(2000))
    counts, expected = Counter(drawn), len(drawn) / len(URL_SAFE)
    chi_square = sum((counts[one] - expected) ** 2 / expected for one in URL_SAFE)
    assert chi_square < 150  # 63 degrees of freedom: beyond it once in 100 million times


def test_the_digest_tells_nothing_of_the_token():
    token = url_tokens.new_token()
    assert re.fullmatch(r"[0-9a-f]{64}", url_tokens.digest(token))
    assert token not in url_tokens.digest(token)
    assert url_tokens.digest(token) != url_tokens.digest(url_tokens.new_token())


def test_an_encrypted_token_is_read_again_and_hides_it():
    token = url_tokens.new_token()
    kept = url_tokens.encrypt(token)
    assert token not in kept
    assert url_tokens.decrypt(kept) == token


def test_encrypting_twice_gives_two_texts():
    token = url_tokens.new_token()
    assert url_tokens.encrypt(token) != url_tokens.encrypt(token)


def test_a_token_survives_a_new_key_in_front():
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with override_settings(DECLIC_TOKEN_KEYS=[old]):
        kept = url_tokens.encrypt("dhk_one")
    with override_settings(DECLIC_TOKEN_KEYS=[new, old]):
        assert url_tokens.decrypt(kept) == "dhk_one"
        kept_anew = url_tokens.encrypt("dhk_two")
    with override_settings(DECLIC_TOKEN_KEYS=[new]):
        assert url_tokens.decrypt(kept_anew) == "dhk_two"


def test_without_its_key_a_token_is_unreadable_and_the_error_holds_nothing_of_it():
    kept = url_tokens.encrypt("dhk_secret")
    with (
        override_settings(DECLIC_TOKEN_KEYS=[Fernet.generate_key().decode()]),
        pytest.raises(url_tokens.TokenUnreadable) as caught,
    ):
        url_tokens.decrypt(kept)
    assert str(caught.value) == ""
    assert caught.value.__suppress_context__


@override_settings(DECLIC_BASE_URL="https://declic.example")
def test_the_request_url_is_built_from_the_base_url():
    assert url_tokens.request_address("dhk_x") == "https://declic.example/hooks/workflows/dhk_x"
