"""r=contract number: whose customer this is. API-1 §1."""

import pytest

from stand.doors import CUSTOMERS, KEYS, DoorStand

KEY = f"apikey={KEYS['customer']}"
BALANCE = "balance=rur"


def contract(stand, name):
    return stand.count("SELECT id FROM accounts WHERE login = ?", CUSTOMERS[name].login)


def referrer(stand, name="customer"):
    return stand.count("SELECT referrer FROM accounts WHERE login = ?", CUSTOMERS[name].login)


def ask_and_wait(stand, r):
    """-> the body; what was asked for beside it is on disk, for its mail comes after it in the same queue."""
    answer = stand.ask(f"{BALANCE}&r={r}&{KEY}")
    before = len(stand.mails())
    stand.ask(f"{BALANCE}&debug=olga@example.org&{KEY}")
    stand.mails(wanted=before + 1)
    return answer.text


def test_the_first_who_is_named_is_noted_and_nobody_after_him(stand: DoorStand):
    poor, neighbour = contract(stand, "poor"), contract(stand, "neighbour")
    assert ask_and_wait(stand, poor) == "1000.00"
    assert referrer(stand) == poor
    ask_and_wait(stand, neighbour)
    assert referrer(stand) == poor
    stand.run(stand.platform.directory.refresh())
    ask_and_wait(stand, neighbour)
    assert referrer(stand) == poor
    assert referrer(stand, "poor") == referrer(stand, "neighbour") == 0


@pytest.mark.parametrize("r", ["", "0", "-1", "999999", "9" * 30, "abc", "%D9%A1", "1e3"])
def test_what_is_no_contract_is_ignored(stand: DoorStand, r: str):
    assert ask_and_wait(stand, r) == "1000.00"
    assert referrer(stand) == 0


def test_nobody_brings_himself(stand: DoorStand):
    assert ask_and_wait(stand, contract(stand, "customer")) == "1000.00"
    assert referrer(stand) == 0


def test_a_wrong_number_does_not_stand_in_the_way_of_the_right_one(stand: DoorStand):
    ask_and_wait(stand, 999_999)
    poor = contract(stand, "poor")
    ask_and_wait(stand, poor)
    assert referrer(stand) == poor


def test_strangers_note_nothing(stand: DoorStand):
    poor = contract(stand, "poor")
    stand.ask(f"{BALANCE}&r={poor}&apikey={KEYS['emulator']}")
    stand.ask(f"{BALANCE}&r={poor}&login=customer@example.com&password=wrong")
    ask_and_wait(stand, "")
    assert referrer(stand) == 0
