"""What time causes, and what becomes of the messages that a dead node held."""

import asyncio

import pytest

from lotsman.domain.lane import EMULATOR, SMS
from lotsman.domain.lifecycle import State
from lotsman.domain.message import RECEIPT_GRACE
from lotsman.domain.refusals import Refusal
from lotsman.store import cluster
from lotsman.store.claims import Claim, claim
from lotsman.store.cluster import LinkRow
from lotsman.store.messages import stuck
from lotsman.store.receipts import record_receipts
from lotsman.usecases.expire_messages import expire_messages
from lotsman.usecases.hold_links import join, leave
from lotsman.usecases.release_deferred import release_deferred
from lotsman.usecases.rescue_held import Rescued, rescue_of_dead, rescue_own
from lotsman.usecases.watch_queue import lanes_with_work, watch_queue
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import LINK, a_receipt, put_back, taken, unknown
from store.gate import busy_writer, carriers_wait_at_gate

MINUTE = 60_000
PRICE = 289
FULL = 1_000_000
END = NOW + MINUTE  # of every message here
LAST = END + RECEIPT_GRACE  # the time for its receipt is over too


@pytest.fixture
def account(store):
    return store.account(balance=FULL)


def expire(store, now):
    """-> how many moves until nothing is left to move."""
    count = 0
    while moved := store.run(expire_messages(store.platform, now)):
        count += moved
    return count


async def overtaken(store, now, write):
    """Expire what is overdue, but `write` is on disk between the look and the move. -> how many were moved"""
    async with busy_writer(store, carriers_wait_at_gate):
        expiring = asyncio.ensure_future(expire_messages(store.platform, now))
        while not store.database.waiting:  # noqa: ASYNC110 nothing tells when it is queued
            await asyncio.sleep(0)
        written = asyncio.ensure_future(write)
    await written
    return await expiring


# deferred


def test_a_deferred_message_joins_the_queue_when_its_time_has_come(store, account):
    [message_id] = store.accept(account, a_draft(send_at=NOW + MINUTE))
    assert store.run(release_deferred(store.platform, NOW + MINUTE - 1)) == 0
    assert store.run(release_deferred(store.platform, NOW + MINUTE)) == 1
    assert store.state(message_id) is State.ACCEPTED
    assert [outgoing.id for outgoing in store.claim(now=NOW + MINUTE)] == [message_id]


def test_a_thousand_deferred_messages_are_released_oldest_first(store, account):
    drafts = [a_draft(a_phone(n), send_at=NOW + 1000 - n) for n in range(1000)]
    ids = store.accept(account, *drafts)
    assert store.run(release_deferred(store.platform, NOW + MINUTE)) == 500
    assert store.states(ids[500:]) == {State.ACCEPTED}
    assert store.states(ids[:500]) == {State.DEFERRED}
    assert store.run(release_deferred(store.platform, NOW + MINUTE)) == 500
    assert store.run(release_deferred(store.platform, NOW + MINUTE)) == 0


def test_two_nodes_release_the_same_message_once(store, other, account):
    ids = store.accept(account, *(a_draft(a_phone(n), send_at=NOW + MINUTE) for n in range(20)))

    async def both():
        nodes = (store, other) * 3
        return await asyncio.gather(*(release_deferred(node.platform, NOW + MINUTE) for node in nodes))

    assert sum(store.run(both())) == 20
    assert {tuple(store.events(message_id)) for message_id in ids} == {("ACCEPTED", "DUE")}


def test_a_deferred_message_whose_node_slept_past_its_end_expires(store, account):
    [message_id] = store.accept(account, a_draft(send_at=NOW + MINUTE, ttl=MINUTE))
    much_later = NOW + 60 * MINUTE
    store.run(release_deferred(store.platform, much_later))
    assert expire(store, much_later) == 1
    assert store.state(message_id) is State.UNDELIVERED
    assert store.balance(account) == FULL


# expiry


