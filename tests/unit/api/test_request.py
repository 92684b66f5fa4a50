"""The parameters of an api.php call, from every shape of request that clients send."""

import json
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

import pytest

from lotsman.api.http1 import Reader, Request
from lotsman.api.v1.request import MAX_PARAMETERS, ApiRequest, read

TEXT = "Привет, «мир»! +7 100% a=b&c"
FORM = b"application/x-www-form-urlencoded"


@dataclass
class Http:
    query: bytes = b""
    body: bytes = b""
    content_type: bytes = b""
    method: str = "GET"


def get(query: bytes) -> ApiRequest:
    return read(Http(query))


def post(body: bytes, content_type: bytes = FORM, query: bytes = b"") -> ApiRequest:
    return read(Http(query, body, content_type, "POST"))


def encoded(text: str, codec: str = "utf-8") -> bytes:
    return quote_from_bytes(text.encode(codec), safe="").encode()


# ---- urlencoded ------------------------------------------------------------------------------------------------------


def test_a_typical_get():
    request = get(b"send=" + encoded(TEXT) + b"&to=79001234567&apikey=ABC&format=json&lang=ru")
    assert request.get("send") == TEXT
    assert request.get("to") == "79001234567"
    assert (request.format, request.lang, request.charset.mime) == ("json", "ru", "utf-8")
    assert request.get("callback") is None


def test_a_request_read_from_the_wire():
    reader = Reader()
    reader.feed("POST /api.php?r=5 HTTP/1.0\ncontent-length:17\n\nsend=Привет".encode())
    http = reader.next()
    assert isinstance(http, Request)
    request = read(http)
    assert (request.get("send"), request.get("r")) == ("Привет", "5")


def test_raw_bytes_and_spaces_need_no_encoding():
    assert get('send="Привет, мир"&send_datetime=2015-04-07 09:10:00'.encode()).get("send") == '"Привет, мир"'
    assert get(b"send_datetime=2015-04-07 09:10:00").get("send_datetime") == "2015-04-07 09:10:00"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"a+b%20c", "a b c"),
        (b"%zz%4", "%zz%4"),
        (b"100%", "100%"),
        (b"%%41=%3D=", "%A==="),
        (b"%D0%9f", "П"),
        (b"%D0", "?"),
        (b"a%00b", "a?b"),
        (b"\xff", "?"),
        (b"%EF%BB%BFa", "a"),
        (b"%u041f", "%u041f"),
        (b"=\r\n%0D%0A", "=\r\n\r\n"),
    ],
)
def test_percent_decoding_is_lenient(raw: bytes, value: str):
    assert get(b"send=" + raw).get("send") == value


def test_a_value_full_of_lone_percents_is_taken_as_it_stands():
    assert get(b"send=" + b"%" * 9_999).get("send") == "%" * 9_999
    assert get(b"send=%41" + b"%" * 20_000).get("send") == "%41" + "%" * 20_000


@pytest.mark.parametrize(
    "query", [b"", b"from=", b"from", b"from=%EF%BB%BF", b"from=a&from=", b"&&=&", b"FROM=a"]
)
def test_an_empty_value_is_no_value_and_names_have_a_case(query: bytes):
    assert get(query).get("from") is None


def test_the_last_of_equal_names_and_the_body_win():
    assert get(b"to=1&to=2").get("to") == "2"
    request = post(b"to=3&from=", query=b"to=1&from=A&r=5")
    assert (request.get("to"), request.get("from"), request.get("r")) == ("3", "A", "5")


@pytest.mark.parametrize(
    "query",
    [
        b"to[]=1&to[]=2",
        b"to%5B%5D=1&to%5b%5d=2",
        b"to[0]=1&to[x]=2",
        b"to=9&to[]=1&to[]=&to[]=2",
        b"+to[=1&to[]=2",
    ],
)
def test_php_lists_are_joined_by_commas(query: bytes):
    assert get(query).get("to") == "1,2"


def test_a_plain_value_replaces_a_list():
    assert get(b"to[]=1&to[]=2&to=3").get("to") == "3"


