"""An account's statement: what it had, what came and went, what it has.

Rule 1: opening balance and entries make the closing balance, to the kopeck; nothing is rounded and nothing left out.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from lotsman.domain.ledger import EntryKind, LedgerEntry

_OF_MESSAGES: Final = frozenset({EntryKind.CHARGE, EntryKind.REFUND})


class Line(NamedTuple):
    day: str  # 2026-11-26, of the account's time zone
    kind: EntryKind
    entries: int  # that it sums up
    amount: int  # kopecks, signed
    note: str


class Statement(NamedTuple):
    account_id: int
    name: str
    currency: str
    first: str  # day
    last: str  # day, included
    opening: int  # kopecks
    lines: Sequence[Line]

    @property
    def closing(self) -> int:
        return self.opening + sum(line.amount for line in self.lines)

    @property
    def totals(self) -> dict[EntryKind, int]:
        """Kopecks by kind."""
        return {
            kind: total
            for kind in EntryKind
            if (total := sum(line.amount for line in self.lines if line.kind is kind))
        }


def by_day(entries: Iterable[LedgerEntry], zone: str) -> list[Line]:
    """Charges and refunds of a day in a line each; all else by itself. `entries` in order of time."""
    lines = []
    tz = ZoneInfo(zone)
    for day, of_day in groupby(entries, lambda entry: day_of(entry.at, tz)):
        sums: dict[EntryKind, tuple[int, int]] = {}
        for entry in of_day:
            if entry.kind in _OF_MESSAGES:
                count, amount = sums.get(entry.kind, (0, 0))
                sums[entry.kind] = count + 1, amount + entry.amount
            else:
                lines.append(Line(day, entry.kind, 1, entry.amount, entry.note))
        lines += [Line(day, kind, count, amount, "") for kind, (count, amount) in sorted(sums.items())]
    return lines


def by_entry(entries: Iterable[LedgerEntry], zone: str) -> list[Line]:
    tz = ZoneInfo(zone)
    return [Line(day_of(e.at, tz), e.kind, 1, e.amount, e.note or str(e.cause)) for e in entries]


def day_of(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).strftime("%Y-%m-%d")


def midnight(day: str, zone: str) -> int:
    """When a day begins there, ms; raises ValueError for what is no day."""
    return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
