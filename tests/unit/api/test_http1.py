"""The reader of the doors: what real clients send, what nobody may send, and the answer as one bytes object."""

import pytest

from lotsman.api.http1 import CONTINUE, Malformed, Reader, Request, response

HOST = b"Host: smspilot.ru\r\n"


def read(data: bytes, **limits: int) -> Request:
    request = outcome(data, **limits)
    assert isinstance(request, Request), request
    return request


def outcome(data: bytes, **limits: int) -> Request | Malformed | None:
    reader = Reader(**limits)
    reader.feed(data)
    return reader.next()


def status(data: bytes, **limits: int) -> int:
    refused = outcome(data, **limits)
    assert isinstance(refused, Malformed), refused
    return refused.status


def post(headers: bytes, body: bytes = b"") -> bytes:
    return b"POST /api.php HTTP/1.1\r\n" + HOST + headers + b"\r\n" + body


# ---- what real clients send ------------------------------------------------------------------------------------------


def test_a_plain_get():
    request = read(b"GET /api.php?send=1&to=2 HTTP/1.1\r\n" + HOST + b"Accept: */*\r\n\r\n")
    assert (request.method, request.version, request.keep_alive) == ("GET", 1, True)
    assert request.target == b"/api.php?send=1&to=2"
    assert (request.path, request.query, request.body) == (b"/api.php", b"send=1&to=2", b"")
    assert request.header(b"accept") == b"*/*"
    assert request.header(b"user-agent") == b""


def test_the_vendors_perl_sample_bare_lf_http_1_0_and_no_space_after_host():
    request = read(b"GET /api.php?send=test&to=79 HTTP/1.0\nHOST:smspilot.ru\n\n")
    assert (request.version, request.keep_alive, request.query) == (0, False, b"send=test&to=79")
    assert request.header(b"host") == b"smspilot.ru"


def test_lines_may_end_differently_within_one_head():
    request = read(b"GET / HTTP/1.1\nHost: a\r\nAccept: b\n\r\n")
    assert (request.header(b"host"), request.header(b"accept")) == (b"a", b"b")


@pytest.mark.parametrize(
    "raw",
    [
        "send=Привет, мир&to=79".encode(),
        "send=Привет".encode("cp1251"),
        b"send_datetime=2015-04-07 09:10:00&to=79",
        'send="quoted" «text»&x={"a": [1]}'.encode(),
        b"send=the HTTP/1.1 standard&to=79",
        b"send=a\tb<>^`|\\",
        b"send=bytes\xff\xfe\x01\x7f",
    ],
)
def test_the_target_may_hold_raw_bytes_spaces_and_quotes(raw: bytes):
    assert read(b"GET /api.php?" + raw + b" HTTP/1.0\r\n\r\n").query == raw


def test_an_absolute_target_is_understood():
    request = read(b"GET http://smspilot.ru/api.php?send=http://a/b HTTP/1.1\r\n\r\n")
    assert (request.path, request.query) == (b"/api.php", b"send=http://a/b")
    assert read(b"GET http://smspilot.ru?send=1 HTTP/1.1\r\n\r\n").path == b"/"
    assert read(b"OPTIONS * HTTP/1.1\r\n\r\n").path == b"*"


def test_host_may_be_missing_and_empty_lines_may_come_first():
    assert read(b"\r\n\n\r\nGET / HTTP/1.1\r\n\r\n").path == b"/"


def test_a_get_may_have_a_body_or_say_that_it_has_none():
    assert read(b"GET / HTTP/1.1\r\nContent-Length: 4\r\n\r\nto=7").body == b"to=7"
    assert read(b"GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").body == b""


def test_header_names_come_in_any_case_and_a_header_may_be_folded():
    request = read(b"GET / HTTP/1.1\r\ncOnTeNt-TyPe:  text/Plain;\r\n\tcharset=utf-8 \r\nX: y\r\n\r\n")
    assert request.header(b"content-type") == b"text/Plain; charset=utf-8"
    assert request.content_type == request.header(b"content-type")
    assert request.header(b"x") == b"y"


def test_a_header_is_not_found_in_the_target_or_inside_another_name():
    request = read(b"GET /?accept:1 HTTP/1.1\r\nX-Accept: 2\r\n\r\n")
    assert request.header(b"accept") == b""


def test_methods_are_given_in_upper_case():
    assert read(b"post / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").method == "POST"


def test_pipelined_requests_come_out_in_order():
    reader = Reader()
    reader.feed(post(b"Content-Length: 3\r\n", b"a=1") + b"\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HT")
    first, second = reader.next(), reader.next()
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    assert (first.body, second.path) == (b"a=1", b"/2")
    assert reader.next() is None
    assert not reader.is_idle
    reader.feed(b"TP/1.1\r\n\r\n")
    third = reader.next()
    assert isinstance(third, Request)
    assert third.path == b"/3"
    assert reader.next() is None
    assert reader.is_idle


