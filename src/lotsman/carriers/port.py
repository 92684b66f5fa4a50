"""What a link to a carrier is, and what it tells. Everything here runs on the event loop and must not block."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from lotsman.domain.inbound import Piece
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import PartOutcome
from lotsman.domain.receipt import Receipt
from lotsman.domain.trace import Trace

Clock = Callable[[], int]  # ms since the epoch


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """A configured link. `settings` is read by the link's kind."""

    id: int
    name: str
    kind: str
    serves: tuple[str, ...]  # words of domain/lane.py
    priority: int
    in_doubt: str  # hold | resend: what becomes of a submit that was never answered
    settings: dict[str, Any]
    deaf_after: int = 0  # seconds within which receipts are expected; 0: nobody waits for them


class Awaited(NamedTuple):
    """A message that a carrier took and has not ended."""

    message_id: int
    smsc_id: str
    msisdn: str


class Inlet(Protocol):
    """The arrow that points back: carrier -> receipt -> message. Its body is dispatch/inlet.py."""

    trace: Trace  # takes note of what goes over the wire

    def leaving(self, parts: Sequence[tuple[int, int]]) -> None:
        """(message id, part) of submits whose bytes are about to leave; returns when that is noted."""

    def outcome(self, link: "CarrierLink", message: Outgoing, outcome: PartOutcome) -> None:
        """Each part of each message handed to `submit` gets exactly one."""

    def receipt(self, receipt: Receipt, done: Callable[[bool], object]) -> None:
        """`done(True)` once it is on disk, `done(False)` when it could not be stored and should come again."""

    def inbound(self, piece: Piece, done: Callable[[bool], object]) -> None:
        """A message from a phone, or a part of one; `done` as for a receipt."""

    async def awaited(self, link_id: int, before: int, after: int, most: int) -> Sequence[Awaited]:
        """What the carrier took before (ms), of messages with an id above `after`, in their order; for links that ask."""

    def room(self, link: "CarrierLink") -> None:
        """The link can take more than before, or has just come up."""

    def changed(self, link: "CarrierLink") -> None:
        """The link came up, went down or learned something: `state` and `detail` are new."""


class ReceiptReader(Protocol):
    """What reads the receipts that a carrier brings to our door. It needs no link that runs: any node has it."""

    def admits(self, secret: str) -> bool:
        """Whether whoever knows this may bring receipts; told in constant time."""

    def receipts(self, said: Any, now: int) -> Sequence[Receipt]:
        """Those of a call that are final, from its parameters or its JSON. Raises ValueError for a call without an id."""


class CarrierLink(Protocol):
    config: LinkConfig
    # For people: connecting, bound, throttled, down, refused, draining. Unfit is for routes, too: a program is missing.
    state: str
    detail: str  # why, for people; no secrets

    @property
    def up(self) -> bool:
        """It can submit now."""

    @property
    def depth(self) -> int:
        """How many parts it likes to have at hand, on the wire and before it; grows with its pace."""

    @property
    def room(self) -> int:
        """How many of `depth` are free now; 0 while it cannot submit."""

    @property
    def in_flight(self) -> int:
        """Parts given to it that have no outcome yet."""

    @property
    def window(self) -> int:
        """Submits that may await a response at once."""

    def start(self) -> None: ...

    def submit(self, message: Outgoing) -> None:
        """Send the parts of a message that the carrier does not have yet. Never raises."""

    async def stop(self) -> None:
        """Drain: what is on the wire is answered or given up; everything else is put back."""
