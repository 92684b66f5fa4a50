"""What comes back from links, on its way to the store: outcomes of parts, receipts, changes of state.

Rule 1: a part's place in the wire journal is given up only after its outcome is on disk.
Rule 2: a receipt is acknowledged to the carrier only after it is on disk.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, Protocol

import structlog

from lotsman import metrics
from lotsman.carriers.port import Awaited, CarrierLink, Clock
from lotsman.dispatch.receipt_tally import ReceiptTally
from lotsman.dispatch.wire_journal import WireJournal
from lotsman.domain.inbound import Piece
from lotsman.domain.lifecycle import State
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome, PartOutcome
from lotsman.domain.receipt import Receipt
from lotsman.domain.refusals import Refusal
from lotsman.domain.smsc_id import Match
from lotsman.usecases import Platform
from lotsman.usecases.await_receipts import awaited_receipts
from lotsman.usecases.record_inbound import record_inbound
from lotsman.usecases.record_receipt import record_receipt
from lotsman.usecases.record_submission import Submission, record_submission

log = structlog.get_logger()


class RoomListener(Protocol):
    def on_room(self, link: CarrierLink) -> None: ...

    def on_recorded(self, message_id: int) -> None: ...

    def on_changed(self, link: CarrierLink) -> None: ...

    def on_taken(self, link_id: int) -> None: ...

    def on_receipt(self, link_id: int) -> None: ...

    def pass_on(self, lane: str, link_id: int) -> str: ...


class LinkInlet:
    """carriers.port.Inlet for all links of this node."""

    def __init__(self, platform: Platform, journal: WireJournal, clock: Clock) -> None:
        self._platform, self._journal, self._clock = platform, journal, clock
        self.trace = platform.trace
        self._listener: RoomListener | None = None
        self._open: dict[int, list[PartOutcome]] = {}  # messages of several parts, not all answered
        self._names: dict[int, str] = {}  # of links, for the metrics
        self._tallies: dict[int, ReceiptTally] = {}  # link id -> its receipts since this node started
        self._warned: set[int] = set()  # links of which too many receipts match nothing

    def listen(self, listener: RoomListener) -> None:
        self._listener = listener

    def leaving(self, parts: Sequence[tuple[int, int]]) -> None:
        for message_id, part in parts:
            self._journal.leaving(message_id, part)

    def outcome(self, link: CarrierLink, message: Outgoing, outcome: PartOutcome) -> None:
        if outcome.outcome is Outcome.TAKEN:
            self._journal.taken(message.id, outcome.part, outcome.smsc_id)
        if message.parts == 1 or not 0 < outcome.part <= message.parts:  # all of it in one request
            self._record(link, message, (outcome,), (outcome.part,))
            return
        gathered = self._open.setdefault(message.id, [])
        gathered.append(outcome)
        if len(gathered) == message.parts - len(message.taken):
            del self._open[message.id]
            self._record(link, message, gathered, range(1, message.parts + 1))

    def receipt(self, receipt: Receipt, done: Callable[[bool], object]) -> None:
        record_receipt(self._platform, receipt, partial(self._received, receipt.link_id, done))

    def _received(self, link_id: int, done: Callable[[bool], object], result: object) -> None:
        if isinstance(result, Exception):
            log.error("receipt_not_stored", link=link_id, error=str(result))
            done(False)
            return
        match: Match = result  # type: ignore[assignment]
        if self._listener is not None:
            self._listener.on_receipt(link_id)
        counter = metrics.RECEIPTS if match else metrics.STRAYS
        counter.labels(self._names.get(link_id, "")).inc()
        self._tally(link_id).add(match)
        if not match:
            self._warn_of_strays(link_id)
        done(True)

    def of_receipts(self, link_id: int) -> str:
        """What the receipts of a link say of its carrier, in a sentence; "" when nothing is known."""
        tally = self._tallies.get(link_id)
        return tally.sentence() if tally is not None else ""

    async def awaited(self, link_id: int, before: int, after: int, most: int) -> Sequence[Awaited]:
        found = await awaited_receipts(self._platform, link_id, before, after, most)
        return [Awaited(*row) for row in found]

    def inbound(self, piece: Piece, done: Callable[[bool], object]) -> None:
        record_inbound(self._platform, piece, partial(self._taken_in, piece.link_id, done))

    def _taken_in(self, link_id: int, done: Callable[[bool], object], result: object) -> None:
        if isinstance(result, Exception):
            log.error("inbound_not_stored", link=link_id, error=str(result))
            done(False)
            return
        metrics.INBOUND.labels(self._names.get(link_id, "")).inc()
        done(True)

    def room(self, link: CarrierLink) -> None:
        if self._listener is not None:
            self._listener.on_room(link)

    def changed(self, link: CarrierLink) -> None:
        self._names[link.config.id] = link.config.name
        if self._listener is not None:
            self._listener.on_changed(link)
        log.info("link_state", link=link.config.name, state=link.state, detail=link.detail)

    def _record(
        self, link: CarrierLink, message: Outgoing, outcomes: Sequence[PartOutcome], parts: Iterable[int]
    ) -> None:
        """`parts`: all that this message may have had on the wire."""
        config, lane = link.config, ""
        if any(outcome.outcome is Outcome.PASS_ON for outcome in outcomes):
            lane, outcomes = self._passed_on(link, message, outcomes)
        submission = Submission(
            message.id, config.id, config.name, message.msisdn, self._clock(), outcomes,
            len(message.taken), config.in_doubt == "resend", self._platform.node_id, message.tells, lane,
        )  # fmt: skip
        self._store(submission, parts)

    def _passed_on(
        self, link: CarrierLink, message: Outgoing, outcomes: Sequence[PartOutcome]
    ) -> tuple[str, Sequence[PartOutcome]]:
        """Where it waits now, and what that makes of its parts: put back, or turned down when nobody is left."""
        lane = self._listener.pass_on(message.lane, link.config.id) if self._listener is not None else ""
        became = Outcome.PUT_BACK if lane else Outcome.TURNED_DOWN
        return lane, [
            o._replace(outcome=became, error=0 if lane else o.error or Refusal.REJECTED.code)
            if o.outcome is Outcome.PASS_ON
            else o
            for o in outcomes
        ]

    def _store(self, submission: Submission, parts: Iterable[int]) -> None:
        record_submission(self._platform, submission, partial(self._recorded, submission, parts))

    def _recorded(self, submission: Submission, parts: Iterable[int], result: object) -> None:
        if isinstance(result, Exception):
            log.error("submission_not_stored", message=submission.message_id, error=str(result))
            self._platform.call_later(1.0, partial(self._store, submission, parts))
            return
        self._journal.settled(submission.message_id, parts)
        if result is State.DELIVERED or result is State.UNDELIVERED:  # receipts had come before the response
            self._tally(submission.link_id).adopt(len(submission.outcomes))
        last = submission.outcomes[-1].outcome
        if self._listener is not None:
            self._listener.on_recorded(submission.message_id)
            if last is Outcome.TAKEN:
                self._listener.on_taken(submission.link_id)
        if submission.lane:
            self._platform.handoff.wake(submission.lane)
        counter = _COUNTED.get(last)
        if counter is not None:
            counter.labels(submission.link_name).inc()

    def _tally(self, link_id: int) -> ReceiptTally:
        tally = self._tallies.get(link_id)
        if tally is None:
            tally = self._tallies[link_id] = ReceiptTally()
        return tally

    def _warn_of_strays(self, link_id: int) -> None:
        """Once, until it is well again; not while receipts may just have overtaken their responses."""
        tally = self._tally(link_id)
        if not tally.alarming:
            self._warned.discard(link_id)
        elif link_id not in self._warned and tally.unmatched >= _SURELY_STRAY:
            self._warned.add(link_id)
            log.warning(
                "receipts_unmatched",
                link=self._names.get(link_id, ""),
                unmatched=tally.unmatched,
                of=tally.total,
            )


_SURELY_STRAY: Final = 20  # receipts that match nothing before the log says so
_COUNTED: Final = {
    Outcome.TAKEN: metrics.SUBMITTED,
    Outcome.TURNED_DOWN: metrics.TURNED_DOWN,
    Outcome.UNKNOWN: metrics.IN_DOUBT,
}
