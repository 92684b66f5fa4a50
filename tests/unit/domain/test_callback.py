"""A callback's address, what it is told, and when it is told again."""

import pytest

from lotsman.domain import callback
from lotsman.domain.callback import call, host_of, is_taken, next_try, parse_target, wanted_fields
from lotsman.domain.lifecycle import State
from lotsman.domain.message import Stored
from lotsman.domain.service import Service

PAIRS = (("server_id", "4566"), ("status", "2"), ("error", "0"))
MESSAGE = Stored(
    4566, "79087964781", 250, State.DELIVERED, "INFORM", "INFORM", 1_750_000_000_000, 1_750_000_001_000, 1, "RU", "MTS", 0,
    "Привет & пока", 4566, None, Service.SMS,
)  # fmt: skip


@pytest.mark.parametrize(
    ("url", "method", "target"),
    [
        ("http://ya.ru/status.php", "", "GET http://ya.ru/status.php"),
        (" https://ya.ru ", "get", "GET https://ya.ru"),
        ("HTTP://YA.RU/", "Post", "POST HTTP://YA.RU/"),
        ("http://ya.ru/a?b=c&d", "PUT", "GET http://ya.ru/a?b=c&d"),
        ("http://пример.рф/статус", "", "GET http://пример.рф/статус"),
        ("http://[2606:4700::1111]:8080/x", "", "GET http://[2606:4700::1111]:8080/x"),
    ],
)
def test_an_http_address_is_a_target(url, method, target):
    assert parse_target(url, method) == target


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "ya.ru", "//ya.ru/", "ftp://ya.ru/", "file:///etc/passwd", "gopher://ya.ru/", "javascript:alert(1)",
        "http://", "http:///x", "http://:80/", "http://ya.ru:0/", "http://ya.ru:99999/", "http://ya.ru:x/", "http://ya.ru:/",
        "http://user@ya.ru/", "http://user:secret@ya.ru/", "http://ya.ru/a b", "http://ya.ru/\r\nHost: x", "http://ya.ru\\@x/",
        "http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/", "http://a.0x7f000001/", "http://1.2.3.4./",
        "http://[::1/", "http://.ya.ru/", "http://ya..ru/", "http://ya.ru/" + "x" * 2048,
    ],
)  # fmt: skip
def test_anything_else_is_none(url):
    assert parse_target(url) is None


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("GET http://Ya.Ru/x", "http://ya.ru:80"),
        ("POST https://ya.ru/x", "https://ya.ru:443"),
        ("GET https://ya.ru:8443/", "https://ya.ru:8443"),
        ("GET http://ya.ru:99999/", "nobody"),
        ("GET http://[x/", "nobody"),
        ("https://ya.ru/", "nobody"),
        ("", "nobody"),
    ],
)
def test_a_host_is_scheme_name_and_port(target, host):
    assert host_of(target) == host


@pytest.mark.parametrize(
    ("target", "url", "body"),
    [
        ("GET http://ya.ru/s.php", "http://ya.ru/s.php?server_id=4566&status=2&error=0", b""),
        ("GET http://ya.ru", "http://ya.ru/?server_id=4566&status=2&error=0", b""),
        ("GET http://ya.ru/s?a=1&b", "http://ya.ru/s?a=1&b&server_id=4566&status=2&error=0", b""),
        ("GET http://ya.ru/s?fields=country", "http://ya.ru/s?server_id=4566&status=2&error=0", b""),
        ("GET http://ya.ru/s?x=1&fields=country#top", "http://ya.ru/s?x=1&server_id=4566&status=2&error=0", b""),
        ("GET http://ya.ru/статус", "http://ya.ru/%D1%81%D1%82%D0%B0%D1%82%D1%83%D1%81?server_id=4566&status=2&error=0", b""),
        ("GET http://пример.рф/", "http://xn--e1afmkfd.xn--p1ai/?server_id=4566&status=2&error=0", b""),
        ("GET http://пример.рф:8080/", "http://xn--e1afmkfd.xn--p1ai:8080/?server_id=4566&status=2&error=0", b""),
        ("POST http://ya.ru/s?x=1&fields=all", "http://ya.ru/s?x=1", b"server_id=4566&status=2&error=0"),
    ],
)  # fmt: skip
def test_the_address_keeps_its_own_query_and_ours_follows(target, url, body):
    made = call(target, PAIRS)
    assert (made.method, made.url, made.body) == (target.partition(" ")[0], url, body)


def test_what_is_told_is_encoded():
    made = call("GET http://ya.ru/", [("message", "a&b=c d\nПривет")])
    assert made.url == "http://ya.ru/?message=a%26b%3Dc+d%0A%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82"


def test_the_address_says_which_columns_it_wants():
    assert wanted_fields("GET http://ya.ru/?fields=country,operator,message") == (
        "country",
        "operator",
        "message",
    )
    assert wanted_fields("GET http://ya.ru/?fields=country%2C%20nonsense,status") == ("country",)
    assert wanted_fields("GET http://ya.ru/?field=country") == ()
    assert "error_ru" in wanted_fields("GET http://ya.ru/?a=1&fields=all")


def test_a_status_is_told_with_the_columns_that_were_asked_for():
    said = callback.status_parameters(MESSAGE, "Europe/Moscow", ("country", "message"))
    assert list(said) == [*PAIRS, ("country", "RU"), ("message", "Привет & пока")]


def test_a_look_up_tells_what_it_found():
    found = MESSAGE._replace(attributes='{"imsi": "250203122060176", "mnc": "02", "rcn": ""}')
    said = callback.status_parameters(found, "Europe/Moscow", ())
    assert list(said) == [*PAIRS, ("imsi", "250203122060176"), ("mnc", "02"), ("rcn", "")]


@pytest.mark.parametrize(
    ("status", "body", "tries", "taken"),
    [
        (200, b"OK", 1, True),
        (200, b" ok\r\n", 1, True),
        (200, b"", 1, False),
        (200, b"", 2, False),
        (200, b"", 3, True),
        (200, b"<html>", 3, True),
        (204, b"", 9, False),
        (302, b"OK", 9, False),
        (500, b"OK", 9, False),
        (0, b"", 9, False),
    ],
)
def test_ok_is_believed_at_once_and_any_other_200_at_the_third_try(status, body, tries, taken):
    assert is_taken(status, body, tries) is taken


def test_tries_grow_apart_and_end_after_three_days():
    now, tries, pauses = 0, 0, []
    while True:
        tries += 1
        again = next_try(tries, 0, now, 0.5)
        if again is None:
            break
        pauses.append(again - now)
        now = again
    assert pauses == sorted(pauses)
    assert pauses[0] == 10_000
    assert 2.9 * 86_400_000 < now < 3 * 86_400_000
