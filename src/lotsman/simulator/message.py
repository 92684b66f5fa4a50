"""One message in the message centre, what it is called, and its receipt.

In: a submit_sm or data_sm, what the scenario says of it. Out: its id in any spelling; deliver_sm with its receipt.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from lotsman.gsm import decoding, udh
from lotsman.simulator import subscribers
from lotsman.simulator.scenario import Delivery
from lotsman.smpp import commands, pdu, receipt_text, tlv
from lotsman.smpp.pdu import DataSm, Sm

Submission = Sm | DataSm

STATE_NUMBERS: Final = {name: number for number, name in receipt_text.MESSAGE_STATES.items()}
FINAL: Final = frozenset(STATE_NUMBERS) - {"ENROUTE", "ACCEPTD"}


@dataclass(slots=True)
class Submit:
    """What was submitted, as a test or an operator wants to see it"""

    arrival: int  # 1 is the first of all
    source: str
    destination: str
    text: str  # of this part, without its header
    data_coding: int
    udh: bytes  # the user data header, its length octet included
    smsc_id: str  # empty: it was refused
    status: int | None  # None: it was not answered
    time: int  # milliseconds since the epoch
    system_id: str
    pdu: Submission


@dataclass(slots=True)
class Message:
    number: int
    id: str
    text: str
    submission: Submission
    delivery: Delivery
    submitted: int  # milliseconds since the epoch
    system_id: str  # to whom its receipt goes
    origin: object  # the session it came by
    state: str = "ENROUTE"
    error: str = "000"
    done: int = 0
    asked: str = ""  # text, bind, ping: it is a look-up, and how it was asked
    found: dict[str, str] = field(default_factory=dict)  # what the look-up found

    @property
    def over(self) -> bool:
        return self.state in FINAL


def read(submission: Submission) -> tuple[str, bytes]:
    """Text and user data header"""
    octets = submission.payload
    if submission.esm_class & pdu.ESM_UDHI:
        _, rest = udh.take(octets)
        return decoding.decode(submission.data_coding, rest), octets[: len(octets) - len(rest)]
    return decoding.decode(submission.data_coding, octets), b""


def asked(submission: Submission, text: str, system_type: str) -> str:
    """How it asks about a number; "" when it is a message"""
    if system_type.upper() == "HLR":
        return "bind"
    if isinstance(submission, Sm) and submission.protocol_id == _TYPE_0:
        return "ping"
    return _MAGIC.get(text.strip(), "")


def look_up(message: Message) -> None:
    """Its end is what the subscriber's fate makes of it, not what becomes of messages"""
    delivery = message.delivery
    found = subscribers.look_up(message.submission.destination_addr, delivery.lookup)
    delivery.state, delivery.error = found.state, found.error
    if delivery.lookup == "silent":
        delivery.copies = 0
    if message.asked != "ping":
        message.found = found.attributes


def spell(number: int, form: str) -> str:
    return _SPELLINGS[form](number)


def receipt(message: Message) -> Sm:
    submission, delivery = message.submission, message.delivery
    message_id = spell(message.number, delivery.id_form)
    text = _text(message, message_id) if delivery.text else b""
    tlvs = _optional(message, message_id) if delivery.tlvs else ()
    if message.asked == "bind":
        tlvs += tuple((tag, message.found[name].encode() + b"\0") for tag, name in _VENDOR_TLVS)
        tlvs += ((MCCMNC, (message.found["mcc"] + message.found["mnc"]).encode() + b"\0"),)
    if len(text) > _SHORT:
        tlvs += (tlv.make(tlv.MESSAGE_PAYLOAD, text),)
    return Sm(
        commands.DELIVER_SM,
        tlvs=tlvs,
        source_addr_ton=submission.dest_addr_ton,
        source_addr_npi=submission.dest_addr_npi,
        source_addr=submission.destination_addr[:20],
        dest_addr_ton=submission.source_addr_ton,
        dest_addr_npi=submission.source_addr_npi,
        destination_addr=submission.source_addr[:20],
        esm_class=pdu.ESM_RECEIPT,
        short_message=text if len(text) <= _SHORT else b"",
    )


def wants_receipt(submission: Submission, state: str) -> bool:
    """registered_delivery, SMPP 3.4 §5.2.17: 1 asks for every end, 2 for a bad one only"""
    wish = submission.registered_delivery & 3
    return wish == 1 or (wish == 2 and state != "DELIVRD")


def _text(message: Message, message_id: str) -> bytes:
    text = receipt_text.write(
        receipt_text.Receipt(
            id=message_id,
            stat=message.state,
            err=message.error,
            submit_date=receipt_text.stamp(message.submitted),
            done_date=receipt_text.stamp(message.done),
            sub="001",
            dlvrd="001" if message.state == "DELIVRD" else "000",
            text=message.text,
            extra=message.found if message.asked == "text" else {},
        )
    )
    return text.encode("ascii", "replace")


def _optional(message: Message, message_id: str) -> tuple[tlv.Tlv, ...]:
    tlvs = [
        tlv.make(tlv.RECEIPTED_MESSAGE_ID, message_id),
        tlv.make(tlv.MESSAGE_STATE, STATE_NUMBERS[message.state]),
    ]
    if message.error.isdecimal() and int(message.error):
        error = _GSM_NETWORK + int(message.error).to_bytes(2, "big")
        tlvs.append(tlv.make(tlv.NETWORK_ERROR_CODE, error))
    return tuple(tlvs)


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, digit = divmod(number, 26)
        letters = "abcdefghijklmnopqrstuvwxyz"[digit] + letters
    return letters


_MAGIC: Final = {"__HLR__": "text", "__PING__": "ping"}  # SMSC.ru's words
_TYPE_0: Final = 0x40  # protocol_id of a silent SMS
_VENDOR_TLVS: Final = ((0x1490, "imsi"), (0x1491, "msc"))
MCCMNC: Final = 0x1403
_SHORT: Final = 254  # octets of short_message
_GSM_NETWORK: Final = b"\x03"  # SMPP 3.4 §5.3.2.31
_SPELLINGS: Final[dict[str, Callable[[int], str]]] = {
    "decimal": str,
    "hex": "{:08X}".format,
    "padded": "{:010d}".format,
    "letters": _letters,
    "constant": lambda _: "0",  # seen in the wild: every message has the same id
}
