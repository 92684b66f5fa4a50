"""What cost=1 says is what sending charges, to the kopeck: any recipients, texts, senders and services, in both APIs."""

import json
from decimal import Decimal
from random import Random
from urllib.parse import urlencode

import pytest

from lotsman.domain import price_list
from lotsman.usecases.configure_tariff import Whose, replace_prices
from lotsman.usecases.inspect import find_account
from lotsman.usecases.top_up_account import top_up_account
from stand.doors import CUSTOMERS, KEYS, NOON, OPENED, DoorStand, prepared
from stand.mutations import ALPHABET, DATES, NUMBERS, PHONES

__all__ = ["prepared"]

CASES = 400  # for each customer
RICH = ("customer", "any-name", "no-name", "short", "strict")
SERVICES = ("HLR", "PING")
SENDERS = ("", "", "INFORM", "inform", "test", "79021121075", "2WAY", "GOLOS", "ЛОЦМАН", "no such name")
# One customer pays by prefix and class of sender too.
OWN_PRICES = """service,country,operator,price,prefix,sender,from,to
SMS,RU,,1.11,,,,
SMS,RU,,2.22,,name,,
SMS,RU,MTS,3.33,,number,,
SMS,RU,,4.44,7908796,,,
SMS,KZ,,5.55,7701,shared,,
HLR,,,0.66,79,,,
SMS,RU,,9.99,,,2100-01-01,
"""
GSM = "Hello {}[]^€ \n1234567890"


@pytest.fixture(scope="module")
def stand(prepared, tmp_path_factory):
    with DoorStand(prepared, tmp_path_factory.mktemp("cost")) as doors:
        for name in RICH:
            account_id = doors.run(find_account(doors.platform, CUSTOMERS[name].login))
            doors.run(top_up_account(doors.platform, account_id, 10**9, "enough for every case", NOON))
        new = price_list.read(OWN_PRICES)
        login = CUSTOMERS["any-name"].login
        doors.run(
            replace_prices(
                doors.platform, Whose.ACCOUNT, login, new, currency="", start=OPENED, now=OPENED, apply=True
            )
        )
        doors.run(doors.platform.directory.refresh())
        yield doors


def a_text(chance):
    letters = chance.choice((GSM, "Привет, это мы. ", ALPHABET))
    length = chance.choice((1, 20, 70, 71, 134, 135, 160, 161, 306, 307, 700, 1600))
    return "".join(chance.choices(letters, k=length)) if chance.random() < 0.8 else chance.choice(SERVICES)


def a_phone(chance):
    if chance.random() < 0.3:
        return chance.choice(PHONES)
    prefix = chance.choice(("790879647", "791612312", "891612312", "770112345", "141555526", "380501234"))
    return prefix + f"{chance.randrange(100):02}"


def an_order(chance):
    order = {
        "send": a_text(chance),
        "to": ",".join(a_phone(chance) for _ in range(chance.choice((1, 1, 2, 7, 40)))),
    }
    order["from"] = chance.choice(SENDERS)
    if chance.random() < 0.2:
        order |= {"ttl": chance.choice(NUMBERS), "send_datetime": chance.choice(DATES)}
    return order


@pytest.mark.parametrize("name", RICH)
def test_the_price_that_was_said_is_charged(stand: DoorStand, name: str):
    chance = Random(name)
    charges = 0
    for _ in range(CASES):
        asked = urlencode({**an_order(chance), "apikey": KEYS[name], "format": "json"})
        before = stand.balance(name)
        cost = json.loads(stand.ask("", f"{asked}&cost=1").text)
        assert stand.balance(name) == before
        sent = json.loads(stand.ask("", asked).text)
        charged = Decimal(before - stand.balance(name)) / 100
        if "error" in cost:
            assert (sent, charged) == (cost, 0), asked
        else:
            assert Decimal(cost["cost"]) == Decimal(sent["cost"]) == charged, asked
            assert charged == sum(Decimal(row["price"]) for row in sent["send"]), asked
            charges += 1
    assert charges > CASES / 20
    assert stand.books_agree()


def test_who_cannot_pay_the_price_that_was_said_pays_nothing(stand: DoorStand):
    chance = Random(112)
    refused = 0
    for _ in range(CASES):
        asked = urlencode({**an_order(chance), "apikey": KEYS["poor"], "format": "json"})
        before = stand.balance("poor")
        cost = json.loads(stand.ask("", f"{asked}&cost=1").text)
        sent = json.loads(stand.ask("", asked).text)
        charged = before - stand.balance("poor")
        if "error" not in cost and Decimal(cost["cost"]) * 100 > before:
            assert (sent["error"]["code"], charged) == ("112", 0), asked
            refused += 1
        elif "error" not in cost:
            assert Decimal(cost["cost"]) * 100 == charged, asked
    assert refused > CASES / 10


def a_packet(chance, name):
    items = [
        {"to": a_phone(chance), "text": a_text(chance), "from": chance.choice(SENDERS), "id": str(number)}
        for number in range(chance.choice((1, 2, 5, 20)))
    ]
    return {"apikey": KEYS[name], "send": items}


def test_a_packet_of_api_2_costs_what_was_said(stand: DoorStand):
    chance = Random(2)
    charges = 0
    for _ in range(CASES):
        packet = a_packet(chance, "any-name")
        before = stand.balance("any-name")
        cost = post(stand, packet | {"cost": 1})
        assert stand.balance("any-name") == before
        sent = post(stand, packet)
        charged = Decimal(before - stand.balance("any-name")) / 100
        if "error" in cost:
            assert "error" in sent
            assert charged == 0
        else:
            assert Decimal(str(cost["cost"])) == Decimal(str(sent["cost"])) == charged
            charges += 1
    assert charges > CASES / 5


def post(stand, packet):
    return json.loads(stand.ask("", json.dumps(packet), "application/json", path="/api2.php").text)
