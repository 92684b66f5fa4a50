"""What a voice link needs around it: credentials, programs, a trunk that is there, another one when it is not."""

import shutil

import pytest

from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refusal, Refused
from lotsman.usecases.configure_carrier import LinkRow, examine
from lotsman.usecases.read_routing import read_routing
from stand.harbour import MONEY, PRICE, LinkPlan, harbour, on_a_loop
from stand.sip_peer import a_trunk, answers, answers_options, refuses, wants_a_password

PHONE = "79161234567"
CODE = "Код 1234"
WHERE = {program: shutil.which(program) for program in ("baresip", "espeak-ng", "sox", "setpriv")}


def a_link(port, name="trunk", priority=100, **settings):
    quick = {"trunk": f"sip:127.0.0.1:{port}", "caller": "74951112233", "listen": 0.2, "quiet": ""}
    return LinkPlan(name, priority, "hold", quick | {"rtp_ports": "20000-21000"} | settings, kind="voice")


def only(folder, *programs):
    """A PATH on which there is nothing else"""
    for program in programs:
        (folder / program).symlink_to(WHERE[program])
    return str(folder)


async def news(stand):
    """What the links say reaches admission, as it does every second on a node"""
    await stand.keeper.tend()
    await stand.platform.directory.refresh()
    await read_routing(stand.platform)


@pytest.mark.parametrize(("password", "refusal"), [("s3cret!", Refusal.BUSY), ("wrong", Refusal.UNREACHABLE)])
@on_a_loop
async def test_a_trunk_may_want_a_password(tmp_path, password, refusal):
    async with a_trunk(tmp_path, wants_a_password("login", "s3cret!")) as trunk:
        link = a_link(trunk.port, user="login", password=password, tries=1, trunk_tries=1)
        async with harbour(tmp_path, link) as stand:
            message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
            await stand.until_true(lambda: stand.message(message).message["error"] == refusal.code)
            assert 'username="login"' in trunk.header("Authorization")[0]
            assert "<sip:74951112233@127.0.0.1>" in trunk.header("From")[0]
            assert await stand.balance() == MONEY


@on_a_loop
async def test_what_one_trunk_fails_another_calls(tmp_path):
    async with (
        a_trunk(tmp_path, refuses("503 Service Unavailable")) as bad,
        a_trunk(tmp_path, answers()) as good,
    ):
        links = [
            a_link(bad.port, "bad", 10, trunk_tries=1),
            a_link(good.port, "good", 20, rtp_ports="21002-22000"),
        ]
        async with harbour(tmp_path, *links) as stand:
            await news(stand)
            message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
            await stand.until(message, State.DELIVERED)
            assert stand.history(message) == ["ACCEPTED", "PUT_BACK", "TAKEN", "RECEIPT_GOOD"]
            assert (bad.seen("INVITE"), good.seen("INVITE")) == (1, 1)
            assert await stand.balance() == MONEY - PRICE


@pytest.mark.parametrize(
    ("programs", "said"),
    [((), "baresip is not installed"), (("baresip", "sox"), "espeak-ng: not installed")],
)
@on_a_loop
async def test_without_an_engine_or_a_voice_nothing_is_accepted_and_nothing_charged(
    tmp_path, monkeypatch, programs, said
):
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", only(tmp_path / "bin", *programs))
    async with harbour(tmp_path, a_link(5999), bound=False) as stand:
        await stand.until_link("unfit", "trunk")
        assert said in stand.link_states("trunk")[-1][1]
        await news(stand)
        with pytest.raises(Refused) as refused:
            await stand.send(to=PHONE, text=CODE, sender="GOLOS")
        assert refused.value.refusal is Refusal.OPERATOR_UNSUPPORTED
        assert await stand.balance() == MONEY


@on_a_loop
async def test_a_link_that_becomes_fit_is_used(tmp_path, monkeypatch):
    there = tmp_path / "bin"
    there.mkdir()
    async with a_trunk(tmp_path, answers()) as trunk:
        monkeypatch.setenv("PATH", only(there, "espeak-ng", "sox", "setpriv"))
        async with harbour(tmp_path, a_link(trunk.port), bound=False) as stand:
            await stand.until_link("unfit", "trunk")
            await news(stand)
            only(there, "baresip")
            await stand.until_link("bound", "trunk")
            await news(stand)
            message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
            await stand.until(message, State.DELIVERED)


@on_a_loop
async def test_the_doctor_finds_engine_voices_and_trunk(tmp_path):
    async with a_trunk(tmp_path, answers_options()) as trunk:
        said = dict(reversed(each) for each in await examine(row(a_link(trunk.port))))
    assert set(said.values()) == {True}
    engine, own, speech, peer = said
    assert engine == "engine: baresip"
    assert own.startswith("own address: ")
    assert all(voice in speech for voice in ("ru-f", "ru-m", "en-f", "en-m"))
    assert peer == f"trunk 127.0.0.1:{trunk.port}: 200 OK"


@on_a_loop
async def test_the_doctor_says_what_is_missing(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    said = [what for right, what in await examine(row(a_link(9))) if not right]
    assert said == [
        "engine: baresip is not installed; apt-get install baresip-core",
        "speech: espeak-ng, sox not installed",
        "trunk 127.0.0.1:9: Connection refused",
    ]
    [(right, what)] = await examine(row(a_link(9, trunk="tel:112")))
    assert not right
    assert "sip:host:port" in what


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("trunk", "sip:trunk.example;drop=table", "trunk is"),
        ("caller", "7495 111", "caller is"),
        ("password", 'a"b', "password"),
        ("password", "a>;b", "password"),
        ("window", 0, "window is"),
        ("window", 101, "window is"),
        ("rtp_ports", "20000", "rtp_ports"),
        ("rtp_ports", "20000-20010", "rtp_ports"),
        ("dial", "$(reboot)", "dial is"),
        ("quiet", "22-8", "quiet is"),
        ("time_zone", "Moon/Base", "time_zone"),
        ("speech", "espeak-ng", "{wav}"),
        ("speech", "espeak-ng | | sox {wav}", "speech is"),
        ("voices", {"fr-f": "fr"}, "voices are"),
        ("serves", ["voice", "sms"], "serves voice"),
        ("serves", ["flashcall"], "flash_numbers"),
        ("flash_numbers", ["7495*1"], "flash_numbers"),
        ("ring_timeout", 0, "above zero"),
    ],
)
@on_a_loop
async def test_settings_that_cannot_be_used_are_named(setting, value, told):
    [(right, what)] = await examine(row(a_link(9, **{setting: value})))
    assert not right
    assert told in what


def row(plan):
    return LinkRow(1, plan.name, plan.kind, plan.priority, plan.in_doubt, plan.settings, enabled=True)
