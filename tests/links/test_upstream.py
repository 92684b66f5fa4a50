"""Messages over HTTP: a real carrier on a socket that takes them well, badly, twice or not at all."""

import asyncio
import json
import urllib.parse

import pytest
from aiohttp import web

from lotsman.domain.lifecycle import State
from lotsman.domain.parts import PartState
from lotsman.domain.refusals import Refusal
from stand.harbour import MONEY, PATIENCE, PRICE, SENDER, LinkPlan, an_smsc, harbour, on_a_loop, phones
from stand.harbour import a_link as an_smpp_link
from stand.http_carrier import a_provider as a_carrier
from stand.http_carrier import hang_up

PHONE = "79161234567"
TAKEN = {"id": "M1"}


def a_link(carrier, *, in_doubt="hold", priority=100, **settings):
    fixed = {"profile": "json", "url": f"{carrier.url}/send", "words": {"apikey": "Geheim"}}
    return LinkPlan("carrier", priority, in_doubt, fixed | settings, kind="upstream")


def smspilot(carrier, **settings):
    return a_link(carrier, profile="smspilot", url=f"{carrier.url}/api.php", **settings)


def sent_by_smspilot(server_id="4566", **row):
    return {
        "send": [{"server_id": server_id, "phone": PHONE, "status": "0"} | row],
        "balance": "9.00",
        "cost": "1.00",
    }


@on_a_loop
async def test_a_message_is_one_request_in_the_words_of_the_carrier(tmp_path):
    async with a_carrier(TAKEN) as carrier, harbour(tmp_path, a_link(carrier)) as stand:
        message = await stand.send(to=PHONE, text="Привет", ttl=90_000)
        await stand.until(message, State.SUBMITTED)
        ((method, path, _, headers),) = carrier.requests
        [body] = carrier.bodies()
        assert (method, path) == ("POST", "/send")
        assert 80 <= body.pop("ttl") <= 90
        assert body == {
            "id": str(message), "to": PHONE, "from": SENDER, "text": "Привет", "parts": 1, "callback": "",
        }  # fmt: skip
        assert (headers["Authorization"], headers["Content-Type"]) == ("Bearer Geheim", "application/json")
        [part] = stand.message(message).parts
        assert (part["part"], part["smsc_id"], part["state"]) == (1, "M1", PartState.TAKEN)


HOSTILE_TEXT = 'He said: "{sender} & {apikey}" \\ 100% + ü\n<b>&to=1#?'


@pytest.mark.parametrize("way", ["json", "form", "query"])
@on_a_loop
async def test_a_text_arrives_as_it_is_whatever_signs_it_has(tmp_path, way):
    shapes = {
        "json": {},
        "form": {"body": "message={text}&to={msisdn}&key={apikey}"},
        "query": {
            "method": "GET",
            "body": "",
            "url": "{}/send?message={{text}}&to={{msisdn}}&key={{apikey}}",
        },
    }
    async with a_carrier(TAKEN) as carrier:
        shape = dict(shapes[way])
        if "url" in shape:
            shape["url"] = shape["url"].format(carrier.url)
        async with harbour(tmp_path, a_link(carrier, **shape)) as stand:
            await stand.until(await stand.send(to=PHONE, text=HOSTILE_TEXT), State.SUBMITTED)
            ((_, path, body, _),) = carrier.requests
            if way == "json":
                assert json.loads(body)["text"] == HOSTILE_TEXT
            else:
                pairs = dict(urllib.parse.parse_qsl(body or path.partition("?")[2]))
                assert pairs == {"message": HOSTILE_TEXT, "to": PHONE, "key": "Geheim"}


