"""A carrier's word on a part: SMSC state and error -> what it means for us (SMPP 3.4 §5.2.28, appendix B)."""

import json
from typing import Final, NamedTuple

from lotsman.domain import call, lookup
from lotsman.domain.call import CallRecord
from lotsman.domain.lookup import Attributes
from lotsman.domain.parts import PartState
from lotsman.domain.refusals import Refusal


class Receipt(NamedTuple):
    """What a carrier says became of a part, once it is final."""

    link_id: int
    smsc_id: str  # as the receipt spells it
    msisdn: str  # "": the carrier does not say; the id alone tells whose it is
    state: PartState  # DELIVERED or FAILED
    error: int  # a Refusal code
    carrier_error: str  # err: of the receipt
    at: int  # ms
    # Of a look-up, or what a carrier says beside: where the number is registered. Of a call: how it was.
    found: Attributes | CallRecord | None = None
    whole: bool = False  # it is of all parts of its message at once


def kept(found: Attributes | CallRecord) -> str:
    """As it stands with its message: JSON."""
    return json.dumps(found._asdict(), ensure_ascii=False)


def found_in(text: str) -> Attributes | CallRecord | None:
    """What `kept` made; None of nothing."""
    if not text:
        return None
    return call.load(text) if "duration" in json.loads(text) else lookup.load(text)


class Verdict(NamedTuple):
    state: PartState
    error: int  # a Refusal code, 0 when delivered


_DELIVERED: Final = Verdict(PartState.DELIVERED, 0)
_EXPIRED: Final = Verdict(PartState.FAILED, Refusal.EXPIRED.code)
_CANCELLED: Final = Verdict(PartState.FAILED, Refusal.CANCELLED.code)
_UNDELIVERABLE: Final = Verdict(PartState.FAILED, Refusal.UNDELIVERABLE.code)
_REJECTED: Final = Verdict(PartState.FAILED, Refusal.REJECTED.code)

# None: not an end (ENROUTE, ACCEPTED, SCHEDULED): the next receipt will tell.
_BY_STAT: Final[dict[str, Verdict | None]] = {
    "DELIVRD": _DELIVERED, "DELIVERED": _DELIVERED, "EXPIRED": _EXPIRED, "DELETED": _CANCELLED,
    "UNDELIV": _UNDELIVERABLE, "UNDELIVERABLE": _UNDELIVERABLE, "REJECTD": _REJECTED, "REJECTED": _REJECTED,
    "UNKNOWN": _UNDELIVERABLE, "SKIPPED": _UNDELIVERABLE, "FAILED": _UNDELIVERABLE,
    "ENROUTE": None, "ACCEPTD": None, "ACCEPTED": None, "SCHEDULED": None, "BUFFERED": None,
}  # fmt: skip

_BY_STATE: Final[dict[int, Verdict | None]] = {  # SMPP 3.4 §5.2.28 message_state
    1: None, 2: _DELIVERED, 3: _EXPIRED, 4: _CANCELLED, 5: _UNDELIVERABLE, 6: None, 7: _UNDELIVERABLE, 8: _REJECTED,
}  # fmt: skip


def verdict(stat: str, message_state: int | None) -> Verdict | None:
    """What a receipt says, by its text or else by its TLV; None when it is not an end."""
    known = stat.upper()
    if known in _BY_STAT:
        return _BY_STAT[known]
    if message_state is not None:
        return _BY_STATE.get(message_state)
    return None
