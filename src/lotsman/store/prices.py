"""Price lists and exchange rates: rows <-> domain values."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.currency import rate_periods
from lotsman.domain.period import ALWAYS, FOREVER, Period, ahead, price_at
from lotsman.domain.price_list import PriceList, renewed
from lotsman.domain.prices import PriceKey, every_time
from lotsman.domain.purchase import PurchasePrices
from lotsman.domain.tariff import Tariff, tariff
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import changed, next_number
from lotsman.store.tables.accounts import accounts, tariffs
from lotsman.store.tables.cluster import links
from lotsman.store.tables.prices import (
    account_prices,
    currency_rates,
    prices,
    purchase_lists,
    purchase_prices,
)


class Whose(Enum):
    """Who has a price list."""

    TARIFF = "tariff"
    ACCOUNT = "account"
    LINK = "link"


_TABLES: Final = {Whose.TARIFF: prices, Whose.ACCOUNT: account_prices, Whose.LINK: purchase_prices}


class Owner(NamedTuple):
    whose: Whose
    id: int


class NewPrices(NamedTuple):
    """A list that takes the place of the one that is there, from `at` (ms) on; or the first one of its name or link."""

    whose: Whose
    id: int | None  # None: a tariff that is to be made
    name: str
    currency: str  # of a list that is to be made
    prices: PriceList
    at: int


@unit(order=50)
def save_tariff(tx: Tx, items: Sequence[Tariff]) -> list[int]:
    """Create a tariff (id 0) or replace its prices by these, which hold from ever to ever; -> its id."""
    ids = []
    for each in items:
        rows = {key: [Period(ALWAYS, FOREVER, price)] for key, price in every_time(each.prices).items()}
        number = _made(tx, each.name, each.currency)
        _replace(tx, Owner(Whose.TARIFF, number), rows)
        ids.append(number)
    changed(tx)
    return ids


@unit(order=50)
def renew_prices(tx: Tx, items: Sequence[NewPrices]) -> list[None]:
    """What was before stays as it was. The currency of a list is fixed by its making."""
    for new in items:
        owner = Owner(new.whose, _made(tx, new.name, new.currency) if new.id is None else new.id)
        if new.whose is Whose.LINK and purchase_currency(tx.connection, owner.id) is None:
            row = {"link_id": owner.id, "currency": new.currency}
            tx.connection.execute(sa.insert(purchase_lists).values(row))
        _replace(tx, owner, renewed(load_prices(tx.connection, owner), new.prices, new.at))
    changed(tx)
    return [None] * len(items)


@unit(order=50)
def assign_tariff(tx: Tx, items: Sequence[tuple[int, int]]) -> list[None]:
    """(account id, tariff id): what the account pays by from now on. Raises ValueError: an account keeps its currency."""
    for account_id, number in items:
        kept = tx.connection.execute(_CURRENCY_OF.where(accounts.c.id == account_id)).scalar_one()
        query = sa.select(tariffs.c.currency).where(tariffs.c.id == number)
        wanted = tx.connection.execute(query).scalar_one()
        if kept != wanted:
            raise ValueError(f"account {account_id} is kept in {kept}, that price list is in {wanted}")
        change = sa.update(accounts).where(accounts.c.id == account_id)
        tx.connection.execute(change.values(tariff_id=number))
    changed(tx)
    return [None] * len(items)


@unit(order=50)
def set_rate(tx: Tx, items: Sequence[tuple[str, str, int, int]]) -> list[None]:
    """(the installation's currency, another, from when on (ms), millionths of the first for one of the other)."""
    for home, currency, at, rate in items:
        t = currency_rates.c
        tx.connection.execute(
            sa.delete(currency_rates).where(t.home == home, t.currency == currency, t.valid_from == at)
        )
        row = {"home": home, "currency": currency, "valid_from": at, "rate": rate}
        tx.connection.execute(sa.insert(currency_rates).values(row))
    changed(tx)
    return [None] * len(items)


def load_prices(connection: sa.Connection, owner: Owner) -> dict[PriceKey, list[Period]]:
    """All that a list has ever said, and will."""
    found: dict[PriceKey, list[Period]] = {}
    for key, period in _rows(connection, owner):
        found.setdefault(key, []).append(period)
    return found


def load_tariff(
    connection: sa.Connection, number: int, now: int, home: str, account_id: int | None = None
) -> Tariff:
    """As it is now, with an account's own prices on top. `home`: the installation's currency."""
    query = sa.select(tariffs.c.name, tariffs.c.currency).where(tariffs.c.id == number)
    name, currency = connection.execute(query).one()
    own = {} if account_id is None else _in_force(connection, Owner(Whose.ACCOUNT, account_id), now)
    rate = None
    if currency != home:
        rate = price_at(rate_periods(load_rates(connection, home).get(currency, {})), now) or 0
    listed = _in_force(connection, Owner(Whose.TARIFF, number), now)
    return tariff(number, name, listed, own, currency, rate)


def tariff_of_name(connection: sa.Connection, name: str, now: int, home: str) -> Tariff | None:
    number = tariff_id(connection, name)
    return None if number is None else load_tariff(connection, number, now, home)


def tariff_names(connection: sa.Connection) -> list[tuple[str, str]]:
    """Names with their currencies."""
    query = sa.select(tariffs.c.name, tariffs.c.currency).order_by(tariffs.c.id)
    return [(row[0], row[1]) for row in connection.execute(query)]


def tariff_id(connection: sa.Connection, name: str) -> int | None:
    found: int | None = connection.execute(sa.select(tariffs.c.id).where(tariffs.c.name == name)).scalar()
    return found


def tariff_currency(connection: sa.Connection, number: int) -> str:
    query = sa.select(tariffs.c.currency).where(tariffs.c.id == number)
    return str(connection.execute(query).scalar_one())


def account_currency(connection: sa.Connection, account_id: int) -> str:
    return str(connection.execute(_CURRENCY_OF.where(accounts.c.id == account_id)).scalar_one())


def purchase_currency(connection: sa.Connection, link_id: int) -> str | None:
    """Of a link's price list; None when it has none."""
    query = sa.select(purchase_lists.c.currency).where(purchase_lists.c.link_id == link_id)
    currency: str | None = connection.execute(query).scalar()
    return currency


def link_of_name(connection: sa.Connection, name: str) -> int | None:
    link_id: int | None = connection.execute(sa.select(links.c.id).where(links.c.name == name)).scalar()
    return link_id


def load_rates(connection: sa.Connection, home: str) -> dict[str, dict[int, int]]:
    """Currency -> from when on (ms) -> millionths of the installation's currency."""
    t = currency_rates.c
    query = sa.select(t.currency, t.valid_from, t.rate).where(t.home == home)
    found: dict[str, dict[int, int]] = {}
    for currency, at, rate in connection.execute(query.order_by(t.currency, t.valid_from)):
        found.setdefault(currency, {})[at] = rate
    return found


def load_purchases(connection: sa.Connection, home: str, now: int) -> dict[int, PurchasePrices]:
    """Link id -> what its carrier takes from now on, for links that have a list."""
    rates = {
        currency: ahead(rate_periods(dated), now) for currency, dated in load_rates(connection, home).items()
    }
    query = sa.select(purchase_lists.c.link_id, purchase_lists.c.currency)
    return {
        link_id: PurchasePrices(
            {
                key: left
                for key, periods in load_prices(connection, Owner(Whose.LINK, link_id)).items()
                if (left := ahead(periods, now))
            },
            None if currency == home else rates.get(currency, []),
        )
        for link_id, currency in connection.execute(query)
    }


def next_change(connection: sa.Connection, now: int) -> int:
    """When time alone changes a price or a rate next (ms)."""
    columns = [column for table in _TABLES.values() for column in (table.c.valid_from, table.c.valid_to)]
    moments = (
        connection.execute(sa.select(sa.func.min(column)).where(column > now)).scalar()
        for column in (*columns, currency_rates.c.valid_from)
    )
    return min((moment for moment in moments if moment is not None), default=FOREVER)


_CURRENCY_OF: Final = sa.select(tariffs.c.currency).join(accounts, accounts.c.tariff_id == tariffs.c.id)


def _made(tx: Tx, name: str, currency: str) -> int:
    number = tariff_id(tx.connection, name)
    if number is None:
        number = next_number(tx, "tariff")
        tx.connection.execute(sa.insert(tariffs).values(id=number, name=name, currency=currency))
    return number


def _rows(connection: sa.Connection, owner: Owner, now: int | None = None) -> list[tuple[PriceKey, Period]]:
    """In order of time; those that hold at `now` if it is given."""
    table = _TABLES[owner.whose]
    query = sa.select(*table.c).where(_of(table, owner.id)).order_by(table.c.valid_from)
    if now is not None:
        query = query.where(table.c.valid_from <= now, table.c.valid_to > now)
    return [
        (
            PriceKey(r.service, r.country, r.operator, r.prefix, r.sender),
            Period(r.valid_from, r.valid_to, r.price),
        )
        for r in connection.execute(query)
    ]


def _in_force(connection: sa.Connection, owner: Owner, now: int) -> dict[PriceKey, int]:
    return {key: period.price for key, period in _rows(connection, owner, now)}


def _replace(tx: Tx, owner: Owner, after: Mapping[PriceKey, Sequence[Period]]) -> None:
    table = _TABLES[owner.whose]
    tx.connection.execute(sa.delete(table).where(_of(table, owner.id)))
    column = next(iter(table.c)).name
    rows: list[dict[str, Any]] = [
        key._asdict()
        | {column: owner.id, "valid_from": period.start, "valid_to": period.end, "price": period.price}
        for key, periods in after.items()
        for period in periods
    ]
    if rows:
        tx.connection.execute(sa.insert(table), rows)


def _of(table: sa.Table, owner_id: int) -> sa.ColumnElement[bool]:
    column: sa.Column[int] = next(iter(table.c))  # the first one says whose it is
    return column == owner_id
