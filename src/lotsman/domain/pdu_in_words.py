"""A PDU of SMPP 3.4 -> lines of text: the command, its status by name, every field that says something, the text read.

Rule 1: it reads whatever it is given and never raises: what cannot be cut into fields is shown as octets.
"""

from collections.abc import Iterator
from typing import Any, Final

from lotsman.gsm import udh
from lotsman.gsm.decoding import decode as decode_text
from lotsman.smpp import fields, tlv
from lotsman.smpp.commands import command_name, is_response, status_name
from lotsman.smpp.pdu import ESM_INTERMEDIATE, ESM_RECEIPT, ESM_TYPE_MASK, ESM_UDHI, DataSm, Pdu, Sm, Unknown
from lotsman.smpp.reader import HEADER_LENGTH, Malformed, decode
from lotsman.smpp.receipt_text import MESSAGE_STATES

_ROW: Final = 16  # octets of a line of hexadecimal
_SECRETS: Final = frozenset({"password"})
_CODINGS: Final = {0: "default alphabet", 1: "ASCII", 3: "Latin-1", 4: "octets", 8: "UCS-2"}
_TYPES: Final = {ESM_RECEIPT: "receipt", ESM_INTERMEDIATE: "intermediate receipt", 0: "message"}


def title(data: bytes) -> str:
    """In a line: `submit_sm #12` or `submit_sm_resp #12 ESME_RTHROTTLED`."""
    if len(data) < HEADER_LENGTH:
        return f"{len(data)} octets that are no PDU"
    command, status, sequence = (int.from_bytes(data[at : at + 4]) for at in (4, 8, 12))
    said = f" {status_name(status)}" if is_response(command) else ""
    return f"{command_name(command)} #{sequence}{said}"


def in_words(data: bytes) -> list[str]:
    """`name = value` for each field that is not empty; the text, as a reader sees it, comes last."""
    if len(data) < HEADER_LENGTH:
        return [data.hex(" ")]
    pdu = decode(data, 0, len(data))
    if isinstance(pdu, Malformed):
        return [f"cannot be read: {pdu.reason} ({status_name(pdu.status)})"]
    return [*_fields(pdu), *_tlvs(pdu), *_text(pdu)]


def in_hex(data: bytes) -> list[str]:
    """As `hexdump -C` shows it."""
    return [
        f"{at:04x}  {data[at : at + _ROW].hex(' '):<{3 * _ROW - 1}}  "
        + "".join(chr(octet) if 32 <= octet < 127 else "." for octet in data[at : at + _ROW])
        for at in range(0, len(data), _ROW)
    ]


def _fields(pdu: Pdu) -> Iterator[str]:
    known = fields.FIELDS.get(pdu.command)
    if isinstance(pdu, Unknown) or known is None:
        yield f"unknown command, body: {getattr(pdu, 'body', b'').hex(' ')}"
        return
    for field in known.fields:
        value: Any = getattr(pdu, field.name)
        if field.name == "short_message" or value in ("", 0, (), b""):
            continue
        said = "***" if field.name in _SECRETS else repr(value)
        yield f"{field.name} = {said}{_meaning(field.name, value)}"


def _meaning(name: str, value: Any) -> str:
    if name == "data_coding":
        return f" ({_CODINGS[value]})" if value in _CODINGS else ""
    if name == "esm_class":
        kind = _TYPES.get(value & ESM_TYPE_MASK, f"type {value & ESM_TYPE_MASK:#x}")
        return f" ({kind}{', user data header' if value & ESM_UDHI else ''})"
    return ""


def _tlvs(pdu: Pdu) -> Iterator[str]:
    for tag, value in pdu.tlvs:
        shape = tlv.TAGS.get(tag)
        if shape is None or shape.kind == tlv.OCTETS:
            said = value.hex(" ")
        elif shape.kind == tlv.INTEGER:
            said = str(int.from_bytes(value, "big"))
        else:
            said = repr(value.partition(b"\0")[0].decode("latin-1"))
        if tag == tlv.MESSAGE_STATE:
            said += f" ({MESSAGE_STATES.get(int.from_bytes(value, 'big'), 'of no table')})"
        yield f"TLV {tlv.tag_name(tag)} = {said}"


def _text(pdu: Pdu) -> Iterator[str]:
    if not isinstance(pdu, Sm | DataSm) or not pdu.payload:
        return
    payload = pdu.payload
    if pdu.esm_class & ESM_TYPE_MASK:  # receipts are ASCII, whatever data_coding says
        yield f"text = {payload.decode('latin-1')!r}"
        return
    if pdu.esm_class & ESM_UDHI:
        elements, payload = udh.take(payload)
        place = udh.concatenation(elements)
        if place is not None:
            yield f"part {place.number} of {place.total}, reference {place.reference}"
        for element in elements:
            yield f"header element {element.identifier:#04x} = {element.data.hex(' ')}"
    if payload.strip(b"*") == b"" and len(payload) > 1:
        yield f"text = {len(payload)} octets, not kept"
        return
    yield f"text = {decode_text(pdu.data_coding, payload)!r}"
