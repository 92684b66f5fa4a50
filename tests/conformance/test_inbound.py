"""API-1 §5 with messages that came in: the document's own sample, in its four formats, and what `new` does."""

import pytest

from lotsman.domain.inbound import Piece
from lotsman.gsm import ucs2
from lotsman.store.inbound import InboundNumber, record_pieces, save_number
from stand.doors import KEYS, NOON, DoorStand

KEY = f"apikey={KEYS['customer']}"
NUMBER, PHONE = "79021121075", "79087964781"
SAMPLES = {
    "text": (
        f'2,{PHONE},{NUMBER},"5671 test","2025-06-15 15:00:41",0\n'
        f'1,{PHONE},{NUMBER},"5671 test\\nLine2","2025-06-15 15:00:00",0'
    ),
    "xml": (
        "<inbound>\n"
        f'<sms id="2" phone="{PHONE}" num="{NUMBER}" created="2025-06-15 15:00:41" seen="0">5671 test</sms>\n'
        f'<sms id="1" phone="{PHONE}" num="{NUMBER}" created="2025-06-15 15:00:00" seen="0">5671 test\nLine2</sms>\n'
        "</inbound>"
    ),
    "json": (
        f'{{"inbound":[{{"id":"2","phone":"{PHONE}","num":"{NUMBER}","text":"5671 test",'
        '"created":"2025-06-15 15:00:41","seen":"0"},'
        f'{{"id":"1","phone":"{PHONE}","num":"{NUMBER}","text":"5671 test\\nLine2",'
        '"created":"2025-06-15 15:00:00","seen":"0"}]}'
    ),
    "v": "5671 test\n5671 test\\nLine2",
}


@pytest.fixture
def two_came_in(stand: DoorStand) -> DoorStand:
    account_id = stand.count("SELECT id FROM accounts WHERE login LIKE 'customer@%'")
    write = stand.platform.database.write

    async def come_in() -> None:
        await write(save_number, InboundNumber(NUMBER, account_id, two_way=False))
        for text, at in (("5671 test\nLine2", NOON), ("5671 test", NOON + 41_000)):
            await write(record_pieces, Piece(1, PHONE, NUMBER, ucs2.encode(text) or b"", 8, at))

    stand.run(come_in())
    return stand


@pytest.mark.parametrize("form", SAMPLES)
def test_all_in_four_formats_newest_first(two_came_in: DoorStand, form: str):
    assert two_came_in.ask(f"inbound=all&format={form}&{KEY}").text == SAMPLES[form]


@pytest.mark.parametrize("since", ["2025-06-15+15%3A00%3A01", f"{NOON // 1000 + 1}", "2025-06-15T15:00:41"])
def test_a_date_is_in_the_account_s_time_zone_and_unix_time_is_not(two_came_in: DoorStand, since: str):
    assert two_came_in.ask(f"inbound={since}&{KEY}").text == SAMPLES["text"].partition("\n")[0]


def test_new_ones_are_returned_once_and_are_seen_from_then_on(two_came_in: DoorStand):
    assert two_came_in.ask(f"inbound=new&{KEY}").text == SAMPLES["text"]
    assert two_came_in.ask(f"inbound=new&{KEY}").text == ""
    assert two_came_in.ask(f"inbound=all&{KEY}").text == SAMPLES["text"].replace(",0", ",1")


def test_others_see_nothing_of_it(two_came_in: DoorStand):
    assert two_came_in.ask(f"inbound=all&apikey={KEYS['neighbour']}").text == ""


def test_api_2_tells_the_same(two_came_in: DoorStand):
    query = f'json={{"inbound":true,"since":"2025-06-15 15:00:01","apikey":"{KEYS["customer"]}"}}'
    answer = two_came_in.ask(query, path="/api2.php").text
    assert '"text":"5671 test"' in answer
    assert "Line2" not in answer
