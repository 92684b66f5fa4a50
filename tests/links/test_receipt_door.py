"""Receipts that carriers bring over HTTP: at the door of a node, on a socket, whoever holds the link."""

import asyncio
import contextlib
import json
import sqlite3
import urllib.parse

import aiohttp
import pytest
from aiohttp import web

from lotsman.api.app import Doors
from lotsman.api.receipts import ReceiptDoor
from lotsman.api.server import DoorServer
from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refusal
from lotsman.store.database import Database
from lotsman.store.directory import Directory
from lotsman.usecases import NoHandoff, Platform
from stand.harbour import HOST, MONEY, PRICE, LinkPlan, harbour, on_a_loop, phones
from stand.http_carrier import a_provider as a_carrier
from stand.http_carrier import hang_up
from stand.node import free_port

PHONE = "79161234567"
SECRET = "0123456789abcdef"


class Door:
    """What a carrier sees of it"""

    def __init__(self, session, url):
        self._session, self.url = session, url

    async def bring(self, path=f"/receipts/1/{SECRET}", *, method="GET", **kwargs):
        """-> status, body"""
        async with self._session.request(method, self.url + path, **kwargs) as answer:
            return answer.status, await answer.text()

    async def told(self, **parameters):
        return await self.bring(params=parameters)


@contextlib.asynccontextmanager
async def a_door(platform, clock, port):
    doors = Doors(platform, clock, emulated=False, pages={}, receipts=ReceiptDoor(platform, clock).page)
    server = DoorServer(doors.answer)
    await server.listen(HOST, port)
    async with aiohttp.ClientSession() as session:
        yield Door(session, f"http://{HOST}:{port}")
    await server.drain(1)


@contextlib.asynccontextmanager
async def scene(tmp_path, *answers, **settings):
    """A carrier, a link to it, and the door of the node that holds the link"""
    port = free_port()
    fixed = {
        "profile": "json",
        "words": {"apikey": "x"},
        "receipts_at": f"http://{HOST}:{port}/",
        "secret": SECRET,
    }
    async with a_carrier(*(answers or [{"id": "M1"}])) as carrier:
        plan = LinkPlan("carrier", 100, "hold", fixed | {"url": carrier.url} | settings, kind="upstream")
        async with harbour(tmp_path, plan) as stand, a_door(stand.platform, stand.clock, port) as door:
            yield stand, carrier, door


async def submitted(stand, text="hello"):
    message = await stand.send(to=PHONE, text=text)
    await stand.until(message, State.SUBMITTED)
    return message


async def strays(stand):
    return await stand.database.read(
        lambda connection: connection.exec_driver_sql("SELECT count(*) FROM stray_receipts").scalar()
    )


@on_a_loop
async def test_the_carrier_is_told_where_to_bring_them(tmp_path):
    async with scene(tmp_path) as (stand, carrier, door):
        await submitted(stand)
        [body] = carrier.bodies()
        assert body["callback"] == f"{door.url}/receipts/1/{SECRET}"


@pytest.mark.parametrize(
    "call",
    [
        {"params": {"id": "M1", "status": "delivered"}},
        {"params": {"id": "M1", "status": "DELIVRD", "phone": f"+{PHONE}"}},
        {"method": "POST", "data": {"id": "M1", "status": "delivered", "error": "0"}},
        {"method": "POST", "json": {"id": "M1", "status": "Delivered", "phone": PHONE}},
        {"method": "POST", "json": [{"id": "M1", "status": "delivered"}]},
        {"method": "PUT", "json": {"id": "M1", "status": "read"}},
        {"path": f"/receipts/carrier/{SECRET}/", "params": {"id": "M1", "status": "seen"}},
    ],
    ids=["query", "an SMPP word", "form", "json", "a list", "put", "by the link's name"],
)
@on_a_loop
async def test_a_receipt_delivers_however_it_is_brought(tmp_path, call):
    async with scene(tmp_path) as (stand, _, door):
        message = await submitted(stand)
        assert await door.bring(**call) == (200, "OK")
        assert stand.state(message) is State.DELIVERED  # it is on disk when OK is said
        assert await strays(stand) == 0


