"""Packets of api2.php: real doors over a real store."""

import pytest

from conformance.api_2 import PHONE, ROW, ask, code, errors, send
from stand.doors import KEYS, MINUTE, DoorStand


def test_the_sample_of_the_page(stand: DoorStand):
    body = f'{{"apikey":"{KEYS["customer"]}","send":[{{"to":"79087964781","text":"проверка"}}]}}'
    answer = stand.ask("", body, path="/api2.php")
    assert answer.text == (
        '{"server_packet_id":"1000001","balance":997.50,"cost":2.50,"send":[{"id":0,"server_id":"1000001",'
        '"from":"INFORM","to":"79087964781","text":"проверка","parts":1,"status":0,"error":0,"send_datetime":"",'
        '"country":"RU","operator":"TELE2","price":2.50}]}'
    )
    assert answer.headers == {
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(answer.body)),
        "access-control-allow-origin": "*",
        "connection": "keep-alive",
    }


def test_one_bad_message_never_spoils_the_packet(stand: DoorStand):
    later = "2025-06-15 13:00:00"
    answer = send(
        stand,
        {"id": 7, "to": PHONE, "text": "good"},
        {"to": PHONE, "text": ""},
        {"text": "no number"},
        {"to": "123", "text": "short"},
        {"to": "x", "text": "no number at all"},
        {"to": "19005550100", "text": "nobody goes there"},
        {"to": PHONE, "text": "x", "from": "no good!"},
        {"to": PHONE, "text": "x", "from": "Stranger"},
        {"to": PHONE, "text": "x", "send_datetime": "tomorrow"},
        {"to": PHONE, "text": "x", "callback": "example.org"},
        {"to": PHONE, "text": "x", "ttl": 1441},
        {"to": PHONE, "text": "x", "id": [1]},
        {"to": PHONE, "text": "Я" * 671},
        {"to": PHONE, "text": "good"},
        "no object",
        {"id": "последнее", "to": 79161231212, "text": "later", "send_datetime": later},
    )
    assert errors(answer) == [0, 220, 210, 215, 111, 213, 201, 204, 250, 260, 270, 230, 221, 214, 220, 0]
    assert all(list(row) == ROW for row in answer["send"])
    assert [row["id"] for row in answer["send"]] == [7, *range(1, 15), "последнее"]
    assert [row["server_id"] for row in answer["send"]] == [str(1_000_001 + i) for i in range(16)]
    assert [row["status"] for row in answer["send"]] == [0] + [-2] * 14 + [3]
    assert answer["send"][-1]["send_datetime"] == later
    assert (answer["cost"], answer["balance"]) == (5.20, 994.80)
    assert all(row["price"] == 0 for row in answer["send"] if row["error"])
    assert stand.balance() == 99_480
    assert stand.books_agree()


def test_a_packet_without_one_good_message_has_a_row_for_each_and_costs_nothing(stand: DoorStand):
    answer = send(stand, {"to": "123", "text": "x"}, {"to": PHONE})
    assert errors(answer) == [215, 220]
    assert (answer["cost"], answer["balance"], stand.balance()) == (0, 1000, 100_000)
    assert [row["error"] for row in ask(stand, check=True, server_packet_id="1000001")["check"]] == [215, 220]


def test_root_values_are_defaults_for_all_messages(stand: DoorStand):
    answer = send(
        stand,
        {"to": PHONE},
        {"to": PHONE, "from": "INFORM", "text": "mine"},
        **{"from": "test", "text": "ours", "ttl": 60, "send_datetime": "2025-06-15 13:00:00"},
    )
    assert [(row["from"], row["text"]) for row in answer["send"]] == [("test", "ours"), ("INFORM", "mine")]
    assert [row["status"] for row in answer["send"]] == [3, 3]
    assert errors(send(stand, {"to": PHONE, "text": "x"}, {"to": PHONE, "text": "y", "ttl": 5}, ttl=0.5)) == [
        270,
        0,
    ]


def test_each_message_says_whom_to_tell_or_the_root_does(stand: DoorStand):
    there = "https://example.org/there"
    items = [
        {"text": "x"},
        {"text": "y", "callback": f"{there}?a=1"},
        {"text": "z", "callback_method": "post"},
    ]
    assert errors(send(stand, *items, to=PHONE, callback=there)) == [0, 0, 0]
    wanted = [f"GET {there}", f"GET {there}?a=1", f"POST {there}"]
    assert [stand.count("SELECT count(*) FROM messages WHERE callback = ?", target) for target in wanted] == [
        1
    ] * 3


def test_to_text_and_send_datetime_go_back_as_they_came(stand: DoorStand):
    asked = [
        {"to": "+7 (908) 796-47-81", "text": " two\n lines ", "send_datetime": "1749990000"},
        {"to": "8-908-796-47-82", "text": '"quoted" \\ &amp; <b>', "send_datetime": ""},
    ]
    answer = send(stand, *asked)
    assert [{name: row[name] for name in asked[0]} for row in answer["send"]] == asked
    assert [row["to"] for row in ask(stand, check=[1_000_001, 1_000_002])["check"]] == [PHONE, "79087964782"]


@pytest.mark.parametrize(
    ("given", "back"),
    [(5, 5), ("5", 5), ("007", "007"), ("6F9619FF-8B86-D011", "6F9619FF-8B86-D011"), (None, 0), ("", 0), (-1, -1),
     (12345678901234567890, "12345678901234567890")],
)  # fmt: skip
def test_an_id_of_the_callers_own_comes_back_at_once_and_when_checked(stand: DoorStand, given, back):
    assert send(stand, {"id": given, "to": PHONE, "text": "x"})["send"][0]["id"] == back
    assert ask(stand, check=[{"server_id": 1_000_001}])["check"][0]["id"] == back