@pytest.mark.parametrize(
    "content_type", [b"", b"application/json", b"text/plain", b"multipart/form-data; boundary=x"]
)
def test_a_form_is_a_form_whatever_its_content_type(content_type: bytes):
    assert post(b"send=a%20b&to=1", content_type).get("send") == "a b"


def test_a_get_with_a_body():
    assert read(Http(b"send=a", b"to=1")).get("to") == "1"


def test_a_mark_at_the_start_of_the_body_is_no_part_of_the_first_name():
    assert post(b"\xef\xbb\xbfsend=a").get("send") == "a"


def test_more_parameters_than_anyone_needs_are_not_read():
    query = b"&".join(b"p%d=1" % number for number in range(MAX_PARAMETERS + 10))
    request = get(query)
    assert request.get(f"p{MAX_PARAMETERS - 1}") == "1"
    assert request.get(f"p{MAX_PARAMETERS}") is None


# ---- how to answer ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "form", "lang"),
    [
        (b"", "text", "en"),
        (b"format=XML&lang=RU", "xml", "ru"),
        (b"format=Json%0A&lang=+ru", "json", "ru"),
        (b"format=v&lang=de", "v", "en"),
        (b"format=yaml&lang=russian", "text", "en"),
    ],
)
def test_format_and_lang_have_no_case_and_a_default(query: bytes, form: str, lang: str):
    request = get(query)
    assert (request.format, request.lang) == (form, lang)


@pytest.mark.parametrize("name", [b"windows-1251", b"CP1251", b"%77in-1251", b" windows-1251 "])
def test_values_are_in_the_charset_of_the_request_wherever_its_name_stands(name: bytes):
    request = get(b"send=" + encoded("Привет", "cp1251") + b"&charset=" + name)
    assert request.get("send") == "Привет"
    assert request.charset.mime == "windows-1251"


def test_the_charset_may_be_in_the_query_and_the_value_in_the_body():
    assert post("send=Привет".encode("koi8-r"), query=b"charset=koi8-r").get("send") == "Привет"


@pytest.mark.parametrize("name", [b"", b"nonsense", b"%D0%BA%D0%BE%D0%B88", b"\xff" * 100])
def test_an_unknown_charset_is_utf_8(name: bytes):
    assert get(b"send=" + encoded("Привет") + b"&charset=" + name).get("send") == "Привет"


WIDE = [
    "utf-16",
    "utf-16le",
    "ucs-2",
    "ucs-4",
    "utf-32le",
    "utf-7",
    "utf7-imap",
    "hz",
    "iso-2022-kr",
    "base64",
    "qprint",
]


@pytest.mark.parametrize("name", WIDE)
def test_a_wide_charset_may_be_that_of_the_texts_alone_or_of_every_value(name: str):
    plain = {"to": "+79001234567", "apikey": "ABCD" * 16, "from": "INFORM", "format": "json", "test": "1"}
    http = Http(b"charset=" + name.encode())
    charset = read(http).charset
    for write in (str.encode, charset.encode):
        pairs = [(key, write(value)) for key, value in plain.items()] + [
            ("send", charset.encode("Привет, мир"))
        ]
        query = b"&".join(
            key.encode() + b"=" + quote_from_bytes(value, safe="").encode() for key, value in pairs
        )
        request = get(http.query + b"&" + query)
        assert request.get("send") == "Привет, мир"
        assert {key: request.get(key) for key in plain} == plain
        assert request.format == "json"


def test_a_chinese_text_in_utf_16_is_not_mistaken_for_ascii():
    assert get(b"charset=utf-16&send=N-").get("send") == "中"


def test_a_list_in_utf_16_is_joined_after_reading():
    assert get(b"charset=utf-16&to[]=%001&to[]=%002").get("to") == "1,2"


# ---- multipart -------------------------------------------------------------------------------------------------------