@pytest.mark.parametrize(
    ("told", "state", "error"),
    [
        ({"status": "undelivered", "error": "44"}, State.UNDELIVERED, Refusal.UNDELIVERABLE),
        ({"status": "EXPIRED"}, State.UNDELIVERED, Refusal.EXPIRED),
        ({"status": "no_user"}, State.UNDELIVERED, Refusal.UNREACHABLE),
        ({"status": "queued"}, State.SUBMITTED, None),
        ({"status": "a word of next year"}, State.SUBMITTED, None),
        ({}, State.SUBMITTED, None),
    ],
)
@on_a_loop
async def test_what_a_receipt_means(tmp_path, told, state, error):
    async with scene(tmp_path) as (stand, _, door):
        message = await submitted(stand)
        assert await door.told(id="M1", **told) == (200, "OK")
        assert stand.state(message) is state
        assert stand.message(message).message["error"] == (error.code if error else 0)


@on_a_loop
async def test_receipts_of_another_lotsman_have_its_errors(tmp_path):
    sent = {"send": [{"server_id": "4566", "phone": PHONE, "status": "0"}]}
    async with scene(tmp_path, sent, profile="smspilot") as (stand, carrier, door):
        message = await submitted(stand)
        ((_, _, body, _),) = carrier.requests
        callback = dict(urllib.parse.parse_qsl(body))["callback"]
        assert callback == f"{door.url}/receipts/1/{SECRET}?fields=phone"
        assert await door.told(fields="phone", server_id="4566", status="1", error="0", phone=PHONE) == (
            200,
            "OK",
        )
        assert stand.state(message) is State.SUBMITTED
        await door.told(fields="phone", server_id="4566", status="-1", error="600", phone=PHONE)
        assert stand.state(message) is State.UNDELIVERED
        assert stand.message(message).message["error"] == Refusal.EXPIRED.code


@on_a_loop
async def test_one_receipt_is_of_all_parts(tmp_path):
    async with scene(tmp_path) as (stand, _, door):
        message = await submitted(stand, "ы" * 300)
        await door.told(id="M1", status="delivered")
        assert stand.state(message) is State.DELIVERED
        assert await stand.balance() == MONEY - 5 * PRICE


@on_a_loop
async def test_a_receipt_may_come_before_the_answer(tmp_path):
    came = asyncio.Event()

    async def late(_):
        await came.wait()
        return web.json_response({"id": "M1"})

    async with scene(tmp_path, late) as (stand, carrier, door):
        message = await stand.send(to=PHONE, text="ы" * 100)
        await stand.until_true(lambda: carrier.requests)
        assert await door.told(id="M1", status="delivered", phone=PHONE) == (200, "OK")
        assert stand.state(message) is State.SENDING
        came.set()
        await stand.until(message, State.DELIVERED)
        assert await strays(stand) == 0


@on_a_loop
async def test_a_receipt_may_come_again_and_changes_nothing(tmp_path):
    async with scene(tmp_path) as (stand, _, door):
        message = await submitted(stand)
        for status in ("delivered", "delivered", "undelivered"):
            assert await door.told(id="M1", status=status) == (200, "OK")
        assert stand.history(message) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]
        assert await strays(stand) == 0


@on_a_loop
async def test_a_receipt_of_a_message_that_nobody_knows_is_kept(tmp_path):
    async with scene(tmp_path) as (stand, _, door):
        message = await submitted(stand)
        assert await door.told(id="M2", status="delivered") == (200, "OK")
        assert stand.state(message) is State.SUBMITTED
        assert await strays(stand) == 1


@pytest.mark.parametrize("text", ["hello", "ы" * 300])
@pytest.mark.parametrize(("status", "state"), [("delivered", State.DELIVERED), ("failed", State.UNDELIVERED)])
@on_a_loop
async def test_a_receipt_ends_a_doubt_by_its_phone(tmp_path, text, status, state):
    async with scene(tmp_path, hang_up) as (stand, _, door):
        message = await stand.send(to=PHONE, text=text)
        await stand.until(message, State.UNCERTAIN)
        assert await door.told(id="M1", status=status, phone=PHONE) == (200, "OK")
        assert stand.state(message) is state


@on_a_loop
async def test_a_receipt_that_came_before_the_doubt_ends_it(tmp_path):
    came = asyncio.Event()

    async def lost(request):
        await came.wait()
        return await hang_up(request)

    async with scene(tmp_path, lost) as (stand, carrier, door):
        message = await stand.send(to=PHONE, text="ы" * 300)
        await stand.until_true(lambda: carrier.requests)
        await door.told(id="M1", status="delivered", phone=PHONE)
        came.set()
        await stand.until(message, State.DELIVERED)


