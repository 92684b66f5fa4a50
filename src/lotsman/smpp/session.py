"""One SMPP session, of either role, without a socket or a clock.

In: bytes from the peer (`receive`), requests and answers of the caller, the time in milliseconds (`tick`).
Out: events for the caller and bytes for the peer; the caller must send the bytes in the order it got them.
Rule 1: what is allowed when stands in `states.MATRIX`. A peer that breaks it is refused with a status, not
disconnected; only broken framing and silence end a session.
Rule 2: enquire_link, unbind and unknown commands are answered here; the caller never sees them as requests.
Rule 3: only requests of the caller take places of the window: bind, unbind and enquire_link never wait for one.
Rule 4: a method that raises has sent nothing and taken no place of the window.
"""

from typing import Any, Final

from lotsman.smpp import commands, fields, reader
from lotsman.smpp import events as e
from lotsman.smpp.commands import command_name
from lotsman.smpp.errors import WindowFullError, WrongStateError
from lotsman.smpp.pdu import Bind, Pdu, Tlvs, Unknown
from lotsman.smpp.states import BOUND, BOUND_BY, MAY_SEND, OVER, Role, State
from lotsman.smpp.timers import Due, Timeouts, Timers
from lotsman.smpp.writer import encode, header

LAST_SEQUENCE: Final = 0x7FFFFFFF  # SMPP 3.4 §5.1.4
WINDOW: Final = 10  # what SMPP 3.4 advises; carriers allow 1 to several hundred
LARGEST_WINDOW: Final = 1000
LATE_KEPT: Final = 1000  # contexts of timed out requests kept for an answer that comes after all

_BY_SESSION: Final = commands.BINDS | {commands.UNBIND, commands.ENQUIRE_LINK}


