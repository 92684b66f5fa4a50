"""Whatever arrives at the doors has a declared outcome, and how it is cut into pieces does not matter."""

import json
from itertools import pairwise
from types import SimpleNamespace
from urllib.parse import quote_from_bytes

from hypothesis import given, settings
from hypothesis import strategies as st

from lotsman.api.charset import find
from lotsman.api.http1 import Malformed, Reader, Request
from lotsman.api.v1.request import read

LIMITS = {"max_target": 60, "max_head": 200, "max_body": 40}
CHARSETS = [
    "utf-8",
    "windows-1251",
    "koi8-r",
    "koi8-u",
    "cp866",
    "iso-8859-5",
    "iso-8859-1",
    "windows-1252",
    "ascii",
    "7bit",
    "utf-16",
    "utf-16le",
    "ucs-2",
    "ucs-2le",
    "ucs-4",
    "utf-32le",
    "utf-7",
    "utf7-imap",
    "armscii-8",
    "base64",
    "html-entities",
    "qprint",
    "euc-jp",
    "euc-jp-2004",
    "sjis",
    "sjis-2004",
    "cp932",
    "iso-2022-jp",
    "jis",
    "iso-2022-jp-2004",
    "gb18030",
    "gbk",
    "gb2312",
    "hz",
    "big5",
    "cp950",
    "euc-kr",
    "uhc",
    "iso-2022-kr",
]

PIECES = [
    *(b"GET POST / /api.php?send=1 a=b HTTP/1.1 HTTP/1.0 HTTP/2 : 0 1 5 ff ; , \xd0\x9f \0 \r x").split(b" "),
    *(
        b" |\r\n|\n|\r\n\r\n|\n\n|GET / HTTP/1.1\r\n|POST / HTTP/1.0\n|Host: a\r\n|Connection: close\r\n"
    ).split(b"|"),
    *(
        b"Content-Length: |Content-Length: 3\r\n|Transfer-Encoding: chunked\r\n|Expect: 100-continue\r\n"
    ).split(b"|"),
    *(
        b"3\r\nabc\r\n|0\r\n\r\n|0\r\nX: y\r\n\r\n|40\r\n|Transfer-Encoding: gzip\n| fold\r\n|xxxxxxxxxxxxxxxxxxxx"
    ).split(b"|"),
]
wire = st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))


def outcomes(pieces: list[bytes]) -> list[tuple[object, ...]]:
    """Everything the reader says of these bytes, up to the point where it wants more or gives up."""
    reader = Reader(**LIMITS)
    said: list[tuple[object, ...]] = []
    for piece in pieces:
        reader.feed(piece)
        while (result := reader.next()) is not None:
            if isinstance(result, Malformed):
                assert result.status in {400, 413, 414, 431, 501}
                assert reader.next() == result
                return [*said, tuple(result)]
            assert isinstance(result, Request)
            assert len(result.target) <= 60
            assert len(result.body) <= 40
            headers = [result.header(name) for name in (b"host", b"x", b"content-type")]
            line = (result.method, result.target, result.path, result.query, result.version)
            said.append((*line, result.keep_alive, result.body, *headers))
    return said


@settings(max_examples=600, deadline=None)
@given(wire, st.lists(st.integers(0, 300), max_size=8))
def test_the_outcome_does_not_depend_on_how_the_bytes_were_cut(data: bytes, cuts: list[int]):
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    whole = outcomes([data])
    assert outcomes([data[start:end] for start, end in pairwise(edges)]) == whole
    assert outcomes([data[at : at + 1] for at in range(len(data))]) == whole


fields = st.sampled_from(
    [*(b"send to from to[] charset format lang %5B = & % %D0 %9F + [ ] \xff \0").split(b" ")]
)
query_like = st.one_of(st.binary(max_size=200), st.lists(fields, max_size=30).map(b"".join))
form_parts = st.sampled_from(
    [
        b"--x",
        b"--x--",
        b"\r\n",
        b"\n",
        b"\r\n\r\n",
        b"Content-Disposition: form-data; name=",
        b'"to"',
        b"7900",
        b"\xff",
    ]
)
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
).map(lambda value: json.dumps({"send": value, "to": value}).encode())
bodies = st.one_of(
    query_like, st.lists(form_parts, max_size=20).map(b"".join), json_like, st.binary().map(b"{".__add__)
)


@settings(max_examples=500, deadline=None)
@given(
    query_like,
    bodies,
    st.sampled_from([b"", b"multipart/form-data; boundary=x"]),
    st.sampled_from(["", *CHARSETS]),
)
def test_reading_parameters_never_fails_and_gives_storable_text(
    query: bytes, body: bytes, kind: bytes, charset: str
):
    whole_query = b"charset=" + charset.encode() + b"&" + query
    request = read(SimpleNamespace(method="POST", query=whole_query, body=body, content_type=kind))
    for name in ("send", "to", "from", "charset", "format", "lang", ""):
        value = request.get(name)
        assert value is None or (value and "\0" not in value and value.encode("utf-8"))
    assert request.format in {"text", "xml", "json", "v"}
    assert request.lang in {"en", "ru"}


characters = st.characters(codec="utf-8", exclude_characters="\0")
texts = st.one_of(
    st.text("Привет, мир! ёЁ&=+%#\"'<>\\~№日本語€é", min_size=1), st.text(characters, min_size=1)
)


@settings(max_examples=800, deadline=None)
@given(texts, st.sampled_from(CHARSETS))
def test_a_text_the_charset_can_carry_survives_percent_encoding(text: str, name: str):
    charset = find(name)
    written = charset.encode(text)
    carried = charset.decode(written)
    if carried != text.removeprefix("\ufeff"):
        return  # the charset lacks some of it
    query = b"charset=" + name.encode() + b"&send=" + quote_from_bytes(written).encode()
    request = read(SimpleNamespace(method="GET", query=query, body=b"", content_type=b""))
    assert (request.get("send") or "") == carried


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=60), st.text(max_size=20), st.sampled_from(CHARSETS))
def test_no_charset_ever_raises(data: bytes, text: str, name: str):
    charset = find(name)
    decoded = charset.decode(data)
    assert decoded.encode("utf-8") is not None
    for instead in ("?", "xml", "json"):
        for any_text in (decoded, text, text + "\ud800"):
            assert isinstance(charset.encode(any_text, instead), bytes)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_an_unknown_name_is_always_some_charset(name: str):
    assert find(name).decode(b"apikey")
