"""No error of the catalogue is forgotten: a case causes it, a test below does, or NOT_YET says what it is waiting for."""

import sqlite3

import pytest

from conformance.the_document import cases, error_texts
from lotsman.domain.refusals import Refusal, by_code
from stand.doors import KEYS, DoorStand

KEY = f"apikey={KEYS['customer']}"

CAUSED_BELOW = {110, 601, 603}
CAUSED_BY_API_2 = {10, 11, 12, 13, 14, 200, 201, 210, 230, 240, 304}  # test_api_2.py, test_api_2_packets.py
CAUSED_WITH_SHARED_SENDERS_OR_CALLS = {224, 226, 232}  # test_protections.py
CAUSED_BY_CALLS = {720, 721, 722, 723, 724, 726}  # test_calls.py, tests/links/test_voice.py

CAUSED_BY_BREAKERS = set(range(800, 812))  # test_breakers.py

NOT_YET = {
    "API-2 says 111 and 304, as the vendor does since both APIs share one table": {211, 231},
    "a carrier that deletes a message, as in tests/links": {604},
    "no word of a carrier means it": {602, 605},
}  # fmt: skip


def test_every_error_is_caused_or_waits_for_something():
    caused = {case.refused for case in cases() if case.refused} | CAUSED_BELOW | CAUSED_BY_API_2
    caused |= CAUSED_WITH_SHARED_SENDERS_OR_CALLS | CAUSED_BY_BREAKERS | CAUSED_BY_CALLS
    caused |= {code for case in cases() for code in case.row_errors}
    waiting = set().union(*NOT_YET.values())
    living = {refusal.code for refusal in Refusal if refusal.code and not refusal.obsolete}
    assert not caused & waiting
    assert caused | waiting == living


def test_the_document_and_the_catalogue_say_the_same():
    assert {code: (by_code(code).en, by_code(code).ru) for code in error_texts()} == error_texts()


@pytest.mark.parametrize(
    ("number", "end", "code"),
    [
        ("79087964700", "2", "0,Success,Нет ошибок"),
        ("79087964799", "-1", "601,Undeliverable,Невозможно доставить"),
        ("79087964798", "-2", "603,Rejected,Отказано оператором"),
    ],
)
@pytest.mark.parametrize("text", ["Hello", "Я" * 71], ids=["one part", "two parts"])
def test_a_test_message_lives_to_its_end_and_no_money_moves(
    stand: DoorStand, text: str, number: str, end: str, code: str
):
    stand.start_links()
    assert stand.ask(f"send={text}&to={number}&test=1&format=v&{KEY}").text == "1000001"
    check = f"check=1000001&fields=phone,status,error,error_en,error_ru&{KEY}"
    wanted = f"{number},{end},{code}"
    assert stand.ask_until(check, wanted).text == wanted
    assert stand.ask(f"balance=rur&{KEY}").text == "1000.00"
    assert stand.books_agree()


def test_a_deferred_test_message_is_delivered_when_its_time_has_come(stand: DoorStand):
    stand.start_links()
    answer = stand.ask(f"send=Hello&to=79087964700&test=1&send_datetime=2025-06-15 13:00:00&{KEY}")
    assert answer.text.endswith(",3")
    stand.clock.now += 59 * 60_000
    stand.let_time_work()
    assert stand.ask(f"check=1000001&format=v&{KEY}").text == "3"
    stand.clock.now += 60_000
    stand.let_time_work()
    assert stand.ask_until(f"check=1000001&format=v&{KEY}", "2").text == "2"


def test_in_production_the_public_emulator_key_is_a_key_that_nobody_has(prepared, tmp_path):
    with DoorStand(prepared, tmp_path, emulated=False) as stand:
        answer = stand.ask(f"send=Hello&to=79087964781&apikey={KEYS['emulator']}")
        assert answer.text == "ERROR=102: APIKEY NOT FOUND"


def test_a_store_that_fails_is_a_system_error_in_the_form_that_was_asked_for(stand: DoorStand):
    with sqlite3.connect(stand.path) as broken:
        broken.execute("DROP TABLE messages")
    broken.close()
    answer = stand.ask(f"send=Hello&to=79087964781&format=json&{KEY}")
    assert answer.status == 200
    assert answer.text == (
        '{"error":{"code":"110","description":"System error","description_ru":"Системная ошибка"}}'
    )
    assert stand.ask(f"balance=rur&{KEY}").text == "1000.00"


def test_many_requests_at_once_spend_the_balance_once(stand: DoorStand):
    key = KEYS["poor"]  # has money for two
    answers = stand.ask_at_once(*(f"send=Hello&to=790879647{i:02}&format=v&apikey={key}" for i in range(20)))
    bodies = sorted(answer.text for answer in answers)
    assert bodies == ["1000001", "1000002", *["No money"] * 18]
    assert stand.balance("poor") == 0
    assert stand.stored() == 2
    assert stand.books_agree()
