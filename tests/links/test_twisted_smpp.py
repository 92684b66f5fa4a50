"""The SMPP link against smpp.twisted3, a strict message centre of other people's: it closes on what it cannot read."""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from lotsman.domain.lifecycle import State
from stand.harbour import MONEY, PATIENCE, PRICE, a_link, harbour, on_a_loop, phones

SCRIPT = Path(__file__).with_name("twisted_smsc.py")
PHONE = "79031112233"


class StrictSmsc:
    """`said` grows with each line"""

    def __init__(self, process):
        self._process = process
        self.said = []

    @property
    def port(self):
        return self.facts("port")[0]

    def facts(self, kind):
        return [line[kind] for line in self.said if kind in line]

    async def listen(self):
        while line := await self._process.stdout.readline():
            if line.startswith(b"{"):  # the library prints, too
                self.said.append(json.loads(line))

    async def until(self, asked):
        async with asyncio.timeout(PATIENCE):
            while not asked():  # noqa: ASYNC110  another process says it
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def strict_smsc(**options):
    process = await asyncio.create_subprocess_exec(
        sys.executable, SCRIPT, json.dumps(options), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    smsc = StrictSmsc(process)
    listening = asyncio.create_task(smsc.listen())
    try:
        await smsc.until(lambda: smsc.facts("port"))
        yield smsc
    finally:
        process.kill()
        await process.wait()
        await listening


TLVS = {"0x1400": "text:110011", "user_message_reference": "int2:{id}"}


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("hello", {}),
        ("Съешь ещё этих мягких французских булок 🥐, да выпей же чаю ☕. " * 3, {}),
        ("Съешь ещё этих мягких французских булок 🥐, да выпей же чаю ☕. " * 3, {"long": "udh16"}),
        ("Съешь ещё этих мягких французских булок 🥐, да выпей же чаю ☕. " * 3, {"long": "sar"}),
        ("Съешь ещё этих мягких французских булок 🥐, да выпей же чаю ☕. " * 3, {"long": "payload"}),
        ("hello", {"validity": "absolute", "priority_flag": 1, "service_type": "CMT"}),
        ("hello", {"validity": "none", "registered_delivery": 2, "dest_ton": 2}),
        ("hello", {"alphabet": "latin1", "coding_gsm": 3}),
        ("hello", {"tlvs": TLVS}),
        ("long " * 80, {"tlvs": TLVS, "long": "sar"}),
    ],
    ids=[
        "as it comes", "8-bit headers", "16-bit headers", "sar", "payload", "absolute validity and flags",
        "no validity", "Latin-1", "TLVs", "TLVs with sar",
    ],
)  # fmt: skip
@on_a_loop
async def test_a_strict_reader_has_nothing_to_complain_of(tmp_path, text, settings):
    async with strict_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, **settings)) as stand:
        message = await stand.send(to=PHONE, text=text)
        await stand.until(message, State.DELIVERED)
        assert smsc.facts("complaint") == []
        submits = smsc.facts("submit")
        assert len(submits) == (1 if settings.get("long") == "payload" else len(stand.message(message).parts))
        await smsc.until(lambda: len(smsc.facts("acknowledged")) == len(submits))
        assert set(smsc.facts("acknowledged")) == {"ESME_ROK"}


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({"binds": 3}, ["bind_transceiver"] * 3),
        ({"bind": "separate", "binds": 2}, ["bind_receiver"] * 2 + ["bind_transmitter"] * 2),
    ],
)
@on_a_loop
async def test_as_many_sessions_as_the_carrier_allows(tmp_path, settings, kinds):
    async with strict_smsc(binds=3) as smsc, harbour(tmp_path, a_link(smsc.port, **settings)) as stand:
        await smsc.until(lambda: len(smsc.facts("bind")) == len(kinds))
        assert sorted(smsc.facts("bind")) == kinds
        await stand.until(await stand.send(to=phones(100)), State.DELIVERED)
        assert smsc.facts("complaint") == []


@on_a_loop
async def test_a_session_more_than_the_carrier_allows_is_refused_and_the_others_work(tmp_path):
    async with strict_smsc(binds=2) as smsc, harbour(tmp_path, a_link(smsc.port, binds=3)) as stand:
        await stand.until_true(lambda: "2 of 3 binds" in stand.link().detail and stand.link().window == 20)
        await stand.until_true(lambda: "ESME_RBINDFAIL" in stand.link().detail)
        assert stand.link().state == "bound"
        await stand.until(await stand.send(to=phones(50)), State.DELIVERED)


@on_a_loop
async def test_throttling_loses_nothing(tmp_path):
    async with strict_smsc(throttle=10) as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        await stand.until(await stand.send(to=phones(30)), State.DELIVERED)
        assert len(smsc.facts("submit")) >= 33
        assert await stand.balance() == MONEY - 30 * PRICE


@on_a_loop
async def test_it_would_have_complained():
    async with strict_smsc() as smsc:
        _, writer = await asyncio.open_connection("127.0.0.1", smsc.port)
        writer.write(b"\0\0\0\x14\0\0\0\4\0\0\0\0\0\0\0\1abcd")  # a submit_sm that ends in an address
        await smsc.until(lambda: smsc.facts("complaint"))
        writer.close()
