"""Messages from phones: pieces are kept until they are whole, then they are an account's, and it is told.

Inbound messages are rare beside outgoing ones, so this is written for the reader: one message after another.
Rule 1: pieces of one message have link, phone, number, reference and total in common. References are reused: a piece that
differs from the one in its place begins another message.
Rule 2: pieces that were told stay for a while, so that a carrier's repetition is known as one.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain import account_settings
from lotsman.domain.columns import local_time
from lotsman.domain.inbound import (
    UNCLAIMED,
    Octets,
    Piece,
    contract_number,
    first_word,
    is_stop,
    text_of,
)
from lotsman.domain.phone_list import ListedPhone, ListKind
from lotsman.domain.service import Service
from lotsman.store import phone_lists
from lotsman.store.callbacks import NewCallback, enqueue
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import changed
from lotsman.store.tables.accounts import accounts
from lotsman.store.tables.inbound import inbound, inbound_numbers, inbound_parts, keywords
from lotsman.store.tables.messages import messages

REPETITION: Final = 5 * 60 * 1000  # ms in which a piece that was told already may come again
_PIECES: Final = inbound_parts.c


class Inbound(NamedTuple):
    """A message as its owner may see it."""

    id: int
    phone: str
    number: str
    text: str
    created_at: int
    seen: bool
    account_id: int = UNCLAIMED


_COLUMNS: Final = (
    inbound.c.id, inbound.c.phone, inbound.c.number, inbound.c.text, inbound.c.created_at, inbound.c.seen,
    inbound.c.account_id,
)  # fmt: skip


# Coming in


@unit(order=35)
def record_pieces(tx: Tx, items: Sequence[Piece]) -> list[int | None]:
    """-> the id of each message that became whole; None for a piece that waits for others, or came before."""
    return [_record(tx, item) for item in items]


def _record(tx: Tx, piece: Piece) -> int | None:
    if piece.total <= 1:
        return _keep(tx, piece, text_of({1: Octets(piece.payload, piece.coding)}, 1))
    place = _key(piece) & (_PIECES.part == piece.part)
    query = sa.select(_PIECES.payload, _PIECES.coding, _PIECES.joined).where(place)
    there = tx.connection.execute(query).first()
    if there is not None:
        if (there.payload, there.coding) == (piece.payload.hex(), piece.coding):
            return None
        if not there.joined:  # the reference was used again before all had come
            _tell(tx, piece)
        tx.connection.execute(sa.delete(inbound_parts).where(_key(piece)))
    values = {
        "link_id": piece.link_id, "phone": piece.phone, "number": piece.number, "reference": piece.reference,
        "total": piece.total, "part": piece.part, "payload": piece.payload.hex(), "coding": piece.coding,
        "received_at": piece.at, "joined": False,
    }  # fmt: skip
    tx.connection.execute(sa.insert(inbound_parts).values(values))
    count = sa.select(sa.func.count()).select_from(inbound_parts).where(_key(piece))
    return _tell(tx, piece) if tx.connection.execute(count).scalar_one() == piece.total else None


def _tell(tx: Tx, piece: Piece) -> int:
    """The pieces that are there, as one message."""
    rows = tx.connection.execute(
        sa.select(_PIECES.part, _PIECES.payload, _PIECES.coding).where(_key(piece))
    ).all()
    parts = {row.part: Octets(bytes.fromhex(row.payload), row.coding) for row in rows}
    tx.connection.execute(sa.update(inbound_parts).where(_key(piece)).values(joined=True))
    return _keep(tx, piece, text_of(parts, piece.total))


def _key(piece: Piece) -> sa.ColumnElement[bool]:
    return sa.and_(
        _PIECES.link_id == piece.link_id,
        _PIECES.phone == piece.phone,
        _PIECES.number == piece.number,
        _PIECES.reference == piece.reference,
        _PIECES.total == piece.total,
    )


def _keep(tx: Tx, piece: Piece, text: str) -> int:
    account_id = _owner(tx.connection, piece, text)
    values = {
        "account_id": account_id, "link_id": piece.link_id, "phone": piece.phone, "number": piece.number,
        "text": text, "created_at": piece.at, "seen": False,
    }  # fmt: skip
    made = tx.connection.execute(sa.insert(inbound).values(values).returning(inbound.c.id)).scalar_one()
    message = Inbound(int(made), piece.phone, piece.number, text, piece.at, seen=False, account_id=account_id)
    if account_id != UNCLAIMED:
        _push(tx, message)
        if is_stop(text):
            stop = ListedPhone(account_id, ListKind.BLACK, piece.phone, piece.at, f"inbound {made}")
            phone_lists.add(tx, [stop])
    return message.id


def _owner(connection: sa.Connection, piece: Piece, text: str) -> int:
    """Whose a message is: see domain/inbound.py, rule 2."""
    phone, number = piece.phone, piece.number
    if piece.answers:
        asked = sa.select(messages.c.account_id).where(messages.c.id == piece.answers)
        asker: int | None = connection.execute(asked).scalar()
        if asker is not None:
            return asker
    query = sa.select(inbound_numbers.c.account_id).where(inbound_numbers.c.number == number)
    own: int | None = connection.execute(query).scalar()
    if own:
        return own
    thread: int | None = connection.execute(
        sa.select(messages.c.account_id)
        .where(
            messages.c.service == int(Service.TWO_WAY),
            messages.c.msisdn == phone,
            messages.c.sender == number,
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    ).scalar()
    if thread is not None:
        return thread
    contract = contract_number(text)
    if contract is not None:
        known: int | None = connection.execute(
            sa.select(accounts.c.id).where(accounts.c.id == contract)
        ).scalar()
        if known is not None:
            return known
    word = sa.select(keywords.c.account_id).where(
        keywords.c.number == number, keywords.c.word == first_word(text)
    )
    return int(connection.execute(word).scalar() or UNCLAIMED)


def _push(tx: Tx, message: Inbound) -> None:
    """SMS2WEB: the account's script is told."""
    row = tx.connection.execute(
        sa.select(accounts.c.settings, accounts.c.time_zone).where(accounts.c.id == message.account_id)
    ).one()
    target = account_settings.parse(row.settings).inbound_callback
    if target:
        said = [
            ("id", str(message.id)), ("phone", message.phone), ("num", message.number), ("text", message.text),
            ("created", local_time(message.created_at, row.time_zone)),
        ]  # fmt: skip
        enqueue(tx, [NewCallback(message.account_id, 0, target, said, message.created_at)])


