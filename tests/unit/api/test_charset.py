"""Charsets by PHP's names: the whole table, what differs from Python's codecs, and characters that do not fit."""

import codecs
import json
import re
from html import unescape

import pytest

from lotsman.api.charset import UTF_8, Charset, find

RUSSIAN = "Привет, мир! ёЁ"

# mb_list_encodings() of PHP 8.2 with mb_encoding_aliases(); the third column: has it all Russian letters?
TABLE = [
    ("BASE64", "", True),
    ("UUENCODE", "", True),  # read as UTF-8
    ("HTML-ENTITIES", "HTML html", True),
    ("Quoted-Printable", "qprint", True),
    ("7bit", "", False),
    ("8bit", "binary", False),
    ("UCS-4", "ISO-10646-UCS-4 UCS4", True),
    ("UCS-4BE", "byte4be", True),
    ("UCS-4LE", "byte4le", True),
    ("UCS-2", "ISO-10646-UCS-2 UCS2 UNICODE", True),
    ("UCS-2BE", "byte2be", True),
    ("UCS-2LE", "byte2le", True),
    ("UTF-32", "utf32", True),
    ("UTF-32BE", "", True),
    ("UTF-32LE", "", True),
    ("UTF-16", "utf16", True),
    ("UTF-16BE", "", True),
    ("UTF-16LE", "", True),
    ("UTF-8", "utf8", True),
    ("UTF-7", "utf7", True),
    ("UTF7-IMAP", "mUTF-7", True),
    (
        "ASCII",
        "ANSI_X3.4-1968 iso-ir-6 ANSI_X3.4-1986 ISO_646.irv:1991 US-ASCII ISO646-US us IBM367 IBM-367 cp367 csASCII",
        False,
    ),
    ("EUC-JP", "EUC EUC_JP eucJP x-euc-jp", True),
    ("SJIS", "x-sjis SHIFT-JIS", True),
    ("eucJP-win", "eucJP-open eucJP-ms", True),
    ("EUC-JP-2004", "EUC_JP-2004", True),
    ("SJIS-Mobile#DOCOMO", "SJIS-DOCOMO shift_jis-imode x-sjis-emoji-docomo", True),
    ("SJIS-Mobile#KDDI", "SJIS-KDDI shift_jis-kddi x-sjis-emoji-kddi", True),
    ("SJIS-Mobile#SOFTBANK", "SJIS-SOFTBANK shift_jis-softbank x-sjis-emoji-softbank", True),
    ("SJIS-mac", "MacJapanese x-Mac-Japanese", True),
    ("SJIS-2004", "SJIS2004 Shift_JIS-2004", True),
    ("UTF-8-Mobile#DOCOMO", "UTF-8-DOCOMO UTF8-DOCOMO", True),
    ("UTF-8-Mobile#KDDI-A", "", True),
    ("UTF-8-Mobile#KDDI-B", "UTF-8-Mobile#KDDI UTF-8-KDDI UTF8-KDDI", True),
    ("UTF-8-Mobile#SOFTBANK", "UTF-8-SOFTBANK UTF8-SOFTBANK", True),
    ("CP932", "MS932 Windows-31J MS_Kanji", True),
    ("SJIS-win", "SJIS-ms SJIS-open", True),
    ("CP51932", "cp51932", True),
    ("JIS", "", True),
    ("ISO-2022-JP", "", True),
    ("ISO-2022-JP-MS", "ISO2022JPMS", True),
    ("GB18030", "gb-18030 gb-18030-2000", True),
    ("Windows-1252", "cp1252", False),
    ("Windows-1254", "CP1254 CP-1254 WINDOWS-1254", False),
    ("ISO-8859-1", "ISO8859-1 latin1", False),
    ("ISO-8859-2", "ISO8859-2 latin2", False),
    ("ISO-8859-3", "ISO8859-3 latin3", False),
    ("ISO-8859-4", "ISO8859-4 latin4", False),
    ("ISO-8859-5", "ISO8859-5 cyrillic", True),
    ("ISO-8859-6", "ISO8859-6 arabic", False),
    ("ISO-8859-7", "ISO8859-7 greek", False),
    ("ISO-8859-8", "ISO8859-8 hebrew", False),
    ("ISO-8859-9", "ISO8859-9 latin5", False),
    ("ISO-8859-10", "ISO8859-10 latin6", False),
    ("ISO-8859-13", "ISO8859-13", False),
    ("ISO-8859-14", "ISO8859-14 latin8", False),
    ("ISO-8859-15", "ISO8859-15", False),
    ("ISO-8859-16", "ISO8859-16", False),
    ("EUC-CN", "CN-GB EUC_CN eucCN x-euc-cn gb2312", True),
    ("CP936", "CP-936 GBK", True),
    ("HZ", "", True),
    ("EUC-TW", "EUC_TW eucTW x-euc-tw", True),  # read as UTF-8
    ("BIG-5", "CN-BIG5 BIG-FIVE BIGFIVE", False),
    ("CP950", "", False),
    ("EUC-KR", "EUC_KR eucKR x-euc-kr", True),
    ("UHC", "CP949", True),
    ("ISO-2022-KR", "", True),
    ("Windows-1251", "CP1251 CP-1251 WINDOWS-1251", True),
    ("CP866", "CP-866 IBM866 IBM-866", True),
    ("KOI8-R", "KOI8R", True),
    ("KOI8-U", "KOI8U", True),
    ("ArmSCII-8", "ArmSCII8 ARMSCII-8 ARMSCII8", False),
    ("CP850", "CP-850 IBM850 IBM-850", False),
    ("ISO-2022-JP-2004", "", True),
    ("ISO-2022-JP-MOBILE#KDDI", "ISO-2022-JP-KDDI", True),
    ("CP50220", "cp50220raw cp50220-raw JIS-ms", True),
    ("CP50221", "", True),
    ("CP50222", "", True),
]
NAMES = [name for name, _, _ in TABLE]
FALLBACKS = {"UUENCODE", "EUC-TW"}
UTF_8_TOO = {name for name in NAMES if name.startswith("UTF-8")}
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


