"""What a carrier sends us: a deliver_sm becomes a receipt, or a message from a phone. Pure; knows no socket."""

from typing import Final

from lotsman.carriers.links.smpp_errors import ReceiptErrors
from lotsman.carriers.links.smpp_lookup import REFUSED_BY_SMSC_RU, Lookups
from lotsman.carriers.links.smpp_settings import SmppSettings
from lotsman.carriers.links.smpp_submits import number_reader
from lotsman.domain.inbound import Piece
from lotsman.domain.parts import PartState
from lotsman.domain.receipt import Receipt, verdict
from lotsman.domain.refusals import Refusal
from lotsman.gsm import udh
from lotsman.gsm.segmentation import Encoding
from lotsman.smpp import receipt_text, tlv
from lotsman.smpp.pdu import ESM_INTERMEDIATE, ESM_RECEIPT, ESM_TYPE_MASK, ESM_UDHI, DataSm, Sm

_MOST_PARTS: Final = 255
_LATIN_1: Final = 3  # data_coding, SMPP 3.4 §5.2.19


class Reader:
    """What one link makes of deliver_sm: its settings, made ready."""

    def __init__(self, settings: SmppSettings, link_id: int, lookups: Lookups | None = None) -> None:
        """`lookups`: of a link where a receipt may be an answer to one, too."""
        self._link_id, self._lookups = link_id, lookups
        self._errors = ReceiptErrors(settings.receipt_errors)
        self._number = number_reader(settings.number_format)
        # What data_coding means to this carrier, where that is not what the standard says.
        own = _LATIN_1 if settings.alphabet == "latin1" else Encoding.GSM7.value
        self._codings = {0: own, settings.coding_gsm: own, settings.coding_ucs2: Encoding.UCS2.value}

    def piece(self, pdu: Sm | DataSm, now: int) -> Piece:
        """A message from a phone, or a part of one: concatenation by UDH (GSM 03.40 §9.2.3.24) or by SAR TLVs."""
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
        coding = self._codings.get(pdu.data_coding, pdu.data_coding)
        return Piece(self._link_id, self._msisdn(phone), to, payload, coding, now, reference, total, part)

    def receipt(self, pdu: Sm, now: int) -> Receipt | None:
        """What a deliver_sm says became of a part; None when it says nothing final or nothing readable."""
        # Some carriers end fields with NUL, which no database keeps.
        written = pdu.payload.decode("latin-1").replace("\0", " ")
        text = receipt_text.parse(written)
        smsc_id = tlv.cstring(pdu.tlvs, tlv.RECEIPTED_MESSAGE_ID) or (text.id if text else "")
        stat = text.stat if text else ""
        state = tlv.integer(pdu.tlvs, tlv.MESSAGE_STATE)
        end = verdict(stat, state)
        if not smsc_id or end is None:
            return None
        error, code, found = text.err if text else "", end.error, None
        if self._lookups is not None:
            if error == REFUSED_BY_SMSC_RU and code:
                code = Refusal.REJECTED.code
            found = self._lookups.found(written, pdu.tlvs)
        error = error or _network_error(pdu)
        if self._errors and end.state is PartState.FAILED:
            word = stat or receipt_text.MESSAGE_STATES.get(state or 0, "")
            code = self._errors.code(error, word) or code
        msisdn = self._msisdn(pdu.source_addr.lstrip("+"))
        return Receipt(self._link_id, smsc_id, msisdn, end.state, code, error[:20], now, found)

    def _msisdn(self, number: str) -> str:
        return number if self._number is None else self._number(number)


def is_receipt(pdu: Sm) -> bool:
    """A receipt, final or not; some carriers forget esm_class and leave only the TLV."""
    kind = pdu.esm_class & ESM_TYPE_MASK
    return (
        kind in {ESM_RECEIPT, ESM_INTERMEDIATE} or tlv.octets(pdu.tlvs, tlv.RECEIPTED_MESSAGE_ID) is not None
    )


def _address(text: str) -> str:
    """Digits of a number without the plus, a name as it is; no database keeps NUL."""
    return text.replace("\0", "").strip().removeprefix("+")


def _network_error(pdu: Sm) -> str:
    """The code of network_error_code, SMPP 3.4 §5.3.2.31, as receipts write it in their text; "" without one."""
    value = tlv.octets(pdu.tlvs, tlv.NETWORK_ERROR_CODE)
    return f"{int.from_bytes(value[1:3], 'big'):03d}" if value is not None and len(value) == 3 else ""
