"""The SMPP link against npm's `smpp`: an implementation of the protocol by other people, in another language."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from lotsman.domain import lookup
from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refusal
from stand.harbour import MONEY, PATIENCE, PRICE, a_link, harbour, on_a_loop, phones

PACKAGE = "smpp@0.5.1"
SCRIPT = Path(__file__).with_name("npm_smsc.js")
PHONE = "79031112200"


@pytest.fixture(scope="session")
def modules():
    """The folder with the package, installed once and kept for the next session"""
    kept = Path(tempfile.gettempdir()) / f"lotsman-npm-{PACKAGE.replace('@', '-')}"
    if not (kept / "node_modules" / "smpp").exists():
        if shutil.which("npm") is None or shutil.which("node") is None:
            pytest.fail("node and npm are missing: install the Debian packages nodejs and npm")
        fresh = Path(tempfile.mkdtemp(prefix="lotsman-npm-"))
        install = ["npm", "install", "--prefix", fresh, "--no-audit", "--no-fund", "--no-save", PACKAGE]
        done = subprocess.run(install, check=False, capture_output=True, text=True, timeout=120)
        if done.returncode:
            pytest.fail(f"npm cannot install {PACKAGE}: {done.stderr}")
        with contextlib.suppress(OSError):  # another worker was faster
            fresh.rename(kept)
        shutil.rmtree(fresh, ignore_errors=True)
    return kept / "node_modules"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(key, certificate) of 127.0.0.1, signed by itself"""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, cert


class NpmSmsc:
    def __init__(self, process):
        self._process = process
        self.port = 0

    async def ask(self, **request):
        """What it has seen so far"""
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        return await self.hear()

    async def report(self):
        return await self.ask(ask="report")

    async def has_seen(self, **wanted):
        """Its report, as soon as it says so"""
        async with asyncio.timeout(PATIENCE):
            while True:
                seen = await self.report()
                if wanted.items() <= seen.items():
                    return seen
                await asyncio.sleep(0.01)

    async def hear(self):
        async with asyncio.timeout(PATIENCE):
            line = await self._process.stdout.readline()
        assert line, "the message centre is gone"
        return json.loads(line)


@contextlib.asynccontextmanager
async def npm_smsc(modules, **options):
    process = await asyncio.create_subprocess_exec(
        "node", SCRIPT, json.dumps({"password": "secret"} | options),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"NODE_PATH": str(modules)}, limit=2**20,
    )  # fmt: skip
    smsc = NpmSmsc(process)
    try:
        smsc.port = (await smsc.hear())["port"]
        yield smsc
    finally:
        process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.mark.parametrize(
    ("bind", "modes"), [("transceiver", {"transceiver"}), ("separate", {"transmitter", "receiver"})]
)
@on_a_loop
async def test_a_message_and_its_receipt(tmp_path, modules, bind, modes):
    async with npm_smsc(modules) as smsc, harbour(tmp_path, a_link(smsc.port, bind=bind)) as stand:
        message = await stand.send(to=PHONE, text="hello", ttl=3_600_000)
        await stand.until(message, State.DELIVERED)
        seen = await smsc.report()
        assert set(seen["binds"]) == modes
        (got,) = seen["messages"]
        assert got["livesFor"] == pytest.approx(3600, abs=60)
        del got["livesFor"]
        assert got == {
            "from": "LOTSMAN", "to": PHONE, "text": "hello", "parts": 1, "coding": 0, "ton": [5, 1], "pid": 0,
        }  # fmt: skip
        (part,) = stand.message(message).parts
        assert part["smsc_id"] == "abcdef01"
        assert part["done_at"] is not None


@pytest.mark.parametrize(
    ("text", "parts", "coding"),
    [
        ("Съешь ещё этих мягких французских булок 🥐, да выпей же чаю ☕🫖. " * 6, 6, 8),
        ("a" * 152 + "€" + "b" * 100 + "[€]", 2, 0),
        ("x" * 159 + "€", 2, 0),
        ("Ж" * 66 + "😀" * 40, 3, 8),
        ("@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà^{}\\[~]|€\n", 1, 0),
        ("ї" * 70, 1, 8),
    ],
    ids=[
        "Cyrillic and emoji",
        "euro at the cut",
        "one too many",
        "pairs at the cut",
        "GSM alphabet",
        "exactly full",
    ],
)
@on_a_loop
async def test_a_text_arrives_as_it_was_sent(tmp_path, modules, text, parts, coding):
    async with npm_smsc(modules) as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE, text=text)
        await stand.until(message, State.DELIVERED)
        (got,) = (await smsc.report())["messages"]
        assert (got["text"], got["parts"], got["coding"]) == (text, parts, coding)
        assert await stand.balance() == MONEY - parts * PRICE


