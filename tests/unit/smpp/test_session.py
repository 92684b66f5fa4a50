import pytest

from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp import pdu, session
from lotsman.smpp.errors import UnwritableError, WindowFullError, WrongStateError
from lotsman.smpp.pdu import Bind, Pdu, SmResp
from lotsman.smpp.reader import Reader
from lotsman.smpp.session import Session
from lotsman.smpp.states import Role, State
from lotsman.smpp.timers import Timeouts
from unit.smpp.connection_pair import ConnectionPair, a_deliver, a_submit
from unit.smpp.wire import frame, sm_body


def kinds(events):
    return [type(event) for event in events]


def pdus(data):
    return Reader().feed(data)


# Requests, responses and the window


def test_a_response_comes_back_with_the_context_of_its_request():
    pair = ConnectionPair()
    pair.submit("first")
    pair.submit("second")
    first, second = pair.submitted()
    pair.now += 40
    pair.to_esme(pair.smsc.answer(second, message_id="B"))  # in any order
    pair.to_esme(pair.smsc.answer(first, c.ESME_RTHROTTLED))
    events = pair.take_esme()
    assert [(x.context, x.status, x.pdu.message_id, x.waited) for x in events] == [
        ("second", 0, "B", 40),
        ("first", c.ESME_RTHROTTLED, "", 40),
    ]


def test_an_answer_may_be_given_much_later():
    pair = ConnectionPair()
    pair.to_esme(pair.smsc.send_request(a_deliver(), "mo", pair.now))
    (request,) = pair.take_esme()
    pair.submit("meanwhile")
    pair.to_smsc(pair.esme.answer(request.pdu))
    assert e.Response("mo", 0, SmResp(c.DELIVER_SM_RESP, 0, request.pdu.sequence), 0) in pair.take_smsc()


def test_the_window_lets_out_as_many_requests_as_it_has_places():
    pair = ConnectionPair(window=3)
    for number in range(3):
        assert pair.esme.room == 3 - number
        pair.submit(number)
    assert pair.esme.room == 0
    with pytest.raises(WindowFullError):
        pair.esme.send_request(a_submit(), "one too many", pair.now)
    pair.to_esme(pair.smsc.answer(pair.submitted()[1], message_id="x"))
    assert pair.esme.room == 1
    pair.submit("now it fits")


@pytest.mark.parametrize("window", [0, 1001, -1])
def test_a_window_has_one_to_a_thousand_places(window):
    with pytest.raises(ValueError):
        Session(Role.ESME, window=window)


def test_bind_enquire_link_and_alerts_take_no_place():
    pair = ConnectionPair(window=1)
    assert pair.esme.room == 1
    events, data = pair.esme.tick(pair.now + 30_000)
    assert (events, pdus(data)[0].command) == ([], c.ENQUIRE_LINK)
    assert pair.esme.room == 1
    pair.smsc.send_request(pdu.AlertNotification(), None, pair.now)
    assert pair.smsc.outstanding == 0


def test_an_unwritable_request_takes_no_place():
    pair = ConnectionPair(window=1)
    with pytest.raises(UnwritableError):
        pair.esme.send_request(a_submit(short_message=b"x" * 255), "bad", pair.now)
    assert (pair.esme.room, pair.esme.outstanding) == (1, 0)


def test_a_nack_of_our_request_frees_its_place():
    pair = ConnectionPair(window=1)
    sequence = pdus(pair.esme.send_request(a_submit(), "mine", pair.now))[0].sequence
    events, _ = pair.esme.receive(frame(c.GENERIC_NACK, b"", c.ESME_RINVCMDLEN, sequence), pair.now)
    assert events == [e.Nacked("mine", c.ESME_RINVCMDLEN)]
    assert pair.esme.room == 1
    assert pair.esme.tick(pair.now + 29_999) == ([], b"")


@pytest.mark.parametrize(
    "answer",
    [
        frame(c.SUBMIT_SM_RESP, b"7F\0", sequence=999),  # a sequence nobody sent
        frame(c.DATA_SM_RESP, b"7F\0", sequence=2),  # the sequence of a submit_sm, the response of another
        frame(c.GENERIC_NACK, b"", 3, 0),
        frame(0x80010200, b"", 0, 2),
    ],
)
def test_a_response_to_no_request_is_told_and_not_answered(answer):
    pair = ConnectionPair(window=1)
    assert pdus(pair.esme.send_request(a_submit(), "mine", pair.now))[0].sequence == 2
    events, reply = pair.esme.receive(answer, pair.now)
    assert (kinds(events), reply) == ([e.ProtocolError], b"")
    assert pair.esme.room == 0


