"""A PDU -> bytes, strictly: what cannot stand in a PDU raises `UnwritableError` and names the field.

Rule 1: the fast paths bail out (None) at the first doubt; the table-driven way then finds the culprit.
Rule 2: a response that failed and has nothing to say goes out without a body (SMPP 3.4 §4.1.2, §4.4.2).
"""

import struct
from collections.abc import Callable
from typing import Any, Final

from lotsman.smpp import commands, fields, pdu, tlv
from lotsman.smpp.errors import UnwritableError
from lotsman.smpp.pdu import Pdu, Sm, SmResp, Tlvs


def encode(value: Pdu) -> bytes:
    fast: bytes | None = None
    if isinstance(value, Sm):
        fast = _short_message(value)
    elif isinstance(value, SmResp):
        fast = _sm_response(value)
    return fast if fast is not None else _by_table(value)


def header(command: int, status: int, sequence: int) -> bytes:
    """A whole PDU without a body: enquire_link, generic_nack, a response that failed"""
    return _HEADER.pack(16, command, status, sequence)


# The hot shapes by hand

_HEADER: Final = struct.Struct(">IIII")
_TLV: Final = struct.Struct(">HH")


def _short_message(sm: Sm) -> bytes | None:
    service, source, destination = sm.service_type, sm.source_addr, sm.destination_addr
    schedule, validity, message = sm.schedule_delivery_time, sm.validity_period, sm.short_message
    try:
        if (
            len(service) > 5
            or len(source) > 20
            or len(destination) > 20
            or len(schedule) > 16
            or len(validity) > 16
            or len(message) > 254
            or sm.command not in _SMS
            or "\0" in f"{service}{source}{destination}{schedule}{validity}"
        ):
            return None
        # One string, one encoding: latin-1 refuses what is no octet, be it in a text or in an integer.
        body = (
            f"{service}\0{chr(sm.source_addr_ton)}{chr(sm.source_addr_npi)}{source}\0"
            f"{chr(sm.dest_addr_ton)}{chr(sm.dest_addr_npi)}{destination}\0"
            f"{chr(sm.esm_class)}{chr(sm.protocol_id)}{chr(sm.priority_flag)}{schedule}\0{validity}\0"
            f"{chr(sm.registered_delivery)}{chr(sm.replace_if_present_flag)}{chr(sm.data_coding)}"
            f"{chr(sm.sm_default_msg_id)}{chr(len(message))}"
        ).encode("latin-1")
        if sm.tlvs:
            message += _optional(sm)
        return (
            _HEADER.pack(16 + len(body) + len(message), sm.command, sm.status, sm.sequence) + body + message
        )
    except (ValueError, OverflowError, TypeError, struct.error):
        return None


def _sm_response(response: SmResp) -> bytes | None:
    message_id = response.message_id
    if response.tlvs or response.status or response.command not in _SM_RESPS:
        return None
    try:
        if len(message_id) > 64 or "\0" in message_id:
            return None
        body = message_id.encode("latin-1")
        head = _HEADER.pack(17 + len(body), response.command, 0, response.sequence)
    except (ValueError, TypeError, struct.error):
        return None
    return b"%b%b\0" % (head, body)


_SMS: Final = frozenset({commands.DELIVER_SM, commands.SUBMIT_SM})
_SM_RESPS: Final = frozenset({commands.DELIVER_SM_RESP, commands.SUBMIT_SM_RESP, commands.DATA_SM_RESP})


# The table-driven way


def _by_table(value: Pdu) -> bytes:
    known = fields.FIELDS.get(value.command)
    if known is None:
        if not isinstance(value, pdu.Unknown):
            raise UnwritableError(f"{commands.command_name(value.command)}: not a command of SMPP 3.4")
        return _whole(value, value.body)
    name = commands.command_name(value.command)
    if type(value) is not known.shape:
        raise UnwritableError(f"{name} is a {known.shape.__name__}, not a {type(value).__name__}")
    values = [getattr(value, field.name) for field in known.fields]
    if value.status and commands.is_response(value.command) and not any(values) and not value.tlvs:
        return _whole(value, b"")
    body = bytearray()
    for field, item in zip(known.fields, values, strict=True):
        try:
            body += _OCTETS[field.kind](item, field.limit)
        except (ValueError, OverflowError, TypeError, AttributeError, struct.error) as error:
            raise UnwritableError(f"{name}: {field.name} = {item!r}: {error}") from None
    return _whole(value, bytes(body) + _optional(value))


def _whole(value: Pdu, body: bytes) -> bytes:
    try:
        return _HEADER.pack(16 + len(body), value.command, value.status, value.sequence) + body
    except struct.error as error:
        numbers = (value.command, value.status, value.sequence)
        raise UnwritableError(f"command, status, sequence = {numbers!r}: {error}") from None


def _octet(value: int, limit: int) -> bytes:
    return value.to_bytes(limit, "big")


def _cstring(value: str, limit: int) -> bytes:
    data = value.encode("latin-1")
    if len(data) >= limit or 0 in data:
        raise ValueError(f"at most {limit - 1} octets, none of them NUL")
    return data + b"\0"


def _message(value: bytes, limit: int) -> bytes:
    if len(value) > limit:
        raise ValueError(f"at most {limit} octets; longer texts go into message_payload")
    return bytes((len(value),)) + value


def _destinations(values: tuple[pdu.Destination, ...], limit: int) -> bytes:
    if not 1 <= len(values) <= limit - 1:  # §4.5.1: at most 254
        raise ValueError(f"1 to {limit - 1} destinations")
    body = bytearray((len(values),))
    for value in values:
        if isinstance(value, str):
            body += b"\2" + _cstring(value, 21)
        else:
            ton, npi, address = value
            body += bytes((1, ton, npi)) + _cstring(address, 21)
    return bytes(body)


def _failures(values: tuple[pdu.Failure, ...], limit: int) -> bytes:
    if len(values) > limit:
        raise ValueError(f"at most {limit} failures")
    body = bytearray((len(values),))
    for ton, npi, address, status in values:
        body += bytes((ton, npi)) + _cstring(address, 21) + status.to_bytes(4, "big")
    return bytes(body)


_OCTETS: Final[dict[str, Callable[[Any, int], bytes]]] = {
    fields.OCTET: _octet,
    fields.CSTRING: _cstring,
    fields.MESSAGE: _message,
    fields.DESTINATIONS: _destinations,
    fields.FAILURES: _failures,
}


def _optional(value: Pdu) -> bytes:
    tlvs: Tlvs = value.tlvs
    body = bytearray()
    for tag, data in tlvs:
        if tag == tlv.MESSAGE_PAYLOAD and isinstance(value, Sm | pdu.SubmitMulti) and value.short_message:
            raise UnwritableError("short_message and message_payload at once")  # §5.3.2.32
        try:
            body += _TLV.pack(tag, len(data)) + data
        except (struct.error, TypeError) as error:
            raise UnwritableError(f"optional parameter {tlv.tag_name(tag)}: {error}") from None
    return bytes(body)
