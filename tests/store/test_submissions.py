"""What carriers answer to submits: parts, states, money."""

from lotsman.domain.lane import EMULATOR
from lotsman.domain.lifecycle import State
from lotsman.domain.message import RECEIPT_GRACE
from lotsman.domain.parts import PartState
from lotsman.domain.refusals import Refusal
from lotsman.store.submissions import record_submissions
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import LINK, put_back, taken, too_late, turned_down, unknown

PRICE = 289
FULL = 1_000_000


def parts_of(store, message_id):
    return [(row["part"], row["smsc_id"], PartState(row["state"])) for row in store.dossier(message_id).parts]


def test_a_message_of_one_part_is_taken(store):
    [message_id] = store.sending(store.account(), a_draft())
    assert store.submitted(message_id, taken("A1"), at=NOW + 7) is State.SUBMITTED
    row = store.message(message_id)
    assert (row["node_id"], row["modified_at"], row["error"]) == (None, NOW + 7, 0)
    assert row["due_at"] == row["expires_at"] + RECEIPT_GRACE
    assert parts_of(store, message_id) == [(1, "A1", PartState.TAKEN)]
    assert store.history(message_id) == [("ACCEPTED", "SENDING", ""), ("TAKEN", "SUBMITTED", "tower")]


def test_a_refused_message_gives_its_price_back_and_says_why(store):
    account = store.account()
    [message_id] = store.sending(account, a_draft())
    assert store.balance(account) == FULL - PRICE
    assert store.submitted(message_id, turned_down()) is State.REFUSED
    row = store.message(message_id)
    assert (row["error"], row["due_at"], row["node_id"]) == (Refusal.REJECTED.code, None, None)
    assert store.history(message_id)[-1] == ("TURNED_DOWN", "REFUSED", "tower ESME_RINVSRCADR")
    assert parts_of(store, message_id) == []
    assert store.balance(account) == FULL
    assert store.books_agree()


def test_a_message_put_back_waits_again_and_keeps_its_price(store):
    account = store.account()
    [message_id] = store.sending(account, a_draft())
    assert store.submitted(message_id, put_back(retry_at=NOW + 10_000)) is State.ACCEPTED
    assert store.message(message_id)["due_at"] == NOW + 10_000
    assert store.balance(account) == FULL - PRICE


def test_nobody_puts_back_what_another_node_has_in_hand(store):
    [message_id] = store.sending(store.account(), a_draft())
    holder = store.message(message_id)["node_id"]
    assert store.submitted(message_id, put_back(), node_id=holder + 1) is None
    row = store.message(message_id)
    assert (row["state"], row["node_id"]) == (State.SENDING, holder)
    assert store.history(message_id)[-1][0] == "ignored:PUT_BACK"
    assert store.submitted(message_id, put_back(), node_id=holder) is State.ACCEPTED


def test_an_unanswered_submit_leaves_the_message_in_doubt(store):
    account = store.account()
    [message_id] = store.sending(account, a_draft())
    assert store.submitted(message_id, unknown()) is State.UNCERTAIN
    assert store.balance(account) == FULL - PRICE


def test_where_the_operator_prefers_twice_to_never_an_unanswered_submit_goes_out_again(store):
    [message_id] = store.sending(store.account(), a_draft())
    assert store.submitted(message_id, unknown(), resend=True) is State.ACCEPTED
    assert [outgoing.id for outgoing in store.claim()] == [message_id]
    assert store.submitted(message_id, taken("B")) is State.SUBMITTED


def test_a_late_answer_ends_the_doubt(store):
    account = store.account()
    ids = store.sending(account, a_draft(a_phone(1)), a_draft(a_phone(2)))
    for message_id in ids:
        store.submitted(message_id, unknown())
    assert store.submitted(ids[0], taken("A")) is State.SUBMITTED
    assert store.submitted(ids[1], turned_down()) is State.REFUSED
    assert store.balance(account) == FULL - PRICE


def test_a_message_too_late_for_the_wire_is_expired_and_paid_back(store):
    account = store.account()
    [message_id] = store.sending(account, a_draft())
    assert store.submitted(message_id, too_late()) is State.UNDELIVERED
    assert store.message(message_id)["error"] == Refusal.EXPIRED.code
    assert store.balance(account) == FULL


def test_a_message_of_several_parts_is_taken_when_all_of_them_are(store):
    [message_id] = store.sending(store.account(), a_draft(parts=3))
    assert store.submitted(message_id, taken("A", 1), taken("B", 2), taken("C", 3)) is State.SUBMITTED
    assert parts_of(store, message_id) == [(n, id_, PartState.TAKEN) for n, id_ in enumerate("ABC", 1)]


def test_some_parts_taken_and_some_refused_is_a_failure_without_a_refund(store):
    """A part of the text is on the phone already, and the carrier charges for it."""
    account = store.account()
    [message_id] = store.sending(account, a_draft(parts=3, price=3 * PRICE))
    assert store.submitted(message_id, taken("A", 1), turned_down(2), taken("C", 3)) is State.UNDELIVERED
    assert store.events(message_id) == ["ACCEPTED", "TAKEN", "RECEIPT_BAD"]
    assert store.message(message_id)["error"] == Refusal.REJECTED.code
    assert [state for _, _, state in parts_of(store, message_id)] == [
        PartState.TAKEN, PartState.REFUSED, PartState.TAKEN,
    ]  # fmt: skip
    assert store.balance(account) == FULL - 3 * PRICE