@pytest.mark.parametrize(
    "path",
    [
        "/receipts/1/wrong",
        "/receipts/1/",
        "/receipts/1",
        "/receipts/",
        f"/receipts/2/{SECRET}",
        f"/receipts/1/{SECRET}x",
        f"/receipts/1/{SECRET.upper()}",
        f"/receipts/%31%2F/{SECRET}",
        "/receipts/1/%FF%FE",
    ],
)
@on_a_loop
async def test_who_does_not_know_the_secret_brings_nothing(tmp_path, path):
    async with scene(tmp_path) as (stand, _, door):
        message = await submitted(stand)
        assert await door.bring(path, params={"id": "M1", "status": "delivered"}) == (404, "not found")
        assert stand.state(message) is State.SUBMITTED
        assert await strays(stand) == 0


@on_a_loop
async def test_a_link_without_a_secret_has_no_door(tmp_path):
    async with scene(tmp_path, secret="", receipts_at="") as (_, _, door):
        assert (await door.bring("/receipts/1/"))[0] == 404


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ({"params": {"status": "delivered"}}, 400),
        ({"method": "POST", "data": b"{oops"}, 400),
        ({"method": "POST", "data": b"[" * 100_000}, 400),
        ({"method": "POST", "data": b"\xff\xfe\x00"}, 400),
        ({"method": "POST", "json": {"id": {"a": 1}, "status": "delivered"}}, 400),
        ({"method": "POST", "json": [None]}, 400),
        ({"method": "POST", "json": [{"id": str(n)} for n in range(1001)]}, 200),  # none of them final
        ({"method": "POST", "json": [{"id": str(n), "status": "read"} for n in range(1001)]}, 413),
        ({"method": "DELETE"}, 405),
        ({"method": "OPTIONS"}, 405),
    ],
)
@on_a_loop
async def test_what_is_no_receipt_is_refused(tmp_path, call, status):
    async with scene(tmp_path) as (stand, _, door):
        assert (await door.bring(**call))[0] == status
        assert await strays(stand) == 0


@on_a_loop
async def test_many_receipts_in_one_call(tmp_path):
    async def numbered(request):
        return web.json_response({"id": (await request.json())["to"]})

    async with scene(tmp_path, numbered, receipt_list="results.items") as (stand, _, door):
        messages = await stand.send(to=phones(50))
        await stand.until(messages, State.SUBMITTED)
        rows = [{"id": phone, "status": "delivered"} for phone in phones(50)]
        assert await door.bring(method="POST", json={"results": {"items": rows}}) == (200, "OK")
        await stand.until(messages, State.DELIVERED)


@on_a_loop
async def test_what_cannot_be_stored_shall_come_again(tmp_path):
    async with scene(tmp_path) as (stand, _, door):
        message = await submitted(stand)
        with sqlite3.connect(tmp_path / "lotsman.db") as broken:
            broken.execute("ALTER TABLE parts RENAME TO parts_out_of_reach")
        assert (await door.told(id="M1", status="delivered"))[0] == 503
        with sqlite3.connect(tmp_path / "lotsman.db") as whole:
            whole.execute("ALTER TABLE parts_out_of_reach RENAME TO parts")
        assert (await door.told(id="M1", status="delivered")) == (200, "OK")
        assert stand.state(message) is State.DELIVERED


@on_a_loop
async def test_a_node_that_does_not_hold_the_link_takes_its_receipts(tmp_path):
    async with scene(tmp_path) as (stand, _, _):
        message = await submitted(stand)
        database = Database(f"sqlite:///{tmp_path / 'lotsman.db'}")
        loop = asyncio.get_running_loop()
        database.start(loop)
        other = Platform(
            database,
            Directory(database, stand.clock),
            stand.platform.numbering,
            9,
            loop.call_later,
            NoHandoff(),
        )
        async with a_door(other, stand.clock, free_port()) as door:
            assert await door.told(id="M1", status="delivered") == (200, "OK")
        assert stand.state(message) is State.DELIVERED
        await asyncio.to_thread(database.close)


@on_a_loop
async def test_a_new_secret_holds_within_seconds(tmp_path):
    from lotsman.usecases.configure_carrier import change_link

    async with scene(tmp_path) as (stand, _, door):
        assert (await door.told(id="x", status="wait"))[0] == 200
        await change_link(stand.platform, "carrier", {"secret": "another"})
        stand.advance(3)
        assert (await door.told(id="x", status="wait"))[0] == 404
        assert json.dumps(await door.bring("/receipts/1/another", params={"id": "x"})) == '[200, "OK"]'
