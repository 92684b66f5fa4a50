"""Voice links: real speech by espeak-ng, real calls by baresip, to a trunk that SIPp plays."""

import os
import signal
from pathlib import Path

import pytest

from lotsman.domain import call
from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refusal
from lotsman.store.inbound import list_inbound
from stand.harbour import MONEY, PRICE, LinkPlan, harbour, on_a_loop, phones
from stand.sip_peer import a_trunk, answers, correlation, refuses, rings_for_ever

PHONE = "79161234567"
CALLER = "74951112233"
CODE = "Код 1234"


def a_link(port, *, in_doubt="hold", name="trunk", **settings):
    quick = {
        "trunk": f"sip:127.0.0.1:{port}",
        "caller": CALLER,
        "listen": 0.2,
        "quiet": "",
        "ring_timeout": 1.0,
    }
    quick |= {"rtp_ports": "20000-21000", "retry_after": 60.0, "trunk_retry_after": 10.0}
    return LinkPlan(name, 100, in_doubt, quick | settings, kind="voice")


def spoken_into(folder):
    return list(Path(folder).glob("link-*/*.wav"))


def record(stand, message):
    return call.load(stand.message(message).message["attributes"])


def error(stand, message):
    return stand.message(message).message["error"]


@on_a_loop
async def test_a_text_is_read_to_whoever_answers(tmp_path):
    async with (
        a_trunk(tmp_path, answers()) as trunk,
        harbour(tmp_path, a_link(trunk.port, cache=str(tmp_path))) as stand,
    ):
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
        await stand.until(message, State.DELIVERED)
        assert stand.history(message) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]
        assert record(stand, message).duration in range(4, 12)
        assert await stand.balance() == MONEY - PRICE
        (stream,) = trunk.ear.streams
        (spoken,) = spoken_into(tmp_path)
        assert correlation(trunk.ear.octets(stream), spoken) > 0.99
        assert f"<sip:{CALLER}@127.0.0.1>" in trunk.header("From")[0]
        assert trunk.seen("BYE") == 1


@pytest.mark.parametrize(
    ("status", "state", "refusal", "tried"),
    [
        ("486 Busy Here", State.UNDELIVERED, Refusal.BUSY, 2),
        ("600 Busy Everywhere", State.UNDELIVERED, Refusal.BUSY, 2),
        ("480 Temporarily Unavailable", State.UNDELIVERED, Refusal.NO_ANSWER, 2),
        ("603 Decline", State.UNDELIVERED, Refusal.CALL_DECLINED, 1),
        ("404 Not Found", State.REFUSED, Refusal.UNDELIVERABLE, 1),
        ("484 Address Incomplete", State.REFUSED, Refusal.UNDELIVERABLE, 1),
        ("604 Does Not Exist Anywhere", State.REFUSED, Refusal.UNDELIVERABLE, 1),
        ("503 Service Unavailable", State.REFUSED, Refusal.UNREACHABLE, 2),
        ("403 Forbidden", State.REFUSED, Refusal.UNREACHABLE, 2),
    ],
)
@on_a_loop
async def test_who_cannot_be_reached_pays_nothing(tmp_path, status, state, refusal, tried):
    async with (
        a_trunk(tmp_path, refuses(status)) as trunk,
        harbour(tmp_path, a_link(trunk.port, tries=2)) as stand,
    ):
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
        if tried == 2:
            await stand.until_true(lambda: "PUT_BACK" in stand.history(message))
            await stand.until(message, State.ACCEPTED)
            stand.advance(61)
        await stand.until(message, state)
        assert error(stand, message) == refusal.code
        assert trunk.seen("INVITE") == tried
        assert await stand.balance() == MONEY