def test_the_table_is_whole():
    assert len(TABLE) == 78


@pytest.mark.parametrize(("name", "aliases", "russian"), TABLE)
def test_every_name_and_alias_of_php_in_any_case_and_russian_where_there_is_any(
    name: str, aliases: str, russian: bool
):
    charset = find(name)
    assert (charset is UTF_8) == (name in FALLBACKS | UTF_8_TOO)
    for alias in [name, *aliases.split()]:
        assert find(alias) is find(alias.upper()) is find(alias.lower()) is charset
    written = charset.encode(RUSSIAN)
    if russian:
        assert charset.decode(written) == RUSSIAN
    else:
        assert "?" in charset.decode(written)
    assert charset.decode(charset.encode("APIKEY 0123")) == "APIKEY 0123"


@pytest.mark.parametrize(
    "name", ["", "  ", "none", "klingon", "a" * 10000, "utf-99", "кои8", "\0", "rot13", "zlib"]
)
def test_an_unknown_charset_is_utf_8(name: str):
    assert find(name) is UTF_8


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("win-1251", "windows-1251"),
        ("windows1251", "windows-1251"),
        ("cp1250", "windows-1250"),
        ("koi8", "koi8-r"),
        ("dos", "cp866"),
        ("866", "cp866"),
        ("macCyrillic", "x-mac-cyrillic"),
    ],
)
def test_looser_names_are_understood_too(name: str, mime: str):
    assert find(name).mime == mime


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("utf-8", "d09fd180d0b8"),
        ("windows-1251", "cff0e8"),
        ("koi8-r", "f0d2c9"),
        ("cp866", "8fe0a8"),
        ("iso-8859-5", "bfe0d8"),
        ("utf-16", "041f04400438"),
        ("utf-16le", "1f0440043804"),
        ("ucs-2", "041f04400438"),
        ("ucs-4", "0000041f0000044000000438"),
        ("utf-32le", "1f0400004004000038040000"),
    ],
)
def test_the_bytes_are_phps(name: str, data: str):
    assert find(name).encode("При").hex() == data
    assert find(name).decode(bytes.fromhex(data)) == "При"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"ArmSCII-8", "UTF7-IMAP"}])