def test_a_message_that_no_link_took_in_time_expires_and_is_paid_back(store, account):
    [message_id] = store.accept(account, a_draft(ttl=MINUTE))
    assert expire(store, END - 1) == 0
    assert expire(store, END) == 1
    row = store.message(message_id)
    assert (row["state"], row["error"], row["due_at"]) == (State.UNDELIVERED, Refusal.EXPIRED.code, None)
    assert store.balance(account) == FULL


def test_a_message_put_back_for_later_expires_at_its_ttl_all_the_same(store, account):
    [message_id] = store.sending(account, a_draft(ttl=MINUTE))
    store.submitted(message_id, put_back(retry_at=NOW + 60 * MINUTE))
    assert expire(store, END) == 1
    assert store.balance(account) == FULL


def test_a_submitted_message_waits_a_little_longer_for_its_receipt(store, account):
    [message_id] = store.sending(account, a_draft(ttl=MINUTE))
    store.submitted(message_id, taken("A"))
    assert expire(store, LAST - 1) == 0
    assert expire(store, LAST) == 1
    row = store.message(message_id)
    assert (row["state"], row["error"]) == (State.UNDELIVERED, Refusal.EXPIRED.code)
    assert store.balance(account) == FULL - PRICE  # the carrier charges for it


def test_a_doubt_that_nothing_ends_is_paid_back(store, account):
    [message_id] = store.sending(account, a_draft(ttl=MINUTE))
    store.submitted(message_id, unknown())
    assert expire(store, LAST - 1) == 0
    assert expire(store, LAST) == 1
    assert store.state(message_id) is State.UNDELIVERED
    assert store.balance(account) == FULL


def test_a_message_lost_track_of_is_in_doubt_first_and_then_ends(store, account):
    [message_id] = store.sending(account, a_draft(ttl=MINUTE))
    assert expire(store, LAST - 1) == 0
    assert store.run(expire_messages(store.platform, LAST)) == 1
    assert store.state(message_id) is State.UNCERTAIN
    assert store.run(expire_messages(store.platform, LAST)) == 1
    assert store.events(message_id) == ["ACCEPTED", "LOST", "EXPIRED"]
    assert store.balance(account) == FULL


def test_an_early_receipt_of_a_message_lost_track_of_ends_it_well(store, account):
    [message_id] = store.sending(account, a_draft(ttl=MINUTE))
    store.receipt("NEVER-TOLD")
    assert expire(store, LAST) == 1
    assert store.state(message_id) is State.DELIVERED


def test_a_message_that_a_link_took_at_the_last_moment_is_not_expired_under_its_hands(store, account):
    """Seen overdue in the queue, claimed before that is written: it may be on the wire, nobody pays it back."""
    [message_id] = store.accept(account, a_draft(ttl=MINUTE))
    claimed = Claim(LINK, SMS, 10, store.node_id, END - 1)
    assert store.run(overtaken(store, END, store.database.write(claim, claimed))) == 0
    assert store.state(message_id) is State.SENDING
    assert store.balance(account) == FULL - PRICE
    assert store.submitted(message_id, taken("A")) is State.SUBMITTED


def test_a_receipt_at_the_last_moment_wins(store, account):
    [message_id] = store.sending(account, a_draft(ttl=MINUTE))
    store.submitted(message_id, taken("A"))
    receipt = a_receipt("A", at=LAST)
    assert store.run(overtaken(store, LAST, store.database.write(record_receipts, receipt))) == 0
    assert store.events(message_id) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]


def test_test_messages_expire_too_without_money(store):
    account = store.account(balance=0)
    [message_id] = store.accept(account, a_draft(ttl=MINUTE, lane=EMULATOR))
    assert expire(store, END) == 1
    assert store.state(message_id) is State.UNDELIVERED
    assert store.balance(account) == 0


