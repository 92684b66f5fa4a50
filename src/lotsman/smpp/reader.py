"""Bytes in any portions -> PDUs.

Three outcomes: a `Pdu`; a `Malformed` PDU, after which the stream goes on (or, if `fatal`, never does); and
no outcome at all, when more bytes are needed.
Rule 1: requests are read leniently but for their structure: what cannot be cut into fields is refused with a
command_status to answer with. Responses are never refused: what they did say is kept, the rest is dropped,
because refusing one would leave its request in doubt.
Rule 2: the framing is broken only by an impossible command_length. Nothing after it can be trusted.
Rule 3: the fast paths give up (None) on anything unusual and leave the verdict to the table-driven way.
"""

import struct
from dataclasses import dataclass
from typing import Any, Final

from lotsman.smpp import commands, fields, pdu
from lotsman.smpp.pdu import Pdu, Sm, SmResp, Tlvs

HEADER_LENGTH: Final = 16  # SMPP 3.4 §3.2
MAX_LENGTH: Final = 64 * 1024  # a message_payload may be this long (§5.3.2.32); anything longer is not SMPP


@dataclass(slots=True)
class Malformed:
    """What to answer, to which command and sequence; `fatal`: the stream has lost its framing"""

    status: int
    sequence: int
    command: int
    reason: str
    fatal: bool = False
    raw: bytes = b""


Outcome = Pdu | Malformed


class Reader:
    """Feed it whatever the network brought; it returns what became complete, in order."""

    __slots__ = ("_held", "_max_length", "_needed", "broken")

    def __init__(self, max_length: int = MAX_LENGTH) -> None:
        self._max_length = max_length
        self._held = bytearray()
        self._needed = 4
        self.broken = False

    def feed(self, data: bytes) -> list[Outcome]:
        if self.broken:
            return []
        if self._held:
            self._held += data
            if len(self._held) < self._needed:
                return []
            data = bytes(self._held)
            self._held.clear()
        outcomes: list[Outcome] = []
        start, size = 0, len(data)
        while size - start >= 4:
            (length,) = _LENGTH.unpack_from(data, start)
            if not HEADER_LENGTH <= length <= self._max_length:
                self.broken = True
                outcomes.append(_lost_framing(length))
                return outcomes
            end = start + length
            if end > size:
                self._needed = length
                break
            outcome = decode(data, start, end)
            outcome.raw = data[start:end]
            outcomes.append(outcome)
            start = end
        else:
            self._needed = 4
        if start < size:
            self._held += data[start:]
        return outcomes


def decode(data: bytes, start: int, end: int) -> Outcome:
    """One whole PDU in data[start:end]"""
    head = command, status, sequence = _HEADER.unpack_from(data, start + 4)
    body = start + HEADER_LENGTH
    if command in _SM_RESPS:
        if data.find(0, body, end) == end - 1:
            return SmResp(command, status, sequence, (), data[body : end - 1].decode("latin-1"))
    elif command in _SMS:
        sm = _short_message(data, body, end, head)
        if sm is not None:
            return sm
    known = fields.FIELDS.get(command)
    if known is None:
        return pdu.Unknown(command, status, sequence, (), data[body:end])
    lenient = commands.is_response(command) or not known.fields
    try:
        values, rest = _mandatory(known.fields, data, body, end, lenient)
        tlvs, stray = _optional(data, rest, end)
        if stray is not None and not lenient:
            raise stray
    except _DamagedError as damage:
        return Malformed(damage.status, sequence, command, damage.reason)
    return known.shape(command, status, sequence, tlvs, *values)


# The hot shapes by hand

_LENGTH: Final = struct.Struct(">I")
_HEADER: Final = struct.Struct(">III")
_TLV: Final = struct.Struct(">HH")
_SM_TAIL: Final = struct.Struct(">BBBBB")
_SMS: Final = frozenset({commands.DELIVER_SM, commands.SUBMIT_SM})
_SM_RESPS: Final = frozenset({commands.SUBMIT_SM_RESP, commands.DELIVER_SM_RESP})


def _short_message(data: bytes, body: int, end: int, head: tuple[int, int, int]) -> Sm | None:
    # Every search ends at `end`, and a search that starts beyond it fails: no byte of the next PDU is taken.
    index = data.index
    try:
        a = index(0, body, end)  # service_type
        b = index(0, a + 3, end)  # source_addr
        c = index(0, b + 3, end)  # destination_addr
        d = index(0, c + 4, end)  # schedule_delivery_time
        e = index(0, d + 1, end)  # validity_period
        registered, replace, coding, default_id, length = _SM_TAIL.unpack_from(data, e + 1)
    except (ValueError, struct.error):
        return None
    text = e + 6
    rest = text + length
    tlvs: Tlvs = ()
    if rest != end:
        if rest > end:
            return None
        tlvs, stray = _optional(data, rest, end)
        if stray is not None:
            return None
    return Sm(
        *head,
        tlvs,
        data[body:a].decode("latin-1"),
        data[a + 1],
        data[a + 2],
        data[a + 3 : b].decode("latin-1"),
        data[b + 1],
        data[b + 2],
        data[b + 3 : c].decode("latin-1"),
        data[c + 1],
        data[c + 2],
        data[c + 3],
        data[c + 4 : d].decode("latin-1"),
        data[d + 1 : e].decode("latin-1"),
        registered,
        replace,
        coding,
        default_id,
        data[text:rest],
    )


