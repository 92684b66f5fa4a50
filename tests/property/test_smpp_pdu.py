"""Whatever can be written is read back; whatever is read, nothing raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lotsman.domain import smsc_id
from lotsman.smpp import commands as c
from lotsman.smpp import fields, receipt_text, times, tlv, writer
from lotsman.smpp import pdu as p
from lotsman.smpp.events import Event
from lotsman.smpp.fields import FIELDS
from lotsman.smpp.reader import Malformed, Reader
from lotsman.smpp.session import Session
from lotsman.smpp.states import Role
from lotsman.smpp.writer import encode

octet = st.integers(0, 255)
uint32 = st.integers(0, 0xFFFFFFFF)


def texts(limit):
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=limit - 1)


VALUES = {
    fields.OCTET: lambda _: octet,
    fields.CSTRING: texts,
    fields.MESSAGE: lambda limit: st.binary(max_size=limit),
    fields.DESTINATIONS: lambda _: st.lists(
        st.tuples(octet, octet, texts(21)) | texts(21), min_size=1, max_size=5
    ).map(tuple),
    fields.FAILURES: lambda _: st.lists(st.tuples(octet, octet, texts(21), uint32), max_size=5).map(tuple),
}
tlvs = st.lists(
    st.tuples(st.integers(1, 0xFFFF).filter(lambda tag: tag != tlv.MESSAGE_PAYLOAD), st.binary(max_size=20)),
    max_size=4,
).map(tuple)


@st.composite
def pdus(draw):
    command = draw(st.sampled_from(sorted(FIELDS)))
    body = FIELDS[command]
    values = [draw(VALUES[field.kind](field.limit)) for field in body.fields]
    status = draw(st.just(0) | uint32) if c.is_response(command) else 0
    return body.shape(command, status, draw(uint32), draw(tlvs), *values)


unknown = st.builds(
    p.Unknown,
    uint32.filter(lambda command: command not in FIELDS),
    uint32,
    uint32,
    body=st.binary(max_size=40),
)


def portions(draw, data):
    """Cut anywhere"""
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@settings(deadline=None)
@given(st.lists(pdus() | unknown, min_size=1, max_size=4), st.data())
def test_every_pdu_is_read_back_as_it_was_written_however_it_is_cut(values, data):
    reader = Reader()
    read = [
        outcome
        for portion in portions(data.draw, b"".join(map(encode, values)))
        for outcome in reader.feed(portion)
    ]
    assert read == values


@settings(deadline=None)
@given(pdus())
def test_the_fast_way_of_writing_and_the_table_agree(value):
    assert encode(value) == writer._by_table(value)


@settings(deadline=None)
@given(pdus(), st.data())
def test_the_fast_way_of_reading_agrees_with_the_table_on_damaged_pdus(value, data):
    """Both ways must give one verdict; the table alone is asked by hiding the fast ways' commands"""
    from lotsman.smpp import reader

    wire = bytearray(encode(value))
    for _ in range(data.draw(st.integers(0, 3))):
        if len(wire) > 16:
            wire[data.draw(st.integers(16, len(wire) - 1))] = data.draw(octet)
    wire = bytes(wire[: data.draw(st.integers(16, len(wire)))])
    fast = reader.decode(wire, 0, len(wire))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_SMS", frozenset())
        patch.setattr(reader, "_SM_RESPS", frozenset())
        assert reader.decode(wire, 0, len(wire)) == fast


@settings(deadline=None)
@given(st.binary(max_size=300), st.data())
def test_any_bytes_give_declared_outcomes_however_they_are_cut(noise, data):
    whole, cut = Reader(), Reader()
    outcomes = whole.feed(noise)
    assert all(isinstance(outcome, p.Pdu | Malformed) for outcome in outcomes)
    assert [x for portion in portions(data.draw, noise) for x in cut.feed(portion)] == outcomes


