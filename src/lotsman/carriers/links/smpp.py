"""A link over SMPP: its binds, its outbox, its window, its pace.

Strategy: `submit` puts the parts of a message into the outbox; the outbox is emptied into the windows of the binds
whenever there is room, into the freest first, and as PDUs only then, so a message that waits costs no PDU. A rate stops
the outbox until the next token; a carrier that asks to slow down stops it for a while that grows with each such answer
and shrinks with each success, and lowers the rate.
Rule 1: every part given to `submit` gets exactly one outcome, whatever happens to the session.
Rule 2: what never reached the socket is PUT_BACK; what did and was not answered is UNKNOWN.
Rule 3: an address that fails takes nothing from the others.
"""

import asyncio
from functools import partial
from operator import attrgetter
from typing import Any, Final

import structlog

from lotsman import metrics
from lotsman.carriers.links import smpp_mapping as mapping
from lotsman.carriers.links.outbox import NEVER, FairOutbox, Flight, Outbox
from lotsman.carriers.links.pace import Tempo, Throttle
from lotsman.carriers.links.smpp_bind import SmppBind
from lotsman.carriers.links.smpp_errors import ErrorMap
from lotsman.carriers.links.smpp_lookup import Lookups, LookupSettings
from lotsman.carriers.links.smpp_settings import SmppSettings
from lotsman.carriers.links.smpp_state import Pulse, judge
from lotsman.carriers.links.smpp_submits import Submits
from lotsman.carriers.port import Clock, Inlet, LinkConfig
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome, PartOutcome
from lotsman.domain.refusals import Refusal
from lotsman.domain.trace import Kind
from lotsman.smpp import commands
from lotsman.smpp.events import Event, Lost, Nacked, Request, Response, TimedOut
from lotsman.smpp.pdu import DataSm, Pdu, Sm
from lotsman.smpp.transport import SmppProtocol

__all__ = ["SmppLink", "SmppSettings"]

_PAUSE_FIRST: Final = 0.1  # seconds after the first throttling answer
_PAUSE_MOST: Final = 5.0
_DRAIN: Final = 5.0  # seconds for outstanding submits when stopping
_DEEPEST: Final = 2000  # parts before the window, however fast the carrier is
_EASE_EVERY: Final = 0.2  # seconds: so often a lowered rate is raised a little

log = structlog.get_logger()


