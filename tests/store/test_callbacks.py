"""Calls to customers are written with the change they tell of, taken once, and kept until they are taken or dead."""

import json

from lotsman.domain.callback import parse_target
from lotsman.domain.lifecycle import Event, State
from lotsman.store.callbacks import (
    LEASE,
    NewCallback,
    Outcome,
    Replay,
    Take,
    enqueue,
    hosts_due,
    list_callbacks,
    record_calls,
    replay,
    take,
)
from lotsman.store.database import unit
from lotsman.store.receipts import record_receipts
from lotsman.store.steps import Move
from lotsman.store.submissions import record_submissions
from lotsman.store.upkeep import apply_moves
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import a_receipt, taken

TARGET = parse_target("http://ya.ru/s?fields=country,message")
HOST = "http://ya.ru:80"


@unit(order=50)
def write_callbacks(tx, items):
    enqueue(tx, items)
    return [None] * len(items)


def sent(store, *, callback=TARGET, n=1):
    """The id of a message that the link holds."""
    [message_id] = store.sending(store.account(), a_draft(a_phone(n), callback=callback))
    return message_id


def told(store):
    return [json.loads(row.parameters) for row in reversed(store.read(list_callbacks, None, None, 100))]


def take_from(store, host=HOST, most=100, now=NOW + 1000):
    [[taken]] = store.do(take, [Take(host, most, now)])
    return taken


def move(store, message_id, event, believed, at=NOW):
    store.do(apply_moves, [Move(message_id, event, at, believed, tells=True)])


def a_submission_that_tells(store, message_id, smsc_id):
    return store.submission(message_id, taken(smsc_id), msisdn=a_phone(1))._replace(tells=True)


def test_a_change_of_status_is_told_with_the_fields_that_were_asked_for(store):
    message_id = sent(store)
    move(store, message_id, Event.TAKEN, State.SENDING)
    assert told(store) == [
        [["server_id", str(message_id)], ["status", "1"], ["error", "0"], ["country", "RU"], ["message", "Привет"]]
    ]  # fmt: skip


def test_what_the_customer_cannot_see_is_not_told(store):
    message_id = sent(store)
    move(store, message_id, Event.PUT_BACK, State.SENDING)
    assert told(store) == []


def test_a_message_without_an_address_tells_nobody(store):
    message_id = sent(store, callback="")
    move(store, message_id, Event.TAKEN, State.SENDING)
    assert told(store) == []


def test_a_receipt_tells_the_end(store):
    store.do(record_submissions, a_submission_that_tells(store, sent(store), "A1"))
    store.do(record_receipts, a_receipt("A1", msisdn=a_phone(1)))
    assert [dict(each)["status"] for each in told(store)] == ["1", "2"]


def test_an_old_status_is_never_told_after_a_newer_one(store):
    message_id = sent(store)
    move(store, message_id, Event.TAKEN, State.SENDING)
    move(store, message_id, Event.RECEIPT_GOOD, State.SUBMITTED)
    assert [dict(call.parameters)["status"] for call in take_from(store)] == ["2"]
    assert len(told(store)) == 1


def test_a_newer_status_waits_for_the_end_of_an_older_one_that_is_being_told(store):
    message_id = sent(store)
    move(store, message_id, Event.TAKEN, State.SENDING)
    [older] = take_from(store)
    move(store, message_id, Event.RECEIPT_GOOD, State.SUBMITTED)
    assert take_from(store) == []
    store.do(record_calls, Outcome(older.id, None))
    [newer] = take_from(store)
    assert dict(newer.parameters)["status"] == "2"


def test_a_newer_status_does_not_wait_for_the_next_try_of_an_older_one(store):
    message_id = sent(store)
    move(store, message_id, Event.TAKEN, State.SENDING)
    [older] = take_from(store)
    store.do(record_calls, Outcome(older.id, NOW + 10_000, "HTTP 500"))
    move(store, message_id, Event.RECEIPT_GOOD, State.SUBMITTED)
    [newer] = take_from(store)
    assert dict(newer.parameters)["status"] == "2"
    store.do(record_calls, Outcome(newer.id, None))
    assert take_from(store, now=NOW + 10_000) == []  # overtaken: dropped
    assert told(store) == []


def test_a_newer_status_waits_for_a_node_that_died_only_until_its_lease_ends(store):
    message_id = sent(store)
    move(store, message_id, Event.TAKEN, State.SENDING)
    take_from(store, now=NOW + 1000)
    move(store, message_id, Event.RECEIPT_GOOD, State.SUBMITTED)
    assert take_from(store, now=NOW + 1000 + LEASE - 1) == []
    assert [dict(call.parameters)["status"] for call in take_from(store, now=NOW + 1000 + LEASE)] == ["2"]


