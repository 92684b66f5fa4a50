"""Look-ups over HTTP, asked of a real server that answers well, badly or not at all."""

import asyncio
import json

import pytest
from aiohttp import web

from lotsman.domain import lookup
from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refusal
from lotsman.domain.trace import Kind, Stream, Trace, blocks, texts_of, unpack
from stand.harbour import HOST, MONEY, PATIENCE, PRICE, LinkPlan, harbour, on_a_loop, phones
from stand.http_carrier import a_provider as a_carrier
from stand.http_carrier import hang_up

PHONE = "79161234561"
FIELDS = {
    "imsi": "results.0.imsi",
    "mccmnc": "results.0.mccmnc",
    "msc": "results.0.msc",
    "rmccmnc": "results.0.roaming",
}
GOOD = {"results": [{"imsi": "250209161234561", "mccmnc": 25020, "msc": "79043490000", "state": "CONNECTED"}]}


def a_provider(*answers):
    return a_carrier(*(answers or [GOOD]))


def a_link(port, *, in_doubt="resend", **settings):
    fixed = {"url": f"http://{HOST}:{port}/lookup/{{service}}?number={{msisdn}}&id={{id}}", "fields": FIELDS}
    return LinkPlan("provider", 100, in_doubt, fixed | settings, kind="http")


def found(stand, message):
    return lookup.load(stand.message(message).message["attributes"])


@on_a_loop
async def test_a_number_that_is_served(tmp_path):
    async with a_provider() as provider, harbour(tmp_path, a_link(provider.port)) as stand:
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until(message, State.DELIVERED)
        assert found(stand, message) == (
            "250209161234561",
            "79043490000",
            "250",
            "20",
            "Russia",
            "Tele2",
            "",
            "",
        )
        assert await stand.balance() == MONEY - PRICE
        ((method, path, body, _),) = provider.requests
        assert (method, path, body) == ("GET", f"/lookup/hlr?number={PHONE}&id={message}", "")


@on_a_loop
async def test_a_request_by_post_with_credentials(tmp_path):
    link = {
        "method": "POST",
        "body": '{"msisdn": "{msisdn}", "type": "{service}"}',
        "headers": {"X-Key": "secret"},
    }
    async with a_provider() as provider, harbour(tmp_path, a_link(provider.port, **link)) as stand:
        message = await stand.send(to=PHONE, text="HLRVIP")
        await stand.until(message, State.DELIVERED)
        ((method, _, body, headers),) = provider.requests
        assert (method, json.loads(body)) == ("POST", {"msisdn": PHONE, "type": "hlrvip"})
        assert (headers["X-Key"], headers["Content-Type"]) == ("secret", "application/json")


@on_a_loop
async def test_what_was_asked_and_answered_is_in_the_trace_without_the_key(tmp_path):
    url = f"http://{HOST}:1/?api_key=K1&number={{msisdn}}"
    async with a_provider() as provider:
        link = a_link(provider.port, url=url.replace(":1/", f":{provider.port}/"))
        async with harbour(tmp_path, link) as stand:
            trace = stand.inlet.trace = Trace(on=True)
            message = await stand.send(to=PHONE, text="HLR")
            await stand.until(message, State.DELIVERED)
            asked, answered = trace.waiting[Stream.MESSAGES]
            assert (asked[0], asked[2], answered[0], answered[2]) == (
                message, Kind.HTTP_OUT, message, Kind.HTTP_IN,
            )  # fmt: skip
            address = f"http://{HOST}:{provider.port}/?api_key=***&number={PHONE}"
            assert texts_of(asked[4]) == ["GET", address, ""]
            assert texts_of(answered[4]) == ["200", json.dumps(GOOD)]
            [block] = blocks({Stream.MESSAGES: [asked, answered]}, texts=False)
            hidden, starred = unpack(block, [message])
            assert texts_of(hidden.data) == ["GET", f"http://{HOST}:{provider.port}/", ""]
            assert texts_of(starred.data) == ["200", "*" * len(json.dumps(GOOD))]


@pytest.mark.parametrize(
    ("word", "state", "refusal", "charged"),
    [
        ("connected", State.DELIVERED, None, PRICE),
        ("ABSENT", State.UNDELIVERED, Refusal.UNDELIVERABLE, PRICE),
        ("Rejected", State.REFUSED, Refusal.REJECTED, 0),
        (None, State.UNDELIVERED, Refusal.UNDELIVERABLE, PRICE),
        (True, State.DELIVERED, None, PRICE),
    ],
)
@on_a_loop
async def test_the_word_of_the_provider_decides(tmp_path, word, state, refusal, charged):
    answer = {"results": [{"mccmnc": "25020", "state": word}]}
    async with (
        a_provider(answer) as provider,
        harbour(tmp_path, a_link(provider.port, state="results.0.state")) as stand,
    ):
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until(message, state)
        assert stand.message(message).message["error"] == (refusal.code if refusal else 0)
        assert await stand.balance() == MONEY - charged


@on_a_loop
async def test_a_provider_in_trouble_is_asked_again_later(tmp_path):
    async with (
        a_provider(web.Response(status=503), GOOD) as provider,
        harbour(tmp_path, a_link(provider.port)) as stand,
    ):
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until_link("throttled", "provider")
        assert stand.link_states("provider")[-1] == ("throttled", "HTTP 503")
        stand.advance(11)
        await stand.until(message, State.DELIVERED)
        await stand.until_link("bound", "provider")
        assert len(provider.requests) == 2


