from itertools import pairwise

import pytest

from lotsman.domain.outgoing_mail import DAY, address, next_attempt


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("info@smspilot.ru", "info@smspilot.ru"),
        (" o.k+tag@a-b.example.org ", "o.k+tag@a-b.example.org"),
        ("info@пример.рф", "info@xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_addresses_that_every_server_understands(written, understood):
    assert address(written) == understood


@pytest.mark.parametrize(
    "written",
    ["", "@", "a", "a@", "@b.ru", "a@b", "a b@c.ru", "a@b..ru", "a@-b.ru", "a@b.ru\nBcc: c@d.ru", "a@b.ru,c@d.ru",
     "<a@b.ru>", '"a b"@c.ru', "a@[127.0.0.1]", "а@b.ru", "a\0@b.ru", "a..b@c.ru", ".a@b.ru", "a@b.ru.", "x" * 65 + "@b.ru",
     "a@" + "b" * 64 + ".ru", "a@" + "я" * 300 + ".рф", "a@" + "b.c" * 100 + ".ru", "\ud800@b.ru", "a@\ud800.ru"],
)  # fmt: skip
def test_everything_else_is_no_address(written):
    assert address(written) is None


def test_pauses_grow_and_a_day_ends_them():
    at, tries, created = 0, 0, 0
    attempts = [0]
    while (following := next_attempt(created, tries + 1, at, 0.5)) is not None:
        at, tries = following, tries + 1
        attempts.append(at)
    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert pauses[:3] == [60_000, 120_000, 240_000]
    assert pauses == sorted(pauses)
    assert max(pauses) == 7_200_000
    assert DAY - 7_200_000 < at <= DAY
