"""Nodes, their leases on links and roles, and the state of links, shared through the database.

A node says every few seconds that it is alive. When it stops saying so, its leases lapse and others take them over;
what it held in its hands is rescued (usecases/rescue_held.py).
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lotsman.store.accounts import AlreadyThere
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import changed, next_number
from lotsman.store.tables.cluster import leases, link_status, links, nodes

UNFIT: Final = "unfit"  # the state of a link that its node has not the programs for


class LinkRow(NamedTuple):
    id: int
    name: str
    kind: str
    priority: int
    in_doubt: str  # hold | resend
    settings: dict[str, Any]
    enabled: bool
    only_registered: bool = False  # takes no sender names but those registered there
    substitute: str = ""  # goes out in place of a name that it does not take
    deaf_after: int = 0  # seconds within which receipts are expected; 0: nobody waits for them


class LinkStatus(NamedTuple):
    link_id: int
    node_id: int
    state: str
    detail: str
    in_flight: int
    window: int
    updated_at: int


class LeaseWish(NamedTuple):
    name: str
    node_id: int
    now: int
    until: int


def _upsert(tx: Tx, table: sa.Table) -> Any:
    return sqlite.insert(table) if tx.sqlite else postgresql.insert(table)


@unit(order=50)
def register_node(tx: Tx, items: Sequence[tuple[str, int]]) -> list[int]:
    """(name, alive until) -> the node's number; a name keeps its number."""
    ids = []
    for name, alive_until in items:
        found = tx.connection.execute(sa.select(nodes.c.id).where(nodes.c.name == name)).scalar()
        node_id = found if found is not None else next_number(tx, "node")
        statement = _upsert(tx, nodes).values(id=node_id, name=name, alive_until=alive_until)
        change = statement.on_conflict_do_update(index_elements=["id"], set_={"alive_until": alive_until})
        tx.connection.execute(change)
        ids.append(node_id)
    return ids


@unit(order=50)
def acquire_leases(tx: Tx, items: Sequence[LeaseWish]) -> list[bool]:
    """Take or renew leases; True for those this node holds now. Whoever holds one keeps it until it lapses."""
    held = []
    for wish in sorted(items):
        statement = _upsert(tx, leases).values(name=wish.name, node_id=wish.node_id, until=wish.until)
        mine_or_lapsed = (leases.c.node_id == wish.node_id) | (leases.c.until < wish.now)
        change = statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"node_id": wish.node_id, "until": wish.until},
            where=mine_or_lapsed,
        ).returning(leases.c.name)
        held.append((wish, tx.connection.execute(change).first() is not None))
    answers = dict(held)
    return [answers[wish] for wish in items]


@unit(order=50)
def release_leases(tx: Tx, items: Sequence[int]) -> list[None]:
    """A node that stops gives back all it holds."""
    for node_id in items:
        tx.connection.execute(sa.delete(leases).where(leases.c.node_id == node_id))
        tx.connection.execute(sa.update(nodes).where(nodes.c.id == node_id).values(alive_until=0))
    return [None] * len(items)


@unit(order=60)
def publish_status(tx: Tx, items: Sequence[LinkStatus]) -> list[None]:
    for status in items:
        before = sa.select(link_status.c.state).where(link_status.c.link_id == status.link_id)
        was = tx.connection.execute(before).scalar()
        if was != status.state and UNFIT in {was, status.state}:
            changed(tx)  # routes go by it
        values = status._asdict()
        statement = _upsert(tx, link_status).values(values)
        del values["link_id"]
        tx.connection.execute(statement.on_conflict_do_update(index_elements=["link_id"], set_=values))
    return [None] * len(items)


@unit(order=50)
def add_link(tx: Tx, items: Sequence[LinkRow]) -> list[int]:
    """Store new links (their id is given by the store); -> ids."""
    ids = []
    for row in items:
        if tx.connection.execute(sa.select(links.c.id).where(links.c.name == row.name)).first():
            raise AlreadyThere(f"a link named {row.name} exists")
        link_id = next_number(tx, "link")
        values = row._asdict() | {"id": link_id, "settings": json.dumps(row.settings)}
        tx.connection.execute(sa.insert(links).values(values))
        ids.append(link_id)
    changed(tx)
    return ids


@unit(order=50)
def change_link(tx: Tx, items: Sequence[LinkRow]) -> list[None]:
    """Replace a link's row, found by its id."""
    for row in items:
        values = row._asdict() | {"settings": json.dumps(row.settings)}
        tx.connection.execute(sa.update(links).where(links.c.id == row.id).values(values))
    changed(tx)
    return [None] * len(items)


def all_links(connection: sa.Connection) -> list[LinkRow]:
    rows = connection.execute(sa.select(links).order_by(links.c.priority, links.c.id))
    return [
        LinkRow(
            r.id, r.name, r.kind, r.priority, r.in_doubt, json.loads(r.settings), bool(r.enabled),
            bool(r.only_registered), r.substitute, r.deaf_after,
        )
        for r in rows
    ]  # fmt: skip


def statuses(connection: sa.Connection) -> dict[int, LinkStatus]:
    return {row[0]: LinkStatus(*row) for row in connection.execute(sa.select(link_status))}


def dead_nodes(connection: sa.Connection, now: int) -> list[int]:
    """Nodes that have not said they are alive in time."""
    return [row[0] for row in connection.execute(sa.select(nodes.c.id).where(nodes.c.alive_until < now))]


def node_names(connection: sa.Connection) -> dict[int, str]:
    return {row[0]: row[1] for row in connection.execute(sa.select(nodes.c.id, nodes.c.name))}
