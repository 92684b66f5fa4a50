"""What messages brought and what they cost, summed in the database.

Counted is what a carrier has or had (no tests, nothing that was refused or never left). Revenue is the price without
what was refunded, in the installation's currency at the rate of the moment of acceptance.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.currency import RATE_UNITS, converted
from lotsman.domain.lane import EMULATOR
from lotsman.domain.ledger import EntryKind
from lotsman.domain.lifecycle import State
from lotsman.domain.routing import COST_UNITS
from lotsman.store.tables.accounts import accounts, tariffs
from lotsman.store.tables.cluster import links
from lotsman.store.tables.ledger import ledger
from lotsman.store.tables.messages import messages
from lotsman.store.tables.prices import currency_rates

_LEFT: Final = (State.SUBMITTED, State.UNCERTAIN, State.DELIVERED, State.UNDELIVERED)


class Margin(NamedTuple):
    account_id: int
    login: str
    link: str
    country: str
    operator: str
    messages: int
    unpriced: int  # of them: nobody knows what they cost; they are in no sum below
    below: int  # of them: sold for less than they cost
    revenue: int  # in units of the cost: ten-thousandths of the installation's kopeck
    cost: int

    @property
    def margin(self) -> int:
        return self.revenue - self.cost


def margins(connection: sa.Connection, home: str, start: int, end: int) -> list[Margin]:
    """Of messages accepted from `start` until `end` (ms), the worst first."""
    m, earned, rate = messages.c, messages.c.price + sa.func.coalesce(_refund(), 0), _rate(home)
    # Prices are kopecks and rates millionths of them; costs are ten-thousandths: no fraction, and no overflow either.
    messages_of = sa.select(
        m.account_id, m.link_id, m.country, m.operator, m.cost, earned.label("earned"), rate.label("rate")
    ).where(
        m.created_at >= start, m.created_at < end, m.lane != EMULATOR, m.state.in_(_LEFT), m.link_id.is_not(None)
    ).join(accounts, accounts.c.id == m.account_id).join(tariffs, tariffs.c.id == accounts.c.tariff_id)  # fmt: skip
    sent = messages_of.subquery().c
    known = sent.cost.is_not(None)
    is_below = known & (sent.earned * sent.rate < sent.cost * (RATE_UNITS // COST_UNITS))
    place = (sent.account_id, sent.link_id, sent.country, sent.operator)
    query = sa.select(
        *place,
        sent.rate,
        sa.func.count(),
        _count(~known),
        _count(is_below),
        sa.func.sum(sa.case((known, sent.earned), else_=0)),
        sa.func.coalesce(sa.func.sum(sent.cost), 0),
    ).group_by(*place, sent.rate)
    logins = {row[0]: row[1] for row in connection.execute(sa.select(accounts.c.id, accounts.c.login))}
    names = {row[0]: row[1] for row in connection.execute(sa.select(links.c.id, links.c.name))}
    found: dict[tuple[Any, ...], Margin] = {}
    for row in connection.execute(query):
        account_id, link_id, country, operator, of_rate, *sums = row
        count, unpriced, below, sold, cost = map(int, sums)
        key = (account_id, link_id, country, operator)
        part = Margin(
            account_id, logins[account_id], names.get(link_id, str(link_id)), country, operator, count, unpriced, below,
            converted(sold * COST_UNITS, int(of_rate)), cost,
        )  # fmt: skip
        found[key] = _added(found[key], part) if key in found else part
    return sorted(found.values(), key=lambda each: (each.margin, each.account_id, each.link))


def _refund() -> Any:
    """What a message's price came to when it went back; below zero no more than the price."""
    entry = ledger.alias("refund")
    return (
        sa.select(-entry.c.amount)
        .where(entry.c.kind == EntryKind.REFUND, entry.c.cause == messages.c.id)
        .scalar_subquery()
    )


def _rate(home: str) -> Any:
    """Millionths of the installation's currency for one of the account's, when the message was accepted."""
    rates = currency_rates.alias("rates")
    of_it = sa.select(rates.c.rate).where(rates.c.home == home, rates.c.currency == tariffs.c.currency)
    then = of_it.where(rates.c.valid_from <= messages.c.created_at).order_by(rates.c.valid_from.desc())
    first = of_it.order_by(rates.c.valid_from)
    return sa.case(
        (tariffs.c.currency == home, RATE_UNITS),
        else_=sa.func.coalesce(then.limit(1).scalar_subquery(), first.limit(1).scalar_subquery(), 0),
    )


def _count(condition: Any) -> Any:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _added(one: Margin, other: Margin) -> Margin:
    sums: Iterable[int] = (a + b for a, b in zip(one[5:], other[5:], strict=True))
    return Margin(*one[:5], *sums)