def test_sequence_numbers_start_again_at_one_and_pass_over_those_in_use(monkeypatch):
    monkeypatch.setattr(session, "LAST_SEQUENCE", 4)
    pair = ConnectionPair(window=10)  # the bind was number 1
    sent = [pdus(pair.esme.send_request(a_submit(), n, pair.now))[0].sequence for n in range(4)]
    assert sent == [2, 3, 4, 1]
    pair.esme.receive(frame(c.SUBMIT_SM_RESP, b"x\0", sequence=3), pair.now)
    assert pdus(pair.esme.send_request(a_submit(), 5, pair.now))[0].sequence == 3


def test_the_session_itself_sends_bind_unbind_and_enquire_link():
    pair = ConnectionPair()
    for command in (c.UNBIND, c.ENQUIRE_LINK):
        with pytest.raises(WrongStateError):
            pair.esme.send_request(Pdu(command), None, pair.now)
    with pytest.raises(WrongStateError):
        pair.esme.send_request(SmResp(c.DELIVER_SM_RESP), None, pair.now)


def test_what_has_no_response_is_not_answered():
    pair = ConnectionPair()
    pair.to_esme(pair.smsc.send_request(pdu.AlertNotification(source_addr="7916"), None, pair.now))
    (request,) = pair.take_esme()
    with pytest.raises(WrongStateError):
        pair.esme.answer(request.pdu)


# What the peer does wrong


def test_an_unknown_command_is_nacked_and_the_session_goes_on():
    pair = ConnectionPair()
    events, reply = pair.esme.receive(frame(0x00010200, b"\1\2", sequence=5), pair.now)
    assert kinds(events) == [e.ProtocolError]
    assert pdus(reply) == [Pdu(c.GENERIC_NACK, c.ESME_RINVCMDID, 5)]
    assert pair.esme.state is State.BOUND_TRX
    pair.submit("still works")


def test_a_malformed_request_is_answered_with_its_status_and_the_session_goes_on():
    pair = ConnectionPair()
    bad = frame(c.DELIVER_SM, sm_body(b"hi", sm_length=200), sequence=5)
    good = frame(c.DELIVER_SM, sm_body(b"hi"), sequence=6)
    events, reply = pair.esme.receive(bad + good, pair.now)
    assert kinds(events) == [e.ProtocolError, e.Request]
    assert [(a.command, a.status, a.sequence) for a in pdus(reply)] == [
        (c.DELIVER_SM_RESP, c.ESME_RINVMSGLEN, 5)
    ]


def test_a_malformed_request_without_response_is_nacked():
    pair = ConnectionPair()
    _, reply = pair.esme.receive(frame(c.ALERT_NOTIFICATION, b"\1", sequence=5), pair.now)
    assert pdus(reply) == [Pdu(c.GENERIC_NACK, c.ESME_RINVCMDLEN, 5)]


def test_broken_framing_closes_the_session_with_a_nack():
    pair = ConnectionPair()
    good = frame(c.DELIVER_SM, sm_body(b"hi"), sequence=6)
    events, reply = pair.esme.receive(good + b"GET / HTTP/1.1\r\n" + good, pair.now)
    assert kinds(events) == [e.Request, e.ProtocolError]
    assert events[1].fatal
    assert pdus(reply) == [Pdu(c.GENERIC_NACK, c.ESME_RINVCMDLEN, 0)]
    assert pair.esme.state is State.CLOSED
    assert pair.esme.receive(good, pair.now) == ([], b"")


# Time


def test_a_request_without_an_answer_times_out_and_frees_its_place():
    pair = ConnectionPair(window=1, timeouts=Timeouts(request=5_000))
    pair.esme.send_request(a_submit(), "mine", pair.now)
    assert pair.esme.next_deadline() == pair.now + 5_000
    assert pair.esme.tick(pair.now + 4_999) == ([], b"")
    assert pair.esme.tick(pair.now + 5_000) == ([e.TimedOut("mine")], b"")
    assert pair.esme.room == 1


def test_a_late_answer_still_finds_its_context_once():
    pair = ConnectionPair(timeouts=Timeouts(request=5_000))
    pair.submit("mine")
    pair.submit("nacked")
    late, nacked = pair.submitted()
    pair.esme.tick(pair.now + 5_000)
    response = pair.smsc.answer(late, message_id="7F")
    events, _ = pair.esme.receive(response, pair.now + 9_000)
    assert [(x.context, x.pdu.message_id, x.waited) for x in events] == [("mine", "7F", 9_000)]
    assert kinds(pair.esme.receive(response, pair.now + 9_000)[0]) == [e.ProtocolError]
    events, _ = pair.esme.receive(frame(c.GENERIC_NACK, b"", 8, nacked.sequence), pair.now + 9_000)
    assert events == [e.Nacked("nacked", 8)]
    assert pair.esme.room == pair.esme.window


