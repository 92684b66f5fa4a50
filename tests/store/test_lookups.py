"""What look-ups find: with their message, in the book of numbers, and never where it was not asked for."""

import json

import pytest
import sqlalchemy as sa

from lotsman.dispatch.port_book import PortBook
from lotsman.domain.lane import EMULATOR, HLR
from lotsman.domain.lifecycle import State
from lotsman.domain.lookup import NAMES, attributes
from lotsman.domain.numbering import Numbering
from lotsman.domain.parts import PartState
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import Service
from lotsman.domain.smsc_id import Match
from lotsman.store.callbacks import list_callbacks
from lotsman.store.lookups import forget_ports, learned_of
from lotsman.store.receipts import record_receipts
from lotsman.store.submissions import record_submissions
from lotsman.store.tables.portability import portability
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import a_receipt, taken, unknown

FULL = 1_000_000
PRICE = 30
A, B = a_phone(1), a_phone(2)
TELE2 = attributes({"imsi": "250203122060176", "msc": "790434"})
MTS = attributes({"mccmnc": "25001"})
DAY = 24 * 60 * 60 * 1000


@pytest.fixture
def account(store):
    return store.account(balance=FULL)


def look_up(store, account, smsc_id="A1", msisdn=A, service=Service.HLR, lane=HLR):
    """A look-up that the carrier took."""
    draft = a_draft(msisdn, service=service, lane=lane, price=PRICE, text="HLR")
    [message_id] = store.sending(account, draft)
    assert store.submitted(message_id, taken(smsc_id), msisdn=msisdn) is State.SUBMITTED
    return message_id


def answer(smsc_id="A1", msisdn=A, found=TELE2, **changes):
    return a_receipt(smsc_id, msisdn=msisdn)._replace(found=found, **changes)


def rejection(smsc_id="A1", msisdn=A):
    return answer(smsc_id, msisdn, None, state=PartState.FAILED, error=Refusal.REJECTED.code)


def found(store, message_id):
    text = store.message(message_id)["attributes"]
    return json.loads(text) if text else None


def port(store, msisdn=A):
    return store.read(learned_of, msisdn)


def test_an_answer_is_kept_with_its_message(store, account):
    message_id = look_up(store, account)
    assert store.do(record_receipts, answer()) == [True]
    assert store.state(message_id) is State.DELIVERED
    assert found(store, message_id) == dict(zip(NAMES, TELE2, strict=True))
    assert store.balance(account) == FULL - PRICE


def test_whoever_is_told_of_the_end_is_told_what_was_found(store, account):
    draft = a_draft(A, service=Service.HLR, lane=HLR, price=PRICE, callback="GET http://example.org/")
    [message_id] = store.sending(account, draft)
    store.do(record_submissions, store.submission(message_id, taken("A1"), msisdn=A)._replace(tells=True))
    store.do(record_receipts, answer())
    last = store.read(list_callbacks, account.id, None, 1)[0]
    told = dict(json.loads(last.parameters))
    assert told == {"server_id": str(message_id), "status": "2", "error": "0"} | dict(
        zip(NAMES, TELE2, strict=True)
    )


def test_names_in_any_script_with_any_signs_survive(store, account):
    message_id = look_up(store, account)
    odd = attributes({"net": "MTS: \"A+B\", 50% \\ {Теле2} 'x'", "cn": "Россия"})
    store.do(record_receipts, answer(found=odd))
    assert found(store, message_id)["net"] == odd.net


def test_an_answer_may_come_before_the_response(store, account):
    draft = a_draft(A, service=Service.HLR, lane=HLR, price=PRICE)
    [message_id] = store.sending(account, draft)
    assert store.do(record_receipts, answer()) == [False]
    assert store.submitted(message_id, taken("A1"), msisdn=A) is State.DELIVERED
    assert found(store, message_id)["imsi"] == TELE2.imsi
    assert port(store).mccmnc == "25020"


def test_an_answer_settles_a_look_up_in_doubt(store, account):
    draft = a_draft(A, service=Service.HLR, lane=HLR, price=PRICE)
    [message_id] = store.sending(account, draft)
    assert store.submitted(message_id, unknown(), msisdn=A) is State.UNCERTAIN
    assert store.do(record_receipts, answer("never heard of")) == [Match.BY_PHONE]
    assert store.state(message_id) is State.DELIVERED
    assert found(store, message_id)["net"] == "Tele2"


def test_a_second_answer_changes_nothing(store, account):
    message_id = look_up(store, account)
    store.do(record_receipts, answer())
    store.do(record_receipts, answer(found=MTS, at=NOW + 1))
    assert found(store, message_id)["net"] == "Tele2"


def test_two_answers_about_one_number_in_one_group(store, account):
    first, second = look_up(store, account), look_up(store, account, "A2")
    store.do(record_receipts, answer(), answer("A2", found=MTS, at=NOW + 1))
    assert (found(store, first)["net"], found(store, second)["net"]) == ("Tele2", "MTS")
    assert port(store).learned_at == NOW + 1


@pytest.mark.parametrize("service", [Service.HLR, Service.HLR_VIP, Service.PING])
def test_a_look_up_that_the_carrier_refused_is_minus_two_and_paid_back(store, account, service):
    message_id = look_up(store, account, service=service)
    assert store.do(record_receipts, rejection()) == [True]
    row = store.message(message_id)
    assert (row["state"], row["error"]) == (State.REFUSED, Refusal.REJECTED.code)
    assert store.balance(account) == FULL
    assert store.books_agree()
    store.do(record_receipts, rejection())
    assert store.balance(account) == FULL