@on_a_loop
async def test_a_long_text_is_one_request_one_id_and_the_price_of_its_parts(tmp_path):
    async with a_carrier(TAKEN) as carrier, harbour(tmp_path, a_link(carrier)) as stand:
        message = await stand.send(to=PHONE, text="ы" * 150)
        await stand.until(message, State.SUBMITTED)
        [body] = carrier.bodies()
        assert (body["text"], body["parts"]) == ("ы" * 150, 3)
        assert await stand.balance() == MONEY - 3 * PRICE
        [part] = stand.message(message).parts
        assert (part["part"], part["smsc_id"]) == (0, "M1")


# What an answer means


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        ({"id": 17}, State.SUBMITTED, 0),
        ({"messages": [{"id": "x"}]}, State.SUBMITTED, 0),
        ({"error": "bad_number"}, State.REFUSED, Refusal.UNDELIVERABLE.code),
        ({"error": {"code": "whatever"}}, State.REFUSED, Refusal.REJECTED.code),
        ({"id": "x", "error": "NO_ROUTE"}, State.REFUSED, Refusal.REJECTED.code),  # there is no other link
        (web.json_response({"error": "bad_number"}, status=422), State.REFUSED, Refusal.UNDELIVERABLE.code),
        (web.Response(status=400, text="what?"), State.REFUSED, Refusal.REJECTED.code),
        ({"error": "throttled"}, State.ACCEPTED, 0),
        (web.Response(status=429), State.ACCEPTED, 0),
        (web.json_response({"error": "maintenance"}, status=503), State.ACCEPTED, 0),
        (web.json_response({"error": "what?"}, status=409), State.REFUSED, Refusal.REJECTED.code),
        (web.json_response({"error": "oops"}, status=500), State.UNCERTAIN, 0),
        (web.Response(status=503), State.ACCEPTED, 0),
        (web.Response(status=401), State.ACCEPTED, 0),
        (web.Response(status=302, headers={"Location": "/elsewhere"}), State.ACCEPTED, 0),
        # It may have taken it:
        (web.Response(status=500), State.UNCERTAIN, 0),
        (web.Response(status=502, text="<html>"), State.UNCERTAIN, 0),
        (web.Response(text="<html>oops</html>"), State.UNCERTAIN, 0),
        (web.Response(body=b"\xff\xfe\x00"), State.UNCERTAIN, 0),
        (web.Response(text="[" * 50_000), State.UNCERTAIN, 0),
        (web.Response(text='{"id": ' + "9" * 5_000 + "}"), State.UNCERTAIN, 0),
        (web.Response(text='{"id": "' + "9" * 200_000 + '"}'), State.UNCERTAIN, 0),
        (web.json_response(TAKEN, status=500), State.UNCERTAIN, 0),
        ({}, State.UNCERTAIN, 0),
        ({"id": None}, State.UNCERTAIN, 0),
        ({"id": []}, State.UNCERTAIN, 0),
        ({"error": 0}, State.UNCERTAIN, 0),  # good, but no receipt could ever be of it
        ([], State.UNCERTAIN, 0),
        (None, State.UNCERTAIN, 0),
        (hang_up, State.UNCERTAIN, 0),
    ],
)
@on_a_loop
async def test_what_an_answer_means(tmp_path, answer, state, error):
    async with a_carrier(answer) as carrier, harbour(tmp_path, a_link(carrier)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until_true(lambda: len(stand.history(message)) > 1)
        assert (stand.state(message), stand.message(message).message["error"]) == (state, error)
        assert len(carrier.requests) == 1
        assert await stand.balance() == (MONEY if state is State.REFUSED else MONEY - PRICE)


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        (sent_by_smspilot(), State.SUBMITTED, 0),
        (sent_by_smspilot(error="0"), State.SUBMITTED, 0),
        ({"error": {"code": "111", "description": "Invalid phone"}}, State.REFUSED, 111),
        ({"error": {"code": "204"}}, State.REFUSED, Refusal.REJECTED.code),  # there is no other link
        ({"error": {"code": "213"}}, State.REFUSED, 213),
        ({"error": {"code": "212"}}, State.REFUSED, Refusal.RECIPIENT_OPTED_OUT.code),
        ({"error": {"code": "243"}}, State.REFUSED, Refusal.REJECTED.code),
        ({"error": {"code": "112", "description": "No money"}}, State.ACCEPTED, 0),
        ({"error": {"code": "102"}}, State.ACCEPTED, 0),
        ({"error": {"code": "110"}}, State.UNCERTAIN, 0),
        ({"send": []}, State.UNCERTAIN, 0),
    ],
)
@on_a_loop
async def test_what_another_lotsman_means(tmp_path, answer, state, error):
    async with a_carrier(answer) as carrier, harbour(tmp_path, smspilot(carrier)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until_true(lambda: len(stand.history(message)) > 1)
        assert (stand.state(message), stand.message(message).message["error"]) == (state, error)


@on_a_loop
async def test_the_words_of_a_carrier_that_has_no_json(tmp_path):
    link = {
        "profile": "",
        "body": "text={text}",
        "id": "re:^OK ([0-9]+)",
        "error": "re:^ERR ([0-9]+)",
        "answers": {"7": "refused:601", "*": "later:30"},
    }
    answers = [web.Response(text=said) for said in ("OK 12", "ERR 7 no such number", "ERR 9 busy")]
    async with a_carrier(*answers) as carrier, harbour(tmp_path, a_link(carrier, **link)) as stand:
        states = []
        for phone in phones(3):
            message = await stand.send(to=phone)
            await stand.until_true(lambda message=message: len(stand.history(message)) > 1)
            states.append(stand.state(message))
        assert states == [State.SUBMITTED, State.REFUSED, State.ACCEPTED]
        assert stand.link().state == "bound"


@on_a_loop
async def test_a_carrier_that_asks_to_slow_down_is_left_alone_for_a_while(tmp_path):
    async with (
        a_carrier(web.Response(status=429), TAKEN) as carrier,
        harbour(tmp_path, a_link(carrier)) as stand,
    ):
        first = await stand.send(to=PHONE)
        await stand.until_link("throttled")
        second = await stand.send(to=phones(1)[0])
        await stand.until(second, State.ACCEPTED)
        assert stand.link().room == 0
        assert len(carrier.requests) == 1
        stand.advance(11)
        await stand.until([first, second], State.SUBMITTED)
        assert len(carrier.requests) == 3
        assert stand.link_states()[-2:] == [("throttled", "HTTP 429"), ("bound", "")]


@on_a_loop
async def test_another_link_takes_what_a_carrier_without_money_does_not(tmp_path):
    async with a_carrier({"error": {"code": "112"}}) as carrier, an_smsc() as smsc:
        links = [smspilot(carrier, priority=1), an_smpp_link(smsc.port, name="other", priority=2)]
        async with harbour(tmp_path, *links) as stand:
            first = await stand.send(to=PHONE)
            await stand.until_link("throttled")
            stand.advance(2)
            messages = await stand.send(to=phones(5))
            await stand.until(messages, State.DELIVERED)
            stand.advance(61)
            await stand.until(first, State.DELIVERED)
            assert len(carrier.requests) == 1


@pytest.mark.parametrize("answer", [{"error": {"code": "204"}}, {"error": {"code": "213"}}])
@on_a_loop
async def test_another_link_takes_what_this_carrier_will_not_have(tmp_path, answer):
    async with a_carrier(answer) as carrier, an_smsc() as smsc:
        links = [smspilot(carrier, priority=1), an_smpp_link(smsc.port, name="other", priority=2)]
        async with harbour(tmp_path, *links) as stand:
            message = await stand.send(to=PHONE)
            await stand.until(message, State.DELIVERED)
            assert stand.link().state == "bound"


@on_a_loop
async def test_a_carrier_that_leaves_all_in_doubt_gets_one_at_a_time(tmp_path):
    async def broken(_):
        return web.Response(status=502)

    async with a_carrier(broken) as carrier, harbour(tmp_path, a_link(carrier, window=2)) as stand:
        messages = await stand.send(to=phones(4))
        await stand.until_link("throttled")
        assert stand.link_states()[-1] == ("throttled", "HTTP 502")
        later = await stand.send(to=phones(4, first=79_100_000_000))
        await stand.until(later, State.ACCEPTED)
        assert {stand.state(message) for message in messages} <= {State.UNCERTAIN, State.ACCEPTED}
        assert 3 <= len(carrier.requests) <= 4
        stand.advance(11)
        await stand.until_true(lambda: len(carrier.requests) == 5)


@on_a_loop
async def test_a_carrier_that_is_not_there_is_tried_again_later(tmp_path):
    async with a_carrier(TAKEN) as carrier:
        pass
    async with harbour(tmp_path, a_link(carrier)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until_link("throttled")
        await stand.until(message, State.ACCEPTED)
        assert stand.history(message) == ["ACCEPTED", "PUT_BACK"]


# Never twice


class Sly:
    """Keeps connections, and drops each at its second request, after having read it"""

    def __init__(self):
        self.requests = 0
        self.connections = 0

    async def start(self):
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self):
        self._server.close()

    async def _talk(self, reader, writer):
        self.connections += 1
        for count in (1, 2):
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            self.requests += 1
            if count == 1:
                writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"id": "M1"}')
        writer.close()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@on_a_loop
