"""Whatever comes, in whatever order nodes report: no limit is exceeded by more than what is promised.

The nodes are real Breakers; the store between them is a table of sums, as store/usage.py keeps it (tests/store checks
that), in which every write of one account comes after another.
"""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from lotsman.domain.breakers import Breakers, Known, broken_by
from lotsman.domain.gauge import SHARE, Use
from lotsman.domain.limits import Layers, guard
from lotsman.domain.refusals import Refusal
from stand.builders import NOW, a_draft, an_account

SPANS = {"per_second": 1_000, "per_minute": 60_000, "per_hour": 3_600_000}


class Table:
    def __init__(self):
        self.sums = defaultdict(Use)  # account, scope, span, slot

    def used(self, account, meter):
        total = Use()
        for (owner, scope, span, slot), use in self.sums.items():
            if (owner, scope, span) == (account, meter.scope, meter.cap.span) and slot >= meter.first:
                total = total.plus(use)
        return total

    def report(self, breakers, now):
        report = breakers.report(now)
        if report is None:
            return
        for *key, messages, kopecks in report.uses:
            self.sums[tuple(key)] = self.sums[tuple(key)].plus(Use(messages, kopecks))
        breakers.reported(report, Known([(*key, *use) for key, use in self.sums.items()], {}, []))


def send(breakers, table, account, count, now, *, stored=True):
    """-> whether it was let pass."""
    drafts = [a_draft(now=now)] * count
    ticket = breakers.charge(account, drafts, now)
    if isinstance(ticket, Refusal):
        return False
    refusal = None if stored else Refusal.NO_MONEY
    for meter in ticket.meters:
        broken = broken_by(meter.cap, table.used(account.id, meter).plus(meter.unreported).plus(meter.use))
        refusal = refusal or broken
    if refusal is None:
        for meter in ticket.meters:
            key = (account.id, meter.scope, meter.cap.span, meter.slot)
            table.sums[key] = table.sums[key].plus(meter.use)
    breakers.settle(account, ticket, refusal, drafts)
    return refusal is None


steps = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 40), st.sampled_from([0, 1, 30, 400, 1_500, 9_000]), st.booleans(),
              st.integers(0, 9)),
    max_size=150,
)  # fmt: skip


@settings(deadline=None)
@given(steps=steps, name=st.sampled_from(sorted(SPANS)), limit=st.sampled_from([1, 19, 60, 400, 1_000]),
       nodes=st.integers(1, 3))  # fmt: skip
def test_no_limit_is_exceeded_by_more_than_a_twentieth_for_each_further_node(steps, name, limit, nodes):
    account = an_account(guard=guard(Layers(own={name: str(limit)}), (), 0))
    breakers, table, now = [Breakers() for _ in range(nodes)], Table(), NOW
    passed = []
    for node, count, pause, reports, luck in steps:
        now += pause
        if reports:
            table.report(breakers[node % nodes], now)
        if send(breakers[node % nodes], table, account, count, now, stored=luck > 0):
            passed.append((now, count))
    slack = (nodes - 1) * (limit // SHARE)
    for end, _ in passed:
        within = sum(count for at, count in passed if end - SPANS[name] < at <= end)
        assert within <= limit + slack


@settings(deadline=None)
@given(steps=steps, limit=st.sampled_from([300, 5_000, 100_000]))
def test_money_is_limited_like_messages(steps, limit):
    account = an_account(guard=guard(Layers(own={"spend_hour": f"{limit // 100}"}), (), 0))
    breakers, table, now, spent = Breakers(), Table(), NOW, 0
    for _, count, pause, reports, _ in steps:
        now += min(pause, 1_500)
        if reports:
            table.report(breakers, now)
        if send(breakers, table, account, count, now):
            spent += 289 * count
    assert spent <= limit


def test_traffic_far_from_its_limit_asks_the_store_for_nothing():
    account = an_account(guard=guard(Layers(own={"per_hour": "100000"}), (), 0))
    breakers, table = Breakers(), Table()
    breakers.charge(account, [a_draft()], NOW)
    table.report(breakers, NOW)
    for n in range(1_000):
        assert breakers.charge(account, [a_draft()], NOW + n).meters == ()


def test_a_limit_that_was_reached_refuses_from_memory_until_its_time_is_over():
    account = an_account(guard=guard(Layers(own={"per_minute": "100"}), (), 0))
    breakers, table = Breakers(), Table()
    assert send(breakers, table, account, 100, NOW)
    table.report(breakers, NOW)
    assert breakers.charge(account, [a_draft()], NOW + 50_000) is Refusal.LIMIT_PER_MINUTE
    assert send(breakers, table, account, 100, NOW + 66_000)


def test_a_release_gives_all_of_a_limit_again():
    said = Layers(own={"per_hour": "10"})
    account = an_account(guard=guard(said, (), 0))
    breakers, table = Breakers(), Table()
    assert send(breakers, table, account, 10, NOW)
    assert not send(breakers, table, account, 1, NOW + 1)
    released = an_account(guard=guard(said, (), NOW + 2))
    hour = 360_000
    assert send(breakers, table, released, 10, NOW + hour)
