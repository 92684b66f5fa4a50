"""Several carriers: who gets which message, and what happens when one of them has a bad day."""

from collections import Counter

import pytest

from lotsman.domain.admission import Order
from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refused
from lotsman.simulator.scenario import Scenario
from lotsman.usecases.arrange_senders import SenderState, set_policy, set_sender
from lotsman.usecases.configure_carrier import switch_link
from lotsman.usecases.configure_routes import RouteWish, StepWish
from lotsman.usecases.open_account import open_account
from lotsman.usecases.send_messages import send_messages
from lotsman.usecases.top_up_account import top_up_account
from stand.harbour import MONEY, PRICE, SENDER, a_link, an_smsc, harbour, on_a_loop, phones

NOBODY = 1  # a port on which nobody listens


def taken(smsc):
    return {submit.destination for submit in smsc.received if submit.status == 0}


def once_each(numbers, *smscs):
    """Every phone got exactly one message, whichever carrier brought it"""
    found = Counter(s.destination for smsc in smscs for s in smsc.received if s.status == 0)
    assert found == dict.fromkeys(numbers, 1)


def via(*links):
    return StepWish([(name, weight) for name, weight in links])


@on_a_loop
async def test_each_message_takes_the_first_route_that_matches_it(tmp_path):
    async with an_smsc() as one, an_smsc() as two:
        links = a_link(one.port, name="one"), a_link(two.port, name="two")
        async with harbour(tmp_path, *links) as stand:
            await stand.route(
                RouteWish("codes", {"classes": "code"}, [via(("two", 1))], 10),
                RouteWish("rest", {}, [via(("one", 1))], 20),
            )
            code = await stand.send(to="79001110001", text="Ваш код 1234")
            rest = await stand.send(to="79001110002", text="Здравствуйте")
            await stand.until([code, rest], State.DELIVERED)
            assert (taken(one), taken(two)) == ({"79001110002"}, {"79001110001"})


