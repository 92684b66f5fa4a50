"""Limits and open countries as the operator sets them, and what an account's guard is made of."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain import limits as domain
from lotsman.domain.limits import EACH_KEY, Guard, Layers
from lotsman.domain.phone_list import INSTALLATION
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import changed
from lotsman.store.tables.accounts import api_keys
from lotsman.store.tables.breakers import limits, open_countries, trips
from lotsman.store.tables.messages import messages
from lotsman.store.usage import know

_STRETCH: Final = 5_000


class LimitChange(NamedTuple):
    account_id: int  # INSTALLATION: of every account
    api_key: str  # "" the account, EACH_KEY, or a hash
    values: Mapping[str, str | None]  # None: back to what holds in general


class CountryChange(NamedTuple):
    account_id: int
    countries: Sequence[str]
    is_open: bool
    by: str
    at: int  # ms


def guard(connection: sa.Connection, account_id: int) -> Guard | None:
    """All limits that count for an account; None, after one look, where nobody has set any."""
    rows = connection.execute(
        sa.select(limits).where(limits.c.account_id.in_((INSTALLATION, account_id)))
    ).all()
    if not rows:
        return None
    said: defaultdict[tuple[int, str], dict[str, str]] = defaultdict(dict)
    for row in rows:
        said[row.account_id, row.api_key][row.name] = row.value
    layers = Layers(
        said[INSTALLATION, ""],
        said[account_id, ""],
        said[INSTALLATION, EACH_KEY],
        {key: values for (owner, key), values in said.items() if owner == account_id and key},
    )
    opened = connection.execute(
        sa.select(open_countries.c.country).where(open_countries.c.account_id == account_id)
    ).scalars()
    released = sa.select(sa.func.max(trips.c.released_at)).where(trips.c.account_id == account_id)
    return domain.guard(layers, tuple(opened), connection.execute(released).scalar() or 0)


def said(connection: sa.Connection, account_id: int, api_key: str) -> dict[str, str]:
    """What was set for exactly this account or key."""
    query = sa.select(limits.c.name, limits.c.value).where(
        limits.c.account_id == account_id, limits.c.api_key == api_key
    )
    return {row[0]: row[1] for row in connection.execute(query)}


@unit(order=50)
def change_limits(tx: Tx, items: Sequence[LimitChange]) -> list[None]:
    for item in items:
        for name, value in item.values.items():
            key = {"account_id": item.account_id, "api_key": item.api_key, "name": name}
            tx.connection.execute(sa.delete(limits).filter_by(**key))
            if value is not None:
                tx.connection.execute(sa.insert(limits).values(**key, value=value))
    changed(tx)
    return [None] * len(items)


@unit(order=50)
def change_countries(tx: Tx, items: Sequence[CountryChange]) -> list[None]:
    for item in items:
        for country in item.countries:
            key = {"account_id": item.account_id, "country": country}
            tx.connection.execute(sa.delete(open_countries).filter_by(**key))
            if item.is_open:
                new = sa.insert(open_countries).values(**key, opened_at=item.at, opened_by=item.by)
                tx.connection.execute(new)
    changed(tx)
    return [None] * len(items)


def opened(connection: sa.Connection, account_id: int) -> list[tuple[str, int, str]]:
    """(country, since when in ms, by whom)."""
    o = open_countries.c
    query = (
        sa.select(o.country, o.opened_at, o.opened_by).where(o.account_id == account_id).order_by(o.country)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def written_to(connection: sa.Connection, account_id: int) -> list[str]:
    """The countries that an account has had messages accepted for."""
    m = messages.c
    query = sa.select(m.country).distinct().where(m.account_id == account_id, m.price > 0, m.country != "")
    return list(connection.execute(query).scalars())


def key_hash(connection: sa.Connection, account_id: int, hint: str) -> list[str]:
    """Hashes of an account's live keys whose hint (first and last characters) begins as given."""
    query = sa.select(api_keys.c.key_hash).where(
        api_keys.c.account_id == account_id, api_keys.c.revoked_at.is_(None), api_keys.c.hint.startswith(hint)
    )
    return list(connection.execute(query).scalars())


@unit(order=50)
def learn_numbers(tx: Tx, items: Sequence[tuple[int, int]]) -> list[int | None]:
    """(account, last message seen) -> the next last message, None at the end: numbers it wrote to are no strangers."""
    results: list[int | None] = []
    for account_id, after in items:
        m = messages.c
        stretch = sa.select(m.id, m.msisdn).where(m.account_id == account_id, m.id > after, m.price > 0)
        rows = tx.connection.execute(stretch.order_by(m.id).limit(_STRETCH)).all()
        if rows:
            know(tx, [(account_id, row[1], 0) for row in rows])
        results.append(rows[-1][0] if len(rows) == _STRETCH else None)
    return results