class Session:
    """`receive` and `tick` return (events, bytes for the peer); every sending method returns bytes."""

    def __init__(
        self,
        role: Role,
        *,
        window: int = WINDOW,
        timeouts: Timeouts | None = None,
        max_length: int = reader.MAX_LENGTH,
    ) -> None:
        if not 1 <= window <= LARGEST_WINDOW:
            raise ValueError(f"window {window}: 1 to {LARGEST_WINDOW}")
        self.role: Final = role
        self.window: Final = window
        self.timers: Final = Timers(timeouts or Timeouts())
        self._reader: Final = reader.Reader(max_length)
        self._sequence = 0
        self._waiting: dict[int, tuple[int, object]] = {}  # sequence: response wanted, context
        self._late: dict[int, tuple[int, object, int]] = {}  # the same, and sent at
        self._bind: tuple[int, int] | None = None  # command and sequence of the bind in progress
        self._unbind_sequence: int | None = None
        self._draining = False
        self._now = 0  # of the last bytes or tick
        self._enter(State.OPEN)

    @property
    def state(self) -> State:
        return self._state

    @property
    def over(self) -> bool:
        """Nothing more will come of it: close the connection"""
        return self._state in OVER

    @property
    def outstanding(self) -> int:
        return len(self._waiting)

    @property
    def room(self) -> int:
        """How many requests may be sent now"""
        if self._draining or self._state not in BOUND:
            return 0
        return self.window - len(self._waiting)

    # What the caller sends

    def opened(self, now: int) -> None:
        """The connection is there: the time to bind runs"""
        self.timers.await_bind(now)

    def bind(self, request: Bind, now: int) -> bytes:
        if request.command not in self._may_send or self._bind is not None:
            raise WrongStateError(
                f"{command_name(request.command)} by {self.role.value} in {self._state.value}"
            )
        sequence = request.sequence = self._next_sequence()
        data = encode(request)
        self._bind = (request.command, sequence)
        self.timers.await_bind(now)
        return data

    def send_request(self, request: Pdu, context: object, now: int) -> bytes:
        """The `context` comes back with the Response, Nacked, TimedOut or Lost of this request"""
        command = request.command
        if command not in self._requests_out or self._draining:
            raise WrongStateError(f"{command_name(command)} by {self.role.value} in {self._state.value}")
        if command in commands.WITHOUT_RESPONSE:
            request.sequence = self._next_sequence()
            return encode(request)
        if len(self._waiting) >= self.window:
            raise WindowFullError(f"{self.window} requests are waiting for a response")
        sequence = request.sequence = self._next_sequence()
        data = encode(request)
        wanted = command | commands.RESPONSE
        self._waiting[sequence] = (wanted, context)
        self.timers.started(wanted, sequence, now)
        return data

    def answer(self, request: Pdu, status: int = 0, *, tlvs: Tlvs = (), **values: Any) -> bytes:
        """The response to a `Request`; the answer to a bind with status 0 makes the session bound"""
        command = request.command | commands.RESPONSE
        if command not in self._may_send or request.command in commands.WITHOUT_RESPONSE:
            raise WrongStateError(f"{command_name(command)} by {self.role.value} in {self._state.value}")
        shape = fields.FIELDS[command].shape
        data = encode(shape(command, status, request.sequence, tlvs, **values))
        if request.command in BOUND_BY:
            self._bind = None
            if status == commands.ESME_ROK:
                self._enter(BOUND_BY[request.command])
                self.timers.bound(self._now)
        return data

    def unbind(self, now: int) -> bytes:
        """No new requests from now on; unbind leaves as soon as none is outstanding, perhaps at once"""
        if self._state not in BOUND:
            raise WrongStateError(f"unbind by {self.role.value} in {self._state.value}")
        self._draining = True
        return self._unbind_when_drained(now)

    # What comes in

    def receive(self, data: bytes, now: int) -> tuple[list[e.Event], bytes]:
        if self._state is State.CLOSED:
            return [], b""
        events: list[e.Event] = []
        replies: list[bytes] = []
        waiting = self._waiting
        self._now = now
        self.timers.heard(now)
        for item in self._reader.feed(data):
            command = item.command
            if isinstance(item, reader.Malformed):
                self._refuse(item, events, replies)
            elif command in self._requests_in:
                events.append(e.Request(item))
            elif command < commands.RESPONSE:
                self._take_request(item, events, replies)
            elif (found := waiting.get(item.sequence)) is None or found[0] != command:
                self._take_response(item, now, events)
            else:
                del waiting[item.sequence]
                waited = now - self.timers.answered(command, item.sequence)
                events.append(e.Response(found[1], item.status, item, waited))
        if self._draining:
            replies.append(self._unbind_when_drained(now))
        return events, b"".join(replies)

    def tick(self, now: int) -> tuple[list[e.Event], bytes]:
        """What is due by now; ask again at `next_deadline`"""
        events: list[e.Event] = []
        replies: list[bytes] = []
        self._now = now
        for due, sequence, sent in self.timers.due(now):
            if due is Due.EXPIRED:
                events.append(self._expire(sequence, sent))
            elif due is Due.ENQUIRE:
                replies.append(header(commands.ENQUIRE_LINK, 0, self._next_sequence()))
            elif due is Due.UNBIND:
                self._leave(State.UNBOUND)
                events.append(e.Unbound(by_peer=False))
            else:
                self._leave(State.CLOSED)
                events.append(e.LinkDead(due.value))
        if self._draining:
            replies.append(self._unbind_when_drained(now))
        return events, b"".join(replies)

    def next_deadline(self) -> int | None:
        return self.timers.next_deadline()

    def disconnected(self) -> list[e.Event]:
        """The connection is gone: who was still waiting is told"""
        contexts = [context for _, context in self._waiting.values()]
        self._waiting.clear()
        self.timers.forget_requests()
        self._leave(State.CLOSED)
        return [e.Lost(contexts)] if contexts else []

    # The rest of receive: everything that does not come with every message

    def _refuse(self, bad: reader.Malformed, events: list[e.Event], replies: list[bytes]) -> None:
        replies.append(self._refusal(bad.command, bad.status, bad.sequence))
        events.append(e.ProtocolError(bad.status, bad.reason, bad.command, bad.sequence, bad.fatal))
        if bad.fatal:
            self._leave(State.CLOSED)

    def _refusal(self, command: int, status: int, sequence: int) -> bytes:
        """A response with that status, or generic_nack where the command has none (§4.3)"""
        response = command | commands.RESPONSE
        known = command in fields.FIELDS and response in fields.FIELDS
        return header(response if known else commands.GENERIC_NACK, status, sequence)

    def _take_request(self, request: Pdu, events: list[e.Event], replies: list[bytes]) -> None:
        command, sequence = request.command, request.sequence
        allowed = command in MAY_SEND[self.role.peer, self._state]
        if allowed and command == commands.ENQUIRE_LINK:
            replies.append(header(commands.ENQUIRE_LINK_RESP, 0, sequence))
        elif allowed and command == commands.UNBIND:
            replies.append(header(commands.UNBIND_RESP, 0, sequence))
            self._leave(State.UNBOUND)
            events.append(e.Unbound(by_peer=True))
        elif allowed and self._bind is None:
            self._bind = (command, sequence)
            events.append(e.Request(request))
        else:
            status, reason = self._why_not(request)
            if command not in commands.WITHOUT_RESPONSE:
                replies.append(self._refusal(command, status, sequence))
            events.append(e.ProtocolError(status, reason, command, sequence))

    def _why_not(self, request: Pdu) -> tuple[int, str]:
        if type(request) is Unknown:
            return commands.ESME_RINVCMDID, "unknown command"
        if request.command in commands.BINDS and self.role is Role.SMSC and self._state is not State.UNBOUND:
            return commands.ESME_RALYBND, "a second bind"
        return commands.ESME_RINVBNDSTS, f"not allowed in {self._state.value}"

    def _take_response(self, response: Pdu, now: int, events: list[e.Event]) -> None:
        command, sequence, status = response.command, response.sequence, response.status
        nack = command == commands.GENERIC_NACK
        if self._bind is not None and self.role is Role.ESME and self._answers_bind(command, sequence):
            self._bound_or_not(response, now, events)
        elif self._unbind_sequence == sequence and (nack or command == commands.UNBIND_RESP):
            self._leave(State.UNBOUND)
            events.append(e.Unbound(by_peer=False))
        elif nack and sequence in self._waiting:
            wanted, context = self._waiting.pop(sequence)
            self.timers.answered(wanted, sequence)
            events.append(e.Nacked(context, status, response.raw))
        elif sequence in self._late and (nack or self._late[sequence][0] == command):
            _, context, sent = self._late.pop(sequence)
            events.append(
                e.Nacked(context, status, response.raw)
                if nack
                else e.Response(context, status, response, now - sent)
            )
        elif command != commands.ENQUIRE_LINK_RESP:
            reason = "generic_nack" if nack else "a response to no request"
            events.append(e.ProtocolError(status, reason, command, sequence))

    def _answers_bind(self, command: int, sequence: int) -> bool:
        assert self._bind is not None
        asked, asked_sequence = self._bind
        return sequence == asked_sequence and command in (asked | commands.RESPONSE, commands.GENERIC_NACK)

    def _bound_or_not(self, response: Pdu, now: int, events: list[e.Event]) -> None:
        assert self._bind is not None
        command, self._bind = self._bind[0], None
        if response.status == commands.ESME_ROK and response.command != commands.GENERIC_NACK:
            self._enter(BOUND_BY[command])
            self.timers.bound(now)
            events.append(e.Bound(response))
        else:
            self.timers.bind_refused()
            events.append(e.BindRefused(response.status, response))

    def _expire(self, sequence: int, sent: int) -> e.TimedOut:
        wanted, context = self._waiting.pop(sequence)
        self._late[sequence] = (wanted, context, sent)
        if len(self._late) > LATE_KEPT:
            del self._late[next(iter(self._late))]
        return e.TimedOut(context)

    def _unbind_when_drained(self, now: int) -> bytes:
        if self._waiting or self._unbind_sequence is not None or self._state not in BOUND:
            return b""
        self._unbind_sequence = self._next_sequence()
        self.timers.await_unbind(now)
        return header(commands.UNBIND, 0, self._unbind_sequence)

    def _next_sequence(self) -> int:
        sequence = self._sequence
        while True:
            sequence = sequence + 1 if sequence < LAST_SEQUENCE else 1
            if sequence not in self._waiting:
                self._sequence = sequence
                return sequence

    def _leave(self, state: State) -> None:
        self._enter(state)
        self.timers.stop()

    def _enter(self, state: State) -> None:
        self._state = state
        self._may_send = MAY_SEND[self.role, state]
        self._requests_out = _requests(self._may_send)
        self._requests_in = _requests(MAY_SEND[self.role.peer, state])


def _requests(allowed: frozenset[int]) -> frozenset[int]:
    """Those that the caller sends and answers itself"""
    return frozenset(command for command in allowed if command < commands.RESPONSE) - _BY_SESSION