async def test_no_request_is_made_twice_when_a_kept_connection_is_closed_under_it(tmp_path, method):
    sly = Sly()
    await sly.start()
    try:
        query = {"method": method, "body": "", "url": f"{sly.url}/send?text={{text}}", "window": 1}
        async with harbour(tmp_path, a_link(sly, **query)) as stand:
            await stand.until(await stand.send(to=PHONE), State.SUBMITTED)
            second = await stand.send(to=phones(1)[0])
            await stand.until(second, State.UNCERTAIN)
            assert (sly.requests, sly.connections) == (2, 1)
            assert "BrokenConnection" in stand.message(second).message["history"]
    finally:
        await sly.stop()


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
@on_a_loop
async def test_no_request_is_made_twice_on_a_connection_of_its_own(tmp_path, method):
    async with a_carrier(hang_up, TAKEN) as carrier:
        link = a_link(carrier, method=method, body="", url=f"{carrier.url}/send?text={{text}}", keep=0)
        async with harbour(tmp_path, link) as stand:
            await stand.until(await stand.send(to=PHONE), State.UNCERTAIN)
            assert len(carrier.requests) == 1


@on_a_loop
async def test_in_doubt_it_goes_out_again_only_if_the_operator_says_so(tmp_path):
    async with (
        a_carrier(hang_up, TAKEN) as carrier,
        harbour(tmp_path, a_link(carrier, in_doubt="resend")) as stand,
    ):
        message = await stand.send(to=PHONE)
        await stand.until(message, State.ACCEPTED)
        assert len(carrier.requests) == 1
        stand.advance(61)
        await stand.until(message, State.SUBMITTED)


