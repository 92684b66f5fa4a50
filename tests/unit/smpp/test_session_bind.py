"""How a session becomes bound, and how it does not."""

import pytest

from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp.errors import WrongStateError
from lotsman.smpp.pdu import Bind
from lotsman.smpp.reader import Reader
from lotsman.smpp.session import Session
from lotsman.smpp.states import Role, State
from lotsman.smpp.writer import encode
from unit.smpp.connection_pair import ConnectionPair
from unit.smpp.wire import frame


def kinds(events):
    return [type(event) for event in events]


def pdus(data):
    return Reader().feed(data)


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (c.BIND_TRANSMITTER, State.BOUND_TX),
        (c.BIND_RECEIVER, State.BOUND_RX),
        (c.BIND_TRANSCEIVER, State.BOUND_TRX),
    ],
)
def test_a_bind_that_is_accepted_binds_both_sides(command, state):
    pair = ConnectionPair(bind=None)
    pair.to_smsc(pair.esme.bind(Bind(command, system_id="shop", password="secret"), pair.now))
    (request,) = pair.take_smsc()
    assert (request.pdu.system_id, request.pdu.password) == ("shop", "secret")
    pair.to_esme(pair.smsc.answer(request.pdu, system_id="smsc"))
    (bound,) = pair.take_esme()
    assert (type(bound), bound.pdu.system_id) == (e.Bound, "smsc")
    assert pair.esme.state is pair.smsc.state is state


def test_a_refused_bind_leaves_the_session_open_for_another():
    pair = ConnectionPair(bind=None)
    pair.to_smsc(pair.esme.bind(Bind(c.BIND_TRANSCEIVER, system_id="shop"), pair.now))
    (request,) = pair.take_smsc()
    pair.to_esme(pair.smsc.answer(request.pdu, c.ESME_RINVPASWD))
    (refused,) = pair.take_esme()
    assert (type(refused), refused.status) == (e.BindRefused, c.ESME_RINVPASWD)
    assert pair.esme.state is pair.smsc.state is State.OPEN
    assert pair.esme.room == 0
    pair.to_smsc(pair.esme.bind(Bind(c.BIND_TRANSCEIVER, system_id="shop", password="right"), pair.now))
    assert kinds(pair.take_smsc()) == [e.Request]


def test_what_comes_first_after_a_bind_need_not_be_its_answer():
    esme = Session(Role.ESME)
    bind = pdus(esme.bind(Bind(c.BIND_TRANSCEIVER), 0))[0]
    early = frame(c.ENQUIRE_LINK, sequence=900) + frame(c.OUTBIND, b"smsc\0\0", sequence=901)
    events, reply = esme.receive(early, 1)
    assert [(a.command, a.sequence) for a in pdus(reply)] == [(c.ENQUIRE_LINK_RESP, 900)]
    assert [event.pdu.command for event in events] == [c.OUTBIND]
    assert esme.state is State.OPEN
    events, _ = esme.receive(frame(c.BIND_TRANSCEIVER_RESP, b"smsc\0", sequence=bind.sequence), 2)
    assert kinds(events) == [e.Bound]


def test_a_bind_answered_with_generic_nack_is_refused():
    esme = Session(Role.ESME)
    bind = pdus(esme.bind(Bind(c.BIND_TRANSCEIVER), 0))[0]
    events, _ = esme.receive(frame(c.GENERIC_NACK, b"", c.ESME_RINVCMDID, bind.sequence), 1)
    assert (kinds(events), events[0].status) == ([e.BindRefused], c.ESME_RINVCMDID)


def test_the_answer_to_another_bind_is_not_ours():
    esme = Session(Role.ESME)
    esme.bind(Bind(c.BIND_TRANSCEIVER), 0)
    events, _ = esme.receive(frame(c.BIND_TRANSCEIVER_RESP, b"x\0", sequence=999), 1)
    assert kinds(events) == [e.ProtocolError]
    assert esme.state is State.OPEN


def test_a_session_binds_once():
    pair = ConnectionPair()
    with pytest.raises(WrongStateError):
        pair.esme.bind(Bind(c.BIND_TRANSCEIVER), pair.now)
    events, reply = pair.smsc.receive(encode(Bind(c.BIND_TRANSCEIVER, sequence=8)), pair.now)
    assert events[0].status == pdus(reply)[0].status == c.ESME_RALYBND
    assert pair.smsc.state is State.BOUND_TRX


def test_a_second_bind_is_refused_while_the_first_waits_for_its_answer():
    smsc = Session(Role.SMSC)
    (first,), _ = smsc.receive(encode(Bind(c.BIND_TRANSMITTER, sequence=1)), 0)
    events, reply = smsc.receive(encode(Bind(c.BIND_RECEIVER, sequence=2)), 0)
    assert (kinds(events), pdus(reply)[0].status) == ([e.ProtocolError], c.ESME_RALYBND)
    smsc.answer(first.pdu, system_id="x")
    assert smsc.state is State.BOUND_TX


def test_only_an_esme_binds_and_one_at_a_time():
    with pytest.raises(WrongStateError):
        Session(Role.SMSC).bind(Bind(c.BIND_TRANSCEIVER), 0)
    esme = Session(Role.ESME)
    esme.bind(Bind(c.BIND_TRANSCEIVER), 0)
    with pytest.raises(WrongStateError):
        esme.bind(Bind(c.BIND_TRANSCEIVER), 0)
