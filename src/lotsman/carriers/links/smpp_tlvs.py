"""TLVs that a carrier wants with every submit: a tag and a value, into which facts of the message are filled.

In: a table of settings, tag -> `text:…`, `cstring:…`, `hex:…`, `int1:…`, `int2:…` or `int4:…`. Out: TLVs for a part.
Strategy: what is the same for all messages is made once.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from lotsman.domain.message import Outgoing
from lotsman.smpp import tlv
from lotsman.smpp.pdu import Tlvs

_KINDS: Final = ("text", "cstring", "hex", "int1", "int2", "int4")
_PLACES: Final = ("id", "part", "parts", "sender", "msisdn")
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_TAGS: Final = {shape.name: tag for tag, shape in tlv.TAGS.items()}
# The link writes them itself, and a second one would say something else.
_OURS: Final = frozenset(
    {tlv.MESSAGE_PAYLOAD, tlv.SAR_MSG_REF_NUM, tlv.SAR_TOTAL_SEGMENTS, tlv.SAR_SEGMENT_SEQNUM}
)


class _Template(NamedTuple):
    tag: int
    kind: str
    written: str


class ExtraTlvs:
    def __init__(self, table: Mapping[str, str]) -> None:
        """Raises ValueError for a tag or a value that is none."""
        fixed, self._filled = [], []
        for named, value in table.items():
            template = _template(named, value)
            sample = _value(template, _SAMPLE)
            if _PLACE.search(template.written):
                self._filled.append(template)
            else:
                fixed.append((template.tag, sample))
        self._fixed: Tlvs = tuple(fixed)

    def of(self, message: Outgoing, part: int) -> Tlvs:
        if not self._filled:
            return self._fixed
        facts = {
            "id": str(message.id), "part": str(part), "parts": str(message.parts), "sender": message.sender,
            "msisdn": message.msisdn,
        }  # fmt: skip
        return self._fixed + tuple((each.tag, _value(each, facts)) for each in self._filled)


_SAMPLE: Final = {"id": "1", "part": "1", "parts": "1", "sender": "1", "msisdn": "1"}


def _template(named: str, value: str) -> _Template:
    tag = _TAGS.get(named.strip().lower(), -1)
    if tag < 0:
        try:
            tag = int(named, 0)
        except ValueError:
            tag = -1
    if not 0 < tag <= 0xFFFF:
        raise ValueError(f"TLV {named}: a tag is 0x0001 to 0xFFFF, or a name of SMPP 3.4")
    if tag in _OURS:
        raise ValueError(f"TLV {named}: {tlv.tag_name(tag)} is written by the link itself (setting long)")
    kind, colon, written = value.partition(":")
    if not colon or kind not in _KINDS:
        raise ValueError(f"TLV {named}: write {', '.join(f'{kind}:…' for kind in _KINDS)}; not {value!r}")
    unknown = set(_PLACE.findall(written)) - set(_PLACES)
    if unknown:
        raise ValueError(f"TLV {named}: no {{{unknown.pop()}}}; there are {', '.join(_PLACES)}")
    places = set(_PLACE.findall(written))
    if (kind == "hex" and places) or (kind.startswith("int") and "sender" in places):
        raise ValueError(f"TLV {named}: {{{places.pop()}}} cannot be filled into a value of kind {kind}")
    return _Template(tag, kind, written)


def _value(template: _Template, facts: Mapping[str, str]) -> bytes:
    text = _PLACE.sub(lambda place: facts[place[1]], template.written)
    if template.kind == "text":
        return text.encode()
    if template.kind == "cstring":
        return text.encode() + b"\0"
    try:
        if template.kind == "hex":
            return bytes.fromhex(text)
        octets = int(template.kind[3:])
        return (int(text, 0) & (1 << 8 * octets) - 1).to_bytes(octets, "big")
    except ValueError:
        raise ValueError(f"TLV {template.tag:#06x}: {text!r} is no {template.kind} value") from None
