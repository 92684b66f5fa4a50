import pytest

from lotsman.smpp import commands as c
from lotsman.smpp.reader import Malformed, Reader
from unit.smpp.wire import frame, sm_body

ENQUIRE = frame(c.ENQUIRE_LINK, sequence=1)
DELIVER = frame(c.DELIVER_SM, sm_body(b"hello"), sequence=2)
RESP = frame(c.SUBMIT_SM_RESP, b"7F\0", sequence=3)


def test_no_outcome_means_that_more_bytes_are_needed():
    reader = Reader()
    assert reader.feed(b"") == []
    assert reader.feed(DELIVER[:3]) == []
    assert reader.feed(DELIVER[3:17]) == []
    assert [p.short_message for p in reader.feed(DELIVER[17:])] == [b"hello"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 15, 16, 17, 1000])
def test_portions_of_any_size_give_the_same_pdus(size):
    stream = (ENQUIRE + DELIVER + RESP) * 3
    reader = Reader()
    found = [p for start in range(0, len(stream), size) for p in reader.feed(stream[start : start + size])]
    assert [p.sequence for p in found] == [1, 2, 3] * 3


@pytest.mark.parametrize("length", [0, 4, 15, 65_537, 1 << 20, 0xFFFFFFFF])
def test_an_impossible_length_breaks_the_framing_for_good(length):
    reader = Reader()
    good, bad = reader.feed(ENQUIRE + length.to_bytes(4, "big"))
    assert good.sequence == 1
    assert isinstance(bad, Malformed)
    assert (bad.fatal, bad.status, bad.sequence) == (True, c.ESME_RINVCMDLEN, 0)
    assert reader.broken
    assert reader.feed(ENQUIRE) == []


def test_another_protocol_is_recognised_by_its_first_four_bytes():
    for greeting in (b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00", b"SSH-2.0-OpenSSH"):
        (outcome,) = Reader().feed(greeting)
        assert outcome.fatal


def test_the_largest_length_is_the_caller_s_choice():
    reader = Reader(max_length=100)
    (outcome,) = reader.feed(frame(c.DELIVER_SM, sm_body(b"x" * 100)))
    assert outcome.fatal
    (outcome,) = Reader(max_length=200).feed(frame(c.DELIVER_SM, sm_body(b"x" * 100)))
    assert outcome.short_message == b"x" * 100


def test_a_malformed_pdu_does_not_disturb_its_neighbours():
    found = Reader().feed(ENQUIRE + frame(c.DELIVER_SM, b"\0") + RESP)
    assert [type(p).__name__ for p in found] == ["Pdu", "Malformed", "SmResp"]
    assert found[1].command == c.DELIVER_SM