def test_the_declared_mime_name_reads_what_was_written(name: str):
    charset = find(name)
    text = unescape(charset.encode(RUSSIAN, "xml").decode(charset.mime))
    if name in {"BASE64", "Quoted-Printable"}:
        assert text.isascii()
    else:
        assert text == RUSSIAN


@pytest.mark.parametrize("name", NAMES)
def test_ascii_is_ascii_in_a_charset_that_says_so(name: str):
    charset = find(name)
    if charset.carries_ascii:
        assert charset.encode(PRINTABLE) == PRINTABLE.encode()
        assert charset.decode(PRINTABLE.encode()) == PRINTABLE


@pytest.mark.parametrize("name", NAMES)
def test_no_other_character_is_ever_written_as_a_byte_that_is_markup(name: str):
    charset = find(name)
    if charset.carries_ascii:
        for code in range(0x80, 0x3100):
            written = charset.encode(chr(code))
            assert written == b"?" or len(written) > 1 or written[0] >= 0x80, hex(code)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_character_is_a_question_mark_an_entity_or_an_escape(name: str):
    charset = find(name)
    text = '"№ Я 😀 \ud83d\\'  # the last but one is half of an emoji
    assert "?" in charset.decode(charset.encode(text, "?"))
    escaped = charset.decode(charset.encode(json.dumps(text, ensure_ascii=False), "json"))
    assert json.loads(escaped) in (text, text.replace("\ud83d", "?"))
    xml = charset.decode(charset.encode(text, "xml"))
    assert re.sub("&#[0-9]+;", lambda entity: unescape(entity[0]), xml) == text.replace("\ud83d", "?")


def test_escapes_are_exact():
    latin = find("latin1")
    assert latin.encode("é №😀") == b"\xe9 ??"
    assert latin.encode("é №😀", "xml") == b"\xe9 &#8470;&#128512;"
    assert latin.encode("é №😀", "json") == b"\xe9 \\u2116\\ud83d\\ude00"
    assert UTF_8.encode("№\ud83d", "?") == "№?".encode()
    assert UTF_8.encode("\ud83d", "json") == b"\\ud83d"


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("utf-8", b"a\xd0b\xff\xfec\xe2\x82", "a?b??c?"),  # as PHP counts them
        ("windows-1251", b"a\x98b", "a?b"),
        ("ascii", b"a\xd0\xcf", "a??"),
        ("utf-16", b"\x04\x1f\x04", "П?"),
        ("utf-16", b"\xd8\x3d\x00A", "?A"),
        ("utf-16", b"\xfe\xff\x04\x1f", "П"),
        ("utf-16", b"\xff\xfe\x1f\x04", "П"),
        ("utf-16be", b"\xff\xfe\x04\x1f", "\ufffeП"),
        ("utf-16le", b"\xff\xfe\x1f\x04", "П"),
        ("utf-32", b"\xff\xfe\0\0\x1f\x04\0\0", "П"),
        ("utf-8", b"\xef\xbb\xbfsend", "send"),
        ("utf-7", b"+2D0-a", "?a"),
        ("windows-1252", b"\x80\x81\x9d", "€\x81\x9d"),
        ("cp936", b"\x80\xc4\xe3\x80", "€你€"),
        ("cp936", b"\xff", "?"),
        ("cp936", b"\xff" * 70_000, "?" * 70_000),
        ("sjis-2004", b"\\~\x84\x50", "\\~П"),
    ],
)
def test_reading_follows_php(name: str, data: bytes, text: str):
    assert find(name).decode(data) == text


