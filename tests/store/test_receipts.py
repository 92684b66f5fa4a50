"""Receipts come early, late, twice, with other spellings of their id, or with an id that means nothing."""

import pytest

from lotsman.domain.lifecycle import State
from lotsman.domain.parts import PartState
from lotsman.domain.refusals import Refusal
from lotsman.domain.smsc_id import Match
from lotsman.store.receipts import record_receipts
from lotsman.store.submissions import record_submissions
from lotsman.usecases.watch_queue import forget_old_strays
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import a_receipt, put_back, taken, turned_down, unknown

PRICE = 289
FULL = 1_000_000
A, B = a_phone(1), a_phone(2)


@pytest.fixture
def account(store):
    return store.account(balance=FULL)


def submitted(store, account, smsc_id, msisdn=A):
    [message_id] = store.sending(account, a_draft(msisdn))
    assert store.submitted(message_id, taken(smsc_id), msisdn=msisdn) is State.SUBMITTED
    return message_id


def strays(store):
    return store.read(
        lambda c: c.exec_driver_sql("SELECT smsc_id, msisdn FROM stray_receipts ORDER BY 1, 2").all()
    )


def test_a_good_receipt_delivers(store, account):
    message_id = submitted(store, account, "A1")
    assert store.receipt("A1", msisdn=A, at=NOW + 9)
    row = store.message(message_id)
    assert (row["state"], row["error"], row["modified_at"], row["due_at"]) == (
        State.DELIVERED,
        0,
        NOW + 9,
        None,
    )
    [part] = store.dossier(message_id).parts
    assert (part["state"], part["done_at"]) == (PartState.DELIVERED, NOW + 9)
    assert store.balance(account) == FULL - PRICE


def test_a_bad_receipt_fails_the_message_and_nobody_pays_back(store, account):
    message_id = submitted(store, account, "A1")
    assert store.receipt("A1", msisdn=A, state=PartState.FAILED)
    row = store.message(message_id)
    assert (row["state"], row["error"]) == (State.UNDELIVERED, Refusal.UNDELIVERABLE.code)
    assert store.history(message_id)[-1] == ("RECEIPT_BAD", "UNDELIVERED", "011")
    assert store.balance(account) == FULL - PRICE


def test_a_receipt_may_come_before_its_response(store, account):
    [message_id] = store.sending(account, a_draft(A))
    assert not store.receipt("A1", msisdn=A)
    assert strays(store) == [("A1", A)]
    assert store.submitted(message_id, taken("A1"), msisdn=A) is State.DELIVERED
    assert store.events(message_id) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]
    assert strays(store) == []


def test_a_receipt_and_its_response_may_share_a_group_in_any_order(store, account):
    [message_id] = store.sending(account, a_draft(A))

    async def both():
        database, answers = store.database, []
        database.submit(record_receipts, a_receipt("A1", msisdn=A), answers.append)
        return await database.write(record_submissions, store.submission(message_id, taken("A1"), msisdn=A))

    store.run(both())
    assert store.state(message_id) is State.DELIVERED


def test_the_second_receipt_is_known_and_changes_nothing(store, account):
    message_id = submitted(store, account, "A1")
    assert store.receipt("A1", msisdn=A)
    assert store.receipt("A1", msisdn=A, state=PartState.FAILED, at=NOW + 5)
    assert store.state(message_id) is State.DELIVERED
    assert store.message(message_id)["modified_at"] == NOW
    assert strays(store) == []


def test_the_same_receipt_twice_in_one_group_counts_once(store, account):
    message_id = submitted(store, account, "A1")
    receipt = a_receipt("A1", msisdn=A)
    assert store.do(record_receipts, receipt, receipt) == [True, True]
    assert store.events(message_id) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]


@pytest.mark.parametrize(
    ("said", "receipted"),
    [
        ("7F000001", "2130706433"),
        ("2130706433", "7F000001"),
        ("7f000001", "7F000001"),
        ("0000001234", "1234"),
        ("1234", "0000001234"),
        ("000000ff", "255"),
        ("255", "000000FF"),
    ],
)
def test_an_id_may_be_spelled_otherwise_in_the_receipt(store, account, said, receipted):
    message_id = submitted(store, account, said)
    assert store.receipt(receipted, msisdn=A)
    assert store.state(message_id) is State.DELIVERED


def test_an_early_receipt_may_spell_its_id_otherwise(store, account):
    [message_id] = store.sending(account, a_draft(A))
    assert not store.receipt("2130706433", msisdn=A)
    assert store.submitted(message_id, taken("7F000001"), msisdn=A) is State.DELIVERED


