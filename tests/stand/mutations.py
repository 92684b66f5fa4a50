"""Requests that no client should send, by the hundred thousand: real ones, damaged, and real parameters with wild values.

The same seed makes the same requests. Plain `random`, because a generator that thinks is a hundred times slower.
"""

import json
from collections.abc import Callable, Iterator
from random import Random
from urllib.parse import quote_from_bytes

from lotsman.api.charset import find
from stand.doors import KEYS, an_http_request

CHARSETS = (
    "utf-8", "windows-1251", "koi8-r", "cp866", "utf-16", "utf-16le", "ucs-2", "ucs-4", "utf-7", "utf7-imap", "base64",
    "html", "qprint", "hz", "iso-2022-jp", "jis", "sjis", "gb18030", "big5", "euc-kr", "ascii", "7bit", "klingon", "",
)  # fmt: skip
ALPHABET = "абвгдЯЁ ABCxyz019%&+=<>\"'\\\n\r\t\0,;:€😀{}[]()^~|@£\u2028\ufeff\u0301\x1b"
PHONES = (
    "79087964781",
    "+7 (916) 123-12-12",
    "89087964700",
    "9087964799",
    "77011234567",
    "14155552671",
    "123",
    "00",
    "+",
)
NUMBERS = (
    "0",
    "1",
    "-1",
    "1000001",
    "1440",
    "1441",
    "9" * 40,
    "1e9",
    "0x10",
    "١",
    "1.5",
    " 7 ",
    "9223372036854775808",
)
DATES = (
    "2025-06-15 12:30:00",
    "2025-02-30 00:00:00",
    "0000-00-00 00:00:00",
    "1749990000",
    "9999-12-31 23:59:59",
    "now",
)
ADDRESSES = (
    "olga@example.org",
    "a@b",
    "@",
    "olga@пример.рф",
    "http://example.org/x?y=1",
    "https://127.0.0.1/",
    "mailto:",
)
WORDS = ("all", "recent", "new", "sms", "rur", "yes", "off", "HLR", "PING", "GOLOS", "INFORM", "test", "2WAY", "senders",
         "server_id,phone,price,status", "error_ru,message,color", "GET", "post", "text", "xml", "json", "v", "ru")  # fmt: skip
NAMES = (
    "send", "to", "from", "apikey", "format", "charset", "lang", "check", "balance", "cost", "test", "ttl", "fields",
    "send_datetime", "callback", "callback_method", "debug", "r", "inbound", "list", "add_sender", "add_template",
    "description", "info", "login", "server_packet_id", "to[]", "send[]", "x",
)  # fmt: skip
CALLERS = (
    "customer",
    "customer",
    "customer",
    "emulator",
    "poor",
    "any-name",
    "no-name",
    "blocked-106",
    "strict",
    "careful",
)

_TOKENS = (
    b"&", b"=", b"%", b"%00", b"%u0430", b"[]", b"\0", b"\xff", b"\xd0", b"\r\n", b"\n", b"\r\n\r\n", b" ", b"{", b"}", b'"',
    b"<", b">", b"<![CDATA[", b"]]>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"\\u0000", b"\\ud800", b"null", b"[", b"]",
    b"1e999", b"--x", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"HTTP/1.0", b"POST ", b"/api2.php", b"?",
    b"charset=utf-7&", b"format=xml&", b"format=json&", b"send=", b"apikey=", b"\xef\xbb\xbf", b"\xfe\xff", b"+AGE-",
)  # fmt: skip


def requests(seed: int, count: int) -> Iterator[bytes]:
    """The bytes of `count` requests."""
    chance = Random(seed)
    for _ in range(count):
        request = chance.choice(_KINDS)(chance)
        yield _damaged(chance, request) if chance.random() < 0.5 else request


def _value(chance: Random) -> str:
    kind = chance.randrange(10)
    if kind < 4:
        return "".join(chance.choices(ALPHABET, k=chance.choice((0, 1, 3, 10, 70, 71, 200))))
    if kind < 6:
        return ",".join(chance.choices(PHONES, k=chance.choice((1, 1, 2, 5))))
    return chance.choice(chance.choice((NUMBERS, DATES, ADDRESSES, WORDS)))


def _parameters(chance: Random) -> dict[str, str]:
    """Some that belong together, some that do not, most with a key that is known."""
    chosen = {name: _value(chance) for name in chance.sample(NAMES, chance.choice((0, 1, 2, 3, 6)))}
    operation = chance.randrange(6)
    if operation < 3:
        chosen |= {"send": _value(chance), "to": ",".join(chance.choices(PHONES, k=chance.choice((1, 1, 3))))}
    elif operation == 3:
        chosen["check"] = chance.choice((*NUMBERS, ",".join(chance.choices(NUMBERS, k=3))))
    chosen |= {"format": chance.choice(("text", "xml", "json", "v")), "charset": chance.choice(CHARSETS)}
    if chance.random() < 0.95:
        chosen["apikey"] = KEYS[chance.choice(CALLERS)]
    return chosen