def multipart(line: bytes = b"\r\n", boundary: bytes = b"------------------------d74496d66958873e") -> bytes:
    fields = [
        (b'Content-Disposition: form-data; name="send"', "Привет\r\nмир --".encode()),
        (b'Content-Disposition: form-data; name="to"', b"7900"),
        (b'content-disposition:form-data;name="from"', b""),
        (
            b"Content-Type: text/plain; charset=utf-8"
            + line
            + b"Content-Disposition: form-data; name=format",
            b"json",
        ),
        (b'Content-Disposition: form-data; filename="a.txt"; name="list"', b"a file"),
        (b'Content-Disposition: form-data; filename="name=x.txt"', b"nameless"),
        (b'Content-Disposition: form-data; name="ids[]"', b"1"),
        (b'Content-Disposition: form-data; name="ids[]"', b"2"),
    ]
    parts = [b"--" + boundary + line + head + line + line + value + line for head, value in fields]
    return b"".join(parts) + b"--" + boundary + b"--" + line


@pytest.mark.parametrize("line", [b"\r\n", b"\n"])
@pytest.mark.parametrize(
    "content_type",
    [
        b"multipart/form-data; boundary=------------------------d74496d66958873e",
        b'multipart/form-data; BOUNDARY="------------------------d74496d66958873e"; x=y',
        b"multipart/form-data; boundary=another",
        FORM,
        b"",
    ],
)
def test_multipart_of_php_curl(line: bytes, content_type: bytes):
    request = post(multipart(line), content_type)
    assert request.get("send") == "Привет\r\nмир --"
    assert request.get("to") == "7900"
    assert request.get("from") is None
    assert request.format == "json"
    assert request.get("list") == "a file"
    assert request.get("ids") == "1,2"


def test_multipart_values_are_not_percent_decoded_and_obey_the_charset():
    body = b'--x\r\nContent-Disposition: form-data; name="send"\r\n\r\n' + "+100%20 Привет".encode("cp1251")
    request = post(body + b"\r\n--x--\r\n", b"multipart/form-data; boundary=x", b"charset=cp1251")
    assert request.get("send") == "+100%20 Привет"


def test_a_broken_multipart_body_gives_what_it_has():
    body = b'--x\r\nContent-Disposition: form-data; name="to"\r\n\r\n79\r\n--x\r\nContent-Disposition: form-data; name="a'
    assert post(body, b"multipart/form-data; boundary=x").get("to") == "79"


# ---- JSON ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", [b"application/json", FORM, b""])
def test_a_json_body(content_type: bytes):
    body = {
        "send": TEXT + "😀",
        "to": [79001234567, "7901"],
        "ttl": 60,
        "price": 1.50,
        "test": True,
        "cost": False,
        "from": None,
        "callback": "",
        "fields": {"nested": 1},
        "ids": [1, None, [2], True],
        "format": "JSON",
    }
    request = post(b"\xef\xbb\xbf \n" + json.dumps(body).encode(), content_type, b"from=A")
    assert request.get("send") == TEXT + "😀"
    assert request.get("to") == "79001234567,7901"
    assert [request.get(name) for name in ("ttl", "price", "test", "cost")] == ["60", "1.5", "1", "0"]
    assert (request.get("from"), request.get("callback"), request.get("fields")) == ("A", None, None)
    assert request.get("ids") == "1,1"
    assert request.format == "json"


def test_numbers_stay_as_they_were_written():
    request = post(b'{"to": 79001234567, "price": 1.50, "big": ' + b"9" * 10000 + b', "odd": NaN}')
    assert (request.get("to"), request.get("price"), request.get("odd")) == ("79001234567", "1.50", "NaN")
    assert request.get("big") == "9" * 10000


def test_json_is_utf_8_whatever_the_charset_of_the_answer():
    request = post('{"send": "Привет", "charset": "windows-1251"}'.encode())
    assert (request.get("send"), request.charset.mime) == ("Привет", "windows-1251")
    assert post(b'{"send": "\xcf"}').get("send") == "?"


def test_what_json_can_say_but_no_database_stores():
    assert post(rb'{"send": "a\u0000b\ud83dc"}').get("send") == "a?b?c"


@pytest.mark.parametrize(
    "body",
    [b'{"to": 1', b"{", b"[1]", b'{"a":' * 100000, b'{"a":' + b"[" * 100000, b"{}", b'{"to": }'],
)
def test_broken_json_gives_nothing(body: bytes):
    assert post(body, query=b"from=A").get("from") == "A"
    assert post(body).get("to") is None
