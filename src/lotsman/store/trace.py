"""The trace: blocks written with whatever else is written, found again by time and key, forgotten when old or too many."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.trace import Block, Record, Stream, has_any, unpack
from lotsman.store.database import Tx, unit
from lotsman.store.tables.trace import trace_blocks

_T: Final = trace_blocks.c
_STORED: Final = ("stream", "first_at", "last_at", "lowest", "highest", "sorted_keys", "body")
_BLOCK: Final = sa.select(_T.stream, _T.first_at, _T.last_at, _T.lowest, _T.highest, _T.sorted_keys, _T.body)
_CHUNK: Final = 200  # blocks forgotten by one write: others wait behind it
_AT_A_TIME: Final = 500  # blocks whose keys are read at once


class Wanted(NamedTuple):
    """Where to look: a stream, the keys, and the stretch of time (ms) in which they were noted."""

    stream: Stream
    keys: Sequence[int]
    since: int
    until: int


class Forget(NamedTuple):
    before: int  # ms: blocks that ended earlier
    octets: int  # and of the others, the oldest until so much is freed; 0: none


@unit(order=90)
def keep_blocks(tx: Tx, items: Sequence[Block]) -> list[None]:
    """A block is one row: it is there as a whole, or not at all."""
    rows = [
        dict(zip(_STORED, block, strict=False), size=len(block.keys) + len(block.body)) for block in items
    ]
    tx.connection.execute(sa.insert(trace_blocks), rows)
    return [None] * len(items)


@unit(order=91)
def forget_blocks(tx: Tx, items: Sequence[Forget]) -> list[int]:
    """Delete some of the oldest blocks; -> how many octets that freed, 0 when there was nothing to forget."""
    freed = []
    for item in items:
        oldest = sa.select(_T.id, _T.last_at, _T.size).order_by(_T.last_at).limit(_CHUNK)
        ids, total = [], 0
        for id_, last_at, size in tx.connection.execute(oldest):
            if last_at >= item.before and total >= item.octets:
                break
            ids.append(id_)
            total += size
        if ids:
            tx.connection.execute(sa.delete(trace_blocks).where(_T.id.in_(ids)))
        freed.append(total)
    return freed


def records(connection: sa.Connection, wanted: Sequence[Wanted]) -> list[Record]:
    """In order of time."""
    found: dict[int, list[Record]] = {}
    for each in wanted:
        for id_ in _candidates(connection, each):
            if id_ not in found:
                row = connection.execute(_BLOCK.where(_T.id == id_)).first()
                found[id_] = unpack(Block(*row), each.keys) if row else []
    return sorted((record for block in found.values() for record in block), key=lambda record: record.at)


def _candidates(connection: sa.Connection, wanted: Wanted) -> list[int]:
    """The blocks that do have a wanted key; all that lies in the range is judged by its keys alone."""
    if not wanted.keys:
        return []
    in_range = (
        sa.select(_T.id)
        .where(
            _T.stream == wanted.stream,
            _T.last_at >= wanted.since,
            _T.first_at <= wanted.until,
            _T.lowest <= max(wanted.keys),
            _T.highest >= min(wanted.keys),
        )
        .order_by(_T.last_at)
    )
    ids = list(connection.execute(in_range).scalars())
    found = []
    for start in range(0, len(ids), _AT_A_TIME):
        query = (
            sa.select(_T.id, _T.sorted_keys).where(_T.id.in_(ids[start : start + _AT_A_TIME])).order_by(_T.id)
        )
        found += [id_ for id_, keys in connection.execute(query) if has_any(keys, wanted.keys)]
    return found


class TraceSize(NamedTuple):
    blocks: int
    octets: int
    oldest: int | None  # ms


def trace_size(connection: sa.Connection) -> TraceSize:
    row = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(_T.size), 0), sa.func.min(_T.last_at))
    ).one()
    return TraceSize(int(row[0]), int(row[1]), row[2])