@on_a_loop
async def test_refusals_failures_and_throttling(tmp_path, modules):
    refused, failed, *throttled = ["79031112244", "79031112233", "79031112255", "79041112255"]
    async with npm_smsc(modules) as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        messages = await stand.send(to=[refused, failed, *throttled])
        await stand.until(messages[0], State.REFUSED)
        await stand.until(messages[1], State.UNDELIVERED)
        await stand.until(messages[2:], State.DELIVERED)
        assert stand.message(messages[0]).message["error"] == Refusal.UNDELIVERABLE.code
        assert stand.message(messages[1]).parts[0]["carrier_error"] == "021"
        assert await stand.balance() == MONEY - 3 * PRICE
        assert (await smsc.report())["throttled"] == 2


@on_a_loop
async def test_a_wrong_password_is_refused_and_tried_again(tmp_path, modules):
    async with (
        npm_smsc(modules, password="changed") as smsc,
        harbour(tmp_path, a_link(smsc.port), bound=False) as stand,
    ):
        await stand.until_link("refused")
        assert stand.link().detail == "bind refused: ESME_RINVPASWD"

        async def tried_again():
            return (await smsc.report())["refused"] >= 3

        await stand.until_true(tried_again)
        await smsc.ask(ask="password", **{"is": "secret"})
        await stand.until_link("bound")
        await stand.until(await stand.send(to=PHONE), State.DELIVERED)


@on_a_loop
async def test_a_node_that_stops_unbinds(tmp_path, modules):
    async with npm_smsc(modules) as smsc:
        async with harbour(tmp_path, a_link(smsc.port, bind="separate")) as stand:
            await stand.until(await stand.send(to=PHONE), State.DELIVERED)
        await smsc.has_seen(unbinds=2)


@on_a_loop
async def test_hundreds_of_messages_fill_the_window_and_never_more(tmp_path, modules):
    async with npm_smsc(modules) as smsc, harbour(tmp_path, a_link(smsc.port, window=50)) as stand:
        to = phones(500)
        messages = await stand.send(to=to)
        await stand.until(messages, State.DELIVERED)
        seen = await smsc.has_seen(acknowledged=500)
        assert Counter(message["to"] for message in seen["messages"]) == dict.fromkeys(to, 1)
        assert seen["peak"] == 50


# TLS


@on_a_loop
async def test_a_certificate_nobody_vouches_for_is_not_accepted(tmp_path, modules, certificate):
    key, cert = certificate
    async with (
        npm_smsc(modules, key=key.read_text(), cert=cert.read_text()) as smsc,
        harbour(tmp_path, a_link(smsc.port, tls=True), bound=False) as stand,
    ):
        await stand.until_true(lambda: "certificate verify failed" in stand.link().detail)
        assert stand.link().state == "connecting"
        seen = await smsc.report()
        assert (seen["binds"], seen["refused"]) == ([], 0)  # nor does it get to see the password


@pytest.mark.parametrize("trust", ["the carrier's CA", "anybody"])
@on_a_loop
async def test_messages_and_receipts_pass_over_tls(tmp_path, modules, certificate, trust):
    key, cert = certificate
    settings = {"tls_ca": str(cert)} if trust == "the carrier's CA" else {"tls_verify": False}
    async with (
        npm_smsc(modules, key=key.read_text(), cert=cert.read_text()) as smsc,
        harbour(tmp_path, a_link(smsc.port, tls=True, **settings)) as stand,
    ):
        messages = await stand.send(to=phones(50))
        await stand.until(messages, State.DELIVERED)
        await smsc.has_seen(acknowledged=50)


@on_a_loop
async def test_a_certificate_of_another_host_is_not_accepted(tmp_path, modules, certificate):
    key, cert = certificate
    async with npm_smsc(modules, key=key.read_text(), cert=cert.read_text()) as smsc:
        elsewhere = a_link(smsc.port, tls=True, tls_ca=str(cert), host="localhost")
        async with harbour(tmp_path, elsewhere, bound=False) as stand:
            await stand.until_true(lambda: "Hostname mismatch" in stand.link().detail)


