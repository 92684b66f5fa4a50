"""Text to unpacked septets of the GSM 7-bit default alphabet, one octet per septet, and back.

Strategy: a regex finds what the alphabet lacks, then the interpreter's own charmap codec translates. The codec makes
one octet of a character, so eleven characters pass through the upper half of its page: an extension character is
first 0x80 + its code, then the pair ESC, code; and '@', code 0, is first 0x80, because the codec wants NUL at 0, or
else it works from a dict, four times slower.
Rule 1: septets made by `encode` hold ESC only as the first of a pair; segmentation relies on it.
"""

import codecs
import re
from typing import Final

ESC: Final = 0x1B  # GSM 03.38 §6.2.1 note 1: the next septet is read in the extension table

# GSM 03.38 §6.2.1; the position is the code. ESC stands at its own place.
_DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
# GSM 03.38 §6.2.1.1; 0x0A is the page break.
_EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}


def encode(text: str) -> bytes | None:
    """Unpacked septets, or None when the alphabet lacks a character of the text."""
    if _FOREIGN.search(text):
        return None
    octets = codecs.charmap_encode(text, "strict", _ENCODING_MAP)[0]
    if octets.isascii():
        return octets
    for private, septets in _UPPER_HALF:
        octets = octets.replace(private, septets)
    return octets


def decode(octets: bytes) -> str:
    """The text of unpacked septets. An octet above 0x7F, which is no septet, is read as Latin-1."""
    text = codecs.charmap_decode(octets, "strict", _DECODING_TABLE)[0]
    return _ESCAPED.sub(_unescape, text) if ESC in octets else text


def foreign(text: str) -> str:
    """The distinct characters of the text that the alphabet lacks, in order of appearance."""
    return "".join(dict.fromkeys(_FOREIGN.findall(text)))


def _unescape(escaped: re.Match[str]) -> str:
    return _BY_DEFAULT_CHARACTER.get(escaped[1], escaped[1])


def _encoding_page() -> str:
    page = ["\ufffe"] * 256  # U+FFFE is the codec's word for "nothing here"
    page[:128] = _DEFAULT
    page[ESC] = "\ufffe"
    page[0x00], page[0x80] = "\0", "@"
    for code, character in _EXTENSION.items():
        page[0x80 + code] = character
    return "".join(page)


_ENCODING_MAP: Final = codecs.charmap_build(_encoding_page())
_UPPER_HALF: Final = (
    (b"\x80", b"\x00"),
    *((bytes((0x80 + code,)), bytes((ESC, code))) for code in _EXTENSION),
)
_DECODING_TABLE: Final = _DEFAULT + "".join(map(chr, range(0x80, 0x100)))

# A code the extension table lacks shows the default character of that code; ESC ESC, reserved for a further
# table, and an ESC that nothing follows show a space: GSM 03.38 §6.2.1.1 notes.
_ESCAPED: Final = re.compile("\x1b(.?)", re.DOTALL)
_BY_DEFAULT_CHARACTER: Final = {
    **{_DEFAULT[code]: character for code, character in _EXTENSION.items()},
    _DEFAULT[ESC]: " ",
    "": " ",
}
_FOREIGN: Final = re.compile(
    f"[^{re.escape(_DEFAULT.replace(_DEFAULT[ESC], '') + ''.join(_EXTENSION.values()))}]"
)