def test_only_so_many_late_contexts_are_kept(monkeypatch):
    monkeypatch.setattr(session, "LATE_KEPT", 2)
    pair = ConnectionPair(timeouts=Timeouts(request=5_000))
    for name in "abc":
        pair.submit(name)
    requests = pair.submitted()
    pair.esme.tick(pair.now + 5_000)
    data = b"".join(pair.smsc.answer(request, message_id="x") for request in requests)
    events, _ = pair.esme.receive(data, pair.now + 6_000)
    assert kinds(events) == [e.ProtocolError, e.Response, e.Response]


def test_a_silent_peer_is_asked_and_given_up():
    pair = ConnectionPair(timeouts=Timeouts(enquire_every=30_000, enquire=10_000))
    _, data = pair.esme.tick(pair.now + 30_000)
    assert pdus(data)[0].command == c.ENQUIRE_LINK
    events, data = pair.esme.tick(pair.now + 40_000)
    assert (kinds(events), data) == ([e.LinkDead], b"")
    assert pair.esme.state is State.CLOSED


def test_a_peer_that_answers_enquire_link_lives():
    pair = ConnectionPair()
    for _ in range(5):
        pair.now += 30_000
        _, data = pair.esme.tick(pair.now)
        pair.to_smsc(data)
    assert pair.esme.state is State.BOUND_TRX
    assert pair.take_esme() == pair.take_smsc() == []


@pytest.mark.parametrize("role", Role)
def test_a_connection_that_does_not_become_bound_is_given_up(role):
    lone = Session(role, timeouts=Timeouts(bind=7_000))
    lone.opened(0)
    assert lone.next_deadline() == 7_000
    if role is Role.ESME:
        lone.bind(Bind(c.BIND_TRANSCEIVER), 1_000)
        assert lone.next_deadline() == 8_000
    events, _ = lone.tick(8_000)
    assert kinds(events) == [e.LinkDead]
    assert lone.over


# The end


def test_unbind_waits_for_what_is_outstanding_and_lets_nothing_new_out():
    pair = ConnectionPair()
    pair.submit("mine")
    (request,) = pair.submitted()
    assert pair.esme.unbind(pair.now) == b""
    assert pair.esme.room == 0
    with pytest.raises(WrongStateError):
        pair.esme.send_request(a_submit(), "late", pair.now)
    pair.to_esme(pair.smsc.answer(request, message_id="7F"))
    assert kinds(pair.take_esme()) == [e.Response, e.Unbound]
    assert pair.take_smsc() == [e.Unbound(by_peer=True)]
    assert pair.esme.state is pair.smsc.state is State.UNBOUND


def test_unbind_leaves_at_once_where_nothing_is_outstanding_and_only_once():
    pair = ConnectionPair()
    data = pair.esme.unbind(pair.now)
    assert pdus(data)[0].command == c.UNBIND
    assert pair.esme.unbind(pair.now) == b""
    pair.to_smsc(data)
    assert pair.take_esme() == [e.Unbound(by_peer=False)]


def test_while_draining_the_peer_is_still_answered():
    pair = ConnectionPair()
    pair.submit("mine")
    pair.esme.unbind(pair.now)
    pair.to_esme(pair.smsc.send_request(a_deliver(), "mo", pair.now))
    (request,) = pair.take_esme()
    assert pair.esme.answer(request.pdu)


def test_a_drain_ends_when_the_last_request_times_out():
    pair = ConnectionPair(timeouts=Timeouts(request=5_000, unbind=3_000))
    pair.submit("mine")
    assert pair.esme.unbind(pair.now) == b""
    events, data = pair.esme.tick(pair.now + 5_000)
    assert (events, pdus(data)[0].command) == ([e.TimedOut("mine")], c.UNBIND)
    events, _ = pair.esme.tick(pair.now + 8_000)  # and nobody answers unbind either
    assert events == [e.Unbound(by_peer=False)]
    assert pair.esme.state is State.UNBOUND


def test_the_peer_s_unbind_is_answered_and_its_responses_still_count():
    pair = ConnectionPair()
    pair.submit("mine")
    (request,) = pair.submitted()
    response = pair.smsc.answer(request, message_id="7F")
    events, reply = pair.esme.receive(frame(c.UNBIND, sequence=50) + response, pair.now)
    assert kinds(events) == [e.Unbound, e.Response]
    assert pdus(reply) == [Pdu(c.UNBIND_RESP, 0, 50)]


def test_who_still_waits_when_the_connection_goes_is_told():
    pair = ConnectionPair()
    pair.submit("first")
    pair.submit("second")
    assert pair.esme.disconnected() == [e.Lost(["first", "second"])]
    assert pair.esme.disconnected() == []
    assert pair.esme.tick(pair.now + 10**6) == ([], b"")


def test_nothing_to_unbind_before_a_bind():
    with pytest.raises(WrongStateError):
        Session(Role.ESME).unbind(0)
