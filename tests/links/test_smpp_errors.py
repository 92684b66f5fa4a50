"""What a carrier's errors lead to, from its answer to what is on disk: the operator's own table."""

import pytest

from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refusal
from lotsman.smpp import commands
from lotsman.smpp.pdu import Sm
from stand.harbour import MONEY, PRICE, a_link, an_smsc, harbour, on_a_loop

PHONE = "79031112233"


@on_a_loop
async def test_retry_after_so_many_seconds(tmp_path):
    link = {"errors": {"0x0045": "retry 30"}}
    async with (
        an_smsc("error ESME_RSUBMITFAIL 1") as smsc,
        harbour(tmp_path, a_link(smsc.port, **link)) as stand,
    ):
        message = await stand.send(to=PHONE)
        await stand.until_true(lambda: "PUT_BACK" in stand.history(message))
        row = stand.message(message).message
        assert row["due_at"] - row["modified_at"] == pytest.approx(30_000, abs=500)
        stand.advance(31)
        await stand.until(message, State.DELIVERED)


@on_a_loop
async def test_the_next_route_takes_what_this_carrier_will_not(tmp_path):
    link = {"errors": {"ESME_RINVSRCADR": "next"}, "name": "first", "priority": 1}
    async with (
        an_smsc("error ESME_RINVSRCADR") as first,
        an_smsc() as second,
        harbour(tmp_path, a_link(first.port, **link), a_link(second.port, name="second")) as stand,
    ):
        message = await stand.send(to=PHONE)
        await stand.until(message, State.DELIVERED)
        assert (first.counts.submits, second.counts.taken) == (1, 1)
        assert await stand.balance() == MONEY - PRICE


@on_a_loop
async def test_when_no_route_is_left_it_fails_with_the_code_of_the_table(tmp_path):
    link = {"errors": {"*": "next 605"}}
    async with an_smsc("error 0x0444") as smsc, harbour(tmp_path, a_link(smsc.port, **link)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.REFUSED)
        assert stand.message(message).message["error"] == Refusal.RECIPIENT_OPTED_OUT.code
        assert await stand.balance() == MONEY
        assert smsc.counts.submits == 1


@on_a_loop
async def test_fail_with_our_code(tmp_path):
    link = {"errors": {"ESME_RTHROTTLED": "fail 602"}}
    async with an_smsc("throttle") as smsc, harbour(tmp_path, a_link(smsc.port, **link)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.REFUSED)
        assert stand.message(message).message["error"] == Refusal.UNREACHABLE.code


@on_a_loop
async def test_slow_down_at_a_status_of_the_carriers_own(tmp_path):
    link = {"errors": {"0x0444": "slow"}}
    async with an_smsc("error 0x0444 2") as smsc, harbour(tmp_path, a_link(smsc.port, **link)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.DELIVERED)
        assert stand.history(message) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]
        assert "throttled" in {state for state, _ in stand.link_states()}


@pytest.mark.parametrize("shape", ["as-text", "as-tlv"])
@pytest.mark.parametrize(
    ("table", "said", "error"),
    [
        ({"045": 605}, "UNDELIV err 045", 605),
        ({"45": 602}, "EXPIRED err 045", 602),
        ({"REJECTD": 601}, "REJECTD err 011", 601),
        ({"046": 605}, "UNDELIV err 045", 601),
    ],
)
@on_a_loop
async def test_an_error_of_a_receipt_is_told_as_the_operator_says(tmp_path, table, said, error, shape):
    script = f"fails {said}\nreceipts {shape}"
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port, receipt_errors=table)) as stand:
        message = await stand.send(to=PHONE)
        await stand.until(message, State.UNDELIVERED)
        assert stand.message(message).message["error"] == error
        assert await stand.balance() == MONEY - PRICE


# How a carrier spells its ids, and whose receipts are nobody's


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("", "ids alike in responses and receipts"),
        ("ids hex\nreceipts decimal", "ids hexadecimal in responses, decimal in receipts"),
        ("ids decimal\nreceipts hex", "ids decimal in responses, hexadecimal in receipts"),
        ("ids padded\nreceipts decimal", "ids with leading zeros in responses or receipts"),
        ("receipts early", "ids alike in responses and receipts"),
    ],
)
@on_a_loop
async def test_a_link_learns_how_its_carrier_spells_ids(tmp_path, script, said):
    async with an_smsc(script) as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        await stand.until(
            await stand.send(to=[f"7903111{n:04}" for n in range(0, 1000, 100)]), State.DELIVERED
        )
        detail = (await stand.published()).detail
        assert said in detail or script == "receipts early"  # then the response is what comes late
        assert "match nothing" not in detail


@on_a_loop
async def test_receipts_that_match_nothing_are_an_alert(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        await stand.until(await stand.send(to=[PHONE]), State.DELIVERED)
        stranger = Sm(
            commands.DELIVER_SM, source_addr="79990000000", destination_addr="LOTSMAN", esm_class=4,
            short_message=b"id:4711 stat:DELIVRD err:000",
        )  # fmt: skip
        assert await smsc.deliver_pdus([stranger]) == [0]
        assert (await stand.published()).detail.endswith("ALERT 1 of 2 receipts match nothing (50.00%)")
