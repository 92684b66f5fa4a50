"""What a carrier says that it carried, beside what we say that it took."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import sqlalchemy as sa

from lotsman.domain.reconciliation import CarrierLine, OurPart, Verdict, compare
from lotsman.domain.smsc_id import candidates
from lotsman.store.cluster import all_links
from lotsman.store.reconciliation import parts_by_ids, parts_taken
from lotsman.usecases import Platform

__all__ = ["Difference", "Reconciliation", "reconcile"]

_CHUNK: Final = 500  # lines looked up at once
_SHOWN: Final = 10_000  # differences that are kept in words; all are counted


@dataclass(frozen=True, slots=True)
class Difference:
    verdict: Verdict
    theirs: CarrierLine | None
    ours: OurPart | None


@dataclass(slots=True)
class Reconciliation:
    counts: Counter[Verdict] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    their_money: int = 0  # ten-thousandths of a kopeck: of all lines that name a price
    our_money: int = 0  # of all our parts whose cost we know

    @property
    def agrees(self) -> bool:
        return not any(count for verdict, count in self.counts.items() if verdict is not Verdict.SAME)

    def add(self, verdict: Verdict, theirs: CarrierLine | None, ours: OurPart | None) -> None:
        self.counts[verdict] += 1
        if theirs is not None and theirs.price is not None:
            self.their_money += theirs.price
        if ours is not None and ours.cost is not None:
            self.our_money += ours.cost
        if verdict is not Verdict.SAME and len(self.differences) < _SHOWN:
            self.differences.append(Difference(verdict, theirs, ours))


async def reconcile(
    platform: Platform, link: str, lines: Iterator[CarrierLine], start: int, end: int
) -> Reconciliation:
    """`start`, `end`: ms; of our parts only those taken in between are missed. Raises LookupError, BadList."""
    link_id = next((row.id for row in await platform.database.read(all_links) if row.name == link), None)
    if link_id is None:
        raise LookupError(f"no link {link}; `lotsman carrier list` shows all")
    return await platform.database.read(_reconciled, link_id, lines, start, end)


def _reconciled(
    connection: sa.Connection, link_id: int, lines: Iterator[CarrierLine], start: int, end: int
) -> Reconciliation:
    found = Reconciliation()
    seen: set[tuple[int, int]] = set()
    while chunk := list(islice(lines, _CHUNK)):
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
