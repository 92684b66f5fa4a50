"""The emulator: a carrier that never leaves the house. test=1 runs a message through its whole life cycle here.

The last two digits of the number choose the end: 98 is refused by the carrier, 99 is not delivered, everything else is
delivered. A call to 99 is not answered, to 97 it is busy; whoever is called at 96 presses 1. Every look-up of a number that is served finds the subscriber of the API document's sample (API-1 §6.2).
"""

import asyncio
from math import ceil
from typing import Final

from lotsman.carriers.port import Clock, Inlet, LinkConfig
from lotsman.domain import speech
from lotsman.domain.call import CallRecord
from lotsman.domain.inbound import Piece
from lotsman.domain.lookup import attributes
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome, PartOutcome, PartState
from lotsman.domain.receipt import Receipt
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import CALLS, WITH_ATTRIBUTES, Service

_WINDOW: Final = 1000
_RECEIPT_AFTER: Final = 0.3  # seconds
_RETRY_AFTER: Final = 1.0
_LATIN_1: Final = 3  # data_coding of keys
_UNANSWERED: Final = {"97": Refusal.BUSY.code, "99": Refusal.NO_ANSWER.code}
_SUBSCRIBER: Final = attributes({"imsi": "250203122060176", "msc": "790434"})


class EmulatorLink:
    def __init__(self, config: LinkConfig, inlet: Inlet, clock: Clock) -> None:
        self.config = config
        self.state, self.detail = "down", ""
        self._inlet, self._clock = inlet, clock

    @property
    def up(self) -> bool:
        return self.state == "bound"

    @property
    def depth(self) -> int:
        return _WINDOW

    @property
    def room(self) -> int:
        return _WINDOW if self.up else 0

    @property
    def in_flight(self) -> int:
        return 0

    @property
    def window(self) -> int:
        return _WINDOW

    def start(self) -> None:
        self.state = "bound"
        self._inlet.changed(self)
        self._inlet.room(self)

    async def stop(self) -> None:
        self.state = "down"

    def submit(self, message: Outgoing) -> None:
        refused = message.msisdn.endswith("98")
        for part in range(1, message.parts + 1):
            if part in message.taken:
                continue
            if refused:
                outcome = PartOutcome(part, Outcome.TURNED_DOWN, "", Refusal.REJECTED.code, "emulated")
            else:
                outcome = PartOutcome(part, Outcome.TAKEN, f"E{message.id}-{part}")
            self._inlet.outcome(self, message, outcome)
        if not refused:
            asyncio.get_running_loop().call_later(_RECEIPT_AFTER, self._report, message)

    def _report(self, message: Outgoing) -> None:
        if message.service in CALLS:
            self._report_call(message)
            return
        failed = message.msisdn.endswith("99")
        looked_up = message.service in WITH_ATTRIBUTES and not failed
        for part in range(1, message.parts + 1):
            receipt = Receipt(
                link_id=self.config.id,
                smsc_id=f"E{message.id}-{part}",
                msisdn=message.msisdn,
                state=PartState.FAILED if failed else PartState.DELIVERED,
                error=Refusal.UNDELIVERABLE.code if failed else 0,
                carrier_error="001" if failed else "000",
                at=self._clock(),
                found=_SUBSCRIBER if looked_up else None,
            )
            self._inlet.receipt(receipt, lambda stored: None if stored else self._again(message))

    def _report_call(self, message: Outgoing) -> None:
        end, at = message.msisdn[-2:], self._clock()
        error = _UNANSWERED.get(end, 0)
        keys = "1" if end == "96" else ""
        talk = message.service is Service.VOICE and not error
        record = CallRecord(ceil(speech.seconds(message.text)) if talk else 0, keys)
        state = PartState.FAILED if error else PartState.DELIVERED
        smsc_id, link_id = f"E{message.id}-1", self.config.id
        receipt = Receipt(link_id, smsc_id, message.msisdn, state, error, "", at, record)
        self._inlet.receipt(receipt, lambda stored: None if stored else self._again(message))
        if keys and talk:
            piece = Piece(link_id, message.msisdn, "", keys.encode(), _LATIN_1, at, answers=message.id)
            self._inlet.inbound(piece, lambda _: None)

    def _again(self, message: Outgoing) -> None:
        asyncio.get_running_loop().call_later(_RETRY_AFTER, self._report, message)
