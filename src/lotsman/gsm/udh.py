"""User data header: the octets before the payload that say which part of which message this is.

Rule 1: concatenation is known by the identifier of an element *and* its length, never by the first octets of the
header: port addressing (0x05) begins with the same octet as the header length of an 8-bit concatenation.
Rule 2: what came in may be nonsense; reading it never raises.
"""

from typing import Final, NamedTuple

# GSM 03.40 §9.2.3.24
CONCATENATION_8: Final = 0x00
CONCATENATION_16: Final = 0x08


class Element(NamedTuple):
    identifier: int
    data: bytes


class Concatenation(NamedTuple):
    reference: int
    total: int  # parts of the message, 1…255
    number: int  # of this part, 1…total


def concatenation8(reference: int, total: int, number: int) -> bytes:
    """Six octets. The reference is taken modulo 256; total and number must fit an octet."""
    return bytes((5, CONCATENATION_8, 3, reference & 0xFF, total, number))


def concatenation16(reference: int, total: int, number: int) -> bytes:
    """Seven octets, so a part holds one septet or one UCS-2 unit less. The reference is taken modulo 65536."""
    return bytes((6, CONCATENATION_16, 4, reference >> 8 & 0xFF, reference & 0xFF, total, number))


def take(user_data: bytes) -> tuple[list[Element], bytes]:
    """The elements of the header and the payload after it.

    A header longer than the message is taken for a wrong header flag: no elements, and all of it is payload.
    """
    if not user_data or user_data[0] >= len(user_data):
        return [], user_data
    end = user_data[0] + 1
    return parse(user_data[1:end]), user_data[end:]


def parse(header: bytes) -> list[Element]:
    """The elements of a header without its length octet, up to the first one that is cut short."""
    elements: list[Element] = []
    at = 0
    while at + 2 <= len(header):
        start, end = at + 2, at + 2 + header[at + 1]
        if end > len(header):
            break
        elements.append(Element(header[at], header[start:end]))
        at = end
    return elements


def concatenation(elements: list[Element]) -> Concatenation | None:
    """The place of this part in its message, 8-bit or 16-bit reference; None when it stands alone."""
    for identifier, data in reversed(elements):  # GSM 03.40 §9.2.3.24: of duplicates the last counts
        if identifier == CONCATENATION_8 and len(data) == 3:
            reference = data[0]
        elif identifier == CONCATENATION_16 and len(data) == 4:
            reference = int.from_bytes(data[:2], "big")
        else:
            continue
        total, number = data[-2:]
        if 1 <= number <= total:  # §9.2.3.24.1: otherwise the element is ignored
            return Concatenation(reference, total, number)
    return None