def _query(chance: Random, parameters: dict[str, str]) -> bytes:
    charset = find(parameters.get("charset", ""))
    pairs = []
    for name, value in parameters.items():
        # In charsets that do not carry ASCII, clients encode the texts and leave the words as they are.
        plain = charset.carries_ascii or name in {"send", "description", "add_template"}
        written = charset.encode(value) if plain else value.encode()
        pairs.append(name + "=" + (quote_from_bytes(written) if chance.random() < 0.9 else _raw(written)))
    return "&".join(pairs).encode("latin-1")


def _raw(written: bytes) -> str:
    return written.translate(_ENDS_LINE).decode("latin-1")


_ENDS_LINE = bytes.maketrans(b"\r\n\0 ", b"....")


def _get(chance: Random) -> bytes:
    return an_http_request(_query(chance, _parameters(chance)), path=chance.choice(_PATHS))


def _post(chance: Random) -> bytes:
    return an_http_request(
        b"format=xml" if chance.random() < 0.2 else b"",
        _query(chance, _parameters(chance)),
        chance.choice(("application/x-www-form-urlencoded", "text/plain", "", "application/json")),
        path=chance.choice(_PATHS),
    )


def _multipart(chance: Random) -> bytes:
    parts = (
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in _parameters(chance).items()
    )
    body = ("".join(parts) + "--x--\r\n").encode()
    return an_http_request(b"", body, "multipart/form-data; boundary=x", path=chance.choice(_PATHS))


def _json_body(chance: Random) -> bytes:
    return an_http_request(
        b"", json.dumps(_parameters(chance)), "application/json", path=chance.choice(_PATHS)
    )


def _packet(chance: Random) -> bytes:
    """A packet of API-2 in JSON."""
    root: dict[str, object] = dict(_parameters(chance))
    items = [_item(chance) for _ in range(chance.choice((0, 1, 1, 2, 4)))]
    root[chance.choice(("send", "send", "check", "x"))] = chance.choice(
        (items, {"0": items}, items[:1], _value(chance))
    )
    return an_http_request(b"", json.dumps(root), "application/json", path="/api2.php")


def _item(chance: Random) -> object:
    item: dict[str, object] = {
        "to": chance.choice(PHONES),
        "text": _value(chance),
        "id": chance.choice(NUMBERS),
    }
    for name in chance.sample((*NAMES, "server_id", "text", "id"), chance.choice((0, 0, 1, 3))):
        item[name] = chance.choice(
            (_value(chance), 1, -1.5, True, None, [], {}, [_value(chance)], {"a": "b"})
        )
    return item if chance.random() < 0.95 else chance.choice((None, 5, "text", [item]))


def _xml_packet(chance: Random) -> bytes:
    """A packet of API-2 in XML."""
    said = (
        f"<{name}>{_escaped(value)}</{name}>"
        for name, value in _parameters(chance).items()
        if "[" not in name
    )
    texts = (f'<text id="{chance.choice(NUMBERS)}" to="{chance.choice(PHONES)}">{_escaped(_value(chance))}</text>'
             for _ in range(chance.choice((0, 1, 3))))  # fmt: skip
    document = f'<?xml version="1.0" encoding="UTF-8"?><request>{"".join(said)}<send>{"".join(texts)}</send></request>'
    return an_http_request(b"", document, "text/xml", path="/api2.php")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


_PATHS = ("/api.php", "/api.php", "/api.php", "/api2.php")
_KINDS: tuple[Callable[[Random], bytes], ...] = (
    _get, _get, _get, _post, _post, _multipart, _json_body, _packet, _xml_packet,
)  # fmt: skip


def _damaged(chance: Random, request: bytes) -> bytes:
    """Bytes changed, inserted, taken out, or doubled; the length of the body is mended afterwards, most of the time."""
    data = bytearray(request)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0 and at < len(data):
            data[at] = chance.randrange(256)
        elif kind == 1:
            data[at:at] = chance.choice(_TOKENS)
        elif kind == 2:
            del data[at : at + chance.choice((1, 2, 10, 50))]
        elif kind == 3:
            data[at:at] = data[at : at + chance.choice((1, 5, 40))] * chance.choice((1, 2, 20))
        else:
            data[at:at] = chance.randbytes(chance.choice((1, 2, 8)))
    return bytes(data) if chance.random() < 0.3 else _mended(bytes(data))


def _mended(data: bytes) -> bytes:
    head, end, body = data.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + end + body
