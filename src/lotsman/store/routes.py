"""Routes and the sender names of links: rows <-> domain values."""

import json
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from lotsman.domain.carrier_sender import CarrierSender, SenderState
from lotsman.domain.lane import Member
from lotsman.domain.route import Route, Step, conditions, parse_match
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import changed
from lotsman.store.tables.routing import link_senders, routes


class LinkSender(NamedTuple):
    """How a sender name stands at a carrier."""

    link_id: int
    name: str
    state: SenderState
    substitute: str
    note: str
    changed_at: int  # ms


@unit(order=50)
def save_route(tx: Tx, items: Sequence[Route]) -> list[bool]:
    """Make a route or replace the one of its name; -> whether there was one."""
    return [_saved(tx, route) for route in items]


@unit(order=50)
def remove_route(tx: Tx, items: Sequence[str]) -> list[bool]:
    """-> whether there was one of that name."""
    removed = [
        tx.connection.execute(sa.delete(routes).where(routes.c.name == name)).rowcount > 0 for name in items
    ]
    changed(tx)
    return removed


@unit(order=50)
def save_link_sender(tx: Tx, items: Sequence[LinkSender]) -> list[None]:
    for item in items:
        _forget(tx, item.link_id, item.name)
        values = item._asdict() | {"name": item.name.lower(), "state": int(item.state)}
        tx.connection.execute(sa.insert(link_senders).values(values))
    changed(tx)
    return [None] * len(items)


@unit(order=50)
def remove_link_sender(tx: Tx, items: Sequence[tuple[int, str]]) -> list[bool]:
    """(link id, name) -> whether it was there."""
    removed = [_forget(tx, link_id, name) for link_id, name in items]
    changed(tx)
    return removed


def all_routes(connection: sa.Connection) -> list[Route]:
    rows = connection.execute(sa.select(routes).order_by(routes.c.position, routes.c.name))
    return [
        Route(
            r.name, r.position, parse_match(json.loads(r.match)), _steps(r.steps), r.margin, bool(r.enabled)
        )
        for r in rows
    ]


def all_link_senders(connection: sa.Connection) -> list[LinkSender]:
    rows = connection.execute(sa.select(link_senders).order_by(link_senders.c.link_id, link_senders.c.name))
    return [
        LinkSender(r.link_id, r.name, SenderState(r.state), r.substitute, r.note, r.changed_at) for r in rows
    ]


def names_of(senders: Sequence[LinkSender], link_id: int) -> dict[str, CarrierSender]:
    return {s.name: CarrierSender(s.state, s.substitute) for s in senders if s.link_id == link_id}


def _saved(tx: Tx, route: Route) -> bool:
    there = tx.connection.execute(sa.delete(routes).where(routes.c.name == route.name)).rowcount > 0
    tx.connection.execute(
        sa.insert(routes).values(
            name=route.name,
            position=route.position,
            match=json.dumps(conditions(route.match), ensure_ascii=False),
            steps=json.dumps([[step.cheapest, step.members] for step in route.steps]),
            margin=route.margin,
            enabled=route.enabled,
        )
    )
    changed(tx)
    return there


def _steps(text: str) -> tuple[Step, ...]:
    return tuple(
        Step(tuple(Member(*member) for member in members), cheapest) for cheapest, members in json.loads(text)
    )


def _forget(tx: Tx, link_id: int, name: str) -> bool:
    mine = (link_senders.c.link_id == link_id) & (link_senders.c.name == name.lower())
    return tx.connection.execute(sa.delete(link_senders).where(mine)).rowcount > 0