def test_what_tells_of_no_message_waits_for_nothing(store):
    store.do(write_callbacks, *(NewCallback(1, 0, TARGET, [("n", str(n))], NOW) for n in range(2)))
    assert len(take_from(store, most=1)) == 1
    assert len(take_from(store, most=1)) == 1


def test_many_that_were_overtaken_do_not_hide_the_one_that_was_not(store):
    account = store.account()
    ids = store.sending(account, *(a_draft(a_phone(n), callback=TARGET) for n in range(40)))
    store.do(apply_moves, [Move(id_, Event.TAKEN, NOW, State.SENDING, tells=True) for id_ in ids])
    store.do(
        apply_moves, [Move(id_, Event.RECEIPT_GOOD, NOW + 1, State.SUBMITTED, tells=True) for id_ in ids]
    )
    assert [dict(call.parameters)["status"] for call in take_from(store, most=10)] == ["2"] * 10


def test_an_address_that_is_none_keeps_no_message_from_moving(store):
    """A setting of before addresses were judged; and nobody else's message shall wait for it."""
    wrong, right = store.sending(
        store.account(), a_draft(a_phone(1), callback="GET http://ya.ru:99999/"), a_draft(a_phone(2), callback=TARGET)
    )  # fmt: skip
    store.do(apply_moves, [Move(id_, Event.TAKEN, NOW, State.SENDING, tells=True) for id_ in (wrong, right)])
    assert store.states([wrong, right]) == {State.SUBMITTED}
    assert hosts_due_at(store, NOW) == [HOST, "nobody"]


def test_a_call_is_taken_once_until_its_lease_ends(store):
    store.do(write_callbacks, NewCallback(1, 0, TARGET, [("a", "b")], NOW))
    [call] = take_from(store)
    assert (call.target, call.parameters, call.tries) == (TARGET, [("a", "b")], 0)
    assert take_from(store) == []
    [again] = take_from(store, now=NOW + 1000 + LEASE)
    assert (again.id, again.tries) == (call.id, 1)


def test_a_call_that_was_taken_is_forgotten(store):
    store.do(write_callbacks, NewCallback(1, 0, TARGET, [], NOW))
    [call] = take_from(store)
    store.do(record_calls, Outcome(call.id, None))
    assert told(store) == []


def test_a_call_that_failed_waits_for_its_next_try(store):
    store.do(write_callbacks, NewCallback(1, 0, TARGET, [], NOW))
    [call] = take_from(store)
    store.do(record_calls, Outcome(call.id, NOW + 10_000, "HTTP 500"))
    assert take_from(store, now=NOW + 9_999) == []
    assert hosts_due_at(store, NOW + 9_999) == []
    assert hosts_due_at(store, NOW + 10_000) == [HOST]
    [again] = take_from(store, now=NOW + 10_000)
    assert again.tries == 1


def test_a_call_that_was_not_begun_has_not_had_a_try(store):
    store.do(write_callbacks, NewCallback(1, 0, TARGET, [], NOW))
    [call] = take_from(store)
    store.do(record_calls, Outcome(call.id, NOW + 5_000, tries=call.tries))
    [again] = take_from(store, now=NOW + 5_000)
    assert again.tries == 0


def test_a_dead_call_is_kept_and_can_be_replayed(store):
    store.do(write_callbacks, *(NewCallback(account, 0, TARGET, [], NOW) for account in (1, 2)))
    for call in take_from(store):
        store.do(record_calls, Outcome(call.id, None, "no connection", dead=True))
    assert hosts_due_at(store, NOW + 10**12) == []
    assert [row.answer for row in store.read(list_callbacks, 1, True, 10)] == ["no connection"]
    assert store.do(replay, Replay((), 1, NOW + 7_000)) == [1]
    [again] = take_from(store, now=NOW + 7_000)
    assert (again.tries, again.created_at) == (0, NOW + 7_000)


def test_hosts_are_found_by_leaps_however_many_calls_each_has(store):
    hosts = [f"http://h{n}.example:80" for n in range(5)]
    calls = [NewCallback(1, 0, f"GET {host}/", [], NOW) for host in hosts for _ in range(20)]
    store.do(write_callbacks, *calls)
    assert hosts_due_at(store, NOW) == hosts
    assert hosts_due_at(store, NOW - 1) == []
    assert store.read(hosts_due, NOW, hosts[1], 2) == hosts[2:4]


def test_one_host_gets_no_more_than_it_may(store):
    store.do(write_callbacks, *(NewCallback(1, 0, TARGET, [("n", str(n))], NOW + n) for n in range(10)))
    assert [call.parameters for call in take_from(store, most=3)] == [[("n", str(n))] for n in range(3)]


def hosts_due_at(store, now):
    return store.read(hosts_due, now, "", 100)