def test_also_when_it_was_in_doubt(store, account):
    [message_id] = store.sending(account, a_draft(A, service=Service.HLR, lane=HLR, price=PRICE))
    store.submitted(message_id, unknown(), msisdn=A)
    store.do(record_receipts, rejection("never heard of"))
    assert store.state(message_id) is State.REFUSED
    assert store.balance(account) == FULL


def test_a_number_that_is_not_served_is_minus_one_and_paid_for(store, account):
    message_id = look_up(store, account)
    receipt = answer(found=None, state=PartState.FAILED, error=Refusal.UNDELIVERABLE.code)
    store.do(record_receipts, receipt)
    assert store.state(message_id) is State.UNDELIVERED
    assert found(store, message_id) is None
    assert store.balance(account) == FULL - PRICE


def test_an_sms_that_was_rejected_is_minus_one_as_ever(store, account):
    [message_id] = store.sending(account, a_draft(A))
    store.submitted(message_id, taken("A1"), msisdn=A)
    store.do(record_receipts, rejection())
    assert store.state(message_id) is State.UNDELIVERED


def test_what_a_carrier_says_beside_an_sms_is_learned_and_not_shown(store, account):
    [message_id] = store.sending(account, a_draft(A))
    store.submitted(message_id, taken("A1"), msisdn=A)
    store.do(record_receipts, answer())
    assert store.state(message_id) is State.DELIVERED
    assert found(store, message_id) is None
    assert (port(store).mccmnc, port(store).source) == ("25020", "receipt")


def test_a_ping_has_no_attributes(store, account):
    message_id = look_up(store, account, service=Service.PING)
    store.do(record_receipts, answer())
    assert found(store, message_id) is None


def test_nothing_is_learned_of_what_the_emulator_says(store, account):
    message_id = look_up(store, account, lane=EMULATOR)
    store.do(record_receipts, answer())
    assert found(store, message_id)["net"] == "Tele2"
    assert port(store) is None


def test_an_older_word_does_not_overrule_a_newer_one(store, account):
    look_up(store, account, "A1")
    look_up(store, account, "A2")
    store.do(record_receipts, answer("A1", at=NOW + 5))
    store.do(record_receipts, answer("A2", found=MTS, at=NOW))
    assert (port(store).mccmnc, port(store).learned_at) == ("25020", NOW + 5)


def test_many_answers_in_one_group_each_find_their_message(store, account):
    ids = [look_up(store, account, f"A{n}", a_phone(n)) for n in range(50)]
    networks = [TELE2 if n % 2 else MTS for n in range(50)]
    store.do(record_receipts, *(answer(f"A{n}", a_phone(n), networks[n]) for n in reversed(range(50))))
    assert [found(store, message_id)["net"] for message_id in ids] == [each.net for each in networks]


# the book of ported numbers


@pytest.fixture
def numbering(store):
    store.platform.numbering = Numbering()
    return store.platform.numbering


class Clock:
    now = NOW

    def __call__(self):
        return self.now


def learn(store, account, msisdn, network, at):
    smsc_id = f"{msisdn}-{at}"
    look_up(store, account, smsc_id, msisdn)
    store.do(record_receipts, answer(smsc_id, msisdn, network, at=at))


def test_a_node_knows_what_was_learned_before_it_started_and_since(store, other, account, numbering):
    clock = Clock()
    book = PortBook(store.platform, clock, 30 * DAY)
    learn(other, account, A, TELE2, NOW - DAY)
    store.run(book.read())
    assert numbering.place(A).operator == "TELE2"
    learn(other, account, B, TELE2, NOW)
    store.run(book.read())
    assert numbering.place(B).operator == "TELE2"
    learn(other, account, A, MTS, NOW + 1)
    store.run(book.read())
    assert numbering.place(A).source == "plan"


def test_what_is_stored_a_moment_late_is_not_missed(store, account, numbering):
    clock = Clock()
    book = PortBook(store.platform, clock, 30 * DAY)
    learn(store, account, A, TELE2, NOW)
    store.run(book.read())
    learn(store, account, B, TELE2, NOW - 1_000)
    store.run(book.read())
    assert numbering.place(B).operator == "TELE2"


def test_after_its_time_a_word_is_believed_no_more(store, account, numbering):
    clock = Clock()
    book = PortBook(store.platform, clock, 30 * DAY)
    learn(store, account, A, TELE2, NOW)
    store.run(book.read())
    clock.now += 30 * DAY + 1
    store.run(book.read())
    assert numbering.place(A).operator == "MTS"
    store.run(book.forget())
    assert port(store) is None


def test_more_than_one_batch_is_read_at_once(store, account, numbering):
    rows = [
        {"msisdn": a_phone(n), "mccmnc": "25020", "source": "hlr", "learned_at": NOW} for n in range(2_500)
    ]
    with store.database.engine.begin() as connection:
        connection.execute(sa.insert(portability), rows)
    store.run(PortBook(store.platform, Clock(), DAY).read())
    assert len(numbering.ported) == 2_500
    assert store.do(forget_ports, NOW + 1) == [2_500]