@settings(deadline=None)
@given(
    st.sampled_from(Role),
    st.lists(
        pdus().map(encode)
        | st.binary(max_size=60)
        | st.builds(
            lambda command, body: (
                (16 + len(body)).to_bytes(4, "big") + command.to_bytes(4, "big") + bytes(8) + body
            ),
            st.sampled_from(sorted(FIELDS)),
            st.binary(max_size=60),
        ),
        max_size=8,
    ),
)
def test_no_peer_can_make_a_session_raise(role, messages):
    session = Session(role)
    session.opened(0)
    if role is Role.ESME:
        session.bind(p.Bind(c.BIND_TRANSCEIVER), 0)
    for now, message in enumerate(messages):
        events, reply = session.receive(message, now)
        assert all(isinstance(event, Event) for event in events)
        assert not any(isinstance(outcome, Malformed) for outcome in Reader().feed(reply))
        session.tick(now)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["submit", "answer", "nack", "tick", "lose"]), st.integers(0, 9)),
        max_size=60,
    )
)
def test_every_request_ends_in_one_way_and_its_place_is_freed(steps):
    """However answers, nacks, time-outs and the end of the connection mix, no context is lost or told twice"""
    session, now, sent, told = Session(Role.ESME, window=5), 0, {}, []
    bind = Reader().feed(session.bind(p.Bind(c.BIND_TRANSCEIVER), 0))[0]
    session.receive(encode(p.BindResp(c.BIND_TRANSCEIVER_RESP, 0, bind.sequence)), 0)
    for step, number in steps:
        events = []
        if step == "submit" and session.room:
            context = len(sent)
            wire = session.send_request(p.Sm(c.SUBMIT_SM), context, now)
            sent[context] = Reader().feed(wire)[0].sequence
        elif step in ("answer", "nack") and number in sent:
            value = (
                p.SmResp(c.SUBMIT_SM_RESP, 0, sent[number])
                if step == "answer"
                else p.Pdu(c.GENERIC_NACK, 3, sent[number])
            )
            events, _ = session.receive(encode(value), now)
        elif step == "tick":
            now += 20_000
            events, _ = session.tick(now)
        elif step == "lose":
            events = session.disconnected()
        for event in events:
            contexts = getattr(event, "contexts", None) or [getattr(event, "context", None)]
            told += [(context, type(event).__name__) for context in contexts if context is not None]
        assert 0 <= session.room <= 5
    for event in session.disconnected():
        told += [(context, "Lost") for context in event.contexts]
    for context in sent:
        endings = [how for who, how in told if who == context]
        assert len([how for how in endings if how != "TimedOut"]) <= 1
        assert 1 <= len(endings) <= 2
        assert len(endings) == 1 or endings[0] == "TimedOut"  # and then it came after all


@settings(deadline=None)
@given(st.text(max_size=200) | st.lists(st.sampled_from(
    ["id:", "stat:", "text:", "err:", "sub:", "submit date:", "done date:", "DELIVRD", " ", "7F", "x:", "%zz", "+", "\0"]
)).map("".join))  # fmt: skip
def test_any_text_is_a_receipt_or_none(text):
    receipt = receipt_text.parse(text)
    assert receipt is None or receipt.id or receipt.stat
    receipt_text.moment(text)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_id_has_candidates_and_a_normal_form(text):
    assert smsc_id.candidates(text)
    for form in smsc_id.FORMS:
        normal = smsc_id.normalise(text, form)
        assert smsc_id.normalise(normal, smsc_id.AS_IS) == normal


@settings(deadline=None)
@given(st.integers(0, 0xFFFFFFFF))
def test_one_number_has_one_normal_form(number):
    spellings = [
        (f"{number:X}", "hex"),
        (f"{number:08x}", "hex"),
        (str(number), "dec"),
        (f"{number:012}", "dec"),
    ]
    assert {smsc_id.normalise(text, form) for text, form in spellings} == {str(number)}
    assert f"{number:X}" in smsc_id.candidates(str(number))


@settings(deadline=None)
@given(st.integers(946_684_800_000, 4_102_444_799_999), st.integers(0, 99 * times.YEAR))
def test_times_are_read_back(moment, span):
    assert times.parse(times.absolute(moment), 0) == moment // 100 * 100
    assert times.parse(times.relative(span), moment) == moment + -(-span // 1000) * 1000
    assert times.parse(str(span), moment) is None or len(str(span)) == 16
