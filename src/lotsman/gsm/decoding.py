"""The text of a short message that came in, for any data_coding.

Rule 1: it never raises and never hides an octet: what is not text, or not known, is read as Latin-1.
Rule 2: join the octets of a message's parts first and decode once: others do cut pairs in two.
"""

from collections.abc import Callable
from typing import Final

from lotsman.gsm import alphabet, ucs2


def decode(data_coding: int, octets: bytes) -> str:
    """`octets` is the payload, the user data header already taken off."""
    return _READERS[data_coding & 0xFF](octets)


def _ucs2(octets: bytes) -> str:
    # The standard knows no byte order mark; some senders put one all the same.
    if octets.startswith(b"\xff\xfe"):
        return octets[2:].decode("utf-16-le", "replace")
    return ucs2.decode(octets.removeprefix(b"\xfe\xff"))


def _latin1(octets: bytes) -> str:
    return octets.decode("latin-1")


def _charset(codec: str) -> Callable[[bytes], str]:
    return lambda octets: octets.decode(codec, "replace")


# SMPP 3.4 §5.2.19. Of the rest below 0x10: 2 and 4 are octets without meaning, 9 pictograms, 11, 12 and 15 reserved.
_SMPP: Final[dict[int, Callable[[bytes], str]]] = {
    0x00: alphabet.decode,  # the SMSC's default alphabet
    0x01: _latin1,  # ASCII, of which Latin-1 is the harmless superset
    0x03: _latin1,
    0x05: _charset("shift_jis"),
    0x06: _charset("iso8859_5"),
    0x07: _charset("iso8859_8"),
    0x08: _ucs2,
    0x0A: _charset("iso2022_jp"),
    0x0D: _charset("euc_jp"),
    0x0E: _charset("euc_kr"),
}
# GSM 03.38 §4, bits 3 and 2 of the general groups; 11 is reserved, and reserved means the default alphabet.
_GENERAL: Final = (alphabet.decode, _latin1, _ucs2, alphabet.decode)


def _reader(data_coding: int) -> Callable[[bytes], str]:
    if data_coding <= 0x0F:
        return _SMPP.get(data_coding, _latin1)
    if data_coding <= 0x7F:  # GSM 03.38 §4: 00xx general, 01xx the same, marked for automatic deletion
        compressed = data_coding & 0x20
        return _latin1 if compressed else _GENERAL[data_coding >> 2 & 0b11]
    if data_coding <= 0xDF:  # 10xx reserved; 1100 and 1101 message waiting in the default alphabet
        return alphabet.decode
    if data_coding <= 0xEF:  # 1110 message waiting in UCS-2
        return _ucs2
    return _latin1 if data_coding & 0b100 else alphabet.decode  # 1111 data coding and message class


_READERS: Final = tuple(_reader(data_coding) for data_coding in range(0x100))
