"""What `message explain` says is what happens: ten thousand messages of watched and unwatched customers, random routes."""

from random import Random

import pytest

from lotsman.domain.admission import Order
from lotsman.domain.carrier_sender import SenderState
from lotsman.domain.lane import MESSENGERS, WORDS
from lotsman.domain.refusals import Refusal, Refused
from lotsman.store.claims import Claim, claim
from lotsman.usecases.arrange_senders import set_policy, set_sender
from lotsman.usecases.configure_carrier import add_link, switch_link
from lotsman.usecases.configure_routes import RouteWish, StepWish, delete_route, list_routes, put_route
from lotsman.usecases.explain_message import explain_order, explain_stored
from lotsman.usecases.inspect import find_account
from lotsman.usecases.read_routing import read_routing
from lotsman.usecases.send_messages import send_messages
from lotsman.usecases.top_up_account import top_up_account
from lotsman.usecases.xray_message import xray_message
from stand.doors import CUSTOMERS, NOON, DoorStand, prepared

__all__ = ["prepared"]

ROUNDS, MESSAGES = 10, 1_000
NAMES = ("customer", "any-name", "short", "strict")
LINKS = ("north", "south", "east", "west")
SENDERS = ("", "INFORM", "inform", "TEST", "79021121075", "2WAY", "GOLOS", "no such name")
TEXTS = (
    "Привет",
    "Hello",
    "Ваш код 1234",
    "HLR",
    "PING",
    "Скидка " * 30,
    "a" * 161,
    "",
    "x" * 5_000,
    "код 99-11",
)
PHONES = (
    "7908796478{}",
    "7916123123{}",
    "7701123456{}",
    "1415555267{}",
    "38050123456{}",
    "123{}",
    "phone{}",
    "7495123456{}",
)


@pytest.fixture(scope="module")
def stand(prepared, tmp_path_factory):
    with DoorStand(prepared, tmp_path_factory.mktemp("explain")) as doors:
        for name in NAMES:
            account_id = doors.run(find_account(doors.platform, CUSTOMERS[name].login))
            doors.run(top_up_account(doors.platform, account_id, 10**9, "enough for every case", NOON))
        for name in LINKS:
            serves = [word for word in WORDS if word not in MESSENGERS]
            settings = {"host": "127.0.0.1", "port": 1, "serves": serves}
            doors.run(add_link(doors.platform, name=name, settings=settings))
        yield doors


def conditions(chance):
    found = {
        "services": chance.choice(("sms", "hlr,ping", "voice")),
        "countries": chance.choice(("RU", "KZ,US")),
        "operators": chance.choice(("MTS", "TELE2", "BEELINE,MEGAFON")),
        "prefixes": chance.choice(("7908", "7916,7701", "1")),
        "senders": chance.choice(("in*", "*TEST*", "7*")),
        "classes": chance.choice(("code", "single,bulk")),
        "hours": chance.choice(("00:00-12:00 UTC", "12:00-00:00 UTC")),
    }
    return {name: found[name] for name in chance.sample(sorted(found), chance.choice((0, 1, 1, 2)))}


def new_rules(stand, chance):
    """Routes, carriers that are off, and names that carriers do not take: all anew"""
    platform, run = stand.platform, stand.run
    for route in run(list_routes(platform))[0]:
        run(delete_route(platform, route.name))
    for number in range(chance.choice((0, 1, 3, 6))):
        links = chance.sample(LINKS, chance.choice((1, 2, 3)))
        steps = [StepWish([(link, chance.choice((1, 3)))], cheapest=chance.random() < 0.3) for link in links]
        steps = [] if chance.random() < 0.15 else steps
        run(put_route(platform, RouteWish(f"r{number}", conditions(chance), steps, chance.randrange(100))))
    for link in LINKS:
        run(switch_link(platform, link, enabled=chance.random() < 0.8))
        substitute = chance.choice(("", "SHARED"))
        run(set_policy(platform, link, only_registered=chance.random() < 0.3, substitute=substitute))
        run(set_sender(platform, link, "INFORM", chance.choice(list(SenderState)), NOON))
    run(platform.directory.refresh())
    run(read_routing(platform))


async def sent_or_refused(platform, account, order):
    try:
        return await send_messages(platform, account, order, NOON)
    except Refused as refused:
        return refused.refusal


def test_what_is_explained_is_what_happens(stand: DoorStand):
    chance = Random(10_000)
    platform, run = stand.platform, stand.run
    accepted = refused = replaced = 0
    for _ in range(ROUNDS):
        new_rules(stand, chance)
        accounts = [
            run(platform.directory.by_id(run(find_account(platform, CUSTOMERS[name].login))))
            for name in NAMES
        ]
        for _ in range(MESSAGES):
            phone = chance.choice(PHONES).format(chance.randrange(10))
            order = Order(chance.choice(TEXTS), chance.choice(SENDERS), [phone], test=chance.random() < 0.05)
            account = chance.choice(accounts)
            [said] = run(explain_order(platform, account, order, NOON))
            sent = run(sent_or_refused(platform, account, order))
            refusal = sent if isinstance(sent, Refusal) else None
            assert said.error is refusal, (order, said)
            if refusal is not None:
                refused += 1
                continue
            row = run(xray_message(platform, sent.ids[0])).found.message
            happened = (row["lane"], row["price"], row["parts"], row["sender"], row["service"], row["msisdn"])
            lane = "emulator" if order.test else said.decision.lane
            assert happened == (lane, said.price, said.parts, said.sender, said.service, said.msisdn), (
                order,
                said,
            )
            accepted += 1
            if accepted % 5 == 0 and not order.test:
                replaced += goes_out_as_it_was_said(stand, said, sent.ids[0])
    assert min(accepted, refused) > 1_000
    assert replaced > 10


def goes_out_as_it_was_said(stand, said, message_id):
    """Whether the first link of the plan sends another name than the customer's; it sends the one that was said"""
    verdict = next((v for v in said.decision.links if not v.fault), None)
    if verdict is None:
        return False
    terms = stand.platform.routing.terms_of(verdict.link_id)
    while True:
        wish = Claim(verdict.link_id, said.decision.lane, 500, 1, NOON, terms=terms)
        claimed = stand.run(stand.platform.database.write(claim, wish))
        found = [message for message in claimed.messages if message.id == message_id]
        if found or not claimed.messages:
            break
    assert [message.sender for message in found] == [verdict.sender]
    return verdict.sender != said.sender


def test_a_stored_message_is_explained_beside_what_became_of_it(stand: DoorStand):
    platform, run = stand.platform, stand.run
    account = run(platform.directory.by_id(run(find_account(platform, CUSTOMERS["any-name"].login))))
    sent = run(send_messages(platform, account, Order("1234", "TEST", ["79087964781"], test=True), NOON))
    said, fate = run(explain_stored(platform, sent.ids[0], NOON))
    assert (said.msisdn, said.place.country, said.test, fate.lane) == ("79087964781", "RU", True, "emulator")
    assert run(explain_stored(platform, 1, NOON)) is None
