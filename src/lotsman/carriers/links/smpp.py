"""A link over SMPP: its outbox, its window, its pace.

Strategy: `submit` puts the parts of a message into the outbox; the outbox is emptied into the window whenever there is
room, and as PDUs only then, so a message that waits costs no PDU. A carrier that asks to slow down stops the outbox
for a while that grows with each such answer and shrinks with each success.
Rule 1: every part given to `submit` gets exactly one outcome, whatever happens to the session.
Rule 2: what never reached the socket is PUT_BACK; what did and was not answered is UNKNOWN.
"""

import asyncio
from collections import deque
from functools import partial
from typing import Any, Final

import structlog

from lotsman import metrics
from lotsman.carriers.links import smpp_mapping as mapping
from lotsman.carriers.links.smpp_bind import RECEIVER, TRANSCEIVER, TRANSMITTER, SmppBind, SmppSettings
from lotsman.carriers.links.smpp_lookup import Lookups, LookupSettings
from lotsman.carriers.port import Clock, Inlet, LinkConfig
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome, PartOutcome
from lotsman.smpp import commands
from lotsman.smpp.events import Event, Lost, Nacked, Request, Response, TimedOut
from lotsman.smpp.pdu import DataSm, Pdu, Sm
from lotsman.smpp.transport import SmppProtocol

__all__ = ["SmppLink", "SmppSettings"]

_PAUSE_FIRST: Final = 0.1  # seconds after the first throttling answer
_PAUSE_MOST: Final = 5.0
_DRAIN: Final = 5.0  # seconds for outstanding submits when stopping
_BEAT: Final = 0.2  # seconds over which the pace is taken
_DEEPEST: Final = 2000  # parts before the window, however fast the carrier is

log = structlog.get_logger()


class _Flight:
    """One part on its way."""

    __slots__ = ("ended", "left", "message", "part", "sm")

    def __init__(self, message: Outgoing, part: int, sm: Sm) -> None:
        self.message, self.part, self.sm = message, part, sm
        self.left = False  # its bytes were handed to the socket
        self.ended = False  # given up without a response


class _Pace:
    """Answers in the last full beat: how fast the carrier takes messages."""

    __slots__ = ("_counted", "_since", "last")

    def __init__(self) -> None:
        self.last = self._counted = 0
        self._since = 0.0

    def count(self, answers: int, now: float) -> None:
        beats = (now - self._since) / _BEAT
        if beats >= 1:
            self.last = self._counted if beats < 2 else 0
            self._counted, self._since = 0, now
        self._counted += answers


