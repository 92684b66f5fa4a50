"""API-1 §7: what is said of a call that was made. test=1 asks the emulator, which answers, is busy, or presses a key."""

import pytest

from stand.doors import KEYS, DoorStand

KEY = f"apikey={KEYS['customer']}"
FIELDS = "fields=status,error,duration,keys,message"


@pytest.mark.parametrize(
    ("to", "status", "said"),
    [
        ("79131437355", "2", "2,0,5,,Hello"),
        ("79131437396", "2", "2,0,5,1,Hello"),
        ("79131437397", "-1", "-1,720,0,,Hello"),
        ("79131437398", "-2", "-2,603,,,Hello"),
        ("79131437399", "-1", "-1,721,0,,Hello"),
    ],
)
def test_a_call_ends_as_its_number_says(stand: DoorStand, to: str, status: str, said: str):
    stand.start_links()
    assert stand.ask(f"send=Hello&from=GOLOS&to={to}&test=1&format=v&{KEY}").text == "1000001"
    assert stand.ask_until(f"check=1000001&format=v&{KEY}", status).text == status
    assert stand.ask(f"check=1000001&{FIELDS}&{KEY}").text == said
    assert stand.ask(f"balance=rur&{KEY}").text == "1000.00"


def test_a_key_that_was_pressed_is_an_inbound_message(stand: DoorStand):
    stand.start_links()
    stand.ask(f"send=Press+1&from=GOLOS&to=79131437396&test=1&{KEY}")
    assert stand.ask_until(f"check=1000001&format=v&{KEY}", "2").text == "2"
    wanted = stand.ask_until(f"inbound=new&format=v&{KEY}", "1")
    assert wanted.text == "1"


def test_a_message_that_was_no_call_has_no_duration(stand: DoorStand):
    stand.start_links()
    stand.ask(f"send=Hello&to=79131437355&test=1&{KEY}")
    assert stand.ask_until(f"check=1000001&format=v&{KEY}", "2").text == "2"
    assert stand.ask(f"check=1000001&{FIELDS}&{KEY}").text == "2,0,,,Hello"
