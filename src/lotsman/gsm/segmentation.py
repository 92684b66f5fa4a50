"""Text to encoding and parts. A part here is its payload; the concatenation header is `udh`'s to write.

Rule 1: `measure` counts what `split` cuts, never by another formula, so what is charged is what is sent.
Rule 2: neither an ESC pair nor a surrogate pair is ever torn between two parts: half of one is garbage.
Rule 3: a lone surrogate counts, and is sent, as '?'.
"""

import re
from enum import IntEnum
from typing import Final

from lotsman.gsm import alphabet, ucs2


class Encoding(IntEnum):
    """Valued as the data_coding of SMPP 3.4 §5.2.19."""

    GSM7 = 0  # the payload is unpacked septets, one in an octet
    UCS2 = 8


def measure(text: str) -> tuple[Encoding, int]:
    """The encoding and the number of parts."""
    encoding, parts = split(text)
    return encoding, len(parts)


def split(text: str) -> tuple[Encoding, list[bytes]]:
    """The encoding and the payload of each part. An empty text is one empty part."""
    septets = alphabet.encode(text)
    if septets is not None:
        return _GSM7, [septets] if len(septets) <= _GSM7_SINGLE else _cut_septets(septets)
    octets = ucs2.encode(text)
    if octets is not None:
        return _UCS2, [octets] if len(octets) <= _UCS2_SINGLE else _cut_units(octets)
    return split(ucs2.mended(text))


def split_for_16(text: str) -> tuple[Encoding, list[bytes]]:
    """As `split`, for a concatenation header with a 16-bit reference, which leaves less room for the payload."""
    encoding, parts = split(text)
    if len(parts) > 1:
        cut = _cut_septets_16 if encoding is _GSM7 else _cut_units_16
        return encoding, cut(b"".join(parts))
    return encoding, parts


def split_as_ucs2(text: str) -> list[bytes]:
    """The payload of each part, for a carrier that knows no other alphabet."""
    octets = ucs2.encode(text)
    if octets is None:
        return split_as_ucs2(ucs2.mended(text))
    return [octets] if len(octets) <= _UCS2_SINGLE else _cut_units(octets)


def culprits(text: str) -> str:
    """The distinct characters that force UCS-2, in order of appearance; empty when none does."""
    return alphabet.foreign(ucs2.mended(text))


# A user data field holds 140 octets (GSM 03.40 §9.2.3.16), which are 160 septets or 70 UTF-16 units. The header of
# one part of several takes 6 octets of them (§9.2.3.24.1): 7 septets with fill bits, or 3 units.
_GSM7_SINGLE: Final = 160
_UCS2_SINGLE: Final = 140
_cut_septets: Final = re.compile(rb".{1,153}(?<!\x1b)", re.DOTALL).findall
# 67 units; or 66 when the 67th is the first of a pair; or the rest.
_cut_units: Final = re.compile(rb".{134}(?<![\xd8-\xdb].)|.{132}|.+", re.DOTALL).findall
# One octet more in the header leaves 152 septets, or 66 units (§9.2.3.24.8).
_cut_septets_16: Final = re.compile(rb".{1,152}(?<!\x1b)", re.DOTALL).findall
_cut_units_16: Final = re.compile(rb".{132}(?<![\xd8-\xdb].)|.{130}|.+", re.DOTALL).findall

_GSM7: Final = Encoding.GSM7  # reaching an enum member costs 60 ns, a global nothing
_UCS2: Final = Encoding.UCS2
