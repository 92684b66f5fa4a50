"""A charset by the name a client gave: PHP mbstring's names and aliases, and some looser ones.

A Charset turns the bytes of a value into text and the text of an answer into bytes.
Rule 1: nothing raises: an unknown name is UTF-8, a bad sequence is `?`, so is (or an escape) a missing character.
Rule 2: a name means what it means in PHP: UTF-16 is big-endian without a mark, byte 98 of Windows-1251 is nothing.
Rule 3: no character is ever written as ASCII that would be markup in an answer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from lotsman.api import charsets_by_hand as by_hand
from lotsman.api.charsets_by_hand import JSON, QUESTION, XML, decode_leniently

Unencodable = Literal["?", "xml", "json"]  # what stands for a character the charset lacks
Decoder = Callable[[bytes], str]
Encoder = Callable[[str, str], bytes]  # (text, name of an error handler)

_HANDLERS: Final[dict[Unencodable, str]] = {"?": QUESTION, "xml": XML, "json": JSON}


@dataclass(frozen=True, slots=True)
class Charset:
    mime: str  # for the Content-Type and the XML declaration: what the bytes really are
    _decode: Decoder
    _encode: Encoder
    carries_ascii: bool = True  # ASCII text is the same bytes in it

    def decode(self, data: bytes) -> str:
        return self._decode(data).removeprefix("\ufeff")

    def encode(self, text: str, unencodable: Unencodable = "?") -> bytes:
        return self._encode(text, _HANDLERS[unencodable])


@lru_cache(maxsize=512)
def find(name: str) -> Charset:
    """Case, hyphens and other punctuation do not matter; an unknown name is UTF-8."""
    return _BY_KEY.get(_key(name), UTF_8)


def _key(name: str) -> str:
    return re.sub("[^0-9a-z]", "", name[:64].lower())


# ---- codecs, with what PHP does differently --------------------------------------------------------------------------


def _charset(mime: str, codec: str, *, carries_ascii: bool = True) -> Charset:
    def decode(data: bytes) -> str:
        return decode_leniently(data, codec)

    def encode(text: str, handler: str) -> bytes:
        return text.encode(codec, handler)

    return Charset(mime, decode, encode, carries_ascii)


def _utf_7() -> Charset:
    def decode(data: bytes) -> str:
        text = decode_leniently(data, "utf_7")
        return text.encode("utf_8", QUESTION).decode()  # it lets halves of surrogate pairs through

    def encode(text: str, handler: str) -> bytes:
        return text.encode("utf_8", handler).decode().encode("utf_7")  # and writes them, too

    return Charset("utf-7", decode, encode, carries_ascii=False)


_ASTRAL = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")


def _wide(mime: str, codec: str, *, little_mark: bytes = b"", bmp_only: bool = False) -> Charset:
    """UTF-16, UTF-32 and UCS: a name without a byte order is big-endian, but obeys a little-endian mark."""

    def decode(data: bytes) -> str:
        if little_mark and data.startswith(little_mark):
            return decode_leniently(data, codec.replace("be", "le"))
        return decode_leniently(data, codec)

    def encode(text: str, handler: str) -> bytes:
        if bmp_only:  # `ascii` lacks these characters too, so its handler says what stands for them
            text = _ASTRAL.sub(lambda match: match[0].encode("ascii", handler).decode(), text)
        return text.encode(codec, handler)

    return Charset(mime, decode, encode, carries_ascii=False)


# Python writes the narrow ones as 5C and 7E: a yen sign would become a backslash, which is markup in JSON.
_FULLWIDTH: Final = str.maketrans("¥‾", "￥￣")


def _japanese(mime: str, codec: str) -> Charset:
    def decode(data: bytes) -> str:
        return decode_leniently(data, codec)

    def encode(text: str, handler: str) -> bytes:
        return text.translate(_FULLWIDTH).encode(codec, handler)

    return Charset(mime, decode, encode)


_NARROW_YEN: Final = str.maketrans("¥‾", "\\~")


def _sjis_2004() -> Charset:
    """To Python 5C is the yen sign and 7E the overline; to PHP, and to markup, they are ASCII."""

    def decode(data: bytes) -> str:
        return decode_leniently(data, "shift_jis_2004").translate(_NARROW_YEN)

    def encode(text: str, handler: str) -> bytes:
        ascii_apart = re.split(r"([\\~])", text.translate(_FULLWIDTH))
        return b"".join(
            run.encode("ascii" if run in ("\\", "~") else "shift_jis_2004", handler) for run in ascii_apart
        )

    return Charset("Shift_JIS", decode, encode)


# ---- the names -------------------------------------------------------------------------------------------------------

UTF_8: Final = _charset("utf-8", "utf_8")

_TABLE: Final[tuple[tuple[str, Charset], ...]] = (
    ("UTF-8 utf8 UTF-8-Mobile#DOCOMO UTF-8-DOCOMO UTF-8-Mobile#SOFTBANK UTF-8-SOFTBANK", UTF_8),
    ("UTF-8-Mobile#KDDI-A UTF-8-Mobile#KDDI-B UTF-8-Mobile#KDDI UTF-8-KDDI", UTF_8),
    ("Windows-1251 CP1251 win-1251 1251", _charset("windows-1251", "cp1251")),
    ("KOI8-R koi8", _charset("koi8-r", "koi8_r")),
    ("KOI8-U", _charset("koi8-u", "koi8_u")),
    ("CP866 IBM866 866 dos", _charset("cp866", "cp866")),
    ("7bit", _charset("us-ascii", "ascii")),
    (
        "ASCII ANSI_X3.4-1968 iso-ir-6 ANSI_X3.4-1986 ISO_646.irv:1991 US-ASCII ISO646-US us IBM367 cp367 csASCII",
        _charset("us-ascii", "ascii"),
    ),
    ("8bit binary", _charset("iso-8859-1", "latin_1")),
    # Unicode
    ("UTF-16 utf16", _wide("utf-16be", "utf_16_be", little_mark=b"\xff\xfe")),
    ("UTF-16BE", _wide("utf-16be", "utf_16_be")),
    ("UTF-16LE", _wide("utf-16le", "utf_16_le")),
    (
        "UCS-2 ISO-10646-UCS-2 UNICODE",
        _wide("utf-16be", "utf_16_be", little_mark=b"\xff\xfe", bmp_only=True),
    ),
    ("UCS-2BE byte2be", _wide("utf-16be", "utf_16_be", bmp_only=True)),
    ("UCS-2LE byte2le", _wide("utf-16le", "utf_16_le", bmp_only=True)),
    ("UTF-32 UCS-4 ISO-10646-UCS-4", _wide("utf-32be", "utf_32_be", little_mark=b"\xff\xfe\0\0")),
    ("UTF-32BE UCS-4BE byte4be", _wide("utf-32be", "utf_32_be")),
    ("UTF-32LE UCS-4LE byte4le", _wide("utf-32le", "utf_32_le")),
    ("UTF-7", _utf_7()),
    (
        "UTF7-IMAP mUTF-7",
        Charset("utf-7-imap", by_hand.utf7_imap_decode, by_hand.utf7_imap_encode, carries_ascii=False),
    ),
    # transfer encodings: what goes out is ASCII
    ("BASE64", Charset("us-ascii", by_hand.base64_decode, by_hand.base64_encode, carries_ascii=False)),
    (
        "HTML-ENTITIES HTML",
        Charset("us-ascii", by_hand.html_entities_decode, by_hand.html_entities_encode, carries_ascii=False),
    ),
    (
        "Quoted-Printable qprint",
        Charset(
            "us-ascii", by_hand.quoted_printable_decode, by_hand.quoted_printable_encode, carries_ascii=False
        ),
    ),
    # one byte
    ("ISO-8859-1 latin1", _charset("iso-8859-1", "latin_1")),
    ("ISO-8859-2 latin2", _charset("iso-8859-2", "iso8859_2")),
    ("ISO-8859-3 latin3", _charset("iso-8859-3", "iso8859_3")),
    ("ISO-8859-4 latin4", _charset("iso-8859-4", "iso8859_4")),
    ("ISO-8859-5 cyrillic", _charset("iso-8859-5", "iso8859_5")),
    ("ISO-8859-6 arabic", _charset("iso-8859-6", "iso8859_6")),
    ("ISO-8859-7 greek", _charset("iso-8859-7", "iso8859_7")),
    ("ISO-8859-8 hebrew", _charset("iso-8859-8", "iso8859_8")),
    ("ISO-8859-9 latin5", _charset("iso-8859-9", "iso8859_9")),
    ("ISO-8859-10 latin6", _charset("iso-8859-10", "iso8859_10")),
    ("ISO-8859-13", _charset("iso-8859-13", "iso8859_13")),
    ("ISO-8859-14 latin8", _charset("iso-8859-14", "iso8859_14")),
    ("ISO-8859-15", _charset("iso-8859-15", "iso8859_15")),
    ("ISO-8859-16", _charset("iso-8859-16", "iso8859_16")),
    (
        "Windows-1252 cp1252 win-1252",
        Charset("windows-1252", by_hand.windows_1252_decode, by_hand.windows_1252_encode),
    ),
    ("Windows-1254 CP1254 win-1254", _charset("windows-1254", "cp1254")),
    ("CP850 IBM850", _charset("cp850", "cp850")),
    ("ArmSCII-8", Charset("armscii-8", by_hand.armscii8_decode, by_hand.armscii8_encode)),
    # Japanese; the carriers' emoji are not kept
    ("EUC-JP EUC eucJP x-euc-jp eucJP-win eucJP-open eucJP-ms CP51932", _japanese("euc-jp", "euc_jp")),
    ("EUC-JP-2004", _charset("euc-jp", "euc_jis_2004")),
    ("SJIS x-sjis SHIFT-JIS SJIS-mac MacJapanese x-Mac-Japanese", _japanese("Shift_JIS", "cp932")),
    ("CP932 MS932 Windows-31J MS_Kanji SJIS-win SJIS-ms SJIS-open", _japanese("Shift_JIS", "cp932")),
    ("SJIS-Mobile#DOCOMO SJIS-DOCOMO shift_jis-imode x-sjis-emoji-docomo", _japanese("Shift_JIS", "cp932")),
    ("SJIS-Mobile#KDDI SJIS-KDDI shift_jis-kddi x-sjis-emoji-kddi", _japanese("Shift_JIS", "cp932")),
    (
        "SJIS-Mobile#SOFTBANK SJIS-SOFTBANK shift_jis-softbank x-sjis-emoji-softbank",
        _japanese("Shift_JIS", "cp932"),
    ),
    ("SJIS-2004 Shift_JIS-2004", _sjis_2004()),
    ("ISO-2022-JP", _charset("iso-2022-jp", "iso2022_jp", carries_ascii=False)),
    ("ISO-2022-JP-2004", _charset("iso-2022-jp", "iso2022_jp_2004", carries_ascii=False)),
    (
        "JIS ISO-2022-JP-MS ISO-2022-JP-MOBILE#KDDI ISO-2022-JP-KDDI CP50220 cp50220raw JIS-ms CP50221 CP50222",
        _charset("iso-2022-jp", "iso2022_jp_ext", carries_ascii=False),
    ),
    # Chinese and Korean
    ("GB18030 gb-18030-2000", _charset("gb18030", "gb18030")),
    ("CP936 GBK", Charset("gbk", by_hand.cp936_decode, by_hand.cp936_encode)),
    ("EUC-CN CN-GB eucCN x-euc-cn gb2312", _charset("gb2312", "gb2312")),
    ("HZ", _charset("hz-gb-2312", "hz", carries_ascii=False)),
    ("BIG-5 CN-BIG5 BIG-FIVE", _charset("big5", "big5")),
    ("CP950", _charset("big5", "cp950")),
    ("EUC-KR eucKR x-euc-kr", _charset("euc-kr", "euc_kr")),
    ("UHC CP949", _charset("uhc", "cp949")),
    ("ISO-2022-KR", _charset("iso-2022-kr", "iso2022_kr", carries_ascii=False)),
    # unknown to PHP, harmless here
    *(
        (f"Windows-{page} CP{page} win-{page}", _charset(f"windows-{page}", f"cp{page}"))
        for page in (1250, 1253, 1255, 1256, 1257, 1258)
    ),
    *((f"CP{page} IBM{page}", _charset(f"cp{page}", f"cp{page}")) for page in (437, 852, 855, 1125)),
    ("x-mac-cyrillic MacCyrillic", _charset("x-mac-cyrillic", "mac_cyrillic")),
)

_BY_KEY: Final = {_key(name): charset for names, charset in _TABLE for name in names.split()}