@unit(order=50)
def tell_incomplete(tx: Tx, items: Sequence[tuple[int, int]]) -> list[int]:
    """(before, now), ms: messages whose first piece came earlier and that are still not whole are told as they are, and
    told pieces are forgotten; -> how many were told.
    """
    counts = []
    for before, now in items:
        waiting = sa.select(
            _PIECES.link_id, _PIECES.phone, _PIECES.number, _PIECES.reference, _PIECES.total
        ).where(_PIECES.received_at < before, ~_PIECES.joined)
        found = tx.connection.execute(waiting.distinct()).all()
        for row in found:
            _tell(
                tx,
                Piece(row.link_id, row.phone, row.number, b"", 0, now, row.reference, row.total),
            )
        tx.connection.execute(
            sa.delete(inbound_parts).where(_PIECES.joined, _PIECES.received_at < now - REPETITION)
        )
        counts.append(len(found))
    return counts


# Looking


def list_inbound(
    connection: sa.Connection, account_id: int | None, since: int | None, most: int
) -> list[Inbound]:
    """Newest first; of everybody when there is no account; those that came at `since` (ms) or later."""
    query = sa.select(*_COLUMNS).order_by(inbound.c.id.desc()).limit(most)
    if account_id is not None:
        query = query.where(inbound.c.account_id == account_id)
    if since is not None:
        query = query.where(inbound.c.created_at >= since)
    return [Inbound(*row) for row in connection.execute(query)]


@unit(order=50)
def take_new(tx: Tx, items: Sequence[tuple[int, int]]) -> list[list[Inbound]]:
    """(account id, most): the messages that were not seen yet, newest first; from now on they are."""
    found = []
    for account_id, most in items:
        mine = (inbound.c.account_id == account_id) & ~inbound.c.seen
        ids = sa.select(inbound.c.id).where(mine).order_by(inbound.c.id.desc()).limit(most)
        if not tx.sqlite:
            ids = ids.with_for_update(skip_locked=True)
        picked = list(tx.connection.execute(ids).scalars())
        rows = tx.connection.execute(
            sa.update(inbound).where(inbound.c.id.in_(picked)).values(seen=True).returning(*_COLUMNS)
        )
        found.append(sorted((Inbound(*row)._replace(seen=False) for row in rows), reverse=True))
    return found


# The operator's


@unit(order=50)
def assign_inbound(tx: Tx, items: Sequence[tuple[int, int]]) -> list[bool]:
    """(message id, account id): give an unclaimed message to an account, which is told; False: it is not there."""
    done = []
    for message_id, account_id in items:
        change = (
            sa.update(inbound)
            .where(inbound.c.id == message_id, inbound.c.account_id == UNCLAIMED)
            .values(account_id=account_id)
            .returning(*_COLUMNS)
        )
        row = tx.connection.execute(change).first()
        if row is not None:
            _push(tx, Inbound(*row))
        done.append(row is not None)
    return done


class InboundNumber(NamedTuple):
    number: str
    account_id: int  # 0: shared
    two_way: bool


@unit(order=50)
def save_number(tx: Tx, items: Sequence[InboundNumber]) -> list[None]:
    """Add a number, or say anew whose it is."""
    for item in items:
        tx.connection.execute(sa.delete(inbound_numbers).where(inbound_numbers.c.number == item.number))
        tx.connection.execute(sa.insert(inbound_numbers).values(item._asdict()))
    changed(tx)
    return [None] * len(items)


def numbers(connection: sa.Connection) -> list[InboundNumber]:
    rows = connection.execute(sa.select(inbound_numbers).order_by(inbound_numbers.c.number))
    return [InboundNumber(row.number, row.account_id, bool(row.two_way)) for row in rows]


class Keyword(NamedTuple):
    number: str
    word: str
    account_id: int


@unit(order=50)
def save_keyword(tx: Tx, items: Sequence[Keyword]) -> list[None]:
    """Let a word at the start of a text on a shared number mean an account; the last one said wins."""
    for item in items:
        same = (keywords.c.number == item.number) & (keywords.c.word == item.word)
        tx.connection.execute(sa.delete(keywords).where(same))
        tx.connection.execute(sa.insert(keywords).values(item._asdict()))
    return [None] * len(items)


@unit(order=50)
def remove_keyword(tx: Tx, items: Sequence[tuple[str, str]]) -> list[bool]:
    """(number, word) -> whether it was there."""
    return [
        tx.connection.execute(
            sa.delete(keywords).where(keywords.c.number == number, keywords.c.word == word)
        ).rowcount
        > 0
        for number, word in items
    ]


def all_keywords(connection: sa.Connection) -> list[Keyword]:
    rows = connection.execute(sa.select(keywords).order_by(keywords.c.number, keywords.c.word))
    return [Keyword(row.number, row.word, row.account_id) for row in rows]
