"""A listening node and plain bytes: what clients really write to api.php, and what they insist on reading.

Requests here are spelled out, for their odd spelling is the point; what the answers mean is conformance/'s business.
"""

import json
from urllib.parse import quote

import pytest

from stand.door_node import ASKED, BALANCE, KEY, Client, DoorNode, get, messages, post
from stand.doors import PASSWORD, Answer, prepared

__all__ = ["prepared"]


@pytest.fixture(scope="module")
def node(prepared, tmp_path_factory):
    with DoorNode(prepared, tmp_path_factory.mktemp("doors")) as running:
        yield running


@pytest.fixture
def client(node):
    with node.connect() as connected:
        yield connected


# ---- what clients write ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        "Привет, мир",
        "два слова и ещё",
        'в "кавычках" и «ёлочках»',
        "the HTTP/1.1 standard",
        '{"a": [1, 2]}',
        "<b>|^`\\",
    ],
)
def test_the_target_may_hold_raw_utf_8_spaces_and_quotes(client: Client, raw: str):
    assert messages(client.ask(get(b"send=" + raw.encode() + ASKED))) == [raw]


def test_a_raw_space_in_a_date(client: Client):
    answer = client.ask(get(b"send=x&send_datetime=2015-04-07 09:10:00" + ASKED))
    assert json.loads(answer.body)["error"]["code"] == "250"  # read as the date that it is: long ago


def test_the_vendors_perl_sample_http_1_0_bare_lf_and_no_space_behind_host(client: Client):
    client.send(b"GET /api.php?balance=rur&apikey=" + KEY + b" HTTP/1.0\nHOST:smspilot.ru\n\n")
    answer = Answer.read(client.rest())  # and the server closes, as HTTP/1.0 says
    assert (answer.status, answer.text) == (200, "1000.00")
    assert answer.headers["connection"] == "close"


def test_a_json_body(client: Client):
    body = json.dumps(
        {"send": "Привет", "to": [79087964781, "79161231212"], "test": 1, "from": None}
    ).encode()
    asked = b"fields=message&format=json&apikey=" + KEY
    answer = client.ask(post(body, b"Content-Type: application/json\r\n", asked))
    assert messages(answer) == ["Привет", "Привет"]


def test_a_multipart_body_as_php_curl_writes_it(client: Client):
    line = b"--------------------------8d1f5ee5a4e5b1c7"
    fields = {"send": "Привет\r\n--мир", "to": "79087964781", "from": "", "test": "1", "apikey": KEY.decode()}
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (line, name.encode(), value.encode())
        for name, value in fields.items()
    ]
    body = b"".join(parts) + b"--" + line + b"--\r\n"
    head = b"Content-Type: multipart/form-data; boundary=" + line + b"\r\n"
    assert messages(client.ask(post(body, head, b"fields=message&format=json"))) == ["Привет\r\n--мир"]


def test_parameters_in_the_query_and_in_the_body_and_the_body_wins(client: Client):
    query = b"send=query&to=79161231212&r=6708&apikey=" + KEY
    answer = client.ask(
        post(b"send=body" + ASKED, b"Content-Type: application/x-www-form-urlencoded\r\n", query)
    )
    assert messages(answer) == ["body"]


def test_a_get_with_a_body(client: Client):
    request = post(b"send=body" + ASKED).replace(b"POST", b"GET", 1)
    assert messages(client.ask(request)) == ["body"]


@pytest.mark.parametrize(
    "head", [b"Content-Length: 0\r\n", b"Content-Type: application/json\r\nAccept: application/json\r\n"]
)
def test_a_get_that_says_odd_things_about_the_body_it_does_not_have(client: Client, head: bytes):
    answer = client.ask(BALANCE[:-2] + head + b"\r\n")
    assert answer.text == '{"balance":"1000.00"}'
    assert client.ask(BALANCE).text == '{"balance":"1000.00"}'


@pytest.mark.parametrize("host", [b"www.smspilot.ru", b"127.0.0.1:1", b"sms.example.org"])
def test_any_host_name_and_no_user_agent(client: Client, host: bytes):
    assert client.ask(BALANCE.replace(b"smspilot.ru", host)).text == '{"balance":"1000.00"}'


def test_no_host_at_all(client: Client):
    assert client.ask(BALANCE.replace(b"Host: smspilot.ru\r\n", b"")).text == '{"balance":"1000.00"}'


def test_the_absolute_form_as_for_a_proxy(client: Client):
    assert client.ask(BALANCE.replace(b"/api", b"http://smspilot.ru/api", 1)).text == '{"balance":"1000.00"}'


def test_expect_100_continue(client: Client):
    body = b"send=body" + ASKED
    head = post(body, b"Expect: 100-continue\r\n").removesuffix(body)
    client.send(head)
    assert client.piece() == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert messages(client.ask(body)) == ["body"]


def test_a_client_that_does_not_wait_for_100_continue(client: Client):
    answer = client.ask(post(b"send=body" + ASKED, b"Expect: 100-continue\r\n"))
    assert messages(answer) == ["body"]


def test_a_chunked_body(client: Client):
    head = b"POST /api.php?apikey=" + KEY + b" HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"send=" + "Привет".encode() + ASKED
    chunks = [body[:7], body[7:8], body[8:]]
    client.send(head)
    for chunk in chunks:
        client.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
    assert messages(client.ask(b"0\r\n\r\n")) == ["Привет"]
    assert client.ask(BALANCE).status == 200


def test_a_slow_client_that_writes_byte_by_byte(client: Client):
    request = post(b"send=slow" + ASKED, query=b"apikey=" + KEY)
    for at in range(len(request)):
        client.send(request[at : at + 1])
    assert messages(client.answer()) == ["slow"]