def test_the_very_same_spelling_wins_over_another_one(store, account):
    as_hex = submitted(store, account, "10", A)
    as_decimal = submitted(store, account, "16", A)
    assert store.receipt("10", msisdn=A)
    assert (store.state(as_hex), store.state(as_decimal)) == (State.DELIVERED, State.SUBMITTED)
    assert store.receipt("16", msisdn=A)
    assert store.state(as_decimal) is State.DELIVERED


def test_an_smsc_that_gives_every_message_the_same_id_is_told_apart_by_the_phone(store, account):
    first, second = submitted(store, account, "0", A), submitted(store, account, "0", B)
    assert store.receipt("0", msisdn=B)
    assert (store.state(first), store.state(second)) == (State.SUBMITTED, State.DELIVERED)
    assert store.receipt("0", msisdn=A, state=PartState.FAILED)
    assert store.state(first) is State.UNDELIVERED


def test_with_the_same_id_and_the_same_phone_the_first_sent_is_the_first_received(store, account):
    first, second = submitted(store, account, "0"), submitted(store, account, "0")
    assert store.do(
        record_receipts, a_receipt("0", msisdn=A, state=PartState.FAILED), a_receipt("0", msisdn=A)
    )
    assert (store.state(first), store.state(second)) == (State.UNDELIVERED, State.DELIVERED)


def test_early_receipts_with_the_same_id_for_everything_are_all_kept(store, account):
    first, second = store.sending(account, a_draft(A), a_draft(B))
    assert not store.receipt("0", msisdn=A)
    assert not store.receipt("0", msisdn=B)
    assert store.submitted(second, taken("0"), msisdn=B) is State.DELIVERED
    assert store.submitted(first, taken("0"), msisdn=A) is State.DELIVERED
    assert strays(store) == []


def test_an_early_receipt_with_the_same_id_for_everything_waits_for_its_own_phone(store, account):
    ended, open_ = submitted(store, account, "0", A), submitted(store, account, "0", A)
    assert store.receipt("0", msisdn=A)
    [coming] = store.sending(account, a_draft(B))
    store.receipt("0", msisdn=B, state=PartState.FAILED)
    assert (store.state(ended), store.state(open_)) == (State.DELIVERED, State.SUBMITTED)
    assert store.submitted(coming, taken("0"), msisdn=B) is State.UNDELIVERED


def test_a_number_that_is_another_messages_in_another_form_waits_for_its_own(store, account):
    """An SMSC that counts in decimal: its 256 is what the next early receipt's 100 would be, read as hexadecimal."""
    running = submitted(store, account, "256", A)
    [coming] = store.sending(account, a_draft(B))
    assert not store.receipt("100", msisdn=B)
    assert store.state(running) is State.SUBMITTED
    assert store.submitted(coming, taken("100"), msisdn=B) is State.DELIVERED


def test_a_receipt_that_writes_the_phone_otherwise_is_matched_by_its_id_alone(store, account):
    message_id = submitted(store, account, "A1", A)
    assert store.receipt("A1", msisdn="8" + A[1:])
    assert store.state(message_id) is State.DELIVERED


def test_ids_of_different_links_are_different(store, account):
    message_id = submitted(store, account, "A1")
    assert not store.receipt("A1", msisdn=A, link_id=8)
    assert store.state(message_id) is State.SUBMITTED


def test_an_unknown_id_is_kept_and_changes_nothing(store, account):
    message_id = submitted(store, account, "A1")
    assert not store.receipt("ZZ", msisdn=A)
    assert store.state(message_id) is State.SUBMITTED
    assert strays(store) == [("ZZ", A)]


def test_an_unknown_receipt_repeated_is_kept_once(store):
    receipt = a_receipt("ZZ", msisdn=A)
    assert store.do(record_receipts, receipt, receipt) == [False, False]
    assert store.do(record_receipts, receipt) == [False]
    assert strays(store) == [("ZZ", A)]


def test_what_nobody_claims_is_forgotten_after_some_days(store):
    day = 24 * 60 * 60 * 1000
    store.receipt("OLD", msisdn=A, at=NOW)
    store.receipt("NEW", msisdn=A, at=NOW + 2 * day)
    assert store.run(forget_old_strays(store.platform, NOW + 3 * day + 1)) == 1
    assert strays(store) == [("NEW", A)]


# in doubt


def test_a_receipt_ends_a_doubt_by_its_phone(store, account):
    [message_id] = store.sending(account, a_draft(A))
    store.submitted(message_id, unknown(), msisdn=A)
    assert not store.receipt("NEVER-TOLD", msisdn=B)
    assert store.receipt("NEVER-TOLD", msisdn=A)
    assert store.state(message_id) is State.DELIVERED
    assert store.dossier(message_id).parts[0]["smsc_id"] == "NEVER-TOLD"


