"""Outcomes of parts folded into one event of their message.

A message is taken when every part is, delivered when every part is, failed at the first part that failed for good.
A mix of taken and refused parts is taken, then failed: some of the text is on the phone, so there is no refund.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

from lotsman.domain.call import UNANSWERED
from lotsman.domain.fallback import goes_as
from lotsman.domain.lifecycle import Event
from lotsman.domain.service import Service

# Beside 1..parts, which a phone shows as one text:
WHOLE: Final = 0  # all parts of a text, taken by the carrier in one request under one id
MESSENGER: Final = 255  # the text as a messenger takes it, of a message that may go as an SMS after all


def part_of_whole(service: Service, sender: str, parts: int) -> int:
    """The part that stands for a message at a carrier that takes texts whole."""
    if goes_as(service, sender) is Service.VIBER_SMS:
        return MESSENGER
    return 1 if parts == 1 else WHOLE


class PartState(IntEnum):
    TAKEN = 1
    DELIVERED = 2
    FAILED = 3
    REFUSED = 4  # the carrier refused this part after it had taken another


class Outcome(IntEnum):
    """What became of one submitted part."""

    TAKEN = 1
    PUT_BACK = 2  # surely not at the carrier; may be tried again
    TURNED_DOWN = 3  # refused for good
    UNKNOWN = 4  # on the wire, never answered
    EXPIRED = 5  # its time ran out before it was put on the wire
    PASS_ON = 6  # surely not at this carrier, which will not take it; another may

    __hash__ = int.__hash__


class PartOutcome(NamedTuple):
    part: int  # 1..parts, WHOLE or MESSENGER
    outcome: Outcome
    smsc_id: str = ""
    error: int = 0  # a Refusal code when turned down, or passed on and nobody is left
    carrier_error: str = ""  # command_status as the carrier gave it
    retry_at: int = 0  # ms: a part put back is not tried before


def fold_outcomes(outcomes: Iterable[Outcome]) -> list[Event]:
    """The events of a message once each of its parts has an outcome, in the order they happen."""
    seen = frozenset(outcomes)
    if seen == {Outcome.TAKEN}:
        return [Event.TAKEN]
    if Outcome.UNKNOWN in seen:
        return [Event.LOST]
    if Outcome.TURNED_DOWN in seen:
        return [Event.TAKEN, Event.RECEIPT_BAD] if Outcome.TAKEN in seen else [Event.TURNED_DOWN]
    if Outcome.EXPIRED in seen:
        return [Event.TAKEN, Event.RECEIPT_BAD] if Outcome.TAKEN in seen else [Event.EXPIRED]
    return [Event.PUT_BACK]


def of_receipt(state: PartState, error: int) -> Event:
    """The event that the receipt of a message of one part is."""
    if state is PartState.DELIVERED:
        return Event.RECEIPT_GOOD
    return Event.UNANSWERED if error in UNANSWERED else Event.RECEIPT_BAD


def fold_receipts(states: Iterable[PartState], expected: int) -> Event | None:
    """The event that the parts' receipts make together; None while some are awaited."""
    states = list(states)
    if PartState.FAILED in states or PartState.REFUSED in states:
        return Event.RECEIPT_BAD
    if len(states) >= expected and all(state is PartState.DELIVERED for state in states):
        return Event.RECEIPT_GOOD
    return None
