"""What calls leave: how they were, minutes paid back, refunds of those that nobody answered, keys that are answers."""

import json

import pytest

from lotsman.domain.call import CallRecord
from lotsman.domain.inbound import Piece
from lotsman.domain.lane import EMULATOR, VOICE
from lotsman.domain.lifecycle import State
from lotsman.domain.parts import PartState
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import Service
from lotsman.store.call_minutes import forget_paid_minutes
from lotsman.store.callbacks import list_callbacks
from lotsman.store.inbound import list_inbound, record_pieces
from lotsman.store.receipts import record_receipts
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import a_receipt, taken, unknown

FULL = 1_000_000
PRICE = 900
A = a_phone(1)


@pytest.fixture
def account(store):
    return store.account(balance=FULL)


def called(store, account, *, minutes=3, taken_as="V1", **changes):
    """A call that the trunk took."""
    draft = a_draft(
        A, **({"service": Service.VOICE, "lane": VOICE, "price": PRICE, "minutes": minutes} | changes)
    )
    [message_id] = store.sending(account, draft)
    if taken_as:
        store.submitted(message_id, taken(taken_as), msisdn=A)
    return message_id


def ended(store, duration, keys="", error=0):
    state = PartState.FAILED if error else PartState.DELIVERED
    receipt = a_receipt("V1", msisdn=A)._replace(found=CallRecord(duration, keys), state=state, error=error)
    return store.do(record_receipts, receipt)


@pytest.mark.parametrize(
    ("minutes", "duration", "back"), [(3, 40, 600), (3, 61, 300), (3, 150, 0), (3, 999, 0), (1, 30, 0)]
)
def test_minutes_that_were_not_spoken_are_paid_back(store, account, minutes, duration, back):
    message_id = called(store, account, minutes=minutes)
    assert ended(store, duration) == [True]
    assert store.state(message_id) is State.DELIVERED
    assert json.loads(store.message(message_id)["attributes"]) == {"duration": duration, "keys": ""}
    assert store.balance(account) == FULL - PRICE + back
    assert store.books_agree()


def test_they_are_paid_back_once_however_often_the_end_is_told(store, account):
    called(store, account)
    ended(store, 40)
    ended(store, 40)
    assert store.balance(account) == FULL - PRICE + 600


@pytest.mark.parametrize("refusal", [Refusal.BUSY, Refusal.NO_ANSWER, Refusal.CALL_DECLINED])
def test_a_call_that_nobody_answered_is_paid_back_whole(store, account, refusal):
    message_id = called(store, account)
    ended(store, 0, error=refusal.code)
    assert store.state(message_id) is State.UNDELIVERED
    assert store.message(message_id)["error"] == refusal.code
    assert store.balance(account) == FULL
    assert store.books_agree()


def test_who_hangs_up_too_soon_has_answered(store, account):
    message_id = called(store, account)
    ended(store, 2, error=Refusal.HUNG_UP.code)
    assert store.state(message_id) is State.UNDELIVERED
    assert store.balance(account) == FULL - 300


def test_a_call_in_doubt_that_ends_after_all_is_paid_back_by_its_minutes(store, account):
    message_id = called(store, account, taken_as="")
    assert store.submitted(message_id, unknown(), msisdn=A) is State.UNCERTAIN
    store.submitted(message_id, taken("V1"), msisdn=A)
    ended(store, 40)
    assert store.state(message_id) is State.DELIVERED
    assert store.balance(account) == FULL - 300


def test_a_test_call_moves_no_money(store, account):
    message_id = called(store, account, lane=EMULATOR)
    before = store.balance(account)
    ended(store, 40)
    assert store.state(message_id) is State.DELIVERED
    assert store.balance(account) == before


def test_minutes_of_calls_that_were_never_made_are_forgotten_when_the_message_has_ended(store, account):
    called(store, account)
    assert store.do(forget_paid_minutes, None) == [0]
    ended(store, 0, error=Refusal.BUSY.code)
    [other] = store.sending(account, a_draft(A, service=Service.VOICE, lane=VOICE, price=PRICE, minutes=2))
    store.submitted(other, taken("V2")._replace(outcome=3, error=Refusal.NOT_SPEAKABLE.code), msisdn=A)
    assert store.state(other) is State.REFUSED
    assert store.do(forget_paid_minutes, None) == [1]


def test_whoever_is_told_of_the_end_is_told_how_it_was(store, account):
    called(store, account, callback="GET http://example.org/")
    ended(store, 12, "5")
    told = dict(json.loads(store.read(list_callbacks, account.id, None, 1)[0].parameters))
    assert (told["duration"], told["keys"]) == ("12", "5")


def test_a_key_answers_the_message_that_asked_for_it(store, account):
    message_id = called(store, account)
    piece = Piece(1, A, "74951112233", b"5", 3, NOW, answers=message_id)
    store.do(record_pieces, piece)
    [answer] = store.read(list_inbound, account.id, None, 10)
    assert (answer.phone, answer.number, answer.text) == (A, "74951112233", "5")