def test_more_than_a_batch_expires_in_turns_and_in_every_state(store, account):
    waiting = store.accept(account, *(a_draft(a_phone(n), ttl=MINUTE) for n in range(700)))
    held = store.sending(account, *(a_draft(a_phone(n), ttl=MINUTE) for n in range(3)))
    assert store.read(stuck, LAST + 1) == 703
    assert expire(store, LAST + 1) == 700 + 2 * 3
    assert store.states([*waiting, *held]) == {State.UNDELIVERED}
    assert store.read(stuck, LAST + 1) == 0
    assert store.balance(account) == FULL
    assert store.books_agree()


def test_what_waits_is_counted_by_state(store, account):
    store.accept(account, a_draft(), a_draft(a_phone(1), send_at=NOW + MINUTE))
    store.accept(account, a_draft(a_phone(2)), at=NOW - 5)
    store.accept(account, a_draft(lane=EMULATOR), at=NOW - 50)
    [done] = store.sending(account, a_draft(a_phone(3)))
    store.submitted(done, taken("A"), msisdn=a_phone(3))
    store.receipt("A", msisdn=a_phone(3))
    found = store.run(watch_queue(store.platform))
    assert found.by_state == {State.ACCEPTED: 3, State.DEFERRED: 1}
    assert found.oldest == NOW - 5
    assert store.run(lanes_with_work(store.platform, NOW - 50))


# rescue


@pytest.fixture
def links(store):
    """Two links: one holds what is in doubt, one sends it again. -> their ids"""
    kinds = [LinkRow(0, policy, "smpp", 100, policy, {}, enabled=True) for policy in ("hold", "resend")]
    return dict(zip(("hold", "resend"), store.do(cluster.add_link, *kinds), strict=True))


def held(store, account, link_id, count=1, parts=1):
    ids = store.accept(account, *(a_draft(a_phone(n), parts=parts) for n in range(count)))
    assert len(store.claim(link_id=link_id)) == count
    return ids


def test_a_node_that_starts_again_knows_from_its_journal_what_had_left(store, account, links):
    never_left, unanswered, answered = held(store, account, links["hold"], 3)
    wire = {unanswered: {1: None}, answered: {1: "A9"}}
    assert store.run(rescue_own(store.platform, wire, NOW)) == Rescued(put_back=1, in_doubt=1, taken=1)
    assert store.state(never_left) is State.ACCEPTED
    assert store.state(unanswered) is State.UNCERTAIN
    assert store.state(answered) is State.SUBMITTED
    assert store.receipt("A9", msisdn=a_phone(2), link_id=links["hold"])
    assert store.state(answered) is State.DELIVERED


def test_a_journal_that_cannot_be_believed_leaves_everything_in_doubt(store, account, links):
    ids = held(store, account, links["hold"], 3)
    assert store.run(rescue_own(store.platform, None, NOW)) == Rescued(0, 3, 0)
    assert {store.state(message_id) for message_id in ids} == {State.UNCERTAIN}


def test_what_is_in_doubt_on_a_link_that_sends_again_is_put_back(store, account, links):
    ids = held(store, account, links["resend"], 2)
    store.run(rescue_own(store.platform, {ids[0]: {1: None}, ids[1]: {1: None}}, NOW))
    assert {store.state(message_id) for message_id in ids} == {State.ACCEPTED}


def test_parts_are_rescued_one_by_one(store, account, links):
    [message_id] = held(store, account, links["hold"], parts=3)
    store.run(rescue_own(store.platform, {message_id: {1: "P1", 2: None}}, NOW))
    assert store.state(message_id) is State.UNCERTAIN
    for smsc_id in ("P1", "OTHER", "ANOTHER"):
        assert store.receipt(smsc_id, msisdn=a_phone(0), link_id=links["hold"])
    assert store.state(message_id) is State.DELIVERED


def test_parts_that_had_not_left_are_sent_by_the_next_process(store, account, links):
    [message_id] = held(store, account, links["hold"], parts=3)
    assert store.run(rescue_own(store.platform, {message_id: {1: "P1"}}, NOW)) == Rescued(1, 0, 0)
    [outgoing] = store.claim()
    assert outgoing.taken == {1}


