"""Accounts, keys and sender names: rows <-> domain values."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from lotsman.domain import account_settings
from lotsman.domain.account import Account, Standing
from lotsman.domain.account_settings import AccountSettings
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import changed, next_number
from lotsman.store.prices import load_tariff
from lotsman.store.tables.accounts import accounts, api_keys, senders, tariffs
from lotsman.store.tables.inbound import inbound_numbers

FIRST_ACCOUNT_ID = 1001


class NewAccount(NamedTuple):
    login: str
    password_hash: str
    name: str
    phone: str
    now: int
    tariff: str
    default_sender: str
    time_zone: str
    credit_limit: int = 0
    any_sender: bool = False


class NewKey(NamedTuple):
    account_id: int
    key_hash: str
    hint: str
    now: int


class NewSender(NamedTuple):
    account_id: int
    name: str
    now: int
    default: bool


class AlreadyThere(Exception):
    """Something of that name exists."""


@unit(order=50)
def add_account(tx: Tx, items: Sequence[NewAccount]) -> list[int]:
    """-> contract numbers."""
    ids = []
    for new in items:
        if tx.connection.execute(sa.select(accounts.c.id).where(accounts.c.login == new.login)).first():
            raise AlreadyThere(f"an account with login {new.login} exists")
        tariff_id = tx.connection.execute(
            sa.select(tariffs.c.id).where(tariffs.c.name == new.tariff)
        ).scalar()
        if tariff_id is None:
            raise LookupError(f"no tariff named {new.tariff}")
        account_id = next_number(tx, "account", FIRST_ACCOUNT_ID)
        row = new._asdict() | {"id": account_id, "tariff_id": tariff_id, "created_at": new.now}
        row["credit"] = new.credit_limit
        del row["now"], row["tariff"]
        tx.connection.execute(sa.insert(accounts).values(row))
        ids.append(account_id)
    changed(tx)
    return ids


@unit(order=50)
def add_key(tx: Tx, items: Sequence[NewKey]) -> list[None]:
    for new in items:
        tx.connection.execute(
            sa.insert(api_keys).values(
                key_hash=new.key_hash, account_id=new.account_id, hint=new.hint, created_at=new.now
            )
        )
    changed(tx)
    return [None] * len(items)


@unit(order=50)
def revoke_keys(tx: Tx, items: Sequence[tuple[int, int]]) -> list[int]:
    """(account id, now) -> how many keys stopped working."""
    counts = []
    for account_id, now in items:
        live = (api_keys.c.account_id == account_id) & api_keys.c.revoked_at.is_(None)
        counts.append(tx.connection.execute(sa.update(api_keys).where(live).values(revoked_at=now)).rowcount)
    changed(tx)
    return counts


@unit(order=50)
def add_sender(tx: Tx, items: Sequence[NewSender]) -> list[None]:
    for new in items:
        known = (senders.c.account_id == new.account_id) & (senders.c.name == new.name)
        if tx.connection.execute(sa.select(senders.c.name).where(known)).first():
            tx.connection.execute(sa.update(senders).where(known).values(approved=True))
        else:
            tx.connection.execute(
                sa.insert(senders).values(
                    account_id=new.account_id, name=new.name, approved=True, created_at=new.now
                )
            )
        if new.default:
            change = sa.update(accounts).where(accounts.c.id == new.account_id)
            tx.connection.execute(change.values(default_sender=new.name))
    changed(tx)
    return [None] * len(items)


@unit(order=50)
def set_standing(tx: Tx, items: Sequence[tuple[int, Standing]]) -> list[None]:
    """(account id, whether it may use the API)."""
    for account_id, standing in items:
        tx.connection.execute(
            sa.update(accounts).where(accounts.c.id == account_id).values(standing=standing)
        )
    changed(tx)
    return [None] * len(items)


@unit(order=50)
def change_settings(tx: Tx, items: Sequence[tuple[int, dict[str, str]]]) -> list[AccountSettings]:
    """(account id, name -> value as typed) -> the settings after; raises ValueError for what cannot be."""
    results = []
    for account_id, changes in items:
        mine = accounts.c.id == account_id
        before = tx.connection.execute(sa.select(accounts.c.settings).where(mine)).scalar_one()
        after = account_settings.changed(account_settings.parse(before), changes)
        tx.connection.execute(sa.update(accounts).where(mine).values(settings=account_settings.dump(after)))
        results.append(after)
    changed(tx)
    return results


@unit(order=50)
def note_referrer(tx: Tx, items: Sequence[tuple[int, int]]) -> list[bool]:
    """(account id, contract number of who brought it) -> whether it was noted: once, for another account that exists."""
    noted = []
    for account_id, referrer in items:
        known = sa.select(sa.literal(1)).where(accounts.c.id == account_id, accounts.c.referrer == 0)
        other = sa.select(accounts.c.id).where(accounts.c.id == referrer, accounts.c.id != account_id)
        right = tx.connection.execute(known).first() and tx.connection.execute(other).first()
        if right:
            mine = (accounts.c.id == account_id) & (accounts.c.referrer == 0)
            tx.connection.execute(sa.update(accounts).where(mine).values(referrer=referrer))
            changed(tx)
        noted.append(bool(right))
    return noted


def account_of_key(connection: sa.Connection, key_hash: str) -> int | None:
    query = sa.select(api_keys.c.account_id).where(
        api_keys.c.key_hash == key_hash, api_keys.c.revoked_at.is_(None)
    )
    return connection.execute(query).scalar()


def credentials(connection: sa.Connection, login: str) -> tuple[int, str] | None:
    """(account id, password hash) of a login, in any case."""
    query = sa.select(accounts.c.id, accounts.c.password_hash).where(
        sa.func.lower(accounts.c.login) == login.lower()
    )
    row = connection.execute(query).first()
    return (row[0], row[1]) if row else None


def load(connection: sa.Connection, account_id: int, now: int, home: str) -> Account | None:
    """An account with its senders and tariff, as they are now. `home`: the installation's currency."""
    row = connection.execute(sa.select(accounts).where(accounts.c.id == account_id)).mappings().first()
    if row is None:
        return None
    query = (
        sa.select(senders.c.name)
        .where(senders.c.account_id == account_id, senders.c.approved)
        .order_by(senders.c.created_at, senders.c.name)
    )
    names = tuple(found[0] for found in connection.execute(query))
    return Account(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        phone=row["phone"],
        created_at=row["created_at"],
        standing=Standing(row["standing"]),
        credit_limit=row["credit_limit"],
        default_sender=row["default_sender"],
        any_sender=bool(row["any_sender"]),
        time_zone=row["time_zone"],
        tariff=load_tariff(connection, row["tariff_id"], now, home, account_id),
        senders=names,
        senders_folded={name.lower(): name for name in names},
        two_way_numbers=_two_way_numbers(connection, account_id),
        settings=account_settings.parse(row["settings"]),
        referrer=row["referrer"],
    )


