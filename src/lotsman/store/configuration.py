"""The configuration as one document, read and written whole; and who changed what.

Rule 1: whatever changes the configuration does so through `signed`: the change, what it was before and who did it are one
transaction.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain import money, price_list
from lotsman.domain.carrier_sender import SenderState
from lotsman.domain.configuration import CARRIERS, ROUTES, TARIFFS, TEXTS, Objects, between, touched
from lotsman.domain.currency import ROUBLE
from lotsman.domain.lane import Member
from lotsman.domain.period import ALWAYS
from lotsman.domain.phone_list import INSTALLATION
from lotsman.domain.price_list import PURCHASE, SALE
from lotsman.domain.route import Route, Step, conditions, parse_match
from lotsman.store import prices, routes, senders, words
from lotsman.store.cluster import LinkRow, add_link, all_links, change_link
from lotsman.store.database import Tx, Unit, unit
from lotsman.store.prices import Owner, Whose
from lotsman.store.routes import LinkSender
from lotsman.store.tables.changes import changes

_WORDS: Final = "words"
_SHARED: Final = "shared_senders"


class Signature(NamedTuple):
    """By whom, when and how something is changed."""

    author: str
    at: int  # ms
    what: str
    undoes: int = 0  # the number of the change that it takes back


UNSIGNED: Final = Signature("", 0, "")


class Deed(NamedTuple):
    """A unit to be run for one item, and who signs for it."""

    signature: Signature
    unit: Unit[Any, Any]
    item: Any


class Wish(NamedTuple):
    """Objects as they shall be, and as they were when that was decided."""

    before: Objects
    after: Objects
    at: int  # ms


class ChangeRow(NamedTuple):
    id: int
    at: int  # ms
    author: str
    what: str
    before: Objects
    after: Objects
    undoes: int


class Outdated(ValueError):
    """Somebody has changed the same since."""


@unit(order=50)
def signed(tx: Tx, items: Sequence[Deed]) -> list[Any]:
    """The results of the units; what they changed is noted, nothing if they changed nothing."""
    results = []
    for signature, what, item in items:
        before = snapshot(tx.connection)
        [result] = what.run(tx, [item])
        after = snapshot(tx.connection)
        _note(tx, signature, before, between(before, after))
        results.append(result)
    return results


@unit(order=50)
def apply(tx: Tx, items: Sequence[Wish]) -> list[None]:
    """Write the objects; raises Outdated when they are not what they were."""
    for wish in items:
        if touched(snapshot(tx.connection), wish.after) != wish.before:
            raise Outdated("somebody has changed the same meanwhile; look at the differences again")
        _write(tx, wish.after, wish.at)
    return [None] * len(items)


def snapshot(connection: sa.Connection) -> Objects:
    """All of it, with its secrets."""
    links = all_links(connection)
    names = {link.id: link.name for link in links}
    known = routes.all_link_senders(connection)
    return {
        CARRIERS: {link.name: _carrier(connection, link, known) for link in links if link.kind != "emulator"},
        ROUTES: {route.name: _route(route, names) for route in routes.all_routes(connection)},
        TARIFFS: {
            name: _tariff(connection, name, currency) for name, currency in prices.tariff_names(connection)
        },
        TEXTS: {_WORDS: words.shown(connection, INSTALLATION), _SHARED: senders.shared(connection)},
    }


def history(connection: sa.Connection, most: int) -> list[ChangeRow]:
    """The newest first."""
    rows = connection.execute(sa.select(changes).order_by(changes.c.id.desc()).limit(most))
    return [_row(row) for row in rows]


def change_of(connection: sa.Connection, change_id: int) -> ChangeRow | None:
    row = connection.execute(sa.select(changes).where(changes.c.id == change_id)).first()
    return _row(row) if row is not None else None


def _row(row: Any) -> ChangeRow:
    return ChangeRow(
        row.id, row.at, row.author, row.what, json.loads(row.before), json.loads(row.after), row.undoes
    )


def _note(tx: Tx, signature: Signature, before: Objects, after: Objects) -> None:
    if after:
        tx.connection.execute(
            sa.insert(changes).values(
                at=signature.at,
                author=signature.author,
                what=signature.what,
                before=json.dumps(touched(before, after), ensure_ascii=False),
                after=json.dumps(after, ensure_ascii=False),
                undoes=signature.undoes,
            )
        )


# Objects from rows


def _carrier(connection: sa.Connection, link: LinkRow, known: Sequence[LinkSender]) -> dict[str, Any]:
    found = {
        s.name: {"state": s.state.name.lower(), "substitute": s.substitute, "note": s.note}
        for s in known
        if s.link_id == link.id
    }
    return {
        "kind": link.kind,
        "enabled": link.enabled,
        "priority": link.priority,
        "in_doubt": link.in_doubt,
        "only_registered": link.only_registered,
        "substitute": link.substitute,
        "receipts_within": link.deaf_after,
        "settings": link.settings,
        "senders": found,
        "prices": _purchase(connection, link.id),
    }


def _route(route: Route, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "position": route.position,
        "match": conditions(route.match),
        "via": [
            {
                "links": {names.get(m.link_id, str(m.link_id)): m.weight for m in step.members},
                "cheapest": step.cheapest,
            }
            for step in route.steps
        ],
        "margin": None if route.margin is None else money.text(route.margin),
        "enabled": route.enabled,
    }


def _tariff(connection: sa.Connection, name: str, currency: str) -> str:
    """All of it, also what is over: so it reads the same at any time."""
    number = prices.tariff_id(connection, name)
    assert number is not None
    listed = prices.load_prices(connection, Owner(Whose.TARIFF, number))
    return price_list.write(listed, currency="" if currency == ROUBLE else currency)


def _purchase(connection: sa.Connection, link_id: int) -> str:
    currency = prices.purchase_currency(connection, link_id)
    if currency is None:
        return ""
    listed = prices.load_prices(connection, Owner(Whose.LINK, link_id))
    return price_list.write(listed, PURCHASE, "" if currency == ROUBLE else currency)


# Rows from objects


def _write(tx: Tx, objects: Objects, at: int) -> None:
    for section in (CARRIERS, ROUTES, TARIFFS, TEXTS):
        for name, value in objects.get(section, {}).items():
            _WRITERS[section](tx, name, value, at)


def _write_carrier(tx: Tx, name: str, value: dict[str, Any], at: int) -> None:
    known = {link.name: link for link in all_links(tx.connection)}
    link_id = known[name].id if name in known else 0
    row = LinkRow(
        link_id, name, value["kind"], value["priority"], value["in_doubt"], value["settings"], value["enabled"],
        value["only_registered"], value["substitute"], value["receipts_within"],
    )  # fmt: skip
    if link_id:
        change_link.run(tx, [row])
    else:
        [link_id] = add_link.run(tx, [row])
    before = {s.name for s in routes.all_link_senders(tx.connection) if s.link_id == link_id}
    after = {sender.lower(): facts for sender, facts in value["senders"].items()}
    routes.remove_link_sender.run(tx, [(link_id, gone) for gone in before - after.keys()])
    entries = [
        LinkSender(
            link_id, sender, SenderState[facts["state"].upper()], facts["substitute"], facts["note"], at
        )
        for sender, facts in after.items()
    ]
    routes.save_link_sender.run(tx, entries)
    if value["prices"] != _purchase(tx.connection, link_id):
        currency = prices.purchase_currency(tx.connection, link_id)
        _renew(tx, Whose.LINK, link_id, name, currency, value["prices"], at)


def _write_route(tx: Tx, name: str, value: dict[str, Any] | None, _at: int) -> None:
    if value is None:
        routes.remove_route.run(tx, [name])
        return
    ids = {link.name: link.id for link in all_links(tx.connection)}
    steps = tuple(
        Step(tuple(Member(ids[link], weight) for link, weight in step["links"].items()), step["cheapest"])
        for step in value["via"]
    )
    match = parse_match(value["match"])
    margin = None if value["margin"] is None else money.parse(str(value["margin"]))
    route = Route(name, value["position"], match, steps, margin, value["enabled"])
    routes.save_route.run(tx, [route])


def _write_tariff(tx: Tx, name: str, value: str | None, at: int) -> None:
    number = prices.tariff_id(tx.connection, name)
    currency = None if number is None else prices.tariff_currency(tx.connection, number)
    _renew(tx, Whose.TARIFF, number, name, currency, value or "", at)


def _renew(
    tx: Tx, whose: Whose, number: int | None, name: str, currency: str | None, text: str, at: int
) -> None:
    """`currency`: of the list that is there; None: there is none yet, and a new one holds from ever."""
    said = (price_list.currency_of(text) if text else "") or (ROUBLE if text else currency or ROUBLE)
    if currency not in {None, said}:
        raise ValueError(f"the prices of {name} are in {currency}, and stay so; not in {said}")
    listed = price_list.read(text, PURCHASE if whose is Whose.LINK else SALE) if text else {}
    new = prices.NewPrices(whose, number, name, said, listed, at if currency is not None else ALWAYS)
    prices.renew_prices.run(tx, [new])


def _write_texts(tx: Tx, name: str, value: list[str] | None, _at: int) -> None:
    after = value or []
    if name == _WORDS:
        before = words.shown(tx.connection, INSTALLATION)
        words.remove_words.run(tx, [(INSTALLATION, [word for word in before if word not in after])])
        words.add_words.run(tx, [(INSTALLATION, after)])
    else:
        before = senders.shared(tx.connection)
        senders.share.run(tx, [(sender, False) for sender in before if sender not in after])
        senders.share.run(tx, [(sender, True) for sender in after if sender not in before])


_WRITERS: Final[dict[str, Callable[[Tx, str, Any, int], None]]] = {
    CARRIERS: _write_carrier,
    ROUTES: _write_route,
    TARIFFS: _write_tariff,
    TEXTS: _write_texts,
}