class SmppLink:
    def __init__(self, config: LinkConfig, inlet: Inlet, clock: Clock) -> None:
        self.config = config
        self.state, self.detail = "down", ""
        self._told = False, "down", ""  # up, and the two above, as the inlet heard of them last
        self._inlet, self._clock = inlet, clock
        self._settings = s = SmppSettings(**config.settings)
        s.check()
        self._binds = [SmppBind(address, s, self) for address in s.addresses()]
        self._senders: list[SmppBind] = []  # those that are bound and may submit
        lookups = Lookups(LookupSettings(**s.lookup))
        self._submits = Submits(s, lookups)
        # Receipts of a link that carries SMS alone are not looked through for what only look-ups find.
        plain = tuple(s.serves) == ("sms",) and not s.lookup
        self._reader = mapping.Reader(s, config.id, None if plain else lookups)
        self._errors = ErrorMap(s.errors)
        limits = s.sender_rates or s.prefix_rates
        self._fair = FairOutbox(s.sender_rates, s.prefix_rates) if limits else None
        self._outbox: Outbox = Outbox() if self._fair is None else self._fair
        self._flying = 0
        self._tempo, self._throttle = Tempo(), Throttle(s.rate)
        self._pause = 0.0
        self._resume: asyncio.TimerHandle | None = None  # set while it pauses
        self._nap: asyncio.TimerHandle | None = None
        self._nap_until = 0.0  # the next token; uvloop's handles do not always know
        self._easing: asyncio.TimerHandle | None = None  # while the rate is lowered
        self._pulse = Pulse(self._judge)
        self._stopping = False
        name = config.name
        self._up, self._throttled = metrics.LINK_UP.labels(name), metrics.THROTTLED.labels(name)
        self._window = metrics.LINK_WINDOW.labels(name)

    @property
    def up(self) -> bool:
        return not self._stopping and bool(self._senders)

    @property
    def depth(self) -> int:
        """The window, and before it what is sent in a fifth of a second, so that no response waits for a claim.

        Of a link with a rate no more than a second's worth, and only what is before the window: whoever is urgent never
        waits behind more.
        """
        window = self.window
        full = window + max(window, min(self._tempo.last, _DEEPEST))
        rate = self._throttle.rate
        return max(1, min(full, int(rate))) if rate else full

    @property
    def room(self) -> int:
        if self._stopping or self._resume is not None or not self._senders:
            return 0
        before = len(self._outbox) - self._outbox.held
        return max(0, self.depth - before - (0 if self._throttle.rate else self._flying))

    @property
    def in_flight(self) -> int:
        return self._flying

    @property
    def window(self) -> int:
        """Of all binds that may submit now."""
        return self._settings.window * len(self._senders)

    def start(self) -> None:
        self._set_state("connecting", ", ".join(dict.fromkeys(str(bind.address) for bind in self._binds)))
        for bind in self._binds:
            bind.start()
        self._pulse.start()

    async def stop(self) -> None:
        self._stopping = True
        self._set_state("draining", "")
        self._put_back_outbox("stopping")
        await asyncio.gather(*(bind.stop(_DRAIN) for bind in self._binds))
        self._pulse.stop()
        for timer in (self._resume, self._nap, self._easing):
            if timer is not None:
                timer.cancel()
        self._set_state("down", "stopped")

    def submit(self, message: Outgoing) -> None:
        now = self._clock()
        left = message.expires_at - now
        if left <= 0:
            self._answer(message, PartOutcome(0, Outcome.EXPIRED))
            return
        if not self._senders or self._stopping:
            self._answer(message, PartOutcome(0, Outcome.PUT_BACK, carrier_error="link down"))
            return
        if self._fair is not None:
            later = self._fair.postponed(message, message.parts - len(message.taken), _time())
            if later:
                why = PartOutcome(0, Outcome.PUT_BACK, carrier_error="rate", retry_at=now + int(later * 1000))
                self._answer(message, why)
                return
        for flight in self._submits.of(message, left):
            self._outbox.put(flight)
        self._pump()

    def _answer(self, message: Outgoing, outcome: PartOutcome) -> None:
        """The same of every part that the carrier does not have."""
        for part in range(1, message.parts + 1):
            if part not in message.taken:
                self._inlet.outcome(self, message, outcome._replace(part=part))

    # Events of the binds

    def on_bound(self, bind: SmppBind) -> None:
        if bind.sends:
            self._senders.append(bind)
        self._judge()
        if bind.sends:
            self._pump()
            self._inlet.room(self)

    def on_events(self, bind: SmppBind, events: list[Event]) -> None:
        answered, slower, now = 0, 0, self._clock()
        for event in events:
            if isinstance(event, Response):
                self._note_answer(event.context, now, event.pdu.raw)
                slower += self._on_response(event.context, event.status, getattr(event.pdu, "message_id", ""))
                answered += 1
            elif isinstance(event, Request):
                self._on_request(bind, event.pdu)
            elif isinstance(event, Nacked):
                self._note_answer(event.context, now, event.raw)
                # Not even a nack with status 0 says that it was taken.
                slower += self._on_response(event.context, event.status or commands.ESME_RUNKNOWNERR, "")
                answered += 1
            elif isinstance(event, TimedOut):
                self._end(event.context, Outcome.UNKNOWN, "no response in time")
                answered += 1
            elif isinstance(event, Lost):
                for context in event.contexts:
                    self._end(context, Outcome.UNKNOWN, "session lost")
        if answered:
            self._pulse.beat(self._flying)
            self._tempo.count(answered, answered - slower, _time())
            if slower:
                self._slow_down()
            self._pump()
            self._inlet.room(self)

    def before_write(self, contexts: list[object]) -> None:
        flights: list[Flight] = contexts  # type: ignore[assignment]
        leaving = [(flight.message.id, flight.part) for flight in flights]
        leaving += [(flight.message.id, part) for flight in flights for part in flight.riders]
        self._inlet.leaving(leaving)
        now, note, link_id = self._clock(), self._inlet.trace.note, self.config.id
        for flight in flights:
            flight.left = True
            note(flight.message.id, now, Kind.PDU_OUT, link_id, flight.data)

    def _note_answer(self, context: Any, now: int, raw: bytes) -> None:
        self._inlet.trace.note(context.message.id, now, Kind.PDU_IN, self.config.id, raw)

    def on_broken(self, bind: SmppBind) -> None:
        if bind in self._senders:
            self._senders.remove(bind)
        if not self._senders:
            self._put_back_outbox("link down")
        if not self._stopping:
            self._judge()

    # The outbox

    def _pump(self) -> None:
        outbox, senders, limit = self._outbox, self._senders, self._throttle.bucket
        if not senders or not len(outbox) or self._resume is not None:
            return
        now, moment = self._clock(), 0.0 if limit is None and self._fair is None else _time()
        bind = senders[0] if len(senders) == 1 else max(senders, key=_room)
        room, protocol = bind.room, bind.protocol
        while room > 0 and protocol is not None:
            if limit is not None and (wait := limit.wait(moment)) > 0:
                self._rest(wait)
                return
            flight = outbox.take(moment)
            if flight is None:
                self._rest(outbox.wait)
                return
            if flight.message.expires_at <= now:  # it waited here for too long
                self._tell(flight, PartOutcome(flight.part, Outcome.EXPIRED))
                continue
            try:
                flight.data = protocol.send(flight.sm, flight)
            except ValueError as error:  # nothing a carrier could read: refused for good
                self._refuse_unsendable(flight, str(error))
                continue
            self._flying += 1
            if self._flying == 1:
                self._pulse.beat(1)
            if limit is not None:
                limit.take()
            room -= 1
            if len(senders) > 1:
                bind = max(senders, key=_room)
                room, protocol = bind.room, bind.protocol

    def _rest(self, seconds: float) -> None:
        """Until the next token."""
        if seconds == NEVER:
            return
        loop = asyncio.get_running_loop()
        at = loop.time() + max(seconds, 0.001)
        if self._nap is not None:
            if self._nap_until <= at:
                return
            self._nap.cancel()
        self._nap, self._nap_until = loop.call_at(at, self._wake), at

    def _wake(self) -> None:
        self._nap = None
        self._pump()
        self._inlet.room(self)

    def _ease(self) -> None:
        self._throttle.recover(_time())
        again = self._throttle.lowered and not self._stopping
        self._easing = asyncio.get_running_loop().call_later(_EASE_EVERY, self._ease) if again else None
        if self._resume is None and not self._stopping:
            self._judge(aloud=not self._throttle.lowered)
            self._wake()

    def _refuse_unsendable(self, flight: Flight, why: str) -> None:
        log.error("unsendable", link=self.config.name, message=flight.message.id, why=why)
        error = Refusal.REJECTED.code
        self._tell(flight, PartOutcome(flight.part, Outcome.TURNED_DOWN, "", error, "unsendable"))

    def _on_response(self, context: Any, status: int, message_id: str) -> bool:
        """True when the carrier asks to slow down."""
        flight: Flight = context
        if flight.ended:
            self._on_late_response(flight, status, message_id)
            return False
        self._flying -= 1
        if status == commands.ESME_ROK:
            self._pause = 0.0
            taken = PartOutcome(flight.part, Outcome.TAKEN, message_id.strip("\0 "))
            if flight.riders:
                self._tell(flight, taken)
            else:
                self._inlet.outcome(self, flight.message, taken)
        elif self._errors.slows(status):
            self._throttled.inc()
            if not self._stopping and self._senders:
                flight.left = False
                self._outbox.put_first(flight)
                return True
            self._tell(flight, self._errors.outcome(flight.part, status, self._clock()))
        else:
            self._tell(flight, self._errors.outcome(flight.part, status, self._clock()))
        return False

    def _on_late_response(self, flight: Flight, status: int, message_id: str) -> None:
        """The message is in doubt already; the life cycle knows what an answer still does for it."""
        if flight.message.parts > 1 or self._errors.slows(status):
            return
        if status == commands.ESME_ROK:
            self._tell(flight, PartOutcome(flight.part, Outcome.TAKEN, message_id.strip("\0 ")))
        else:
            self._tell(flight, self._errors.outcome(flight.part, status, self._clock()))

    def _end(self, context: Any, outcome: Outcome, why: str) -> None:
        flight: Flight = context
        flight.ended = True
        self._flying -= 1
        ended = outcome if flight.left else Outcome.PUT_BACK
        self._tell(flight, PartOutcome(flight.part, ended, carrier_error=why))

    def _tell(self, flight: Flight, outcome: PartOutcome) -> None:
        """One outcome for each part of the submit; the carrier's id is that of the first."""
        self._inlet.outcome(self, flight.message, outcome)
        for part in flight.riders:
            self._inlet.outcome(self, flight.message, outcome._replace(part=part, smsc_id=""))

    def _slow_down(self) -> None:
        if self._resume is None:
            moment = _time()
            self._throttle.slow_down(moment, self._tempo.taken_in_a_second())
            self._pause = min(_PAUSE_MOST, self._pause * 2 or _PAUSE_FIRST)
            loop = asyncio.get_running_loop()
            self._resume = loop.call_later(self._pause, self._go_on)
            if self._easing is None:
                self._easing = loop.call_later(_EASE_EVERY, self._ease)
            self._judge()

    def _go_on(self) -> None:
        self._resume = None
        if not self._stopping:
            self._judge(aloud=False)
            self._pump()
            self._inlet.room(self)

    def _put_back_outbox(self, why: str) -> None:
        for flight in self._outbox.clear():
            self._tell(flight, PartOutcome(flight.part, Outcome.PUT_BACK, carrier_error=why))

    # What the carrier sends

    def _on_request(self, bind: SmppBind, pdu: Pdu) -> None:
        protocol = bind.protocol
        if protocol is None or pdu.command in commands.WITHOUT_RESPONSE:
            return
        if isinstance(pdu, DataSm) or (isinstance(pdu, Sm) and not mapping.is_receipt(pdu)):
            piece = self._reader.piece(pdu, self._clock())
            self._inlet.inbound(piece, partial(_answer, protocol, pdu))
            return
        if not isinstance(pdu, Sm):  # nothing that a carrier may ask of us
            protocol.answer(pdu, commands.ESME_RINVCMDID)
            return
        receipt = self._reader.receipt(pdu, self._clock())
        if receipt is None:  # nothing final, or nothing readable: taken note of, never sent again
            protocol.answer(pdu, commands.ESME_ROK)
            return
        # The session that asked is the one to answer, even if the bind has another by then.
        self._inlet.trace.note_receipt(receipt.smsc_id, receipt.at, Kind.PDU_IN, self.config.id, pdu.raw)
        self._inlet.receipt(receipt, partial(self._answer_receipt, protocol, pdu, receipt.smsc_id))

    def _answer_receipt(self, protocol: SmppProtocol, pdu: Pdu, smsc_id: str, stored: bool) -> None:
        answer = _answer(protocol, pdu, stored)
        self._inlet.trace.note_receipt(smsc_id, self._clock(), Kind.PDU_OUT, self.config.id, answer)

    # What it says of itself

    def _judge(self, *, aloud: bool = True) -> None:
        """`aloud`: a change is told; else it is there for whoever looks."""
        pause = self._pause if self._resume is not None else 0.0
        self._set_state(*judge(self._binds, self._throttle, pause, stalled=self._pulse.stalled), aloud=aloud)

    def _set_state(self, state: str, detail: str, *, aloud: bool = True) -> None:
        self.state, self.detail = state, detail
        told, self._told = self._told, (self.up, state, detail if aloud else self._told[2])
        if self._told != told:
            self._up.set(1 if self.up else 0)
            self._inlet.changed(self)
        self._window.set(self.window)


_room = attrgetter("room")


def _time() -> float:
    return asyncio.get_running_loop().time()


def _answer(protocol: SmppProtocol, pdu: Pdu, stored: bool) -> bytes:
    """What could not be stored shall come again."""
    return protocol.answer(pdu, commands.ESME_ROK if stored else commands.ESME_RX_T_APPN)
