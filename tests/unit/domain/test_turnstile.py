"""Guessing is slowed; nobody else notices."""

import pytest

from lotsman.domain.turnstile import (
    FIRST_DELAY,
    FREE,
    LONGEST_DELAY,
    LONGEST_WAIT,
    WINDOW,
    Turnstile,
    neighbourhood,
)

HERE, THERE, LOGIN = "95.24.0.1", "8.8.8.8", "customer@example.com"


def guessed(times, address=HERE, login="", now=0):
    turnstile = Turnstile()
    for _ in range(times):
        turnstile.failed(address, login, now)
    return turnstile


def test_the_first_failures_cost_nothing():
    turnstile = guessed(FREE - 1)
    assert [turnstile.wait(HERE, "", 0) for _ in range(3)] == [0, 0, 0]


def test_after_them_attempts_take_turns_at_growing_intervals():
    turnstile = guessed(FREE)
    assert [turnstile.wait(HERE, "", 0) for _ in range(3)] == [0, FIRST_DELAY, 2 * FIRST_DELAY]
    turnstile.failed(HERE, "", 0)
    first, second = (turnstile.wait(HERE, "", 10_000) for _ in range(2))
    assert (first, second) == (0, 2 * FIRST_DELAY)


def test_many_attempts_at_once_do_not_get_more_turns():
    turnstile = guessed(FREE + 20)
    waits = [turnstile.wait(HERE, "", 0) for _ in range(100)]
    assert [wait for wait in waits if wait is not None] == [0, LONGEST_DELAY]
    assert LONGEST_DELAY <= LONGEST_WAIT


def test_another_address_never_waits_not_even_at_the_same_login():
    turnstile = guessed(1000, login=LOGIN)
    assert turnstile.wait(THERE, LOGIN, 0) == 0


def test_at_a_login_that_others_guess_at_a_single_failure_of_ones_own_is_enough_to_wait():
    turnstile = Turnstile()
    for n in range(FREE):
        turnstile.failed(f"8.8.4.{n}", LOGIN, 0)
    turnstile.failed(HERE, "other@example.com", 0)
    assert [turnstile.wait(HERE, LOGIN.upper(), 0) for _ in range(2)] == [0, FIRST_DELAY]
    assert [turnstile.wait(HERE, "other@example.com", 10_000) for _ in range(2)] == [0, 0]


def test_failures_are_forgotten():
    turnstile = guessed(1000)
    assert [turnstile.wait(HERE, "", WINDOW) for _ in range(3)] == [0, 0, 0]


def test_nobody_is_counted_without_an_address():
    turnstile = guessed(1000, address="")
    assert [turnstile.wait("", "", 0) for _ in range(3)] == [0, 0, 0]


def test_a_home_with_ipv6_is_one_address():
    homes = [neighbourhood(f"2a00:1:2:{home}::{host}") for home, host in ((3, "1"), (3, "f:9"), (4, "1"))]
    assert homes[0] == homes[1] != homes[2]
    assert neighbourhood("::ffff:95.24.0.1") == neighbourhood("95.24.0.1")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "172.17.0.1", "::1", "fd00::1", "::ffff:127.0.0.1"]
)
def test_a_private_address_may_be_everybody_behind_a_proxy_and_never_waits(address):
    turnstile = guessed(1000, address=address, login=LOGIN)
    assert [turnstile.wait(address, LOGIN, 0) for _ in range(3)] == [0, 0, 0]


def test_memory_is_bounded_and_the_newest_are_remembered():
    turnstile = Turnstile()
    for n in range(25_000):
        turnstile.failed(f"95.{n >> 16}.{n >> 8 & 255}.{n & 255}", f"{n}@example.com", 0)
    assert len(turnstile._addresses) == len(turnstile._logins) == 10_000
    assert "95.0.97.167" in turnstile._addresses