def test_all_parts_refused_is_a_refusal_with_a_refund(store):
    account = store.account()
    [message_id] = store.sending(account, a_draft(parts=2, price=2 * PRICE))
    assert store.submitted(message_id, turned_down(1), turned_down(2)) is State.REFUSED
    assert store.balance(account) == FULL


def test_parts_put_back_are_sent_alone_and_complete_the_message(store):
    [message_id] = store.sending(store.account(), a_draft(parts=3))
    assert store.submitted(message_id, taken("A", 1), put_back(2), put_back(3)) is State.ACCEPTED
    [outgoing] = store.claim()
    assert outgoing.taken == {1}
    answer = store.submitted(message_id, taken("B", 2), taken("C", 3), taken_before=1)
    assert answer is State.SUBMITTED
    assert [smsc_id for _, smsc_id, _ in parts_of(store, message_id)] == ["A", "B", "C"]


def test_a_part_delivered_before_the_rest_was_sent_counts_at_the_end(store):
    [message_id] = store.sending(store.account(), a_draft(parts=2))
    store.submitted(message_id, taken("A", 1), put_back(2))
    assert store.receipt("A")
    assert store.state(message_id) is State.ACCEPTED
    store.claim()
    store.submitted(message_id, taken("B", 2), taken_before=1)
    assert store.state(message_id) is State.SUBMITTED
    assert store.receipt("B")
    assert store.state(message_id) is State.DELIVERED


def test_a_part_that_failed_before_the_rest_was_sent_fails_the_message(store):
    [message_id] = store.sending(store.account(), a_draft(parts=2))
    store.submitted(message_id, taken("A", 1), put_back(2))
    assert store.receipt("A", state=PartState.FAILED)
    store.claim()
    assert store.submitted(message_id, taken("B", 2), taken_before=1) is State.UNDELIVERED


def test_the_rest_refused_after_a_part_was_taken_is_no_refund(store):
    account = store.account()
    [message_id] = store.sending(account, a_draft(parts=2))
    store.submitted(message_id, taken("A", 1), put_back(2))
    store.claim()
    assert store.submitted(message_id, turned_down(2), taken_before=1) is State.UNDELIVERED
    assert store.balance(account) == FULL - PRICE


def test_one_unanswered_part_puts_the_whole_message_in_doubt(store):
    [message_id] = store.sending(store.account(), a_draft(parts=3))
    assert store.submitted(message_id, taken("A", 1), unknown(2), turned_down(3)) is State.UNCERTAIN
    assert (1, "A", PartState.TAKEN) in parts_of(store, message_id)


def test_the_same_answer_twice_changes_nothing(store):
    account = store.account()
    [message_id, refused] = store.sending(account, a_draft(a_phone(1)), a_draft(a_phone(2)))
    for _ in range(2):
        store.submitted(message_id, taken("A"))
        store.submitted(refused, turned_down())
    assert store.events(message_id) == ["ACCEPTED", "TAKEN", "ignored:TAKEN"]
    assert store.events(refused) == ["ACCEPTED", "TURNED_DOWN", "ignored:TURNED_DOWN"]
    assert parts_of(store, message_id) == [(1, "A", PartState.TAKEN)]
    assert store.balance(account) == FULL - PRICE
    assert store.books_agree()


def test_a_doubt_and_the_answer_that_ends_it_may_share_a_group(store):
    [message_id] = store.sending(store.account(), a_draft())
    became = store.do(
        record_submissions, store.submission(message_id, unknown()), store.submission(message_id, taken("A"))
    )
    assert became == [State.UNCERTAIN, State.SUBMITTED]
    assert store.events(message_id) == ["ACCEPTED", "LOST", "TAKEN"]


def test_a_group_of_every_outcome_settles_each_message_as_alone(store):
    account = store.account()
    ids = store.sending(account, *(a_draft(a_phone(n), parts=1 + n % 2) for n in range(60)))
    makers = (taken, unknown, put_back, turned_down, too_late)
    submissions, expected = [], []
    for n, message_id in enumerate(ids):
        make = makers[n % len(makers)]
        outcomes = [make(f"id{n}-{p}", p) if make is taken else make(p) for p in range(1, 2 + n % 2)]
        submissions.append(store.submission(message_id, *outcomes, msisdn=a_phone(n)))
        expected.append(
            (State.SUBMITTED, State.UNCERTAIN, State.ACCEPTED, State.REFUSED, State.UNDELIVERED)[n % 5]
        )
    assert store.do(record_submissions, *submissions) == expected
    assert [store.state(message_id) for message_id in ids] == expected
    assert store.balance(account) == FULL - 36 * PRICE
    assert store.books_agree()


def test_a_test_message_is_never_refunded_as_it_was_never_charged(store):
    account = store.account(balance=0)
    [message_id] = store.sending(account, a_draft(lane=EMULATOR))
    assert store.submitted(message_id, turned_down()) is State.REFUSED
    assert store.balance(account) == 0
    assert store.books_agree()


def test_the_link_that_sent_it_is_remembered(store):
    [message_id] = store.accept(store.account(), a_draft())
    store.claim(link_id=LINK)
    store.submitted(message_id, taken("A"))
    assert store.message(message_id)["link_id"] == LINK
    assert store.dossier(message_id).parts[0]["link_id"] == LINK
