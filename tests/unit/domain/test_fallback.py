"""VIBERSMS: which way it takes at first, what the other one is, and what both cost."""

import pytest

from lotsman.domain.admission import Admission, admit
from lotsman.domain.fallback import Fallback, Way, goes_as, surplus
from lotsman.domain.lane import EMULATOR, SMS, VIBER, VIBER_SMS
from lotsman.domain.numbering import Numbering
from lotsman.domain.parts import MESSENGER, WHOLE, part_of_whole
from lotsman.domain.refusals import Refusal
from lotsman.domain.routing import LinkTerms, RoutingTable
from lotsman.domain.service import Service
from stand.builders import NOW, PRICES, an_account, an_order

NUMBERING = Numbering()
VIBER_PRICE, SMS_PRICE = 190, 289  # kopecks; the SMS of a part
WITH_VIBER = PRICES | {(Service.VIBER, "", ""): VIBER_PRICE}
TOWER, CHAT = LinkTerms(1, "tower", ("sms",)), LinkTerms(2, "chat", ("viber", "vibersms"))
BOTH = RoutingTable(links={1: TOWER, 2: CHAT})
NO_MESSENGER = RoutingTable(links={1: TOWER})


def judged(
    text="Привет", sender="VIBERSMS", *, routing=BOTH, prices=WITH_VIBER, senders=("INFORM",), **order
):
    account = an_account(prices=prices, senders=senders)
    return admit(an_order(text, sender=sender, **order), account, NUMBERING, NOW, routing)


def draft(*args, **kwargs):
    admission = judged(*args, **kwargs)
    assert isinstance(admission, Admission)
    return admission.drafts[0]


def test_it_goes_by_messenger_and_has_an_sms_up_its_sleeve():
    message = draft()
    assert (message.service, message.lane, message.sender) == (Service.VIBER_SMS, VIBER_SMS, "VIBERSMS")
    assert message.fallback == Fallback(SMS, "INFORM", VIBER_PRICE, SMS_PRICE)


@pytest.mark.parametrize(
    ("text", "viber", "price"),
    [("Привет", 190, 289), ("Привет", 300, 300), ("ы" * 100, 300, 2 * 289)],
    ids=["the SMS is dearer", "the messenger is dearer", "two parts of SMS, one message of the messenger"],
)
def test_the_dearer_way_is_the_price(text, viber, price):
    assert draft(text, prices=PRICES | {(Service.VIBER, "", ""): viber}).price == price


def test_where_no_messenger_is_connected_it_is_an_sms_at_once():
    message = draft(routing=NO_MESSENGER)
    assert (message.lane, message.sender, message.price, message.fallback) == (SMS, "INFORM", SMS_PRICE, None)


@pytest.mark.parametrize("lacking", [Service.VIBER, Service.SMS])
def test_a_price_list_needs_both_ways(lacking):
    prices = {key: price for key, price in WITH_VIBER.items() if key[0] is not lacking}
    assert judged(prices=prices) is Refusal.OPERATOR_UNSUPPORTED


def test_without_a_default_name_it_could_not_be_an_sms():
    assert judged(senders=()) is Refusal.FROM_REQUIRED


def test_a_test_has_the_price_and_no_other_way():
    message = draft(test=True)
    assert (message.lane, message.price, message.fallback) == (EMULATOR, SMS_PRICE, None)


def test_viber_alone_is_one_message_at_one_price_however_long():
    message = draft("ы" * 300, "VIBER")
    assert (message.lane, message.parts, message.price) == (VIBER, 1, VIBER_PRICE)
    assert message.fallback is None


def test_viber_alone_needs_a_messenger():
    assert judged(sender="VIBER", routing=NO_MESSENGER) is Refusal.OPERATOR_UNSUPPORTED


@pytest.mark.parametrize(
    ("service", "sender", "parts", "goes", "part"),
    [
        (Service.VIBER_SMS, "VIBERSMS", 3, Service.VIBER_SMS, MESSENGER),
        (Service.VIBER_SMS, "INFORM", 3, Service.SMS, WHOLE),
        (Service.VIBER_SMS, "INFORM", 1, Service.SMS, 1),
        (Service.VIBER, "VIBER", 1, Service.VIBER, 1),
        (Service.SMS, "INFORM", 3, Service.SMS, WHOLE),
    ],
)
def test_what_it_goes_as_and_the_part_that_stands_for_it(service, sender, parts, goes, part):
    assert goes_as(service, sender) is goes
    assert part_of_whole(service, sender, parts) == part


@pytest.mark.parametrize(
    ("charged", "way", "back"),
    [(289, Way.MESSENGER, 99), (289, Way.SMS, 0), (0, Way.MESSENGER, 0), (100, Way.MESSENGER, 0)],
)
def test_what_goes_back_is_never_less_than_nothing(charged, way, back):
    assert surplus(charged, 190, 289, way) == back