@on_a_loop
async def test_a_certificate_may_be_of_a_name_that_is_not_the_address(tmp_path, modules, certificate):
    key, cert = certificate
    async with npm_smsc(modules, key=key.read_text(), cert=cert.read_text()) as smsc:
        settings = {"tls_ca": str(cert), "host": "localhost", "tls_name": "127.0.0.1"}
        async with harbour(tmp_path, a_link(smsc.port, tls=True, **settings)) as stand:
            await stand.until(await stand.send(to=PHONE), State.DELIVERED)


@on_a_loop
async def test_a_carrier_that_asks_for_our_certificate_gets_it(tmp_path, modules, certificate):
    key, cert = certificate
    ours = {"tls_cert": str(cert), "tls_key": str(key)}
    asks = {"key": key.read_text(), "cert": cert.read_text(), "ca": cert.read_text()}
    async with npm_smsc(modules, **asks) as smsc:
        known = a_link(smsc.port, name="known", tls=True, tls_ca=str(cert), **ours)
        stranger = a_link(smsc.port, name="stranger", tls=True, tls_ca=str(cert))
        async with harbour(tmp_path, known, stranger, bound=False) as stand:
            await stand.until(await stand.send(to=PHONE), State.DELIVERED)
            assert stand.link("stranger").state == "connecting"
            assert (await smsc.report())["binds"] == ["transceiver"]


@on_a_loop
async def test_a_link_that_wants_tls_1_3_does_not_talk_to_less(tmp_path, modules, certificate):
    key, cert = certificate
    old = {"key": key.read_text(), "cert": cert.read_text(), "maxVersion": "TLSv1.2"}
    async with npm_smsc(modules, **old) as smsc:
        strict = a_link(smsc.port, name="strict", tls=True, tls_ca=str(cert), tls_min="1.3")
        usual = a_link(smsc.port, name="usual", tls=True, tls_ca=str(cert))
        async with harbour(tmp_path, strict, usual, bound=False) as stand:
            await stand.until_link("bound", "usual")
            await stand.until_true(lambda: stand.link("strict").detail)
            assert stand.link("strict").state == "connecting"


@on_a_loop
async def test_a_certificate_that_cannot_be_read_is_said(tmp_path, modules):
    async with npm_smsc(modules) as smsc:
        link = a_link(smsc.port, tls=True, tls_cert=str(tmp_path / "nowhere.pem"))
        async with harbour(tmp_path, link, bound=False) as stand:
            await stand.until_true(lambda: "No such file" in stand.link().detail)


@on_a_loop
async def test_a_look_up_by_text(tmp_path, modules):
    async with npm_smsc(modules) as smsc, harbour(tmp_path, a_link(smsc.port, serves=["hlr"])) as stand:
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until(message, State.DELIVERED)
        said = lookup.load(stand.message(message).message["attributes"])
        assert (said.imsi, said.mnc, said.cn) == ("250023012345678", "02", "Russian Federation")
        assert said.net == "MegaFON open Joint Stock Company"


@on_a_loop
async def test_a_look_up_over_a_session_of_its_own(tmp_path, modules):
    settings = {"hlr": "bind", "tlvs": {"0x1490": "imsi", "0x1403": "mccmnc"}}
    link = {"serves": ["hlr"], "system_type": "HLR", "lookup": settings}
    async with npm_smsc(modules) as smsc, harbour(tmp_path, a_link(smsc.port, **link)) as stand:
        message = await stand.send(to=PHONE, text="HLR")
        await stand.until(message, State.DELIVERED)
        said = lookup.load(stand.message(message).message["attributes"])
        assert said == ("250203122060176", "", "250", "20", "Russia", "Tele2", "", "")


@on_a_loop
async def test_a_silent_ping(tmp_path, modules):
    link = {"serves": ["ping"], "lookup": {"ping": "silent"}}
    async with npm_smsc(modules) as smsc, harbour(tmp_path, a_link(smsc.port, **link)) as stand:
        message = await stand.send(to=PHONE, text="PING")
        await stand.until(message, State.DELIVERED)
        (got,) = (await smsc.report())["messages"]
        assert (got["pid"], got["coding"]) == (0x40, 0xF4)