# The table-driven way


class _DamagedError(Exception):
    """The PDU cannot be cut into its fields"""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason


def _lost_framing(length: int) -> Malformed:
    # sequence 0: the header is not to be believed (§4.3, "NULL if the original could not be decoded")
    return Malformed(commands.ESME_RINVCMDLEN, 0, 0, f"impossible command_length {length}", fatal=True)


def _mandatory(
    wanted: tuple[fields.Field, ...], data: bytes, at: int, end: int, lenient: bool
) -> tuple[list[Any], int]:
    """The values of the fields and where they end; of a response, as many as there are"""
    values: list[Any] = []
    for field in wanted:
        if lenient and at >= end:
            break
        value, at = _VALUES[field.kind](data, at, end, field.name, lenient)
        values.append(value)
    return values, at


def _octet(data: bytes, at: int, end: int, name: str, lenient: bool) -> tuple[int, int]:  # noqa: ARG001
    if at >= end:
        raise _DamagedError(commands.ESME_RINVCMDLEN, f"the body ends before {name}")
    return data[at], at + 1


def _cstring(data: bytes, at: int, end: int, name: str, lenient: bool) -> tuple[str, int]:
    nul = data.find(0, at, end)
    if nul >= 0:
        return data[at:nul].decode("latin-1"), nul + 1
    if lenient:
        return data[at:end].decode("latin-1"), end
    raise _DamagedError(commands.ESME_RINVCMDLEN, f"{name} has no NUL")


def _message(data: bytes, at: int, end: int, name: str, lenient: bool) -> tuple[bytes, int]:
    length, at = _octet(data, at, end, "sm_length", lenient)
    if at + length > end:
        raise _DamagedError(commands.ESME_RINVMSGLEN, f"{name} is shorter than its sm_length of {length}")
    return data[at : at + length], at + length


def _destinations(
    data: bytes, at: int, end: int, name: str, lenient: bool
) -> tuple[tuple[pdu.Destination, ...], int]:
    count, at = _octet(data, at, end, "number_of_dests", lenient)
    found: list[pdu.Destination] = []
    for _ in range(count):
        flag, at = _octet(data, at, end, "dest_flag", lenient)
        if flag == 1:  # §5.2.25: an SME address
            ton, at = _octet(data, at, end, name, lenient)
            npi, at = _octet(data, at, end, name, lenient)
            address, at = _cstring(data, at, end, name, lenient)
            found.append((ton, npi, address))
        elif flag == 2:  # a distribution list
            list_name, at = _cstring(data, at, end, name, lenient)
            found.append(list_name)
        else:
            raise _DamagedError(commands.ESME_RINVDESTFLAG, f"dest_flag {flag}")
    return tuple(found), at


def _failures(
    data: bytes, at: int, end: int, name: str, lenient: bool
) -> tuple[tuple[pdu.Failure, ...], int]:
    """Only responses carry these: as many as are whole"""
    count, at = _octet(data, at, end, name, lenient)
    found: list[pdu.Failure] = []
    for _ in range(count):
        nul = data.find(0, at + 2, end)
        if nul < 0 or nul + 5 > end:
            return tuple(found), end
        (status,) = _LENGTH.unpack_from(data, nul + 1)
        found.append((data[at], data[at + 1], data[at + 2 : nul].decode("latin-1"), status))
        at = nul + 5
    return tuple(found), at


_VALUES: Final[dict[str, Any]] = {
    fields.OCTET: _octet,
    fields.CSTRING: _cstring,
    fields.MESSAGE: _message,
    fields.DESTINATIONS: _destinations,
    fields.FAILURES: _failures,
}


def _optional(data: bytes, at: int, end: int) -> tuple[Tlvs, _DamagedError | None]:
    """The optional parameters up to the first that cannot be cut out, and what is wrong with that one"""
    found: list[tuple[int, bytes]] = []
    while end - at >= 4:
        tag, length = _TLV.unpack_from(data, at)
        value = at + 4
        at = value + length
        if at > end:
            damage = _DamagedError(
                commands.ESME_RINVPARLEN, f"TLV 0x{tag:04X} of {length} octets runs past the end"
            )
            return tuple(found), damage
        found.append((tag, data[value:at]))
    if any(data[at:end]):  # one to three NULs are the padding of some carriers
        return tuple(found), _DamagedError(
            commands.ESME_RINVOPTPARSTREAM, "stray octets after the last field"
        )
    return tuple(found), None
