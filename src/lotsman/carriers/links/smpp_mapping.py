"""Our messages <-> SMPP: a part becomes a submit_sm, a deliver_sm becomes a receipt. Pure; knows no socket.

Rule 1: the concatenation reference comes from the message id, so a part sent again joins the parts sent before.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from lotsman.carriers.links.payloads import payloads
from lotsman.carriers.links.smpp_lookup import REFUSED_BY_SMSC_RU, Lookups
from lotsman.domain.inbound import Piece
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome, PartOutcome
from lotsman.domain.receipt import Receipt, verdict
from lotsman.domain.refusals import Refusal
from lotsman.domain.sender_id import ton_npi
from lotsman.domain.service import WITHOUT_TEXT, Service
from lotsman.gsm import udh
from lotsman.gsm.udh import concatenation8
from lotsman.smpp import commands, receipt_text, times, tlv
from lotsman.smpp.pdu import ESM_INTERMEDIATE, ESM_RECEIPT, ESM_TYPE_MASK, ESM_UDHI, DataSm, Sm

_INTERNATIONAL: Final = 1  # TON and NPI of a phone number: international, E.164 (SMPP 3.4 §5.2.5, §5.2.6)
_MOST_PARTS: Final = 255
_LATIN_1: Final = 3  # data_coding, SMPP 3.4 §5.2.19
_RETRY_AFTER: Final = 10_000  # ms: a carrier's passing trouble

# command_status -> what it means for the part. What is not listed is a refusal for good (603).
_THROTTLING: Final = frozenset({commands.ESME_RTHROTTLED, commands.ESME_RMSGQFUL})
_PASSING: Final = frozenset(
    {commands.ESME_RSYSERR, commands.ESME_RX_T_APPN, commands.ESME_RINVBNDSTS, commands.ESME_RSUBMITFAIL}
)
_REFUSALS: Final[Mapping[int, Refusal]] = {
    commands.ESME_RINVDSTADR: Refusal.UNDELIVERABLE,
    commands.ESME_RINVDSTTON: Refusal.UNDELIVERABLE,
    commands.ESME_RINVDSTNPI: Refusal.UNDELIVERABLE,
}


def submits(
    message: Outgoing, validity: str, alphabet: str = "gsm", lookups: Lookups | None = None
) -> list[tuple[int, Sm]]:
    """(part, submit_sm) for every part that the carrier does not have; validity as SMPP spells it.

    `alphabet`: what data_coding 0 means to the carrier. `lookups`: how numbers are asked about.
    """
    if lookups is not None and message.service is not Service.SMS and message.service in WITHOUT_TEXT:
        return [(1, lookups.submit(message, validity, alphabet))]
    encoding, octets = payloads(message.text, alphabet)
    count = len(octets)
    source_ton, source_npi = ton_npi(message.sender)
    found = []
    for part, payload in enumerate(octets, 1):
        if part in message.taken:
            continue
        udh = concatenation8(message.id, count, part) if count > 1 else b""
        sm = Sm(
            commands.SUBMIT_SM,
            source_addr_ton=source_ton,
            source_addr_npi=source_npi,
            source_addr=message.sender,
            dest_addr_ton=_INTERNATIONAL,
            dest_addr_npi=_INTERNATIONAL,
            destination_addr=message.msisdn,
            esm_class=ESM_UDHI if udh else 0,
            validity_period=validity,
            registered_delivery=1,
            data_coding=encoding,
            short_message=udh + payload,
        )
        found.append((part, sm))
    return found


def validity(milliseconds: int) -> str:
    """The rest of a message's life, in SMPP's relative form, whole seconds."""
    return _validity(max(milliseconds // 1000, 1))


@lru_cache(maxsize=4096)
def _validity(seconds: int) -> str:
    return times.relative(seconds * 1000)


def is_throttled(status: int) -> bool:
    """The carrier asks to slow down: the part surely was not taken."""
    return status in _THROTTLING


def outcome(part: int, status: int, message_id: str, now: int) -> PartOutcome:
    """What a submit_sm_resp (or generic_nack) means for its part."""
    if status == commands.ESME_ROK:
        return PartOutcome(part, Outcome.TAKEN, message_id.strip("\0 "))
    named = commands.status_name(status)
    if status in _PASSING or status in _THROTTLING:
        return PartOutcome(part, Outcome.PUT_BACK, carrier_error=named, retry_at=now + _RETRY_AFTER)
    refusal = _REFUSALS.get(status, Refusal.REJECTED)
    return PartOutcome(part, Outcome.TURNED_DOWN, error=refusal.code, carrier_error=named)


def is_receipt(pdu: Sm) -> bool:
    """A receipt, final or not; some carriers forget esm_class and leave only the TLV."""
    kind = pdu.esm_class & ESM_TYPE_MASK
    return (
        kind in {ESM_RECEIPT, ESM_INTERMEDIATE} or tlv.octets(pdu.tlvs, tlv.RECEIPTED_MESSAGE_ID) is not None
    )


def piece(pdu: Sm | DataSm, link_id: int, now: int, alphabet: str = "gsm") -> Piece:
    """A message from a phone, or a part of one: concatenation by UDH (GSM 03.40 §9.2.3.24) or by SAR TLVs.

    `alphabet`: what data_coding 0 means to the carrier.
    """
    payload, reference, total, part = pdu.payload, 0, 1, 1
    if pdu.esm_class & ESM_UDHI:
        elements, payload = udh.take(payload)
        place = udh.concatenation(elements)
        if place is not None:
            reference, total, part = place
    else:
        number = tlv.integer(pdu.tlvs, tlv.SAR_MSG_REF_NUM)
        count = tlv.integer(pdu.tlvs, tlv.SAR_TOTAL_SEGMENTS) or 1
        which = tlv.integer(pdu.tlvs, tlv.SAR_SEGMENT_SEQNUM) or 1
        if number is not None and which <= count <= _MOST_PARTS:
            reference, total, part = number & 0xFFFF, count, which
    phone, to = _address(pdu.source_addr), _address(pdu.destination_addr)
    coding = pdu.data_coding or (_LATIN_1 if alphabet == "latin1" else 0)
    return Piece(link_id, phone, to, payload, coding, now, reference, total, part)


def _address(text: str) -> str:
    """Digits of a number without the plus, a name as it is; no database keeps NUL."""
    return text.replace("\0", "").strip().removeprefix("+")


def receipt(pdu: Sm, link_id: int, now: int, lookups: Lookups | None = None) -> Receipt | None:
    """What a deliver_sm says became of a part; None when it says nothing final or nothing readable.

    `lookups`: of a link where it may be an answer to one, too.
    """
    # Some carriers end fields with NUL, which no database keeps.
    written = pdu.payload.decode("latin-1").replace("\0", " ")
    text = receipt_text.parse(written)
    smsc_id = tlv.cstring(pdu.tlvs, tlv.RECEIPTED_MESSAGE_ID) or (text.id if text else "")
    end = verdict(text.stat if text else "", tlv.integer(pdu.tlvs, tlv.MESSAGE_STATE))
    if not smsc_id or end is None:
        return None
    error = text.err if text else ""
    msisdn = pdu.source_addr.lstrip("+")
    if lookups is None:
        return Receipt(link_id, smsc_id, msisdn, end.state, end.error, error[:20], now)
    code = Refusal.REJECTED.code if error == REFUSED_BY_SMSC_RU and end.error else end.error
    found = lookups.found(written, pdu.tlvs)
    return Receipt(link_id, smsc_id, msisdn, end.state, code, error[:20], now, found)
