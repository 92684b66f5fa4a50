"""Numbers that the database gives out, to several nodes at once."""

from lotsman.store.numbers import message_ids, next_number
from lotsman.store.tables.messages import FIRST_MESSAGE_ID
from store.gate import in_transaction, while_the_other_waits


def test_a_series_begins_where_it_is_told_and_goes_on(store):
    take = [in_transaction(store, lambda tx: next_number(tx, "account", 1001)) for _ in range(3)]
    assert take == [1001, 1002, 1003]
    assert in_transaction(store, lambda tx: next_number(tx, "link")) == 1


def test_two_nodes_that_begin_a_series_at_the_same_time_count_on_from_each_other(store, other):
    def take(tx):
        return next_number(tx, "node")

    assert while_the_other_waits(store, other, take, take) == (1, 2)


def test_message_ids_ascend_within_a_request_and_never_repeat(store, other):
    seen = []
    for node, count in ((store, 5), (other, 1), (store, 1000), (other, 3)):
        ids = in_transaction(node, lambda tx, count=count: message_ids(tx, count))
        assert ids == sorted(ids)
        assert len(ids) == count
        seen += ids
    assert len(set(seen)) == len(seen)
    assert min(seen) == FIRST_MESSAGE_ID


def test_ids_of_a_request_that_failed_are_not_needed_again(store):
    try:
        in_transaction(store, lambda tx: message_ids(tx, 10) and 1 / 0)
    except ZeroDivisionError:
        [after] = in_transaction(store, lambda tx: message_ids(tx, 1))
    assert after >= FIRST_MESSAGE_ID