@on_a_loop
async def test_a_phone_that_nobody_answers_is_cancelled_and_called_again(tmp_path):
    async with (
        a_trunk(tmp_path, rings_for_ever()) as trunk,
        harbour(tmp_path, a_link(trunk.port, tries=2, ring_timeout=0.3)) as stand,
    ):
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
        await trunk.until_seen("CANCEL")
        await stand.until(message, State.ACCEPTED)
        stand.advance(61)
        await trunk.until_seen("CANCEL", 2)
        await stand.until(message, State.UNDELIVERED)
        assert error(stand, message) == Refusal.NO_ANSWER.code
        assert stand.history(message) == ["ACCEPTED", "PUT_BACK", "TAKEN", "UNANSWERED"]
        assert await stand.balance() == MONEY


@on_a_loop
async def test_nobody_is_called_again_after_the_ttl(tmp_path):
    async with (
        a_trunk(tmp_path, refuses("486 Busy Here")) as trunk,
        harbour(tmp_path, a_link(trunk.port)) as stand,
    ):
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOS", ttl=30_000)
        await stand.until(message, State.UNDELIVERED)
        assert (error(stand, message), trunk.seen("INVITE")) == (Refusal.BUSY.code, 1)


@on_a_loop
async def test_a_trunk_that_says_nothing_is_given_up_and_may_not_ring_later(tmp_path):
    async with (
        a_trunk(tmp_path, rings_for_ever(after=1.5)) as trunk,
        harbour(tmp_path, a_link(trunk.port, setup_timeout=0.4, trunk_tries=1)) as stand,
    ):
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
        await stand.until(message, State.REFUSED)
        assert error(stand, message) == Refusal.UNREACHABLE.code
        await stand.until_link("throttled", "trunk")
        await trunk.until_seen("CANCEL")
        assert await stand.balance() == MONEY


@on_a_loop
async def test_a_key_that_is_pressed_is_kept_told_and_an_answer(tmp_path):
    async with a_trunk(tmp_path, answers()) as trunk, harbour(tmp_path, a_link(trunk.port)) as stand:
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOSM")
        await stand.until_true(lambda: len(trunk.ear.streams) == 1)
        trunk.ear.press("5")
        await stand.until(message, State.DELIVERED)
        assert record(stand, message).keys == "5"
        (answer,) = await stand.database.read(list_inbound, stand.account.id, None, 10)
        assert (answer.phone, answer.number, answer.text) == (PHONE, CALLER, "5")


@on_a_loop
async def test_who_hangs_up_at_once_has_heard_nothing_and_that_is_paid(tmp_path):
    async with (
        a_trunk(tmp_path, answers(hangs_up_after=0.2)) as trunk,
        harbour(tmp_path, a_link(trunk.port)) as stand,
    ):
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
        await stand.until(message, State.UNDELIVERED)
        assert error(stand, message) == Refusal.HUNG_UP.code
        assert record(stand, message) == (1, "")
        assert await stand.balance() == MONEY - PRICE


@on_a_loop
async def test_twenty_calls_at_once_hear_each_its_own_text(tmp_path):
    link = a_link(0)
    async with a_trunk(tmp_path, answers()) as trunk:
        link = a_link(trunk.port, window=20, cache=str(tmp_path), listen=2.0)
        async with harbour(tmp_path, link) as stand:
            texts = [f"Код {1000 + 37 * n}" for n in range(20)]
            sent = [
                await stand.send(to=to, text=text, sender="GOLOS")
                for to, text in zip(phones(20), texts, strict=True)
            ]
            await stand.until_true(lambda: stand.link("trunk").in_flight == 20)
            await stand.until(sent, State.DELIVERED, patience=40)
            spoken = spoken_into(tmp_path)
            best = [
                max((correlation(trunk.ear.octets(stream), path), path) for path in spoken)
                for stream in trunk.ear.streams
            ]
            assert len(best) == len({path for _, path in best}) == 20
            assert min(likeness for likeness, _ in best) > 0.8