@pytest.mark.parametrize(
    ("name", "text", "data"),
    [
        ("ucs-2", "a😀", b"\0a\0?"),
        ("utf-16", "😀", b"\xd8\x3d\xde\x00"),
        ("gbk", "€", b"\x80"),
        ("sjis", "¥", b"\x81\x8f"),
        ("euc-jp", "‾", b"\xa1\xb1"),
        ("sjis-2004", "\\", b"\\"),
    ],
)
def test_writing_follows_php(name: str, text: str, data: bytes):
    assert find(name).encode(text) == data


def test_what_ucs_2_lacks_is_escaped_in_ucs_2():
    assert find("ucs-2").encode("😀", "xml") == "&#128512;".encode("utf-16-be")
    assert find("ucs-2le").encode("😀", "json") == "\\ud83d\\ude00".encode("utf-16-le")


def test_armscii_8():
    armenian = find("ArmSCII-8")
    assert armenian.encode("Բարև, (№)") == bytes.fromhex("b4b3f1a2") + b", (?)"
    assert armenian.decode(bytes.fromhex("b4b3f1a2ab20a5a4a1ff")) == "Բարև, ()??"
    assert armenian.decode(bytes([0xA0, 0xFE])) == "\xa0՚"


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("A&B", b"A&-B"),
        ("Привет", b"&BB8EQAQ4BDIENQRC-"),
        ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501 §5.1.3
        ("😀\n", b"&2D3eAAAK-"),
    ],
)
def test_utf7_imap(text: str, data: bytes):
    assert find("UTF7-IMAP").encode(text) == data
    assert find("UTF7-IMAP").decode(data) == text


@pytest.mark.parametrize(
    ("data", "text"), [(b"&", "?"), (b"&A-", ""), (b"&BB8", "П"), (b"&2D0-", "?"), (b"\xd0", "?")]
)
def test_broken_utf7_imap(data: bytes, text: str):
    assert find("UTF7-IMAP").decode(data) == text


@pytest.mark.parametrize(
    ("name", "text", "data"),
    [
        ("BASE64", "Привет", b"0J/RgNC40LLQtdGC"),
        ("Quoted-Printable", "a=б", b"a=3D=D0=B1"),
        ("HTML-ENTITIES", "é<Я&😀", b"&eacute;<&#1071;&&#128512;"),
    ],
)
def test_transfer_encodings(name: str, text: str, data: bytes):
    assert find(name).encode(text) == data
    assert find(name).decode(data) == text


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("BASE64", b"Pj4 ", ">>>"),  # a + that nobody percent-encoded
        ("BASE64", b"YQ", "a"),
        ("BASE64", b"Y", ""),
        ("BASE64", b"*Y\r\nQ=\xff=Y", "a\x06"),
        ("Quoted-Printable", b"=zz=D0", "=zz?"),
        (
            "HTML-ENTITIES",
            b"&#x41f;&amp;&lt;&nosuch;&#99999999999;&#55357;",
            "П&amp;&lt;&nosuch;&#99999999999;\ufffd",
        ),
        ("HTML-ENTITIES", b"&#" + b"9" * 10000 + b";", "&#" + "9" * 10000 + ";"),
    ],
)
def test_careless_transfer_encodings(name: str, data: bytes, text: str):
    assert find(name).decode(data) == text


def test_only_handlers_of_ours_are_registered():
    for kind in ("xml", "json", "html", "euro"):
        assert callable(codecs.lookup_error(f"lotsman.{kind}"))
    with pytest.raises(LookupError):
        codecs.lookup("armscii-8")


def test_a_charset_is_a_value():
    assert isinstance(find("cp1251"), Charset)
    with pytest.raises(AttributeError):
        setattr(find("cp1251"), "mime", "other")  # noqa: B010
