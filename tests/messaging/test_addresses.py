"""From where a request comes: one client is one address, however it is written."""

import pytest
from django.test import RequestFactory

from messaging.requests.addresses import client_address, counted


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:51234", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:0207", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:51234", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ('"[2001:db8:1:2:ffff::1]:443"', "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("unknown", "unknown"),
        ("192.0.2.07", "192.0.2.07"),
        ("x" * 5_000, "x" * 100),
    ],
)
def test_an_address_is_counted_as_its_client(written, expected):
    assert counted(written) == expected


def test_another_network_is_another_client():
    assert counted("2001:db8:1:2::1") != counted("2001:db8:1:3::1")


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (0, "192.0.2.7", "198.51.100.1"),
        (1, "", "198.51.100.1"),
        (1, "203.0.113.9, 192.0.2.7", "192.0.2.7"),
        (1, "192.0.2.7:4711", "192.0.2.7"),
        (2, "203.0.113.9, 192.0.2.7", "203.0.113.9"),
        (3, "203.0.113.9, 192.0.2.7", "198.51.100.1"),
        (1, "203.0.113.9,", "198.51.100.1"),
    ],
)
def test_only_the_entries_of_trusted_proxies_count(settings, hops, forwarded, expected):
    settings.DECLIC_TRUSTED_PROXIES = hops
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="198.51.100.1")

    assert client_address(request) == expected