@pytest.mark.parametrize(("in_doubt", "state"), [("hold", State.UNCERTAIN), ("resend", State.ACCEPTED)])
@on_a_loop
async def test_an_engine_that_dies_in_mid_call_leaves_it_in_doubt(tmp_path, in_doubt, state):
    async with (
        a_trunk(tmp_path, answers()) as trunk,
        harbour(tmp_path, a_link(trunk.port, in_doubt=in_doubt)) as stand,
    ):
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOS", ttl=120_000)
        await stand.until_true(lambda: len(trunk.ear.streams) == 1)
        os.kill(stand.link("trunk")._engine._process.pid, signal.SIGKILL)
        await stand.until(message, state)
        await stand.until_link("bound", "trunk")
        if in_doubt == "resend":
            stand.advance(61)
            await stand.until(message, State.DELIVERED)
            assert (trunk.seen("INVITE"), await stand.balance()) == (2, MONEY - PRICE)
        else:
            stand.advance(200)
            await stand.until(message, State.UNDELIVERED)
            assert (trunk.seen("INVITE"), await stand.balance()) == (1, MONEY)


@on_a_loop
async def test_stopping_lets_who_listens_hear_the_end_and_calls_others_another_time(tmp_path):
    async with a_trunk(tmp_path, answers(after=0.0)) as quick, a_trunk(tmp_path, rings_for_ever()) as slow:
        links = [
            a_link(quick.port),
            a_link(slow.port, name="slow", serves=["flashcall"], flash_numbers=["7495111****"], flash_ring=9),
        ]
        async with harbour(tmp_path, *links) as stand:
            heard = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
            ringing = await stand.send(to=PHONE, text="4321", sender="FLASHCALL")
            await stand.until_true(lambda: any(c.answered_at for c in stand.link("trunk")._calls.values()))
            await stand.until_true(lambda: any(c.rang_for for c in stand.link("slow")._calls.values()))
            await stand.stop_carrier()
            await slow.until_seen("CANCEL")
            await stand.until(heard, State.DELIVERED)
            await stand.until(ringing, State.ACCEPTED)


@on_a_loop
async def test_a_flash_call_rings_from_a_number_that_ends_in_the_code(tmp_path):
    async with a_trunk(tmp_path, rings_for_ever(provisional="183 Session Progress")) as trunk:
        link = a_link(
            trunk.port,
            serves=["voice", "flashcall"],
            flash_numbers=["74957770000", "7495111****"],
            flash_ring=1.2,
        )
        async with harbour(tmp_path, link) as stand:
            message = await stand.send(to=PHONE, text="4321", sender="FLASHCALL")
            await trunk.until_seen("CANCEL")
            await stand.until(message, State.DELIVERED)
            assert "<sip:74951114321@127.0.0.1>" in trunk.header("From")[0]
            assert await stand.balance() == MONEY - PRICE
            none = await stand.send(to=PHONE, text="99999", sender="FLASHCALL")
            await stand.until(none, State.REFUSED)
            assert error(stand, none) == Refusal.NO_SUCH_CALLER.code


@on_a_loop
async def test_a_flash_call_that_is_answered_at_once_has_rung(tmp_path):
    async with a_trunk(tmp_path, answers(after=0.1)) as trunk:
        link = a_link(trunk.port, serves=["flashcall"], flash_numbers=["7495111****"], flash_ring=2.0)
        async with harbour(tmp_path, link) as stand:
            message = await stand.send(to=PHONE, text="4321", sender="FLASHCALL")
            await trunk.until_seen("BYE")
            await stand.until(message, State.DELIVERED)
            assert record(stand, message) == (0, "")


