"""Blocks of the trace: what goes in comes out by its key, secrets never go in, texts only if they may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.trace import (
    LARGEST_BLOCK,
    MOST_WAITING,
    Kind,
    Record,
    Stream,
    Trace,
    as_data,
    blocks,
    has_any,
    receipt_key,
    shown,
    texts_of,
    unpack,
    without_secrets,
)

AT = 1_700_000_000_000

RECORDS = st.lists(
    st.tuples(
        st.integers(0, 2**63 - 1) | st.integers(0, 5),
        st.integers(AT, AT + 10_000),
        st.sampled_from([Kind.PDU_IN, Kind.PDU_OUT]),
        st.integers(0, 2**32 - 1),
        st.binary(max_size=300),
    ),
    max_size=60,
)


def packed(trace, *, texts=True):
    return list(blocks({s: r for s, r in trace.take().items() if r}, texts=texts))


def a_trace():
    return Trace(on=True)


@given(RECORDS)
def test_every_record_is_found_by_its_key_in_the_order_it_came(records):
    trace = a_trace()
    for record in records:
        trace.note(*record)
    found = packed(trace)
    assert len(found) == bool(records)
    for key in {record[0] for record in records}:
        assert has_any(found[0].keys, [key])
        assert unpack(found[0], [key]) == [Record(*record) for record in records if record[0] == key]


def test_a_block_tells_its_range_and_has_nothing_else():
    trace = a_trace()
    for key in (9, 3, 7):
        trace.note(key, AT + key, Kind.PDU_IN, 1, b"x")
    [block] = packed(trace)
    assert (block.lowest, block.highest, block.first_at, block.last_at) == (3, 9, AT + 3, AT + 9)
    assert not has_any(block.keys, [2, 4, 8, 10])
    assert unpack(block, [4]) == []


def test_many_records_make_several_blocks():
    trace = a_trace()
    for key in range(LARGEST_BLOCK + 1):
        trace.note(key, AT, Kind.PDU_IN, 1, b"")
    assert [(b.lowest, b.highest, b.records) for b in packed(trace)] == [
        (0, LARGEST_BLOCK - 1, LARGEST_BLOCK),
        (LARGEST_BLOCK, LARGEST_BLOCK, 1),
    ]


def test_what_is_too_much_to_keep_in_memory_is_counted_and_gone():
    trace = a_trace()
    for key in range(MOST_WAITING + 3):
        trace.note(key, AT, Kind.PDU_IN, 1, b"")
    assert len(trace.take()[Stream.MESSAGES]) == MOST_WAITING
    assert trace.dropped == 3


def test_a_trace_that_is_off_keeps_nothing():
    trace = Trace()
    trace.note(1, AT, Kind.PDU_IN, 1, b"x")
    trace.note_receipt("A1", AT, Kind.PDU_IN, 1, b"x")
    trace.note_callback(1, AT, b"x")
    assert packed(trace) == []


def test_a_receipt_is_found_by_link_and_carrier_s_id():
    trace = a_trace()
    trace.note_receipt("A1", AT, Kind.PDU_IN, 7, b"pdu")
    [block] = packed(trace)
    assert unpack(block, [receipt_key(7, "A1")]) == [Record(receipt_key(7, "A1"), AT, Kind.PDU_IN, 7, b"pdu")]
    assert not has_any(block.keys, [receipt_key(8, "A1"), receipt_key(7, "a1")])


def test_a_damaged_block_is_told():
    trace = a_trace()
    trace.note(1, AT, Kind.PDU_IN, 1, b"x" * 50)
    [block] = packed(trace)
    with pytest.raises(ValueError, match="damaged"):
        unpack(block._replace(body=block.body[:-8]), [1])


def test_keys_and_passwords_are_not_shown_and_long_values_have_an_end():
    said = dict(
        zip(*[iter(shown([("ApiKey", "K1"), (" password", "P1"), ("send", "x" * 5000)]))] * 2, strict=True)
    )
    assert said == {"ApiKey": "***", " password": "***", "send": "x" * 1000}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://h/q?api_key=K1&to=79", "https://h/q?api_key=***&to=79"),
        ('{"password": "P1", "to": "79"}', '{"password": "***", "to": "79"}'),
        ("login=me&psw=P1", "login=***&psw=***"),
        ("https://h/q?to=79", "https://h/q?to=79"),
    ],
)
def test_what_looks_like_a_secret_in_a_link_s_request_is_masked(written, kept):
    assert without_secrets(written) == kept


def test_texts_of_requests_become_stars_and_nothing_else_does():
    trace = a_trace()
    said = ["API-1", "send", "GET", "/api.php", "", "send", "Hello", "to", "79", "from", "text"]
    trace.note(1, AT, Kind.REQUEST, 0, as_data(said))
    [block] = packed(trace, texts=False)
    [record] = unpack(block, [1])
    assert texts_of(record.data) == [*said[:6], "*****", *said[7:]]