class SmppLink:
    def __init__(self, config: LinkConfig, inlet: Inlet, clock: Clock) -> None:
        self.config = config
        self.state, self.detail = "down", ""
        self._inlet, self._clock = inlet, clock
        self._settings = SmppSettings(**config.settings)
        self._settings.check()
        modes = [TRANSCEIVER] if self._settings.bind == TRANSCEIVER else [TRANSMITTER, RECEIVER]
        self._binds = [SmppBind(mode, self._settings, self) for mode in modes]
        self._lookups = Lookups(LookupSettings(**self._settings.lookup))
        # Receipts of a link that carries SMS alone are not looked through for what only look-ups find.
        plain = tuple(self._settings.serves) == ("sms",) and not self._settings.lookup
        self._answers = None if plain else self._lookups
        self._outbox: deque[_Flight] = deque()
        self._flying = 0
        self._pace = _Pace()
        self._pause = 0.0
        self._resume: asyncio.TimerHandle | None = None
        self._stopping = False
        name = config.name
        self._up, self._throttled = metrics.LINK_UP.labels(name), metrics.THROTTLED.labels(name)
        metrics.LINK_WINDOW.labels(name).set(self._settings.window)

    @property
    def up(self) -> bool:
        return not self._stopping and self._sender is not None

    @property
    def depth(self) -> int:
        """The window, and before it what is sent in a fifth of a second, so that no response waits for a claim."""
        window = self._settings.window
        return window + max(window, min(self._pace.last, _DEEPEST))

    @property
    def room(self) -> int:
        if self._stopping or self._resume is not None or self._sender is None:
            return 0
        return max(0, self.depth - self._flying - len(self._outbox))

    @property
    def in_flight(self) -> int:
        return self._flying

    @property
    def window(self) -> int:
        return self._settings.window

    @property
    def _sender(self) -> SmppBind | None:
        first = self._binds[0]
        return first if first.protocol is not None else None

    def start(self) -> None:
        self._set_state("connecting", f"{self._settings.host}:{self._settings.port}")
        for bind in self._binds:
            bind.start()

    async def stop(self) -> None:
        self._stopping = True
        self._set_state("draining", "")
        self._put_back_outbox("stopping")
        await asyncio.gather(*(bind.stop(_DRAIN) for bind in self._binds))
        if self._resume is not None:
            self._resume.cancel()
        self._set_state("down", "stopped")

    def submit(self, message: Outgoing) -> None:
        left = message.expires_at - self._clock()
        if left <= 0:
            for part in range(1, message.parts + 1):
                if part not in message.taken:
                    self._inlet.outcome(self, message, PartOutcome(part, Outcome.EXPIRED))
            return
        for part, sm in mapping.submits(
            message, mapping.validity(left), self._settings.alphabet, self._lookups
        ):
            self._outbox.append(_Flight(message, part, sm))
        if self._sender is None or self._stopping:
            self._put_back_outbox("link down")
        else:
            self._pump()

    # Events of the binds

    def on_bound(self, bind: SmppBind) -> None:
        if all(each.protocol is not None for each in self._binds):
            self._set_state("bound", "")
        if bind.sends:
            self._inlet.room(self)

    def on_events(self, bind: SmppBind, events: list[Event]) -> None:
        answered = 0
        for event in events:
            if isinstance(event, Response):
                self._on_response(event.context, event.status, getattr(event.pdu, "message_id", ""))
                answered += 1
            elif isinstance(event, Request):
                self._on_request(bind, event.pdu)
            elif isinstance(event, Nacked):
                # Not even a nack with status 0 says that it was taken.
                self._on_response(event.context, event.status or commands.ESME_RUNKNOWNERR, "")
                answered += 1
            elif isinstance(event, TimedOut):
                self._end(event.context, Outcome.UNKNOWN, "no response in time")
                answered += 1
            elif isinstance(event, Lost):
                for context in event.contexts:
                    self._end(context, Outcome.UNKNOWN, "session lost")
        if answered:
            self._pace.count(answered, asyncio.get_running_loop().time())
            self._pump()
            self._inlet.room(self)

    def before_write(self, contexts: list[object]) -> None:
        flights: list[_Flight] = contexts  # type: ignore[assignment]
        self._inlet.leaving([(flight.message.id, flight.part) for flight in flights])
        for flight in flights:
            flight.left = True

    def on_broken(self, bind: SmppBind, why: str) -> None:
        if bind.sends:
            self._put_back_outbox("link down")
        if not self._stopping:
            self._set_state("refused" if bind.refused else "connecting", why)

    # The outbox

    def _pump(self) -> None:
        bind = self._sender
        protocol = bind.protocol if bind is not None else None
        if protocol is None or self._resume is not None:
            return
        outbox, room, now = self._outbox, protocol.session.room, self._clock()
        while room and outbox:
            flight = outbox.popleft()
            if flight.message.expires_at <= now:  # it waited here for too long
                self._inlet.outcome(self, flight.message, PartOutcome(flight.part, Outcome.EXPIRED))
                continue
            try:
                protocol.send(flight.sm, flight)
            except ValueError as error:  # nothing a carrier could read: refused for good
                self._refuse_unsendable(flight, str(error))
            else:
                self._flying += 1
                room -= 1

    def _refuse_unsendable(self, flight: _Flight, why: str) -> None:
        log.error("unsendable", link=self.config.name, message=flight.message.id, why=why)
        answer = mapping.outcome(flight.part, commands.ESME_RSUBMITFAIL, "", 0)
        refused = answer._replace(
            outcome=Outcome.TURNED_DOWN, error=603, carrier_error="unsendable", retry_at=0
        )
        self._inlet.outcome(self, flight.message, refused)

    def _on_response(self, context: Any, status: int, message_id: str) -> None:
        flight: _Flight = context
        if flight.ended:
            self._on_late_response(flight, status, message_id)
            return
        self._flying -= 1
        if status == commands.ESME_ROK:
            self._pause = 0.0
            self._inlet.outcome(
                self, flight.message, PartOutcome(flight.part, Outcome.TAKEN, message_id.strip("\0 "))
            )
        elif mapping.is_throttled(status) and not self._stopping:
            self._outbox.appendleft(flight)
            flight.left = False
            self._slow_down()
        else:
            self._inlet.outcome(self, flight.message, mapping.outcome(flight.part, status, "", self._clock()))

    def _on_late_response(self, flight: _Flight, status: int, message_id: str) -> None:
        """The message is in doubt already; the life cycle knows what an answer still does for it."""
        if flight.message.parts == 1 and not mapping.is_throttled(status):
            self._inlet.outcome(
                self, flight.message, mapping.outcome(flight.part, status, message_id, self._clock())
            )

    def _end(self, context: Any, outcome: Outcome, why: str) -> None:
        flight: _Flight = context
        flight.ended = True
        self._flying -= 1
        ended = outcome if flight.left else Outcome.PUT_BACK
        self._inlet.outcome(self, flight.message, PartOutcome(flight.part, ended, carrier_error=why))

    def _slow_down(self) -> None:
        self._throttled.inc()
        if self._resume is None:
            self._pause = min(_PAUSE_MOST, self._pause * 2 or _PAUSE_FIRST)
            self._set_state("throttled", f"pausing {self._pause:.1f} s")
            self._resume = asyncio.get_running_loop().call_later(self._pause, self._go_on)

    def _go_on(self) -> None:
        self._resume = None
        if self._sender is not None:
            self._set_state("bound", "")
            self._pump()
            self._inlet.room(self)

    def _put_back_outbox(self, why: str) -> None:
        waiting, self._outbox = self._outbox, deque()
        for flight in waiting:
            self._inlet.outcome(
                self, flight.message, PartOutcome(flight.part, Outcome.PUT_BACK, carrier_error=why)
            )

    # What the carrier sends

    def _on_request(self, bind: SmppBind, pdu: Pdu) -> None:
        protocol = bind.protocol
        if protocol is None or pdu.command in commands.WITHOUT_RESPONSE:
            return
        if isinstance(pdu, DataSm) or (isinstance(pdu, Sm) and not mapping.is_receipt(pdu)):
            piece = mapping.piece(pdu, self.config.id, self._clock(), self._settings.alphabet)
            self._inlet.inbound(piece, partial(_answer, protocol, pdu))
            return
        if not isinstance(pdu, Sm):  # nothing that a carrier may ask of us
            protocol.answer(pdu, commands.ESME_RINVCMDID)
            return
        receipt = mapping.receipt(pdu, self.config.id, self._clock(), self._answers)
        if receipt is None:  # nothing final, or nothing readable: taken note of, never sent again
            protocol.answer(pdu, commands.ESME_ROK)
            return
        # The session that asked is the one to answer, even if the bind has another by then.
        self._inlet.receipt(receipt, partial(_answer, protocol, pdu))

    def _set_state(self, state: str, detail: str) -> None:
        self.state, self.detail = state, detail
        self._up.set(1 if self.up else 0)
        self._inlet.changed(self)


def _answer(protocol: SmppProtocol, pdu: Pdu, stored: bool) -> None:
    """What could not be stored shall come again."""
    protocol.answer(pdu, commands.ESME_ROK if stored else commands.ESME_RX_T_APPN)