def test_a_receipt_for_another_link_ends_no_doubt(store, account):
    [message_id] = store.sending(account, a_draft(A))
    store.submitted(message_id, unknown(), msisdn=A)
    assert not store.receipt("X", msisdn=A, link_id=8)
    assert store.state(message_id) is State.UNCERTAIN


def test_a_receipt_that_came_before_the_doubt_ends_it(store, account):
    [message_id] = store.sending(account, a_draft(A))
    store.receipt("NEVER-TOLD", msisdn=A)
    assert store.submitted(message_id, unknown(), msisdn=A) is State.DELIVERED
    assert store.events(message_id) == ["ACCEPTED", "LOST", "RECEIPT_GOOD"]
    assert strays(store) == []


def test_a_receipt_older_than_the_message_is_not_its_own(store, account):
    assert not store.receipt("OLD", msisdn=A, at=NOW - 1)
    [message_id] = store.sending(account, a_draft(A))
    assert store.submitted(message_id, unknown(), msisdn=A) is State.UNCERTAIN
    assert strays(store) == [("OLD", A)]


def test_each_receipt_ends_one_doubt(store, account):
    ids = store.sending(account, a_draft(A), a_draft(A))
    for message_id in ids:
        store.submitted(message_id, unknown(), msisdn=A)
    assert store.receipt("X1", msisdn=A)
    assert sorted(store.state(message_id) for message_id in ids) == [State.UNCERTAIN, State.DELIVERED]
    assert store.receipt("X2", msisdn=A)
    assert [store.state(message_id) for message_id in ids] == [State.DELIVERED] * 2
    assert not store.receipt("X3", msisdn=A)


def test_the_receipt_that_ended_a_doubt_may_come_twice(store, account):
    [message_id] = store.sending(account, a_draft(A))
    store.submitted(message_id, unknown(), msisdn=A)
    for _ in range(2):
        assert store.receipt("X1", msisdn=A)
    assert store.state(message_id) is State.DELIVERED
    assert strays(store) == []


def test_a_doubtful_message_of_several_parts_needs_all_its_receipts(store, account):
    [message_id] = store.sending(account, a_draft(A, parts=3))
    store.submitted(message_id, taken("P1", 1), unknown(2), unknown(3), msisdn=A)
    for smsc_id in ("Q2", "P1"):
        assert store.receipt(smsc_id, msisdn=A)
        assert store.state(message_id) is State.UNCERTAIN
    assert store.receipt("Q3", msisdn=A)
    assert store.state(message_id) is State.DELIVERED
    assert not store.receipt("Q4", msisdn=A)


def test_a_bad_receipt_ends_a_doubt_badly_and_without_a_refund(store, account):
    [message_id] = store.sending(account, a_draft(A))
    store.submitted(message_id, unknown(), msisdn=A)
    assert store.receipt("X", msisdn=A, state=PartState.FAILED)
    assert store.state(message_id) is State.UNDELIVERED
    assert store.message(message_id)["error"] == Refusal.UNDELIVERABLE.code
    assert store.balance(account) == FULL - PRICE


# several parts


def test_a_message_is_delivered_when_all_its_parts_are(store, account):
    [message_id] = store.sending(account, a_draft(A, parts=3))
    store.submitted(message_id, taken("P1", 1), taken("P2", 2), taken("P3", 3), msisdn=A)
    for smsc_id, state in (("P3", State.SUBMITTED), ("P1", State.SUBMITTED), ("P2", State.DELIVERED)):
        assert store.receipt(smsc_id, msisdn=A)
        assert store.state(message_id) is state


def test_all_parts_receipted_in_one_group_deliver(store, account):
    [message_id] = store.sending(account, a_draft(A, parts=3))
    store.submitted(message_id, taken("P1", 1), taken("P2", 2), taken("P3", 3), msisdn=A)
    assert store.do(record_receipts, *(a_receipt(f"P{n}", msisdn=A) for n in (1, 2, 3))) == [True] * 3
    assert store.events(message_id) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]


def test_the_first_failed_part_fails_the_message(store, account):
    [message_id] = store.sending(account, a_draft(A, parts=3))
    store.submitted(message_id, taken("P1", 1), taken("P2", 2), taken("P3", 3), msisdn=A)
    store.receipt("P1", msisdn=A)
    store.receipt("P3", msisdn=A, state=PartState.FAILED)
    assert store.state(message_id) is State.UNDELIVERED
    assert store.message(message_id)["error"] == Refusal.UNDELIVERABLE.code
    assert store.receipt("P2", msisdn=A)
    assert store.state(message_id) is State.UNDELIVERED
    assert store.balance(account) == FULL - PRICE


def test_early_receipts_of_several_parts_are_all_adopted(store, account):
    [message_id] = store.sending(account, a_draft(A, parts=2))
    for smsc_id in ("P2", "P1"):
        assert not store.receipt(smsc_id, msisdn=A)
    store.submitted(message_id, taken("P1", 1), taken("P2", 2), msisdn=A)
    assert store.state(message_id) is State.DELIVERED