def _two_way_numbers(connection: sa.Connection, account_id: int) -> tuple[str, ...]:
    n = inbound_numbers.c
    query = sa.select(n.number).where(n.two_way, n.account_id.in_((account_id, 0)))
    return tuple(connection.execute(query.order_by(n.account_id.desc(), n.number)).scalars())


def summaries(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every account with its balance and the hints of its live keys: for the operator."""
    query = sa.select(accounts, tariffs.c.currency).join(tariffs, tariffs.c.id == accounts.c.tariff_id)
    rows = connection.execute(query.order_by(accounts.c.id)).mappings()
    found = [dict(row) for row in rows]
    keys = connection.execute(
        sa.select(api_keys.c.account_id, api_keys.c.hint).where(api_keys.c.revoked_at.is_(None))
    ).all()
    for account in found:
        account["keys"] = [key.hint for key in keys if key.account_id == account["id"]]
    return found


def resolve(connection: sa.Connection, who: str) -> int | None:
    """The account that an operator means: its contract number, its login, or the part of the login before the @."""
    query = sa.select(accounts.c.id)
    if who.isascii() and who.isdigit():
        who_id: int | None = connection.execute(query.where(accounts.c.id == int(who))).scalar()
        return who_id
    exact: int | None = connection.execute(
        query.where(sa.func.lower(accounts.c.login) == who.lower())
    ).scalar()
    if exact is not None:
        return exact
    matches = connection.execute(
        query.where(sa.func.lower(accounts.c.login).startswith(who.lower() + "@"))
    ).all()
    return int(matches[0][0]) if len(matches) == 1 else None
