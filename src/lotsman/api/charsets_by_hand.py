"""What Python has no codec for: PHP's ArmSCII-8, UTF7-IMAP, Windows-1252 and transfer encodings; and the error handlers.

Bytes become text and text bytes; nothing here raises. A decoder puts `?` for a bad sequence, an encoder asks the named
handler about a character it cannot write.
Rule 1: everything registered globally is called `lotsman.…`.
Rule 2: the time is in proportion to the length: what calls Python for every bad byte has a limit.
"""

import codecs
import re
from binascii import a2b_base64, a2b_qp, b2a_base64
from html import unescape
from html.entities import codepoint2name
from typing import Final

# ---- characters that cannot be read or written -----------------------------------------------------------------------

QUESTION: Final = "replace"  # writing: `?`
XML: Final = "lotsman.xml"  # writing: &#1055;
JSON: Final = "lotsman.json"  # writing: \u041f, by UTF-16 unit
HTML: Final = "lotsman.html"  # writing: &eacute; or &#1055;
EURO: Final = "lotsman.euro"  # reading: byte 80 is the euro sign, as in PHP's CP936


def decode_leniently(data: bytes, codec: str) -> str:
    """A bad sequence is one `?`, as in PHP."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return data.decode(codec, "replace").replace("\ufffd", "?")


def _xml(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_by_number, error.object[error.start : error.end])), error.end


def _json(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf_16_be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)), error.end


def _html(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_by_name, error.object[error.start : error.end])), error.end


def _by_name(char: str) -> str:
    name = codepoint2name.get(ord(char))
    return f"&{name};" if name else _by_number(char)


def _by_number(char: str) -> str:
    # XML 1.0 §2.2: half of a surrogate pair is no character, not even by its number
    return "?" if "\ud800" <= char <= "\udfff" else f"&#{ord(char)};"


def _euro(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return ("€", error.start + 1) if error.object[error.start] == 0x80 else ("?", error.end)


for _name, _handler in ((XML, _xml), (JSON, _json), (HTML, _html), (EURO, _euro)):
    codecs.register_error(_name, _handler)

# ---- ArmSCII-8 -------------------------------------------------------------------------------------------------------

# Bytes A2 to FE. ASCII punctuation has a second place here: read, but never written, for answers are split at commas.
_ARMENIAN: Final = (
    "և։)(»«—.՝,-֊…՜՛՞ԱաԲբԳգԴդԵեԶզԷէԸըԹթԺժԻիԼլԽխԾծԿկՀհՁձՂղՃճՄմՅյՆնՇշՈոՉչՊպՋջՌռՍսՎվՏտՐրՑցՒւՓփՔքՕօՖֆ՚"
)
_FROM_ARMSCII: Final = "".join(map(chr, range(0xA1))) + "?" + _ARMENIAN + "?"
_TO_ARMSCII: Final = {ord(char): byte for byte, char in reversed([*enumerate(_FROM_ARMSCII)])}


def armscii8_decode(data: bytes) -> str:
    return codecs.charmap_decode(data, "strict", _FROM_ARMSCII)[0]


def armscii8_encode(text: str, handler: str) -> bytes:
    return codecs.charmap_encode(text, handler, _TO_ARMSCII)[0]


# ---- Windows-1252: to PHP the five bytes without a character are the control characters of their number --------------

_FROM_1252: Final = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))


def windows_1252_decode(data: bytes) -> str:
    return codecs.charmap_decode(data, "strict", _FROM_1252)[0]


def windows_1252_encode(text: str, handler: str) -> bytes:
    return text.encode("cp1252", handler)


# ---- CP936: to PHP byte 80 is the euro sign, which Python's gbk lacks ------------------------------------------------

_LONGEST_TEXT: Final = 64 * 1024  # longer ones do without the euro sign (rule 2)


def cp936_decode(data: bytes) -> str:
    return data.decode("gbk", EURO) if len(data) <= _LONGEST_TEXT else decode_leniently(data, "gbk")


def cp936_encode(text: str, handler: str) -> bytes:
    return b"\x80".join(run.encode("gbk", handler) for run in text.split("€"))


# ---- UTF7-IMAP: RFC 3501 §5.1.3 --------------------------------------------------------------------------------------

_MAX_SHIFTS: Final = 50_000  # in one value (rule 2)
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)(-?)")
_TO_SHIFT = re.compile(r"&|[^ -~]+")


def utf7_imap_decode(data: bytes) -> str:
    return _SHIFTED.sub(_unshift, decode_leniently(data, "ascii"), _MAX_SHIFTS)


def _unshift(match: re.Match[str]) -> str:
    units, closed = match.groups()
    if not units:
        return "&" if closed else "?"
    return decode_leniently(_base64_bytes(units.replace(",", "/").encode()), "utf_16_be")


def utf7_imap_encode(text: str, handler: str) -> bytes:
    whole = text.encode("utf_8", handler).decode()  # the handler has replaced halves of surrogate pairs
    return _TO_SHIFT.sub(_shift, whole).encode()


def _shift(match: re.Match[str]) -> str:
    if match[0] == "&":
        return "&-"
    units = b2a_base64(match[0].encode("utf_16_be"), newline=False).decode()
    return f"&{units.rstrip('=').replace('/', ',')}-"


# ---- transfer encodings: PHP counts them among the charsets ----------------------------------------------------------

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_NOT_PLAIN = re.compile(rb"[=\x80-\xff]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_MAX_ENTITIES: Final = 50_000  # in one value (rule 2)
_MARKUP: Final = frozenset({"&amp;", "&lt;", "&gt;", "&quot;"})  # PHP leaves them as they are


def base64_decode(data: bytes) -> str:
    # A client that forgot to percent-encode its `+` sent a space.
    return decode_leniently(_base64_bytes(data.replace(b" ", b"+")), "utf_8")


def _base64_bytes(data: bytes) -> bytes:
    digits = _NOT_BASE64.sub(b"", data)
    whole = len(digits) - (len(digits) % 4 == 1)  # a single digit left over is less than a byte
    return a2b_base64(digits[:whole] + b"=" * (-whole % 4))


def base64_encode(text: str, handler: str) -> bytes:
    return b2a_base64(text.encode("utf_8", handler), newline=False)


def quoted_printable_decode(data: bytes) -> str:
    return decode_leniently(a2b_qp(data), "utf_8")


def quoted_printable_encode(text: str, handler: str) -> bytes:
    return _NOT_PLAIN.sub(lambda match: b"=%02X" % match[0][0], text.encode("utf_8", handler))


def html_entities_decode(data: bytes) -> str:
    return _ENTITY.sub(_unescape, decode_leniently(data, "utf_8"), _MAX_ENTITIES)


def _unescape(match: re.Match[str]) -> str:
    return match[0] if match[0] in _MARKUP else unescape(match[0])


def html_entities_encode(text: str, _handler: str) -> bytes:
    return text.encode("ascii", HTML)