@on_a_loop
async def test_a_provider_that_is_not_there_is_asked_again_later(tmp_path):
    async with a_provider() as provider:
        pass
    async with harbour(tmp_path, a_link(provider.port)) as stand:
        message = await stand.send(to=PHONE, text="HLR", ttl=60_000)
        await stand.until_link("throttled", "provider")
        await stand.until(message, State.ACCEPTED)
        stand.advance(70)
        await stand.until(message, State.UNDELIVERED)
        assert await stand.balance() == MONEY


@on_a_loop
async def test_a_request_that_the_provider_will_not_have_is_refused_for_good(tmp_path):
    async with (
        a_provider(web.Response(status=401)) as provider,
        harbour(tmp_path, a_link(provider.port)) as stand,
    ):
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until(message, State.REFUSED)
        assert await stand.balance() == MONEY


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(text="<html>oops</html>"),
        web.Response(body=b"\xff\xfe\x00"),
        web.Response(text="[" * 50_000),
        web.Response(text='{"n": ' + "9" * 5_000 + "}"),
        web.Response(text='{"n": "' + "9" * 200_000 + '"}'),
        hang_up,
    ],
    ids=["a page", "bytes", "brackets", "a number beyond reason", "too much", "nothing"],
)
@on_a_loop
async def test_an_answer_that_nobody_understands_leaves_it_in_doubt(tmp_path, answer):
    async with (
        a_provider(answer) as provider,
        harbour(tmp_path, a_link(provider.port, in_doubt="hold")) as stand,
    ):
        message = await stand.send(to=PHONE, text="HLR", ttl=60_000)
        await stand.until(message, State.UNCERTAIN)
        stand.advance(130)
        await stand.until(message, State.UNDELIVERED)
        assert await stand.balance() == MONEY


@on_a_loop
async def test_a_look_up_in_doubt_is_made_again_if_the_operator_says_so(tmp_path):
    link = {"method": "POST", "body": "msisdn={msisdn}"}
    async with (
        a_provider(hang_up, GOOD) as provider,
        harbour(tmp_path, a_link(provider.port, **link)) as stand,
    ):
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until_true(lambda: "PUT_BACK" in stand.history(message))
        assert len(provider.requests) == 1
        stand.advance(61)
        await stand.until(message, State.DELIVERED)
        assert len(provider.requests) == 2


@on_a_loop
async def test_a_connection_that_was_kept_too_long_costs_nothing(tmp_path):
    """A GET may be repeated (RFC 9110 §9.2.2): without doubt, at once, and once."""
    async with a_provider(hang_up, GOOD) as provider, harbour(tmp_path, a_link(provider.port)) as stand:
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until(message, State.DELIVERED)
        assert stand.history(message) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]


@pytest.mark.parametrize("answer", [[], {}, 7, "text", None, {"results": []}, {"results": {"0": None}}])
@on_a_loop
async def test_an_answer_that_says_nothing_is_an_answer(tmp_path, answer):
    async with a_provider(answer) as provider, harbour(tmp_path, a_link(provider.port)) as stand:
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until(message, State.DELIVERED)
        assert found(stand, message) == lookup.NOTHING


async def in_pieces(request):
    response = web.StreamResponse()
    await response.prepare(request)
    for piece in (b'{"results": [{"imsi": ', b'"250209161234561", ', b'"mccmnc": "25020"}]}'):
        await response.write(piece)
        await asyncio.sleep(0.01)
    return response


@on_a_loop
async def test_an_answer_may_come_in_pieces(tmp_path):
    async with a_provider(in_pieces) as provider, harbour(tmp_path, a_link(provider.port)) as stand:
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until(message, State.DELIVERED)
        assert found(stand, message).imsi == "250209161234561"


@on_a_loop
async def test_many_look_ups_keep_to_the_window(tmp_path):
    async def slow(_):
        await asyncio.sleep(0.005)
        return web.json_response(GOOD)

    async with a_provider(slow) as provider, harbour(tmp_path, a_link(provider.port, window=4)) as stand:
        messages = await stand.send(to=phones(60), text="HLR")
        await stand.until(messages, State.DELIVERED)
        assert provider.most_at_once == 4
        assert len(provider.requests) == 60


@on_a_loop
async def test_a_slow_provider_is_given_up_after_its_time(tmp_path):
    async def never(_):
        await asyncio.sleep(PATIENCE)

    async with a_provider(never) as provider:
        link = a_link(provider.port, timeout=0.1, in_doubt="hold")
        async with harbour(tmp_path, link) as stand:
            message = await stand.send(to=PHONE, text="HLR")
            await stand.until(message, State.UNCERTAIN)


@on_a_loop
async def test_stopping_puts_back_what_was_not_asked_yet(tmp_path):
    asked = asyncio.Event()
    go_on = asyncio.Event()

    async def wait(_):
        asked.set()
        await go_on.wait()
        return web.json_response(GOOD)

    async with a_provider(wait) as provider, harbour(tmp_path, a_link(provider.port, window=1)) as stand:
        first, *others = await stand.send(to=phones(2), text="HLR")
        await asked.wait()
        stopping = asyncio.create_task(stand.stop_carrier())
        await stand.until_true(lambda: ("draining", "") in stand.link_states("provider"))
        go_on.set()
        await stopping
        await stand.until(first, State.DELIVERED)
        await stand.until(others, State.ACCEPTED)


@on_a_loop
async def test_a_redirect_is_not_followed(tmp_path):
    elsewhere = web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})
    async with a_provider(elsewhere) as provider, harbour(tmp_path, a_link(provider.port)) as stand:
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until(message, State.REFUSED)
        assert len(provider.requests) == 1
