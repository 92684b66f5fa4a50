"""Whose request it is, when proxies stand in between."""

from ipaddress import ip_network

import pytest

from lotsman.api.http1 import Reader
from lotsman.api.proxies import NO_PROXIES, Proxies

OURS = Proxies(map(ip_network, ("127.0.0.1", "10.0.0.0/8", "2001:db8::/32")))


def a_request(*headers, peer="127.0.0.1"):
    reader = Reader()
    lines = ["GET / HTTP/1.1", "Host: x", *(f"X-Forwarded-For: {header}" for header in headers)]
    reader.feed("\r\n".join([*lines, "", ""]).encode())
    request = reader.next()
    request.peer = peer
    return request


def test_without_trusted_proxies_nobody_is_believed():
    assert NO_PROXIES.caller(a_request("192.0.2.1")) == "127.0.0.1"


@pytest.mark.parametrize(
    ("headers", "caller"),
    [
        ([], "127.0.0.1"),
        (["192.0.2.1"], "192.0.2.1"),
        (["198.51.100.9, 192.0.2.1"], "192.0.2.1"),  # the left one is what the caller claims
        (["198.51.100.9", "192.0.2.1"], "192.0.2.1"),  # in a header of its own, too
        (["192.0.2.1, 10.1.2.3"], "192.0.2.1"),
        (["10.1.2.3"], "10.1.2.3"),
        (["192.0.2.1:4711"], "192.0.2.1"),
        (["[2001:db9::1]:4711, 2001:db8::5"], "2001:db9::1"),
        (["2001:db9::1"], "2001:db9::1"),
        (["nonsense"], "nonsense"),
        ([" , "], "127.0.0.1"),
    ],
)
def test_a_trusted_proxy_says_who_it_is(headers, caller):
    assert OURS.caller(a_request(*headers)) == caller
    assert OURS.caller(a_request(*headers, peer="::ffff:127.0.0.1")) in {caller, "::ffff:127.0.0.1"}


def test_anybody_else_is_taken_for_himself():
    assert OURS.caller(a_request("192.0.2.1", peer="203.0.113.5")) == "203.0.113.5"
    assert OURS.caller(a_request("192.0.2.1", peer="")) == ""
