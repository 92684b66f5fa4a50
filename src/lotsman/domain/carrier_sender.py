"""Sender names at a carrier: registered, pending or refused there, and what goes out in their place.

Rule 1: a carrier that takes any name takes those it was not asked about; one it refused goes out by no other spelling.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple


class SenderState(IntEnum):
    """How a name stands at a carrier. Numbers are stored."""

    REGISTERED = 1
    PENDING = 2
    REFUSED = 3


class CarrierSender(NamedTuple):
    state: SenderState
    substitute: str = ""  # what goes out instead while it is not registered; "": what the link says


@dataclass(frozen=True, slots=True)
class SenderBook:
    only_registered: bool = False  # the carrier takes no other name
    substitute: str = (
        ""  # goes out in place of a name that it does not take; "": it takes the message not at all
    )
    names: Mapping[str, CarrierSender] = field(default_factory=dict)  # by the name in lower case

    @property
    def strict(self) -> bool:
        """Whether anything hangs on the sender here."""
        return self.only_registered or bool(self.names)

    def outgoing(self, sender: str) -> tuple[str, str]:
        """(what the phone will show, "") or (the name, why the carrier does not take it)."""
        entry = self.names.get(sender.lower())
        if entry is None:
            if not self.only_registered:
                return sender, ""
            state, substitute = "not registered", self.substitute
        elif entry.state is SenderState.REGISTERED:
            return sender, ""
        else:
            state, substitute = entry.state.name.lower(), entry.substitute or self.substitute
            if entry.state is SenderState.PENDING and not self.only_registered and not substitute:
                return sender, ""
        if substitute:
            return substitute, ""
        return sender, f"sender {sender} is {state} there"
