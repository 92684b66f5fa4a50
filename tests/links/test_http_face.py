"""The simulator's carrier over HTTP, and a link to it: what each ending of a number does, told or asked."""

import contextlib

import aiohttp
import pytest

from lotsman.domain.lifecycle import State
from lotsman.simulator.http_face import HttpFace
from stand.harbour import MONEY, PRICE, LinkPlan, an_smsc, harbour, on_a_loop
from stand.harbour import a_link as an_smpp_link

NUMBER = "790879647{}"


@contextlib.asynccontextmanager
async def a_face():
    face = HttpFace()
    await face.start()
    try:
        yield face
    finally:
        await face.stop()


def a_link(face, **settings):
    fixed = {
        "profile": "json", "url": f"http://127.0.0.1:{face.port}/send", "words": {"apikey": "x"}, "poll": 1.0,
        "poll_url": f"http://127.0.0.1:{face.port}/status?ids={{ids}}", "poll_list": "messages",
    }  # fmt: skip
    return LinkPlan("face", 1, "hold", fixed | settings, kind="upstream")


@on_a_loop
async def test_what_an_ending_does(tmp_path):
    ends = {
        "81": State.DELIVERED, "98": State.UNDELIVERED, "97": State.REFUSED, "93": State.REFUSED, "95": State.SUBMITTED,
        "94": State.SUBMITTED,
    }  # fmt: skip
    async with a_face() as face, harbour(tmp_path, a_link(face)) as stand:
        messages = {ending: await stand.send(to=NUMBER.format(ending)) for ending in ends}
        await stand.until(messages["95"], State.SUBMITTED)
        stand.advance(2)  # old enough to be asked about
        await stand.until_true(
            lambda: {ending: stand.state(message) for ending, message in messages.items()} == ends
        )
        assert [taken.asked["text"] for taken in face.received] == ["hello"] * 4


@pytest.mark.parametrize(("ending", "events"), [("81", 0), ("93", 1), ("98", 1)])
@on_a_loop
async def test_vibersms_in_one_node(tmp_path, ending, events):
    async with a_face() as face, an_smsc("subscribers ordinary") as smsc:
        links = [a_link(face, serves=["vibersms"]), an_smpp_link(smsc.port, name="tower")]
        async with harbour(tmp_path, *links) as stand:
            message = await stand.send(to=NUMBER.format(ending), text="ы" * 100, sender="VIBERSMS")
            await stand.until(message, State.SUBMITTED)
            stand.advance(2)
            await stand.until(message, State.DELIVERED)
            assert stand.history(message).count("FALL_BACK") == events
            assert await stand.balance() == MONEY - (2 * PRICE if events else PRICE)
            if events:
                assert {submit.source for submit in smsc.received} == {"LOTSMAN"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b'{"to": "x", "text": "a"}', b'{"to": "7908"}', b"[" * 90_000]
)
@on_a_loop
async def test_what_is_no_message_is_refused(body):
    async with a_face() as face, aiohttp.ClientSession() as session:
        async with session.post(f"http://127.0.0.1:{face.port}/send", data=body) as answer:
            assert (await answer.json())["error"] == "bad_request"
        assert face.received == []
