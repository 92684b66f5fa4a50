"""What only a socket can show: where a caller is (113), guessing that gets slower, the same message many times at once."""

import threading

import pytest

from lotsman import metrics
from lotsman.domain.turnstile import FREE
from stand.door_node import DoorNode, get
from stand.doors import KEYS, PASSWORD, prepared

__all__ = ["prepared"]

FENCED = KEYS["fenced-in"].encode()  # may be used from 192.0.2.0/24
CAREFUL = KEYS["careful"].encode()


@pytest.fixture
def node(prepared, tmp_path):
    """Any proxy on this machine is believed."""
    with DoorNode(prepared, tmp_path, trusted_proxies="127.0.0.1, 10.0.0.0/8") as running:
        yield running


def forwarded(query, key, *hops):
    """A request as a proxy passes it on."""
    head, _, _ = get(query, key).rpartition(b"\r\n")
    return head + b"".join(b"X-Forwarded-For: " + hop + b"\r\n" for hop in hops) + b"\r\n"


@pytest.mark.parametrize(
    ("hops", "answer"),
    [
        ([b"192.0.2.17"], "1000.00"),
        ([b"192.0.2.17, 10.1.1.1"], "1000.00"),
        ([b"198.51.100.1"], "ERROR=113: IP RESTRICTION"),
        ([b"192.0.2.17, 198.51.100.1"], "ERROR=113: IP RESTRICTION"),
        ([b"192.0.2.17", b"198.51.100.1"], "ERROR=113: IP RESTRICTION"),
        ([], "ERROR=113: IP RESTRICTION"),
    ],
)
def test_a_key_works_from_the_addresses_of_its_account_behind_a_proxy_too(node, hops, answer):
    assert node.ask(forwarded(b"balance=rur", FENCED, *hops)).text == answer


def test_without_trusted_proxies_what_a_caller_says_of_itself_is_not_believed(prepared, tmp_path):
    with DoorNode(prepared, tmp_path) as node:
        answer = node.ask(forwarded(b"balance=rur", FENCED, b"192.0.2.17"))
        assert answer.text == "ERROR=113: IP RESTRICTION"


def test_of_many_identical_messages_at_once_exactly_one_is_sent(node):
    answers = []

    def send():
        with node.connect() as client:
            answers.extend(
                client.ask(get(b"send=Hello&to=79087964781&format=v", CAREFUL)).text for _ in range(5)
            )

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers)[1:] == ["Loop protection, blacklist"] * 99
    assert node.number("SELECT count(*) FROM messages") == 1


def waited():
    """How many attempts had to wait for their turn."""
    return metrics.GUESSES.labels("waited")._value.get()


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (b"", "ERROR=102: APIKEY NOT FOUND"),
        (b"login=customer@example.com&password=x", "ERROR=400: USER NOT FOUND"),
    ],
)
def test_who_guesses_gets_slower_and_nobody_else_waits(node, query, answer):
    wrong = (query, b"" if query else b"W" * 64)
    login = b"login=customer@example.com&password=" + PASSWORD.replace(" ", "+").encode()
    guesser = b"95.24.0.1"
    for _ in range(FREE + 1):  # the last of them has the first turn
        assert node.ask(forwarded(*wrong, guesser)).text == answer
    before = waited()
    assert node.ask(forwarded(*wrong, guesser)).text == answer
    assert waited() == before + 1
    for right in ((login, b""), (b"balance=rur", FENCED)):
        assert node.ask(forwarded(*right, b"192.0.2.1")).text[:6] != "ERROR="
    assert waited() == before + 1
    assert (
        node.ask(forwarded(login, b"", guesser)).text[:6] != "ERROR="
    )  # a right password is right for a guesser, too
