"""Where a customer's address may not lead: the corpus, each at the door it is stopped at."""

import ast
import asyncio
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver

from lotsman.callbacks.caller import Caller
from lotsman.callbacks.url_guard import GuardedResolver, UrlGuard
from lotsman.domain.callback import parse_target
from stand.receiver import Receiver

CORPUS = [
    (verdict, ast.literal_eval(url))
    for verdict, url in (
        line.split(maxsplit=1)
        for line in Path(__file__).with_name("hostile_urls.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
]
NAMES = {
    "localhost": ["127.0.0.1"],
    "inside.example": ["10.1.2.3"],
    "rebound.example": ["192.168.0.1"],
    "mixed.example": ["93.184.216.34", "10.0.0.1"],
    "six.example": ["93.184.216.34", "fd00::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "cgnat.example": ["100.64.1.1"],
    "nothing.example": [],
    "public.example": ["93.184.216.34"],
    "xn--e1afmkfd.example": ["93.184.216.34"],
}


class Book(AbstractResolver):
    """Names and addresses that a test decides. `lists`: each time a name is asked, its next list."""

    def __init__(self, lists=None):
        self.lists = lists or {}

    async def resolve(self, host, port=0, family=0):
        listed = self.lists.get(host)
        found = listed.pop(0) if listed else NAMES.get(host.lower().rstrip("."), [])
        return [
            {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}
            for address in found
        ]

    async def close(self): ...


def test_the_corpus_is_large():
    assert sum(verdict != "public" for verdict, _ in CORPUS) >= 150


@pytest.mark.parametrize("url", [url for verdict, url in CORPUS if verdict == "260"])
def test_it_is_refused_with_the_request(url):
    assert parse_target(url) is None


@pytest.mark.parametrize(("verdict", "url"), [pair for pair in CORPUS if pair[0] != "260"])
def test_it_is_stopped_before_anything_is_connected_to(verdict, url):
    guard = UrlGuard()
    target = parse_target(url)
    assert target is not None
    assert asyncio.run(may_be_called(guard, target)) is (verdict == "public")


async def may_be_called(guard, target):
    """Whether the guard would let a connection be opened; none is."""
    from yarl import URL

    from lotsman.callbacks.url_guard import permits_literal
    from lotsman.domain.callback import call

    host = URL(call(target, ()).url, encoded=True).raw_host or ""
    if not permits_literal(guard, host):
        return False
    if host.replace(":", "").replace(".", "").isalnum() and (":" in host or host[-1].isdigit()):
        return True  # an address, and a permitted one
    try:
        return bool(await GuardedResolver(guard, Book()).resolve(host, 80))
    except OSError:
        return False


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://localhost:{port}/", "http://LocalHost:{port}/",
        "http://inside.example:{port}/",
    ],
)  # fmt: skip
def test_a_listening_receiver_inside_hears_nothing(address):
    with Receiver() as receiver:

        async def call():
            caller = Caller(UrlGuard(), per_host=2, resolver=Book({"inside.example": [["127.0.0.1"]]}))
            try:
                return await caller.call(f"GET {address.format(port=receiver.port)}", [("a", "b")])
            finally:
                await caller.close()

        answered = asyncio.run(call())
        assert (answered.status, answered.why) == (0, "this address may not be called")
        assert receiver.told == []


def test_a_name_that_changes_its_mind_gains_nothing():
    """The addresses that were judged are the ones connected to: a second question would be answered otherwise."""
    with Receiver() as receiver:
        book = Book({"rebound.example": [["127.0.0.1"], ["10.0.0.1"]]})

        async def call():
            caller = Caller(UrlGuard(["127.0.0.0/8"]), per_host=2, resolver=book)
            try:
                return await caller.call(f"GET http://rebound.example:{receiver.port}/", [("a", "b")])
            finally:
                await caller.close()

        assert asyncio.run(call()).status == 200
        assert book.lists["rebound.example"] == [["10.0.0.1"]]


def test_an_allowed_network_may_be_called_and_its_neighbour_may_not():
    guard = UrlGuard(["10.1.0.0/16", "fd00::/8"])
    assert guard.permits("10.1.2.3")
    assert (
        guard.permits("::ffff:10.1.2.3") is False
    )  # the mapped form is another network; only what is inside is allowed
    assert not guard.permits("10.2.0.1")
    assert guard.permits("fd00::5")