def test_null_values_are_absent(stand: DoorStand):
    item = {
        "id": None,
        "to": PHONE,
        "text": "x",
        "from": None,
        "send_datetime": None,
        "ttl": None,
        "callback": None,
    }
    answer = send(stand, item, login=None, password=None)
    assert (errors(answer), answer["send"][0]["from"]) == ([0], "INFORM")


def test_send_may_be_one_object_and_a_list_that_php_wrote_as_an_object(stand: DoorStand):
    assert errors(ask(stand, send={"to": PHONE, "text": "x"})) == [0]
    gaps = {"1": {"to": PHONE, "text": "y"}, "5": {"to": PHONE, "text": "z"}}
    assert errors(ask(stand, send=gaps)) == [0, 0]
    assert errors(ask(stand, send="text at the root", to=PHONE)) == [0]


def test_numbers_with_commas_in_one_message_are_a_row_each(stand: DoorStand):
    answer = send(
        stand, {"id": 5, "to": f"{PHONE}, 123", "text": "x"}, {"to": [PHONE, 79161231212], "text": "y"}
    )
    assert [(row["id"], row["to"], row["error"]) for row in answer["send"]] == [
        (5, PHONE, 0),
        (5, "123", 215),
        (1, PHONE, 0),
        (1, "79161231212", 0),
    ]


def test_no_list_of_messages_is_240(stand: DoorStand):
    assert code(ask(stand, send=[])) == "240"
    assert code(send(stand, *[{}] * 10_001)) == "240"
    assert (
        code(send(stand, {"to": [PHONE] * 6_000, "text": "x"}, {"to": [PHONE] * 6_000, "text": "x"})) == "240"
    )
    assert stand.stored() == 0


@pytest.mark.parametrize("name", ["to", "text", "from", "send_datetime", "ttl"])
def test_what_all_items_take_from_the_root_cannot_make_an_answer_of_gigabytes(stand: DoorStand, name: str):
    assert code(send(stand, *[{}] * 10_000, **{name: "я" * 1_000_000})) == "240"
    assert code(ask(stand, "emulator", send=[{}] * 10_000, **{name: "x" * 1_000_000})) == "240"


def test_nor_can_a_long_text_to_many_numbers(stand: DoorStand):
    assert code(send(stand, {"to": [PHONE] * 5_000, "text": "я" * 1_000_000})) == "240"


def test_without_money_the_whole_packet_is_112_and_nothing_is_stored(stand: DoorStand):
    items = [{"to": f"7908796478{i}", "text": "x"} for i in range(3)]
    assert code(ask(stand, "poor", send=items)) == "112"
    assert (stand.stored(), stand.balance("poor")) == (0, 500)
    assert errors(ask(stand, "poor", send=items[:2])) == [0, 0]
    assert stand.balance("poor") == 0


def test_an_account_without_a_sender_is_told_so_in_each_row(stand: DoorStand):
    assert errors(ask(stand, "no-name", send=[{"to": PHONE, "text": "x"}])) == [200]


def test_cost_tells_the_price_of_the_good_ones_and_sends_nothing(stand: DoorStand):
    items = [{"to": PHONE, "text": "x"}, {"to": "79161231212", "text": "x"}, {"to": "1", "text": "x"}]
    assert send(stand, *items, cost=1) == {"cost": 5.20}
    assert (stand.stored(), stand.balance()) == (0, 100_000)
    assert send(stand, *items, cost=0, test=0, format="json", debug="me@example.com")["cost"] == 5.20


def test_a_test_packet_lives_its_life_and_is_free(stand: DoorStand):
    stand.start_links()
    answer = send(stand, {"to": "79087964700", "text": "x"}, {"to": "79087964798", "text": "y"}, test=1)
    assert (answer["cost"], stand.balance()) == (5.00, 100_000)
    query = f"check=1000001,1000002&fields=status&apikey={KEYS['customer']}"
    assert stand.ask_until(query, "2\n-2").text == "2\n-2"
    assert [row["status"] for row in ask(stand, check=True, server_packet_id=1_000_001)["check"]] == [2, -2]


def test_a_packet_may_be_sent_partly_now_and_partly_later(stand: DoorStand):
    stand.start_links()
    later = {"to": "79087964701", "text": "x", "send_datetime": "2025-06-15 13:00:00"}
    assert errors(send(stand, {"to": "79087964700", "text": "x"}, later, test=1)) == [0, 0]
    query = f"check=1000001,1000002&fields=status&apikey={KEYS['customer']}"
    assert stand.ask_until(query, "2\n3").text == "2\n3"
    stand.clock.now += 60 * MINUTE
    stand.let_time_work()
    assert stand.ask_until(query, "2\n2").text == "2\n2"


def test_ten_thousand_messages_are_one_packet_and_one_charge(stand: DoorStand):
    items = [{"id": i, "to": f"7908{i:07d}", "text": f"Код {i}"} for i in range(10_000)]
    answer = send(stand, *items, test=1)
    assert [row["id"] for row in answer["send"]] == list(range(10_000))
    assert not any(errors(answer))
    assert len(ask(stand, check=True, server_packet_id=answer["server_packet_id"])["check"]) == 10_000
    assert send(stand, {"to": PHONE, "text": "x"}, {"to": PHONE, "text": "y"})["cost"] == 5.00
    assert stand.count("SELECT count(*) FROM ledger WHERE kind = 2") == 1