def test_a_message_that_was_half_taken_before_and_is_answered_now_is_taken(store, account, links):
    [message_id] = held(store, account, links["hold"], parts=2)
    store.submitted(message_id, taken("P1", 1), put_back(2), msisdn=a_phone(0), link_id=links["hold"])
    store.claim(link_id=links["hold"])
    assert store.run(rescue_own(store.platform, {message_id: {2: "P2"}}, NOW)) == Rescued(0, 0, 1)
    assert store.state(message_id) is State.SUBMITTED


def test_the_messages_of_a_node_that_fell_silent_are_in_doubt(store, other, account, links):
    here, there = (node.run(join(node.platform, name, NOW)) for node, name in ((store, "a"), (other, "b")))
    store.platform.node_id, other.platform.node_id = store.node_id, other.node_id = here, there
    ids = store.accept(account, *(a_draft(a_phone(n)) for n in range(4)))
    store.claim(2, link_id=links["hold"])
    other.claim(1, link_id=links["hold"])
    other.claim(1, link_id=links["resend"])
    later = NOW + 11_000
    store.run(join(store.platform, "a", later))
    assert store.run(rescue_of_dead(store.platform, NOW + 1)) == Rescued(0, 0, 0)
    assert store.run(rescue_of_dead(store.platform, later)) == Rescued(0, 2, 0)
    assert [store.state(message_id) for message_id in ids] == [
        State.SENDING, State.SENDING, State.UNCERTAIN, State.ACCEPTED,
    ]  # fmt: skip
    assert store.run(rescue_of_dead(store.platform, later)) == Rescued(0, 0, 0)


def test_a_node_never_declares_itself_dead(store, account, links):
    store.platform.node_id = store.node_id = store.run(join(store.platform, "a", NOW))
    [message_id] = held(store, account, links["hold"])
    assert store.run(rescue_of_dead(store.platform, NOW + 60 * MINUTE)) == Rescued(0, 0, 0)
    assert store.state(message_id) is State.SENDING


def test_what_a_node_left_behind_when_it_stopped_is_rescued_at_once(store, other, account, links):
    other.platform.node_id = other.node_id = other.run(join(other.platform, "b", NOW))
    [message_id] = store.accept(account, a_draft())
    other.claim(link_id=links["hold"])
    other.run(leave(other.platform))
    store.platform.node_id = store.run(join(store.platform, "a", NOW))
    assert store.run(rescue_of_dead(store.platform, NOW)) == Rescued(0, 1, 0)
    assert store.state(message_id) is State.UNCERTAIN


def test_messages_of_a_link_that_is_gone_are_rescued_too(store, account):
    [message_id] = held(store, account, link_id=999)
    assert store.run(rescue_own(store.platform, None, NOW)) == Rescued(0, 1, 0)
    assert store.state(message_id) is State.UNCERTAIN
    assert store.history(message_id)[-1] == ("LOST", "UNCERTAIN", "link 999 node lost")


def test_a_thousand_held_messages_are_rescued_in_one_go(store, account, links):
    ids = store.accept(account, *(a_draft(a_phone(n), parts=2) for n in range(1100)))
    store.do(claim, *[Claim(links["hold"], SMS, 1100, store.node_id, NOW)])
    wire = {message_id: {1: f"A{message_id}", 2: f"B{message_id}"} for message_id in ids}
    assert store.run(rescue_own(store.platform, wire, NOW)) == Rescued(0, 0, 1100)
    assert store.states(ids) == {State.SUBMITTED}


def test_the_late_answer_of_a_node_thought_dead_still_counts(store, account, links):
    [message_id] = held(store, account, links["hold"])
    store.run(rescue_own(store.platform, None, NOW))
    assert store.submitted(message_id, taken("A"), msisdn=a_phone(0)) is State.SUBMITTED
    assert LINK not in links.values()