def test_windows_1251_there_and_back(client: Client):
    text = "Съешь ещё этих мягких французских булок"
    form = b"charset=windows-1251&fields=message&test=1&to=79087964781&send=" + text.encode("cp1251")
    answer = client.ask(post(form))  # as it stands, not percent-encoded
    assert answer.headers["content-type"] == "text/plain; charset=windows-1251"
    assert answer.body.decode("cp1251").splitlines()[1] == text
    query = (
        b"charset=windows-1251&fields=message&test=1&to=79087964781&send="
        + quote(text, encoding="cp1251").encode()
    )
    assert client.ask(get(query)).body.decode("cp1251").splitlines()[1] == text


def test_utf_16_there_and_back(client: Client):
    form = (
        b"charset=UTF-16LE&fields=message&test=1&to=79087964781&send="
        + quote("Привет".encode("utf-16le")).encode()
    )
    answer = client.ask(post(form))
    assert answer.headers["content-type"] == "text/plain; charset=utf-16le"
    assert answer.body.decode("utf-16le").splitlines()[1] == "Привет"


# ---- what they read --------------------------------------------------------------------------------------------------


def test_the_answer_is_one_piece_with_exactly_these_headers(client: Client):
    client.send(BALANCE)
    assert client.piece() == (
        b"HTTP/1.1 200 OK\r\n"
        b"Content-Type: application/json; charset=utf-8\r\n"
        b"Access-Control-Allow-Origin: *\r\n"
        b"Connection: keep-alive\r\n"
        b"Content-Length: 21\r\n"
        b"\r\n"
        b'{"balance":"1000.00"}'
    )


@pytest.mark.parametrize(
    ("form", "kind"),
    [(b"text", "text/plain"), (b"v", "text/plain"), (b"xml", "text/xml"), (b"json", "application/json")],
)
def test_the_content_type_of_each_format(client: Client, form: bytes, kind: str):
    assert client.ask(get(b"balance=rur&format=" + form)).headers["content-type"] == f"{kind}; charset=utf-8"


def test_an_error_of_the_api_is_http_200(client: Client):
    answer = client.ask(get(b"send=Hello&to=79087964781", key=b"XYZ"))
    assert (answer.status, answer.text) == (200, "ERROR=101: APIKEY IS INVALID")


def test_a_client_that_closes_is_closed(client: Client):
    client.send(BALANCE[:-2] + b"Connection: close\r\n\r\n")
    answer = Answer.read(client.rest())
    assert (answer.text, answer.headers["connection"]) == ('{"balance":"1000.00"}', "close")


def test_http_1_0_may_ask_to_stay(client: Client):
    request = BALANCE.replace(b"HTTP/1.1", b"HTTP/1.0").replace(
        b"\r\n\r\n", b"\r\nConnection: Keep-Alive\r\n\r\n"
    )
    for _ in range(2):
        assert client.ask(request).headers["connection"] == "keep-alive"


def test_one_connection_for_many_requests(client: Client):
    for number in range(20):
        assert messages(client.ask(get(b"send=%d" % number + ASKED))) == [str(number)]


def test_requests_sent_ahead_are_answered_in_their_order(client: Client):
    slow = f"balance=rur&login=customer@example.com&password={quote(PASSWORD)}"  # a password takes its time
    kinds = [
        get(slow.encode(), key=b""),
        *(get(b"send=%d" % number + ASKED) for number in range(10)),
        BALANCE,
    ]
    client.send(b"".join(kinds))
    assert client.answer().text == "1000.00"
    assert [messages(client.answer()) for _ in range(10)] == [[str(number)] for number in range(10)]
    assert client.answer().text == '{"balance":"1000.00"}'


def test_a_half_closed_client_gets_its_answer_and_then_the_end(client: Client):
    client.send(BALANCE)
    client.send_nothing_more()
    assert Answer.read(client.rest()).text == '{"balance":"1000.00"}'


def test_a_half_closed_client_gets_all_the_answers_that_it_sent_for(client: Client):
    client.send(b"".join(get(b"send=%d" % number + ASKED) for number in range(5)) + b"GET /api.php?unfini")
    client.send_nothing_more()
    assert [messages(client.answer()) for _ in range(5)] == [[str(number)] for number in range(5)]
    assert client.rest() == b""


def test_options_tells_a_browser_that_it_may(client: Client):
    answer = client.ask(
        b"OPTIONS /api.php HTTP/1.1\r\nHost: smspilot.ru\r\nOrigin: https://shop.example\r\n"
        b"Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n"
    )
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert answer.headers["access-control-allow-headers"] == "*"


def test_head_is_get_without_the_body(client: Client):
    client.send(BALANCE.replace(b"GET", b"HEAD", 1))
    answer = client.answer(to_head=True)
    assert (answer.status, answer.headers["content-length"]) == (200, "21")
    assert client.ask(BALANCE).text == '{"balance":"1000.00"}'


def test_another_path_is_not_found_and_another_method_not_allowed(client: Client):
    assert client.ask(BALANCE.replace(b"/api.php", b"/api.asp")).status == 404
    assert client.ask(BALANCE.replace(b"GET", b"DELETE", 1)).status == 405
    assert client.ask(BALANCE).status == 200


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # somebody speaks TLS to a plain port
        b"hello\r\n\r\n",
        b"GET /api.php\r\n\r\n",
        b"POST /api.php HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\na",
        b"POST /api.php HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /api.php HTTP/1.1\r\nX: \0\r\n\r\n",
    ],
)
def test_garbage_is_told_so_and_shown_the_door(client: Client, garbage: bytes):
    client.send(garbage)
    answer = Answer.read(client.rest())
    assert (answer.status, answer.headers["connection"]) == (400, "close")