def test_a_body_arrives_in_pieces():
    reader = Reader()
    reader.feed(post(b"Content-Length: 6\r\n", b"a="))
    assert reader.next() is None
    assert not reader.is_idle
    reader.feed(b"1234 more")
    request = reader.next()
    assert isinstance(request, Request)
    assert request.body == b"a=1234"


# ---- keep-alive ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "header", "keep"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: close\r\n", False),
        (b"1.1", b"connection:Foo, CLOSE\r\n", False),
        (b"1.1", b"Connection: keep-alive\r\n", True),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: Keep-Alive\r\n", True),
        (b"1.0", b"Connection: close\r\n", False),
        (b"1.0", b"X-Connection: keep-alive\r\n", False),
    ],
)
def test_who_keeps_the_connection(version: bytes, header: bytes, keep: bool):
    assert read(b"GET / HTTP/" + version + b"\r\n" + header + b"\r\n").keep_alive is keep


# ---- Expect ----------------------------------------------------------------------------------------------------------


def test_a_client_that_waits_for_100_continue_is_noticed_until_its_body_is_there():
    reader = Reader()
    reader.feed(post(b"Expect: 100-Continue\r\nContent-Length: 4\r\n"))
    assert reader.next() is None
    assert reader.wants_continue
    reader.feed(b"to=7")
    request = reader.next()
    assert isinstance(request, Request)
    assert request.body == b"to=7"
    assert not reader.wants_continue
    assert CONTINUE == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    "data",
    [
        post(b"Expect: 100-continue\r\n"),
        post(b"Expect: 100-continue\r\nContent-Length: 2\r\n", b"ab"),
        b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        b"POST /?expect:100-continue HTTP/1.1\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_nobody_waits_without_a_body_or_in_http_1_0(data: bytes):
    reader = Reader()
    reader.feed(data)
    reader.next()
    assert not reader.wants_continue


def test_a_body_that_will_be_too_large_is_refused_before_it_is_sent():
    assert status(post(b"Expect: 100-continue\r\nContent-Length: 101\r\n"), max_body=100) == 413


# ---- chunked bodies --------------------------------------------------------------------------------------------------

CHUNKED = b"Transfer-Encoding: chunked\r\n"


def test_a_chunked_body_with_extensions_and_trailers():
    body = b'4;name="a;b"\r\nsend\r\n003 \r\n=ab\r\n0;last\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n'
    reader = Reader()
    reader.feed(post(CHUNKED, body) + b"GET /2 HTTP/1.1\r\n\r\n")
    request, following = reader.next(), reader.next()
    assert isinstance(request, Request)
    assert isinstance(following, Request)
    assert (request.body, following.path) == (b"send=ab", b"/2")


def test_an_empty_chunked_body():
    assert read(post(b"transfer-encoding:Chunked\r\n", b"0\r\n\r\n")).body == b""


@pytest.mark.parametrize(
    "body",
    [
        b"x\r\n",
        b"-1\r\n",
        b"\r\n",
        b"0x1\r\na\r\n",
        b"1\na\r\n",
        b"1\r\nab\r\n",
        b"1\r\na\n0\r\n\r\n",
        b"1;\x00\r\n",
        b"0\r\nX: 1\n\n",
        b"1" * 16 + b"\r\n",
        b"1;" + b"x" * 5000,
    ],
)
def test_bad_chunks_are_refused(body: bytes):
    assert status(post(CHUNKED, body)) == 400


def test_chunks_are_counted_before_they_are_read():
    assert status(post(CHUNKED, b"64\r\n" + b"a" * 100 + b"\r\n1\r\n"), max_body=100) == 413
    assert len(read(post(CHUNKED, b"64\r\n" + b"a" * 100 + b"\r\n0\r\n\r\n"), max_body=100).body) == 100


def test_endless_tiny_chunks_are_refused():
    assert status(post(CHUNKED, b"1\r\na\r\n" * 70_000)) == 413
    assert read(post(CHUNKED, b"1\r\na\r\n" * 60_000 + b"0\r\n\r\n")).body == b"a" * 60_000


def test_endless_trailers_are_refused():
    assert status(post(CHUNKED, b"0\r\n" + b"X: 1\r\n" * 1000), max_head=1000) == 431


# ---- framing two readers could measure differently -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (b"Content-Length: 1\r\nContent-Length: 2\r\n", 400),
        (b"Content-Length: 1, 2\r\n", 400),
        (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", 400),
        (b"Content-Length: -1\r\n", 400),
        (b"Content-Length: +1\r\n", 400),
        (b"Content-Length: 0x1\r\n", 400),
        (b"Content-Length: 1 1\r\n", 400),
        (b"Content-Length: 1\x0b\r\n", 400),
        (b"Content-Length: abc\r\n", 400),
        (b"Content-Length: \xd9\xa1\r\n", 400),
        (b"Content-Length:\r\n", 400),
        (b"Content-Length : 1\r\n", 400),
        (b" Content-Length: 1\r\n", 400),
        (b"Content-Length 1\r\n", 200),  # a line without a colon is no header
        (b"Content-Length\r\n", 400),
        (b"Content-Length: 1\r\n 2\r\n", 400),
        (b"Transfer-Encoding:\r\n chunked\r\n", 400),
        (b"Transfer-Encoding\x0b: chunked\r\n", 400),
        (b"Transfer-Encoding: chunked, chunked\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", 400),
        (b"Transfer-Encoding: gzip\r\n", 501),
        (b"Transfer-Encoding: gzip, chunked\r\n", 501),
        (b"Transfer-Encoding: \x0bchunked\r\n", 501),
        (b"Transfer-Encoding: identity\r\n", 501),
        (b"X: a\rContent-Length: 1\r\n", 400),
        (b"X: a\0\r\n", 400),
        (b"Content-Length: " + b"9" * 5000 + b"\r\n", 413),
        (b"Content-Length: 8388609\r\n", 413),
        (b"Content-Length-Of-Text: 5\r\n", 200),
    ],
)
def test_ambiguous_framing_is_refused(headers: bytes, expected: int):
    result = outcome(post(headers))
    assert (200 if isinstance(result, Request) else result and result.status) == expected


