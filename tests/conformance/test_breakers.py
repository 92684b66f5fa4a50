"""Limits, closed countries, held messages and end users, asked of the doors."""

import json

import pytest

from conformance.api_2 import code, errors, send
from lotsman.domain.refusals import by_code
from lotsman.usecases.review_held import review_held
from lotsman.usecases.set_limits import set_limits
from stand.doors import KEYS, DoorStand

KEY = f"apikey={KEYS['customer']}"
HOME = "79087964781"
FORMATS = {
    "text": "ERROR={code}: {EN}",
    "xml": "<error><code>{code}</code><description>{en}</description><description_ru>{ru}</description_ru></error>",
    "json": '{{"error":{{"code":"{code}","description":"{en}","description_ru":"{ru}"}}}}',
    "v": "{en}",
}


def limit(stand: DoorStand, **changes: str) -> int:
    account = stand.run(stand.platform.directory.by_key(KEYS["customer"]))
    stand.run(set_limits(stand.platform, account.id, "", changes, "anna", stand.clock()))
    return account.id


@pytest.mark.parametrize(
    ("limits", "request_", "number"),
    [
        ({"per_second": "1"}, f"to={HOME},79087964782", 800),
        ({"per_minute": "1"}, f"to={HOME},79087964782", 801),
        ({"per_hour": "1"}, f"to={HOME},79087964782", 802),
        ({"per_day": "1"}, f"to={HOME},79087964782", 803),
        ({"spend_hour": "0.01"}, f"to={HOME}", 804),
        ({"spend_day": "0.01"}, f"to={HOME}", 805),
        ({"ip_hour": "1"}, f"to={HOME},79087964782&ip=203.0.113.7", 806),
        ({}, f"to={HOME}&ip=localhost", 807),
        ({"countries": "refuse", "home": "KZ"}, f"to={HOME}", 808),
        ({"countries": "hold", "home": "KZ", "held": "0"}, f"to={HOME}", 811),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_each_limit_is_named_in_every_format_and_nothing_is_stored(
    stand: DoorStand, limits, request_, number, form
):
    limit(stand, **limits)
    refusal = by_code(number)
    said = FORMATS[form].format(code=number, en=refusal.en, EN=refusal.en.upper(), ru=refusal.ru)
    assert said in stand.ask(f"send=Hello&{request_}&format={form}&{KEY}").text
    assert stand.stored() == 0
    assert stand.ask(f"balance=rur&{KEY}").text == "1000.00"


def test_a_held_message_is_deferred_and_says_why_and_a_rejected_one_is_refunded(stand: DoorStand):
    account_id = limit(stand, countries="hold", home="KZ")
    [row] = json.loads(stand.ask(f"send=Hello&to={HOME}&format=json&{KEY}").text)["send"]
    assert (row["status"], row["error"]) == ("3", "809")
    check = f"check={row['server_id']}&fields=status,error,error_en&{KEY}"
    assert stand.ask(check).text.endswith("3,809,Held for approval")
    stand.run(review_held(stand.platform, account_id, (), "anna", stand.clock(), approved=False))
    assert stand.ask(check).text.endswith("-1,810,Not approved")
    assert stand.ask(f"balance=rur&{KEY}").text == "1000.00"
    assert stand.books_agree()


def test_api_2_says_the_same_of_a_row_and_of_a_packet(stand: DoorStand):
    limit(stand, countries="hold", home="KZ", ip_hour="2")
    message = {"text": "Hello", "to": HOME}
    [row] = send(stand, message, ip="203.0.113.7")["send"]
    assert (row["status"], row["error"]) == (3, 809)
    assert errors(send(stand, message | {"ip": "nowhere"}, ip="203.0.113.7")) == [807]
    assert errors(send(stand, message | {"ip": "203.0.113.7"})) == [809]
    assert code(send(stand, message, ip="203.0.113.7")) == "806"