@on_a_loop
async def test_what_a_route_refuses_costs_nothing(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        await stand.route(RouteWish("closed", {"prefixes": "7900"}, []))
        bad, good = await stand.send(to=["79001110001", "79161110001"])
        assert stand.state(bad) is State.REFUSED
        await stand.until(good, State.DELIVERED)
        assert await stand.balance() == MONEY - PRICE


@on_a_loop
async def test_weights_share_the_messages(tmp_path):
    async with an_smsc() as one, an_smsc() as two:
        links = a_link(one.port, name="one", window=50), a_link(two.port, name="two", window=50)
        async with harbour(tmp_path, *links) as stand:
            await stand.route(RouteWish("split", {}, [via(("one", 70), ("two", 30))]))
            ids = [await stand.send(to=phone) for phone in phones(100)]
            await stand.until(ids, State.DELIVERED)
            assert (len(taken(one)), len(taken(two))) == (70, 30)


@on_a_loop
async def test_a_carrier_that_is_lost_in_the_midst_of_a_window_costs_nobody_a_message(tmp_path):
    """What it surely did not get goes the next way; what it may have got is left to the policy: here, to hold"""
    async with an_smsc("latency 30ms") as spare, an_smsc("latency 200ms") as first:
        links = (
            a_link(first.port, name="first", window=10, reconnect_first=30, reconnect_most=30),
            a_link(spare.port, name="spare", window=50),
        )
        async with harbour(tmp_path, *links) as stand:
            await stand.route(RouteWish("all", {}, [via(("first", 1)), via(("spare", 1))]))
            numbers = phones(60)
            ids = await stand.send(to=numbers)
            await stand.until_true(lambda: len(first.received) >= 15)
            await first.stop()
            # Receipts of what it had taken died with it.
            done = (State.DELIVERED, State.UNCERTAIN, State.SUBMITTED)
            await stand.until_true(lambda: all(stand.state(id_) in done for id_ in ids))
            doubtful = [id_ for id_ in ids if stand.state(id_) is State.UNCERTAIN]
            assert len(doubtful) <= 10
            sent = Counter(s.destination for smsc in (first, spare) for s in smsc.received if s.status == 0)
            assert set(sent.values()) == {1}
            assert taken(spare)


@on_a_loop
async def test_while_the_first_carrier_is_down_everything_goes_the_next_way_and_comes_back_after(tmp_path):
    async with an_smsc() as first, an_smsc() as spare:
        links = a_link(first.port, name="first"), a_link(spare.port, name="spare")
        async with harbour(tmp_path, *links) as stand:
            await stand.route(RouteWish("all", {}, [via(("first", 1)), via(("spare", 1))]))
            await first.stop()
            message = await stand.send(to="79001110001")
            await stand.until(message, State.DELIVERED)
            assert taken(spare) == {"79001110001"}
            await first.start()
            await stand.until_link("bound", "first")
            message = await stand.send(to="79001110002")
            await stand.until(message, State.DELIVERED)
            assert taken(first) == {"79001110002"}


@on_a_loop
async def test_a_carrier_that_throttles_for_long_is_relieved_by_the_next(tmp_path):
    async with an_smsc("error ESME_RTHROTTLED 100000") as first, an_smsc() as spare:
        links = a_link(first.port, name="first"), a_link(spare.port, name="spare")
        async with harbour(tmp_path, *links) as stand:
            await stand.route(RouteWish("all", {}, [via(("first", 1)), via(("spare", 1))]))
            numbers = phones(30)
            ids = await stand.send(to=numbers)
            await stand.until_true(lambda: len(taken(spare)) >= 10)
            first.play(Scenario.parse("receipt 10ms"))
            await stand.until(ids, State.DELIVERED)
            once_each(numbers, first, spare)


@on_a_loop
async def test_a_carrier_that_stops_answering_is_relieved_by_the_next(tmp_path):
    """It stays bound and takes a window full of messages in silence"""
    async with an_smsc("latency 3600s") as first, an_smsc() as spare:
        links = a_link(first.port, name="first", window=5), a_link(spare.port, name="spare")
        async with harbour(tmp_path, *links) as stand:
            await stand.route(RouteWish("all", {}, [via(("first", 1)), via(("spare", 1))]))
            numbers = phones(30)
            await stand.send(to=numbers)
            await stand.until_link("stalled", "first")
            urgent = await stand.send(to="79161110001")
            await stand.until(urgent, State.DELIVERED)
            assert taken(spare) >= {"79161110001", *numbers[10:]}


@on_a_loop
async def test_a_carrier_down_for_an_hour_delays_only_what_has_no_other_way(tmp_path):
    async with an_smsc() as other, an_smsc() as down:
        links = a_link(down.port, name="down"), a_link(other.port, name="other")
        async with harbour(tmp_path, *links) as stand:
            await stand.route(
                RouteWish("only", {"prefixes": "7900"}, [via(("down", 1))], 1),
                RouteWish("rest", {}, [via(("other", 1))], 2),
            )
            await down.stop()
            waiting = [await stand.send(to=phone) for phone in phones(20)]
            short = await stand.send(to="79001110001", ttl=60_000)
            flowing = [await stand.send(to=f"791611100{n:02}") for n in range(20)]
            await stand.until(flowing, State.DELIVERED)
            stand.advance(3600)
            await stand.until(short, State.UNDELIVERED)  # its ttl was over
            assert {stand.state(id_) for id_ in waiting} == {State.ACCEPTED}
            await down.start()
            await stand.until(waiting, State.DELIVERED)
            assert await stand.balance() == MONEY - 40 * PRICE


@on_a_loop
async def test_a_carrier_from_which_no_receipt_comes_gives_way_to_the_next(tmp_path):
    async with an_smsc("receipts lost 100%") as deaf, an_smsc() as spare:
        links = a_link(deaf.port, name="deaf"), a_link(spare.port, name="spare")
        async with harbour(tmp_path, *links) as stand:
            await stand.expect_receipts("deaf", within=60)
            await stand.until_link("bound", "deaf")
            await stand.route(RouteWish("all", {}, [via(("deaf", 1)), via(("spare", 1))]))
            ids = [await stand.send(to=phone) for phone in phones(25)]
            await stand.until(ids, State.SUBMITTED)
            stand.advance(61)
            await stand.keeper.tend()
            assert (await stand.published("deaf")).state == "deaf"
            message = await stand.send(to="79161110001")
            await stand.until(message, State.DELIVERED)
            assert taken(spare) == {"79161110001"}


# Fairness


async def another_customer(stand, name="hurry"):
    opened = await open_account(
        stand.platform, login=f"{name}@lotsman.test", name=name, phone="79000000001", senders=[SENDER],
        tariff="flat", now=stand.clock(),
    )  # fmt: skip
    await top_up_account(stand.platform, opened.account_id, MONEY, "money", stand.clock())
    account = await stand.platform.directory.by_id(opened.account_id)

    async def send(to, text):
        sent = await send_messages(stand.platform, account, Order(text, SENDER, [to]), stand.clock())
        return sent.ids[0]

    return send


@on_a_loop
async def test_a_mailing_delays_nobody_else(tmp_path):
    """However many of one customer wait, another one's message leaves with the next few"""
    async with an_smsc("latency 10ms") as smsc, harbour(tmp_path, a_link(smsc.port, window=5)) as stand:
        hurry = await another_customer(stand)
        numbers = phones(3_000)
        await stand.send(to=numbers, text="Скидки!")
        await stand.until_true(lambda: len(smsc.received) >= 20)
        before = len(smsc.received)
        urgent = await hurry("79161110001", "Здравствуйте")
        await stand.until(urgent, State.DELIVERED)
        order = [submit.destination for submit in smsc.received]
        assert order.index("79161110001") - before < 60
        assert len(order) < 1_000


@on_a_loop
async def test_a_one_time_code_overtakes_the_mailing_of_the_same_customer(tmp_path):
    async with an_smsc("latency 10ms") as smsc, harbour(tmp_path, a_link(smsc.port, window=5)) as stand:
        await stand.send(to=phones(3_000), text="Скидки!")
        await stand.until_true(lambda: len(smsc.received) >= 20)
        before = len(smsc.received)
        code = await stand.send(to="79161110001", text="Ваш код 1234")
        await stand.until(code, State.DELIVERED)
        order = [submit.destination for submit in smsc.received]
        assert order.index("79161110001") - before < 60


# Changes while messages wait


@on_a_loop
async def test_what_waits_is_given_the_way_of_the_new_routes(tmp_path):
    async with an_smsc() as other:
        links = a_link(NOBODY, name="down"), a_link(other.port, name="other")
        async with harbour(tmp_path, *links, bound=False) as stand:
            await stand.route(RouteWish("all", {}, [via(("down", 1))]))
            ids = [await stand.send(to=phone) for phone in phones(10)]
            later = await stand.send(to="79161110001", send_at=stand.clock() + 3_600_000)
            assert {stand.message(id_).message["lane"] for id_ in ids} == {"1"}
            await stand.route(RouteWish("all", {}, [via(("other", 1))]))
            await stand.until(ids, State.DELIVERED)
            assert stand.state(later) is State.DEFERRED


@on_a_loop
async def test_a_link_that_is_turned_off_leaves_its_messages_to_the_others(tmp_path):
    async with an_smsc("latency 500ms") as one, an_smsc() as two:
        links = a_link(one.port, name="one", window=1), a_link(two.port, name="two")
        async with harbour(tmp_path, *links) as stand:
            await stand.route(RouteWish("all", {}, [via(("one", 1)), via(("two", 1))]))
            numbers = phones(10)
            ids = await stand.send(to=numbers)
            await stand.until_true(lambda: one.received)
            await switch_link(stand.platform, "one", enabled=False)
            await stand.learn()
            await stand.keeper.tend()
            # The one that it had still sent may wait for a receipt that nobody is bound to take.
            await stand.until(ids[1:], State.DELIVERED)
            assert stand.state(ids[0]) in {State.SUBMITTED, State.DELIVERED}
            once_each(numbers, one, two)


# Sender names at carriers


@on_a_loop
async def test_a_name_that_a_carrier_does_not_take_goes_out_as_its_substitute(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        await set_policy(stand.platform, "carrier", only_registered=True, substitute="SHARED")
        await stand.learn()
        await stand.keeper.tend()
        await stand.until_link("bound")
        straight = await stand.send(to="79001110001")
        await stand.until(straight, State.DELIVERED)
        claimed = await stand.send(to=phones(200))
        await stand.until(claimed, State.DELIVERED)
        assert {submit.source for submit in smsc.received} == {"SHARED"}
        for id_ in (straight, claimed[-1]):
            row = stand.message(id_).message
            assert (row["sender"], row["sender_asked"], row["sender_out"]) == (SENDER, SENDER, "SHARED")


@on_a_loop
async def test_each_carrier_gets_the_name_that_it_knows(tmp_path):
    """A message that could not go by the first goes out by the second under the second's name"""
    async with an_smsc() as spare:
        links = a_link(NOBODY, name="first"), a_link(spare.port, name="spare")
        async with harbour(tmp_path, *links, bound=False) as stand:
            now = stand.clock()
            await set_sender(stand.platform, "first", SENDER, SenderState.PENDING, now, substitute="ONE")
            await set_sender(stand.platform, "spare", SENDER, SenderState.REFUSED, now, substitute="TWO")
            await stand.route(RouteWish("all", {}, [via(("first", 1)), via(("spare", 1))]))
            message = await stand.send(to="79001110001")
            await stand.until(message, State.DELIVERED)
            assert [submit.source for submit in spare.received] == ["TWO"]


@on_a_loop
async def test_a_name_that_nobody_takes_is_refused_before_it_costs_anything(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        await set_sender(stand.platform, "carrier", SENDER, SenderState.REFUSED, stand.clock())
        await stand.learn()
        with pytest.raises(Refused, match="213"):
            await stand.send(to="79001110001")
        assert await stand.balance() == MONEY
        assert not smsc.received


# What it costs


@on_a_loop
async def test_what_the_carrier_takes_is_kept_with_the_message(tmp_path):
    """Whether it left at once or waited, and the price of the link that has it in the end"""
    async with an_smsc() as smsc:
        links = a_link(NOBODY, name="dear"), a_link(smsc.port, name="cheap")
        async with harbour(tmp_path, *links, bound=False) as stand:
            await stand.buy("dear", "SMS,,,2.00")
            await stand.buy("cheap", "SMS,,,1.2345")
            await stand.route(RouteWish("lcr", {}, [StepWish([("dear", 1), ("cheap", 1)], cheapest=True)]))
            await stand.until_link("bound", "cheap")
            straight = await stand.send(to="79001110001", text="a" * 200)
            claimed = await stand.send(to=phones(200))
            await stand.until([straight, *claimed], State.DELIVERED)
            assert stand.message(straight).message["lane"] == "2|1"
            assert stand.message(straight).message["cost"] == 2 * 1_234_500
            assert {stand.message(id_).message["cost"] for id_ in claimed} == {1_234_500}
