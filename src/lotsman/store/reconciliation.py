"""Our side of a carrier's list: parts by the carrier's ids, and those of a stretch of time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from lotsman.domain.parts import MESSENGER, WHOLE, PartState
from lotsman.domain.reconciliation import CarrierLine, OurPart, Reconciliation, Verdict, compare
from lotsman.domain.service import WITHOUT_PARTS
from lotsman.domain.smsc_id import candidates
from lotsman.store.tables.messages import messages, parts

_P: Final = parts.c
_M: Final = messages.c
_COLUMNS: Final = (
    _P.smsc_id, _P.message_id, _P.part, _M.msisdn, _P.state, _M.cost, _M.parts, _M.service, _P.taken_at,
)  # fmt: skip
_JOINED: Final = sa.select(*_COLUMNS).select_from(parts.join(messages, _M.id == _P.message_id))
_AT_A_TIME: Final = 500
_LINES: Final = 500  # lines looked up at once
_CHUNK: Final = 5_000


def reconciled(
    connection: sa.Connection, link_id: int, lines: Iterator[CarrierLine], start: int, end: int
) -> Reconciliation:
    """Their lines one after the other, then what they did not list of our parts from `start` until `end` (ms)."""
    found = Reconciliation()
    seen: set[tuple[int, int]] = set()
    while chunk := list(islice(lines, _LINES)):
        known = parts_by_ids(
            connection, link_id, sorted({form for line in chunk for form in candidates(line.id)})
        )
        for line in chunk:
            ours = _match(line, known, seen)
            if ours is not None:
                seen.add((ours.message_id, ours.part))
            found.add(compare(line, ours), line, ours)
    for ours in parts_taken(connection, link_id, start, end):
        if (ours.message_id, ours.part) not in seen:
            found.add(Verdict.ONLY_OURS, None, ours)
    return found


def _match(
    line: CarrierLine, known: dict[str, list[OurPart]], seen: Iterable[tuple[int, int]]
) -> OurPart | None:
    """As receipts are matched: the id as it is written first, another form of it for the same phone only."""
    for number, form in enumerate(candidates(line.id)):
        for ours in known.get(form, ()):
            same_phone = not line.phone or ours.phone.endswith(line.phone[-10:])
            if (ours.message_id, ours.part) not in seen and same_phone and (number == 0 or line.phone):
                return ours
    return None


def parts_by_ids(connection: sa.Connection, link_id: int, ids: Sequence[str]) -> dict[str, list[OurPart]]:
    """The link's parts with these ids, by id: a carrier may give one id twice."""
    found: dict[str, list[OurPart]] = {}
    for start in range(0, len(ids), _AT_A_TIME):
        some = _P.smsc_id.in_(ids[start : start + _AT_A_TIME])
        for row in connection.execute(_JOINED.where(_P.link_id == link_id, some)):
            found.setdefault(row.smsc_id, []).append(_ours(row))
    return found


def parts_taken(connection: sa.Connection, link_id: int, start: int, end: int) -> Iterator[OurPart]:
    """All that the link's carrier took from `start` until `end` (ms), by message."""
    last = (0, 0)
    while True:
        after = sa.tuple_(_P.message_id, _P.part) > sa.tuple_(*last)
        in_time = (_P.link_id == link_id) & (_P.taken_at >= start) & (_P.taken_at < end)
        rows = connection.execute(
            _JOINED.where(in_time, after).order_by(_P.message_id, _P.part).limit(_CHUNK)
        ).all()
        yield from map(_ours, rows)
        if len(rows) < _CHUNK:
            return
        last = (rows[-1].message_id, rows[-1].part)


def _ours(row: Any) -> OurPart:
    whole = row.service in WITHOUT_PARTS or row.part in {WHOLE, MESSENGER}
    shares = 1 if whole else max(row.parts, 1)
    cost = None if row.cost is None else row.cost // shares
    return OurPart(row.smsc_id, row.message_id, row.part, row.msisdn, PartState(row.state), cost)
