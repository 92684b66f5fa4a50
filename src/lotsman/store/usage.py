"""How much of its limits an account has used: checked and counted with its acceptances where memory must not decide, and
reported by each node every second (domain/gauge.py says when which).

Rule 1: `Metering` is used under the lock of the account's balance, so no two nodes count the same account at the same time.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.breakers import Known, Meter, broken_by
from lotsman.domain.bursts import WINDOW
from lotsman.domain.gauge import SLOTS, Use
from lotsman.domain.limits import DAY, HOUR, MINUTE, SECOND
from lotsman.domain.refusals import Refusal
from lotsman.store.database import ACCEPT, Tx, unit
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.tables.breakers import held_messages, known_numbers, usage, visitors

_USED: Final = Rowset(
    "SELECT v.account_id, v.scope, v.span, v.first, sum(u.messages) AS messages, sum(u.kopecks) AS kopecks FROM {v} "
    "JOIN usage u ON u.account_id = v.account_id AND u.scope = v.scope AND u.span = v.span AND u.slot >= v.first "
    "GROUP BY v.account_id, v.scope, v.span, v.first",
    (("account_id", INT), ("scope", TEXT), ("span", INT), ("first", INT)),
    yields=("account_id", "scope", "span", "first", "messages", "kopecks"),
)
_SLOTS: Final = Rowset(
    "SELECT v.account_id, v.scope, v.span, u.slot, sum(u.messages) AS messages, sum(u.kopecks) AS kopecks FROM {v} "
    "JOIN usage u ON u.account_id = v.account_id AND u.scope = v.scope AND u.span = v.span AND u.slot >= v.first "
    "GROUP BY v.account_id, v.scope, v.span, u.slot",
    (("account_id", INT), ("scope", TEXT), ("span", INT), ("first", INT)),
    yields=("account_id", "scope", "span", "slot", "messages", "kopecks"),
)
_ADD: Final = Rowset(
    "INSERT INTO usage (account_id, scope, span, slot, process, messages, kopecks) "
    "SELECT account_id, scope, span, slot, process, messages, kopecks FROM {v} WHERE true "
    "ON CONFLICT (account_id, scope, span, slot, process) DO UPDATE SET "
    "messages = usage.messages + excluded.messages, kopecks = usage.kopecks + excluded.kopecks",
    (("account_id", INT), ("scope", TEXT), ("span", INT), ("slot", INT), ("process", INT), ("messages", INT),
     ("kopecks", INT)),
)  # fmt: skip
_KNOW: Final = Rowset(
    "INSERT INTO known_numbers (account_id, msisdn, first_at) SELECT account_id, msisdn, first_at FROM {v} WHERE true "
    "ON CONFLICT DO NOTHING",
    (("account_id", INT), ("msisdn", TEXT), ("first_at", INT)),
)
_BATCH: Final = 2_000
_VISITORS_KEPT: Final = 30 * DAY


class Metered(NamedTuple):
    """What it has to know of an acceptance."""

    account_id: int
    process: int
    meters: Sequence[Meter]


class Metering:
    """Of one group: looks up everything at once, then judges one acceptance after another."""

    def __init__(self, tx: Tx, items: Sequence[Metered]) -> None:
        self._tx = tx
        wanted = {(i.account_id, m.scope, m.cap.span, m.first) for i in items for m in i.meters}
        self._used = {tuple(row[:4]): Use(int(row[4]), int(row[5])) for row in _USED.run(tx, sorted(wanted))}
        self._here: defaultdict[tuple[int, str, int], Use] = defaultdict(Use)  # by this group
        self._news: defaultdict[tuple[int, str, int, int, int], Use] = defaultdict(Use)

    def refuses(self, item: Metered) -> Refusal | None:
        for m in item.meters:
            stored = self._used.get((item.account_id, m.scope, m.cap.span, m.first), Use())
            here = self._here[item.account_id, m.scope, m.cap.span]
            broken = broken_by(m.cap, stored.plus(here).plus(m.unreported).plus(m.use))
            if broken is not None:
                return broken
        return None

    def accepted(self, item: Metered) -> None:
        for m in item.meters:
            scope, news = (item.account_id, m.scope, m.cap.span), (m.slot, item.process)
            self._here[scope] = self._here[scope].plus(m.use)
            self._news[(*scope, *news)] = self._news[(*scope, *news)].plus(m.use)

    def remember(self) -> None:
        _ADD.run(self._tx, sorted((*key, *use) for key, use in self._news.items()))


class UsageReport(NamedTuple):
    process: int
    at: int  # ms
    uses: Sequence[tuple[int, str, int, int, int, int]]  # account, scope, span, slot, messages, kopecks
    scopes: Sequence[tuple[int, str, int]]  # account, scope, span: what the node wants to know
    accounts: Sequence[int]
    numbers: Sequence[tuple[int, str, int]]  # account, msisdn, ms


@unit(order=5, lane=ACCEPT)
def report_usage(tx: Tx, items: Sequence[UsageReport]) -> list[Known]:
    """Before the acceptances of its group: what it answers has all of this node that was accepted earlier, no more."""
    return [_report(tx, item) for item in items]


def _report(tx: Tx, item: UsageReport) -> Known:
    _ADD.run(
        tx, sorted((a, scope, span, slot, item.process, m, k) for a, scope, span, slot, m, k in item.uses)
    )
    _KNOW.run(tx, sorted(set(item.numbers)))
    looked = sorted((a, scope, span, item.at - span - span // SLOTS) for a, scope, span in item.scopes)
    uses = [(r[0], r[1], r[2], r[3], int(r[4]), int(r[5])) for r in _SLOTS.run(tx, looked)]
    h, k = held_messages.c, known_numbers.c
    waiting = sa.select(h.account_id, sa.func.count()).where(
        h.account_id.in_(item.accounts), h.expires_at > item.at
    )
    held = {row[0]: row[1] for row in tx.connection.execute(waiting.group_by(h.account_id))}
    recent = sa.select(k.account_id, k.msisdn, k.first_at).where(
        k.account_id.in_(item.accounts), k.first_at > item.at - WINDOW
    )
    numbers = [(row[0], row[1], row[2]) for row in tx.connection.execute(recent)]
    return Known(uses, held, numbers)


def known_among(connection: sa.Connection, account_id: int, msisdns: Sequence[str], now: int) -> list[str]:
    """Those numbers that the account wrote to before the window of bursts began."""
    found: list[str] = []
    k = known_numbers.c
    for start in range(0, len(msisdns), 500):
        query = sa.select(k.msisdn).where(
            k.account_id == account_id, k.msisdn.in_(msisdns[start : start + 500]), k.first_at <= now - WINDOW
        )
        found += connection.execute(query).scalars()
    return found


def know(tx: Tx, numbers: Sequence[tuple[int, str, int]]) -> None:
    """(account, msisdn, ms or 0 for long ago) are no strangers any more."""
    _KNOW.run(tx, sorted(set(numbers)))


@unit(order=60)
def forget_usage(tx: Tx, items: Sequence[int]) -> list[int]:
    """Delete what no window reaches at `now` (ms) any more, and end users seen a month ago."""
    deleted = []
    for now in items:
        count = 0
        for span in (SECOND, MINUTE, HOUR, DAY):
            old = (usage.c.span == span) & (usage.c.slot < now - 2 * span - MINUTE)
            count += tx.connection.execute(sa.delete(usage).where(old)).rowcount
        past = sa.select(visitors.c.message_id).where(visitors.c.seen_at < now - _VISITORS_KEPT).limit(_BATCH)
        count += tx.connection.execute(sa.delete(visitors).where(visitors.c.message_id.in_(past))).rowcount
        ended = held_messages.c.expires_at < now - HOUR
        count += tx.connection.execute(sa.delete(held_messages).where(ended)).rowcount
        deleted.append(count)
    return deleted
