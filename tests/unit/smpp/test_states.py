"""Every command, in every state, from either side: allowed exactly where the table of the standard has it."""

import pytest

from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp.errors import WrongStateError
from lotsman.smpp.fields import FIELDS
from lotsman.smpp.reader import Reader
from lotsman.smpp.session import Session
from lotsman.smpp.states import MATRIX, MAY_SEND, Role, State
from lotsman.smpp.writer import encode
from unit.smpp.connection_pair import ConnectionPair

ESME, SMSC = Role.ESME, Role.SMSC
OPEN, TX, RX, TRX = State.OPEN, State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX

# Written out once more, as in SMPP 3.4 §2.3 table 2-1, for the requests that callers send and answer
EXPECTED = {
    (c.OUTBIND, SMSC): {OPEN},
    (c.SUBMIT_SM, ESME): {TX, TRX},
    (c.SUBMIT_MULTI, ESME): {TX, TRX},
    (c.DATA_SM, ESME): {TX, RX, TRX},
    (c.DATA_SM, SMSC): {TX, RX, TRX},
    (c.DELIVER_SM, SMSC): {RX, TRX},
    (c.QUERY_SM, ESME): {TX, TRX},
    (c.CANCEL_SM, ESME): {TX, TRX},
    (c.REPLACE_SM, ESME): {TX, TRX},
    (c.ALERT_NOTIFICATION, SMSC): {RX, TRX},
}
REQUESTS = sorted(command for command in FIELDS if not c.is_response(command))
MINIMAL = {c.SUBMIT_MULTI: {"destinations": ("staff",)}}
BIND_FOR = {TX: c.BIND_TRANSMITTER, RX: c.BIND_RECEIVER, TRX: c.BIND_TRANSCEIVER}


def pair_in(state):
    pair = ConnectionPair(bind=BIND_FOR.get(state))
    if state is State.UNBOUND:
        pair = ConnectionPair()
        pair.to_smsc(pair.esme.unbind(pair.now))
    elif state is State.CLOSED:
        pair.esme.disconnected()
        pair.smsc.disconnected()
    pair.take_esme()
    pair.take_smsc()
    assert pair.esme.state is pair.smsc.state is state
    return pair


def a_request(command):
    return FIELDS[command].shape(command, **MINIMAL.get(command, {}))


def ends(pair, role):
    return (pair.esme, pair.smsc) if role is ESME else (pair.smsc, pair.esme)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("command", REQUESTS, ids=c.command_name)
def test_a_request_is_sent_where_the_table_allows_it_and_nowhere_else(command, role, state):
    sender, _ = ends(pair_in(state), role)
    if state in EXPECTED.get((command, role), ()):
        assert sender.send_request(a_request(command), "context", 1_000)
    else:
        with pytest.raises(WrongStateError, match=c.command_name(command)):
            sender.send_request(a_request(command), "context", 1_000)
        assert sender.outstanding == 0


@pytest.mark.parametrize("state", [s for s in State if s is not State.CLOSED])
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("command", sorted({command for command, _ in EXPECTED}), ids=c.command_name)
def test_a_request_is_taken_where_the_table_allows_it_and_refused_elsewhere(command, role, state):
    _, receiver = ends(pair_in(state), role)
    request = a_request(command)
    request.sequence = 77
    events, reply = receiver.receive(encode(request), 1_000)
    if state in EXPECTED.get((command, role), ()):
        assert events == [e.Request(request)]
        assert reply == b""
        return
    (event,) = events
    assert (type(event), event.status, event.fatal) == (e.ProtocolError, c.ESME_RINVBNDSTS, False)
    answers = [(a.command, a.status, a.sequence) for a in Reader().feed(reply)]
    wanted = [] if command in c.WITHOUT_RESPONSE else [(command | c.RESPONSE, c.ESME_RINVBNDSTS, 77)]
    assert answers == wanted
    assert receiver.state is state


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", [s for s in State if s is not State.CLOSED])
def test_enquire_link_is_answered_in_every_state_that_has_a_connection(role, state):
    _, receiver = ends(pair_in(state), role)
    events, reply = receiver.receive(encode(FIELDS[c.ENQUIRE_LINK].shape(c.ENQUIRE_LINK, sequence=5)), 1_000)
    assert events == []
    assert [(a.command, a.sequence) for a in Reader().feed(reply)] == [(c.ENQUIRE_LINK_RESP, 5)]


@pytest.mark.parametrize("role", Role)
def test_a_closed_session_hears_nothing(role):
    session = Session(role)
    session.disconnected()
    assert session.receive(b"\0\0\0\0", 1_000) == ([], b"")
    assert session.over


def test_a_response_may_be_sent_by_the_other_side_in_the_states_of_its_request():
    for command, row in MATRIX.items():
        if command in c.WITHOUT_RESPONSE or command == c.GENERIC_NACK:
            continue
        for role in Role:
            for state in State:
                allowed = role.peer in row.senders and state in row.states
                assert (command | c.RESPONSE in MAY_SEND[role, state]) == allowed


def test_every_command_of_the_standard_is_in_the_table():
    assert {command for command in FIELDS if not c.is_response(command)} | {c.GENERIC_NACK} == set(MATRIX)
