"""A PDU without the text of its message: stars of the same length, so that everything else stays as it was."""

from typing import Final

from lotsman.gsm import udh
from lotsman.smpp import tlv
from lotsman.smpp.pdu import ESM_UDHI, DataSm, Sm
from lotsman.smpp.reader import Malformed, decode

_HEADER: Final = 16
_RECEIPT_TEXT: Final = b"text:"
_IN_RECEIPT: Final = 0x3C  # esm_class: any kind but a plain message (SMPP 3.4 §5.2.12)


def without_text(data: bytes) -> bytes:
    """What is no message, and what cannot be read, has no text that we know of: it loses its body if it is damaged."""
    if len(data) < _HEADER:
        return data
    pdu = decode(data, 0, len(data))
    if isinstance(pdu, Malformed):
        return data[:_HEADER] + b"*" * (len(data) - _HEADER)
    if not isinstance(pdu, Sm | DataSm):
        return data
    for payload in (
        pdu.short_message if isinstance(pdu, Sm) else b"",
        tlv.octets(pdu.tlvs, tlv.MESSAGE_PAYLOAD) or b"",
    ):
        if payload:
            start = data.rindex(payload)
            data = data[:start] + _starred(payload, pdu.esm_class) + data[start + len(payload) :]
    return data


def _starred(payload: bytes, esm_class: int) -> bytes:
    keep = 0
    if esm_class & _IN_RECEIPT:
        at = payload.lower().find(_RECEIPT_TEXT)
        keep = len(payload) if at < 0 else at + len(_RECEIPT_TEXT)
    elif esm_class & ESM_UDHI:
        keep = len(payload) - len(udh.take(payload)[1])
    return payload[:keep] + b"*" * (len(payload) - keep)
