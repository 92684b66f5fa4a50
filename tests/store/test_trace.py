"""The trace in the store: found among many by time and key, forgotten in time, never too large."""

from lotsman import metrics
from lotsman.domain.trace import Kind, Stream, Trace, blocks, receipt_key
from lotsman.store.trace import Forget, Wanted, forget_blocks, keep_blocks, records, trace_size
from lotsman.usecases.keep_trace import forget_trace, keep_trace
from stand.builders import NOW

SECOND = 1_000


def packed(*noted):
    """(key or carrier's id, at, data) -> blocks, as a node makes them of one second."""
    trace = Trace(on=True)
    for key, at, data in noted:
        note = trace.note_receipt if isinstance(key, str) else trace.note
        note(key, at, Kind.PDU_IN, 7, data)
    return list(blocks({s: r for s, r in trace.take().items() if r}, texts=True))


def found(store, key, since=NOW, until=NOW, stream=Stream.MESSAGES):
    return [record.data for record in store.read(records, [Wanted(stream, [key], since, until)])]


def test_a_record_is_found_among_those_of_other_times_and_messages(store):
    for second in range(100):
        at = NOW + second * SECOND
        store.do(keep_blocks, *packed(*((10 * second + n, at, b"%d" % second) for n in range(10))))
    assert found(store, 503, NOW + 49 * SECOND, NOW + 51 * SECOND) == [b"50"]
    assert found(store, 503, NOW + 51 * SECOND, NOW + 99 * SECOND) == []
    assert found(store, 5_000, NOW, NOW + 99 * SECOND) == []


def test_what_was_noted_on_several_nodes_comes_in_order_of_time(store):
    store.do(keep_blocks, *packed((1, NOW + 5, b"c"), (1, NOW + 2, b"a")), *packed((1, NOW + 3, b"b")))
    assert found(store, 1, NOW, NOW + 9) == [b"a", b"b", b"c"]


def test_a_receipt_is_found_by_the_carrier_s_id(store):
    store.do(keep_blocks, *packed(("A1", NOW, b"receipt"), ("A2", NOW, b"other")))
    assert found(store, receipt_key(7, "A1"), stream=Stream.RECEIPTS) == [b"receipt"]
    assert found(store, receipt_key(7, "A1")) == []


def test_a_look_up_reads_the_index_alone_until_it_has_the_right_blocks(store):
    if not store.database.sqlite:
        return
    plan = store.read(
        lambda connection: connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM trace_blocks WHERE stream = 1 AND last_at >= 5 AND first_at <= 9 "
            "AND lowest <= 4 AND highest >= 4 ORDER BY last_at"
        ).all()
    )
    assert "COVERING INDEX trace_blocks_found" in str(plan)


def test_what_is_old_is_forgotten_and_what_is_not_stays(store):
    for second in range(450):
        store.do(keep_blocks, *packed((second, NOW + second, b"x")))
    freed = store.run(forget_trace(store.platform, NOW + 449, 1_000_000))
    assert store.read(trace_size).blocks == 1
    assert freed > 0
    assert found(store, 449, NOW, NOW + 449) == [b"x"]


def test_the_oldest_goes_when_it_is_too_much(store):
    for second in range(10):
        store.do(keep_blocks, *packed((second, NOW + second, b"x")))
    size = store.read(trace_size)
    store.run(forget_trace(store.platform, 0, size.octets // 2))
    left = store.read(trace_size)
    assert left.octets <= size.octets // 2
    assert left.blocks == 5
    assert left.oldest == NOW + 5
    assert metrics.TRACE_BYTES._value.get() == left.octets


def test_forgetting_is_done_in_chunks(store):
    for second in range(201):
        store.do(keep_blocks, *packed((second, NOW, b"x")))
    chunks = [store.do(forget_blocks, Forget(NOW + 1, 0))[0] for _ in range(3)]
    assert chunks[0] > chunks[1] > chunks[2] == 0


def test_a_node_writes_what_it_gathered_once(store):
    store.platform.trace = Trace(on=True)
    store.platform.trace.note(1, NOW, Kind.PDU_IN, 7, b"x")
    store.run(keep_trace(store.platform))
    store.run(keep_trace(store.platform))
    assert found(store, 1) == [b"x"]


def test_a_block_that_cannot_be_written_is_counted_and_holds_nothing_up(store):
    lost = metrics.TRACE_LOST._value.get()
    store.platform.trace = Trace(on=True)
    for _ in range(3):
        store.platform.trace.note(2**63, NOW, Kind.PDU_IN, 7, b"no database has such a number")
    store.run(keep_trace(store.platform))
    assert metrics.TRACE_LOST._value.get() - lost == 3
    store.platform.trace.note(1, NOW, Kind.PDU_IN, 7, b"x")
    store.run(keep_trace(store.platform))
    assert found(store, 1) == [b"x"]