def test_parts_with_the_same_id_take_one_receipt_each(store, account):
    [message_id] = store.sending(account, a_draft(A, parts=2))
    store.submitted(message_id, taken("0", 1), taken("0", 2), msisdn=A)
    store.receipt("0", msisdn=A)
    assert store.state(message_id) is State.SUBMITTED
    store.receipt("0", msisdn=A)
    assert store.state(message_id) is State.DELIVERED


def test_receipts_of_several_messages_in_one_group_reach_each_its_own(store, account):
    ids = [submitted(store, account, f"S{n}", a_phone(n)) for n in range(40)]
    receipts = [
        a_receipt(f"S{n}", msisdn=a_phone(n), state=PartState.FAILED if n % 3 == 0 else PartState.DELIVERED)
        for n in range(45)
    ]
    assert store.do(record_receipts, *receipts) == [True] * 40 + [False] * 5
    for n, message_id in enumerate(ids):
        assert store.state(message_id) is (State.UNDELIVERED if n % 3 == 0 else State.DELIVERED)


# after the end


def test_a_receipt_after_the_end_is_noted_and_moves_nothing(store, account):
    message_id = submitted(store, account, "A1")
    store.submitted(message_id, turned_down(), msisdn=A)  # a carrier that says both
    assert store.receipt("A1", msisdn=A)
    assert store.receipt("A1", msisdn=A)
    assert store.state(message_id) is State.DELIVERED
    assert store.events(message_id) == ["ACCEPTED", "TAKEN", "ignored:TURNED_DOWN", "RECEIPT_GOOD"]


def test_a_receipt_for_a_message_that_was_paid_back_does_not_charge_again(store, account):
    """Sent, unanswered, sent again by the operator's wish, refused: and then the first one was delivered after all."""
    [message_id] = store.sending(account, a_draft(A, parts=2))
    store.submitted(message_id, taken("P1", 1), put_back(2), msisdn=A)
    assert store.balance(account) == FULL - PRICE
    store.claim()
    store.submitted(message_id, put_back(2), taken_before=1, msisdn=A)
    assert store.receipt("P1", msisdn=A, state=PartState.FAILED)
    assert store.state(message_id) is State.ACCEPTED
    assert store.events(message_id)[-1] == "ignored:RECEIPT_BAD"
    assert store.books_agree()


def test_hostile_ids_are_just_unknown(store):
    for smsc_id in ("", " ", "'; DROP TABLE parts; --", "{}", '"', "\\", "NULL", "é" * 60, "9" * 65, "0x7F"):
        assert not store.receipt(smsc_id, msisdn=A)


def test_a_receipt_without_an_id_never_ends_another_phones_message(store, account):
    message_id = submitted(store, account, "", A)
    store.receipt(" ", msisdn=B)
    assert store.state(message_id) is State.SUBMITTED


# message_payload: one submit, one id and one receipt for all parts


def in_one_submit(store, account, *, parts=3):
    [message_id] = store.sending(account, a_draft(A, text="Щ" * 70 * parts, parts=parts))
    riders = [taken("", part) for part in range(2, parts + 1)]
    return message_id, store.submitted(message_id, taken("A1"), *riders, msisdn=A)


@pytest.mark.parametrize(
    ("said", "state"), [(PartState.DELIVERED, State.DELIVERED), (PartState.FAILED, State.UNDELIVERED)]
)
def test_the_one_receipt_of_a_submit_that_carries_all_parts_is_that_of_all(store, account, said, state):
    message_id, became = in_one_submit(store, account)
    assert became is State.SUBMITTED
    assert store.receipt("A1", msisdn=A, state=said)
    assert store.state(message_id) is state


def test_it_may_come_before_its_response(store, account):
    assert not store.receipt("A1", msisdn=A)
    _, became = in_one_submit(store, account)
    assert became is State.DELIVERED


def test_parts_without_any_id_are_not_delivered_by_themselves(store, account):
    [message_id] = store.sending(account, a_draft(A, text="Щ" * 140, parts=2))
    store.submitted(message_id, taken("", 1), taken("", 2), msisdn=A)
    assert not store.receipt("A1", msisdn=A)
    assert store.state(message_id) is State.SUBMITTED


def test_how_a_receipt_was_matched_is_told(store, account):
    submitted(store, account, "7F000001")
    answers = store.do(
        record_receipts,
        a_receipt("2130706433", msisdn=A),
        a_receipt("2130706433", msisdn=A),
        a_receipt("9", msisdn=A),
    )
    assert answers == [Match.HEX_THEN_DECIMAL, Match.HEX_THEN_DECIMAL, Match.NONE]
