"""How fast a link sends: its own rate, its senders', and what it does when the carrier has had enough."""

from itertools import pairwise

import pytest

from lotsman.domain.lifecycle import State
from lotsman.domain.moderation import Verdict
from lotsman.usecases.register_sender import register_sender
from lotsman.usecases.rescue_held import messages_held
from lotsman.usecases.review_sender import review_sender
from stand.harbour import a_link, an_smsc, harbour, on_a_loop, phones

PHONE = "79031112233"


def most_in(milliseconds, times):
    """How many of these moments (ms) lie within any stretch of that length"""
    return max(sum(start <= moment < start + milliseconds for moment in times) for start in times)


@on_a_loop
async def test_a_link_sends_no_faster_than_its_rate(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, rate=100, window=50)) as stand:
        to = phones(60)
        await stand.until(await stand.send(to=to), State.DELIVERED)
        times = [submit.time for submit in smsc.received]
        assert most_in(200, times) <= 30  # 20, what may be saved up, and the grain of clocks
        assert times[-1] - times[0] > 450
        assert [submit.destination for submit in smsc.received] == to


@on_a_loop
async def test_the_rate_is_of_the_link_not_of_each_session(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, rate=100, binds=3)) as stand:
        await stand.until_true(lambda: stand.link().window == 30)
        await stand.until(await stand.send(to=phones(60)), State.DELIVERED)
        times = [submit.time for submit in smsc.received]
        assert times[-1] - times[0] > 450


@on_a_loop
async def test_a_slow_link_has_no_more_at_hand_than_it_sends_in_a_second(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, rate=5, window=100)) as stand:
        await stand.send(to=phones(200))
        assert stand.link().depth == 5
        await smsc.wait_for(2)
        assert stand.link().room <= 5
        assert len(await messages_held(stand.platform)) <= 8  # on the wire, and before it


@on_a_loop
async def test_a_sender_that_used_up_its_rate_stops_nobody_else(tmp_path):
    settings = {"sender_rates": {"LOTSMAN": 4}, "window": 5}
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, **settings)) as stand:
        await a_second_sender(stand)
        slow = await stand.send(to=phones(40))
        quick = await stand.send(to=phones(60, first=79_100_000_000), sender="QUICK")
        await stand.until(quick, State.DELIVERED)
        sent = [submit for submit in smsc.received if submit.source == "LOTSMAN"]
        assert 1 <= len(sent) < 40
        waiting = [message for message in slow if "PUT_BACK" in stand.history(message)]
        assert waiting
        rows = [stand.message(message).message for message in waiting]
        due = [row["due_at"] for row in rows if row["due_at"]]
        assert due == sorted(due)  # each has its turn, in the order they came
        assert most_in(1000, due) <= 5


async def a_second_sender(stand):
    await register_sender(
        stand.platform, stand.account, "QUICK", "a shop", "a@b.test", stand.clock(), test=False
    )
    await review_sender(stand.platform, stand.account.id, "QUICK", Verdict.APPROVED, "", stand.clock())
    stand.account = await stand.platform.directory.by_id(stand.account.id)


@on_a_loop
async def test_a_slow_destination_keeps_its_order(tmp_path):
    settings = {"prefix_rates": {"7903": 20}}
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, **settings)) as stand:
        slow, quick = phones(15, first=79_030_000_000), phones(15, first=79_160_000_000)
        mixed = [phone for pair in zip(slow, quick, strict=True) for phone in pair]
        await stand.until(await stand.send(to=mixed), State.DELIVERED)
        seen = [submit.destination for submit in smsc.received]
        assert [phone for phone in seen if phone in slow] == slow
        times = [submit.time for submit in smsc.received if submit.destination in slow]
        assert all(after - before > 30 for before, after in pairwise(times[2:]))
        assert seen.index(quick[-1]) < seen.index(slow[-1])


@on_a_loop
async def test_a_link_that_was_throttled_sends_less_and_says_so(tmp_path):
    async with (
        an_smsc("throttle above 40/s") as smsc,
        harbour(tmp_path, a_link(smsc.port, window=20)) as stand,
    ):
        messages = await stand.send(to=phones(150))
        await stand.until_link("throttled")
        await stand.until_true(lambda: stand.link().detail.startswith("slowed to "))
        assert stand.link().up
        assert stand.link().depth < 150
        await stand.until(messages, State.DELIVERED)
        assert smsc.counts.refused < 75  # without that, every second one


@on_a_loop
async def test_an_agreed_rate_is_lowered_and_grows_again(tmp_path):
    async with an_smsc("throttle 1") as smsc, harbour(tmp_path, a_link(smsc.port, rate=1000)) as stand:
        await stand.until(await stand.send(to=PHONE), State.DELIVERED)
        assert ("throttled", "pausing 0.1 s, then 1 of 1000 parts a second") in stand.link_states()
        await stand.until_true(lambda: stand.link().depth == 20)


@pytest.mark.parametrize("limits", [{"rate": 1}, {"sender_rates": {"*": 1}}])
@on_a_loop
async def test_what_waits_for_its_rate_is_put_back_when_the_link_stops(tmp_path, limits):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port, **limits)) as stand:
        messages = await stand.send(to=phones(5))
        await smsc.wait_for(1)
        await stand.stop_carrier()
        states = [stand.state(message) for message in messages]
        assert State.SENDING not in states
        assert states.count(State.ACCEPTED) == 5 - smsc.counts.submits