@on_a_loop
async def test_a_slow_carrier_is_given_up_after_its_time(tmp_path):
    async def never(_):
        await asyncio.sleep(PATIENCE)

    async with a_carrier(never) as carrier, harbour(tmp_path, a_link(carrier, timeout=0.1)) as stand:
        await stand.until(await stand.send(to=PHONE), State.UNCERTAIN)


async def endless(request):
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 10_000)


@on_a_loop
async def test_an_answer_without_an_end_is_given_up(tmp_path):
    async with a_carrier(endless) as carrier, harbour(tmp_path, a_link(carrier)) as stand:
        await stand.until(await stand.send(to=PHONE), State.UNCERTAIN)


@on_a_loop
async def test_what_stops_before_it_left_is_put_back(tmp_path):
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_):
        asked.set()
        await go_on.wait()
        return web.json_response(TAKEN)

    async with a_carrier(wait) as carrier, harbour(tmp_path, a_link(carrier, window=1)) as stand:
        first, second = await stand.send(to=phones(2))
        await asked.wait()
        stopping = asyncio.create_task(stand.stop_carrier())
        await stand.until_true(lambda: ("draining", "") in stand.link_states())
        go_on.set()
        await stopping
        await stand.until(first, State.SUBMITTED)
        await stand.until(second, State.ACCEPTED)