def test_a_chunked_http_1_0_body_is_refused():
    assert status(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400


@pytest.mark.parametrize(
    "headers", [b"Content-Length: 2\r\nContent-Length: 2\r\n", b"content-length:\t2, 2 \r\n"]
)
def test_the_same_length_said_twice_is_one_length(headers: bytes):
    assert read(post(headers, b"ab")).body == b"ab"


# ---- what is no HTTP/1 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"GET /\r\n",
        b"GET / HTTP/0.9\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET HTTP/1.1\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.x\r\n",
        b"G(T / HTTP/1.1\r\n",
        b"hello\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",  # TLS to a plain port
        b"\0",
        b" GET / HTTP/1.1\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\n\r\n",
        b"GET /a\rb HTTP/1.1\r\n\r\n",
    ],
)
def test_garbage_is_refused_without_waiting_for_more(data: bytes):
    assert status(data) == 400


def test_nothing_follows_a_malformed_request():
    reader = Reader()
    reader.feed(b"GET /\r\n")
    refused = reader.next()
    reader.feed(b"GET / HTTP/1.1\r\n\r\n")
    assert isinstance(refused, Malformed)
    assert reader.next() == refused


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_a_target_of_64_kib_is_accepted_and_one_byte_more_is_not():
    start = b"GET /api.php?send="
    fits = b"x" * (65536 - len(b"/api.php?send="))
    assert len(read(start + fits + b" HTTP/1.1\r\n\r\n").target) == 65536
    assert status(start + fits + b"x HTTP/1.1\r\n\r\n") == 414
    assert status(start + fits + b"x" * 200) == 414


def test_a_head_of_128_kib_is_accepted_and_a_larger_one_is_not():
    start = b"GET / HTTP/1.1\r\nX: "
    fits = b"x" * (128 * 1024 - len(start) - 4)
    assert len(read(start + fits + b"\r\n\r\n").header(b"x")) == len(fits)
    assert status(start + fits + b"x\r\n\r\n") == 431
    assert status(start + fits + b"xxxxx") == 431


def test_a_body_of_8_mib_is_accepted():
    body = b"x" * (8 * 1024 * 1024)
    assert read(post(b"Content-Length: 8388608\r\n", body)).body == body


# ---- answers ---------------------------------------------------------------------------------------------------------


def test_an_answer_is_one_bytes_object_with_its_length_and_cors():
    assert response(200, "text/plain; charset=utf-8", b"320.50", keep_alive=True) == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nAccess-Control-Allow-Origin: *\r\n"
        b"Connection: keep-alive\r\nContent-Length: 6\r\n\r\n320.50"
    )


def test_an_answer_may_close_the_connection_and_carry_more_headers():
    answer = response(503, b"text/plain", b"", keep_alive=False, extra=b"Retry-After: 1\r\n")
    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"Content-Length: 0\r\nRetry-After: 1\r\n\r\n")
    assert response(599, "text/plain", b"", keep_alive=False).startswith(b"HTTP/1.1 599 \r\n")


def test_head_gets_the_length_but_not_the_body():
    answer = response(200, "text/plain", b"320.50", keep_alive=True, head_only=True)
    assert answer.endswith(b"Content-Length: 6\r\n\r\n")