@on_a_loop
async def test_two_flash_calls_with_one_code_do_not_end_each_other(tmp_path):
    async with a_trunk(tmp_path, rings_for_ever()) as trunk:
        link = a_link(trunk.port, serves=["flashcall"], flash_numbers=["7495111****"], flash_ring=1.2)
        async with harbour(tmp_path, link) as stand:
            first, second = phones(2)
            sent = [await stand.send(to=first, text="4321", sender="FLASHCALL")]
            await trunk.until_seen("INVITE")
            sent.append(await stand.send(to=second, text="4321", sender="FLASHCALL"))
            await stand.until(sent, State.DELIVERED)
            assert [stand.history(each) for each in sent] == [["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]] * 2


@on_a_loop
async def test_an_engine_that_hangs_is_replaced(tmp_path):
    async with (
        a_trunk(tmp_path, rings_for_ever()) as trunk,
        harbour(tmp_path, a_link(trunk.port, ring_timeout=0.5)) as stand,
    ):
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
        await trunk.until_seen("INVITE")
        await stand.until_true(lambda: any(c.rang_for for c in stand.link("trunk")._calls.values()))
        hung = stand.link("trunk")._engine._process.pid
        os.kill(hung, signal.SIGSTOP)
        await stand.until(message, State.UNCERTAIN)
        await stand.until_link("bound", "trunk")
        assert stand.link("trunk")._engine._process.pid != hung


@on_a_loop
async def test_at_night_only_codes_are_called(tmp_path):
    async with (
        a_trunk(tmp_path, answers()) as trunk,
        harbour(tmp_path, a_link(trunk.port, quiet="00:00-23:59")) as stand,
    ):
        talk = await stand.send(to=PHONE, text="Добрый вечер", sender="GOLOS")
        code = await stand.send(to="79161234568", text=CODE, sender="GOLOS")
        await stand.until(code, State.DELIVERED)
        assert "quiet hours" in stand.message(talk).message["history"]
        assert trunk.seen("INVITE") == 1


@pytest.mark.parametrize(
    ("speech", "told"),
    [
        ("false {wav}", "false ended with 1"),
        ("espeak-ng --stdin -w {wav}", "8000 Hz"),
        ("sleep 60 {wav}", "sleep ended with 1"),
        ("tail -f /dev/null | sox -q -t wav - {wav}", "longer than"),
    ],
)
@on_a_loop
async def test_a_pipeline_that_cannot_speak_rings_nobody(tmp_path, speech, told):
    async with (
        a_trunk(tmp_path, answers()) as trunk,
        harbour(tmp_path, a_link(trunk.port, speech=speech, speech_timeout=1.0)) as stand,
    ):
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
        await stand.until_link("throttled", "trunk")
        assert told in stand.link_states("trunk")[-1][1]
        await stand.until(message, State.ACCEPTED)
        assert trunk.seen("INVITE") == 0


@on_a_loop
async def test_silence_is_not_put_through(tmp_path):
    pipeline = "sox -q -n -r 8000 -c 1 -b 16 {wav} trim 0 1"
    async with (
        a_trunk(tmp_path, answers()) as trunk,
        harbour(tmp_path, a_link(trunk.port, speech=pipeline)) as stand,
    ):
        message = await stand.send(to=PHONE, text=CODE, sender="GOLOS")
        await stand.until(message, State.REFUSED)
        assert error(stand, message) == Refusal.NOT_SPEAKABLE.code
        assert (trunk.seen("INVITE"), await stand.balance()) == (0, MONEY)


@on_a_loop
async def test_a_text_is_never_a_part_of_a_command(tmp_path):
    texts = [
        f"$(touch {tmp_path}/a) 1234",
        f"`touch {tmp_path}/b` 1234",
        f"; touch {tmp_path}/c | 1234",
        f"-w {tmp_path}/d 1234",
        "{wav} {voice} '\" \\ \n\r 1234",
    ]
    async with (
        a_trunk(tmp_path, answers(hangs_up_after=0.1)) as trunk,
        harbour(tmp_path, a_link(trunk.port)) as stand,
    ):
        sent = [
            await stand.send(to=to, text=text, sender="GOLOS")
            for to, text in zip(phones(5), texts, strict=True)
        ]
        await stand.until(sent, State.UNDELIVERED, patience=30)
        assert not any((tmp_path / name).exists() for name in "abcd")
