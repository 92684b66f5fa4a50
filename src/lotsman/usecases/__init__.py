"""The verbs: one file is one command, and one command is one transaction.

In: a caller's wish, a carrier's word, the clock.
Out: what is true afterwards; Refused when the wish is refused as a whole.
Calls: domain for every decision, store for every fact.
Never: each other; HTTP, SMPP or any format.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lotsman.domain.breakers import Breakers
from lotsman.domain.message import Outgoing
from lotsman.domain.numbering import Numbering
from lotsman.domain.routing import NO_ROUTES, RoutingTable
from lotsman.domain.trace import Trace
from lotsman.domain.turnstile import Turnstile
from lotsman.store.configuration import UNSIGNED, Deed, Signature, signed
from lotsman.store.database import Database, Overloaded, StoreUnavailable
from lotsman.store.directory import Directory
from lotsman.store.unit import Item, Result, Unit

__all__ = ["Handoff", "NoHandoff", "Overloaded", "Platform", "Signature", "StoreUnavailable"]


class Handoff(Protocol):
    """The short way from acceptance to a link of this node (dispatch/dispatcher.py)."""

    def reserve(self, lane: str, parts: int) -> int | None: ...

    def release(self, link_id: int, parts: int) -> None: ...

    def deliver(self, link_id: int, parts: int, messages: Sequence[Outgoing]) -> None: ...

    def wake(self, lane: str | None = None) -> None: ...

    def on_receipt(self, link_id: int) -> None:
        """A carrier brought a receipt to this node's door."""


class NoHandoff:
    """A node without links: accepted messages wait in the store for a node that has some."""

    def reserve(self, lane: str, parts: int) -> int | None:  # noqa: ARG002
        return None

    def release(self, link_id: int, parts: int) -> None: ...

    def deliver(self, link_id: int, parts: int, messages: Sequence[Outgoing]) -> None: ...

    def wake(self, lane: str | None = None) -> None: ...

    def on_receipt(self, link_id: int) -> None: ...


@dataclass(slots=True)
class Platform:
    """All that a verb may touch."""

    database: Database
    directory: Directory
    numbering: Numbering
    node_id: int
    call_later: Callable[[float, Callable[[], None]], object]
    handoff: Handoff
    turnstile: Turnstile = field(default_factory=Turnstile)
    breakers: Breakers = field(default_factory=Breakers)
    process: int = field(default_factory=lambda: secrets.randbits(62))  # who counts (store/usage.py)
    signature: Signature = UNSIGNED  # who signs for changes of the configuration
    trace: Trace = field(default_factory=Trace)  # off, but in a node
    routing: RoutingTable = NO_ROUTES  # replaced whenever routes, links or prices change (read_routing)

    async def change(self, what: Unit[Item, Result], item: Item, *, undoes: int = 0) -> Result:
        """Write something of the configuration; that it was changed, how and by whom is part of the transaction."""
        signature = self.signature._replace(undoes=undoes)
        result: Result = await self.database.write(signed, Deed(signature, what, item))
        return result