@on_a_loop
async def test_many_messages_keep_to_the_window_and_connections_are_kept(tmp_path):
    peers = set()

    async def slow(request):
        peers.add(request.transport.get_extra_info("peername"))
        await asyncio.sleep(0.005)
        return web.json_response({"id": str(len(carrier.requests))})

    async with a_carrier(slow) as carrier, harbour(tmp_path, a_link(carrier, window=4)) as stand:
        messages = await stand.send(to=phones(60))
        await stand.until(messages, State.SUBMITTED)
        assert carrier.most_at_once == 4
        assert len(carrier.requests) == 60
        assert len(peers) <= 8


# Asking for receipts


@on_a_loop
async def test_a_carrier_without_callbacks_is_asked_in_batches(tmp_path):
    ends = {"101": {"status": "2"}, "102": {"status": "-1", "error": "600"}, "103": {"status": "2"}}

    async def carry(request):
        if "check" not in request.query:
            return web.json_response(sent_by_smspilot(str(100 + len(carrier.requests))))
        rows = [{"server_id": each, "status": "1"} for each in request.query["check"].split(",")]
        for row in rows:
            row.update(ends.get(row["server_id"], {}))
        return web.json_response({"check": [*rows, {"server_id": "999", "status": "2"}, {}, None, "x"]})

    async with a_carrier(carry) as carrier:
        link = smspilot(carrier, poll=1.0, poll_most=2, window=1)
        async with harbour(tmp_path, link) as stand:
            good, late, fine, waits = await stand.send(to=phones(4))
            await stand.until([good, late, fine, waits], State.SUBMITTED)
            stand.advance(2)
            await stand.until([good, fine], State.DELIVERED)
            await stand.until(late, State.UNDELIVERED)
            assert stand.message(late).message["error"] == Refusal.EXPIRED.code
            assert stand.state(waits) is State.SUBMITTED
            asked = [path for _, path, _, _ in carrier.requests if "check" in path]
            assert [path.partition("check=")[2].partition("&")[0] for path in asked[:2]] == [
                "101,102",
                "103,104",
            ]


# Settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "ftp://x"}, "url is http"),
        ({"profile": "morse"}, "profile is one of smspilot, json"),
        ({"method": "DELETE"}, "method is GET, POST or PUT"),
        ({"words": {}}, "nothing to fill in for {apikey}"),
        ({"id": "re:("}, "re:("),
        ({"answers": {"1": "perhaps"}}, "perhaps: taken, refused"),
        ({"answers": {"1": "later:soon"}}, "later:soon: taken, refused"),
        ({"ends": {"1": "lost"}}, "lost: delivered, failed"),
        ({"receipts_at": "here"}, "url is http"),
        ({"window": 0}, "window is 1 to 1000"),
        ({"timeout": 0}, "timeout is more than 0"),
        ({"poll": 0}, "poll is 1 to 3600"),
        ({"serves": ["sms", "hlr"]}, "numbers are looked up by another kind"),
        ({"profile": "", "body": "x"}, "id or error"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_settings_that_no_link_can_use_are_refused_in_words(settings, said):
    from lotsman.carriers.registry import check_settings

    fixed = {"profile": "json", "url": "https://sms.example/send", "words": {"apikey": "x"}}
    with pytest.raises(ValueError) as refused:
        check_settings("x", "upstream", fixed | settings)
    assert said in str(refused.value)
