"""A carrier's own list of what it carried, compared with ours, part by part.

Rule 1: a carrier writes ids, money, times and states its own way; what cannot be read is a fault of its line, never a guess.
Rule 2: a price is compared only where both sides name one.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from lotsman.domain import money
from lotsman.domain.parts import PartState

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("message_id", "messageid", "msgid", "msg_id", "smsc_id", "id", "идентификатор"),
    "phone": ("msisdn", "phone", "destination", "dest", "to", "number", "телефон", "номер", "абонент"),
    "status": ("status", "state", "stat", "статус", "состояние"),
    "price": ("price", "cost", "amount", "sum", "цена", "стоимость", "сумма"),
}
_DELIVERED: Final = frozenset({"delivrd", "delivered", "ok", "success", "доставлено", "доставлен", "2"})
_FAILED: Final = frozenset(
    {"undeliv", "undelivered", "expired", "rejectd", "rejected", "deleted", "failed", "error", "fail"}
    | {"недоставлено", "не доставлено", "отклонено", "просрочено", "-1", "-2"}
)
_NOT_MONEY: Final = re.compile(r"[^\d.,]")
_SEPARATORS: Final = ";,\t"
_SHOWN: Final = 10_000  # differences that are kept in words; all are counted
_TOLERANCE: Final = 1  # ten-thousandths of a kopeck: carriers round


class BadList(ValueError):
    """The file is no such list; its text says which line and why."""


class CarrierLine(NamedTuple):
    """What the carrier says of one part."""

    number: int  # of the line, from 1
    id: str
    phone: str  # digits, "" when it does not say
    delivered: bool | None  # None: it does not say, or not yet
    price: int | None  # ten-thousandths of a kopeck


class OurPart(NamedTuple):
    """What we know of one part that the carrier took."""

    smsc_id: str
    message_id: int
    part: int
    phone: str
    state: PartState
    cost: int | None  # ten-thousandths of a kopeck


class Verdict(StrEnum):
    SAME = "same"
    ONLY_THEIRS = "only theirs"
    ONLY_OURS = "only ours"
    STATUS = "another status"
    PRICE = "another price"


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


def read(lines: Iterable[str], columns: Mapping[str, str]) -> Iterator[CarrierLine]:
    """`columns`: what -> the head of its column, where the carrier's is not among NAMES. Raises BadList."""
    text = iter(lines)
    head = next(text, "").removeprefix("\ufeff")
    separator = max(_SEPARATORS, key=head.count)
    titles = [cell.strip().strip('"').lower() for cell in head.split(separator)]
    places = {what: _place(what, titles, columns.get(what, "")) for what in NAMES}
    if places["id"] is None:
        raise BadList("line 1: no column of message ids; name it with --id")
    for number, cells in enumerate(csv.reader(text, delimiter=separator), 2):
        if any(cell.strip() for cell in cells):
            yield _line(number, cells, places)


def compare(theirs: CarrierLine, ours: OurPart | None) -> Verdict:
    if ours is None:
        return Verdict.ONLY_THEIRS
    if theirs.delivered is not None and not _agree(ours.state, delivered=theirs.delivered):
        return Verdict.STATUS
    if None not in {theirs.price, ours.cost} and abs((theirs.price or 0) - (ours.cost or 0)) > _TOLERANCE:
        return Verdict.PRICE
    return Verdict.SAME


def _agree(state: PartState, *, delivered: bool) -> bool:
    """A part whose receipt never came may well have failed."""
    return delivered is (state is PartState.DELIVERED)


def _place(what: str, titles: Sequence[str], named: str) -> int | None:
    if named:
        if named.strip().lower() not in titles:
            raise BadList(f"line 1: no column {named}; there are {', '.join(filter(None, titles))}")
        return titles.index(named.strip().lower())
    return next((titles.index(name) for name in NAMES[what] if name in titles), None)


def _line(number: int, cells: Sequence[str], places: Mapping[str, int | None]) -> CarrierLine:
    said = {
        what: cells[place].strip() if place is not None and place < len(cells) else ""
        for what, place in places.items()
    }
    if not said["id"]:
        raise BadList(f"line {number}: no message id")
    status = said["status"].lower()
    delivered = True if status in _DELIVERED else False if status in _FAILED else None
    try:
        price = _price(said["price"])
    except ValueError as error:
        raise BadList(f"line {number}: {error}") from None
    return CarrierLine(number, said["id"], "".join(filter(str.isdigit, said["phone"])), delivered, price)


def _price(text: str) -> int | None:
    """Of 1.20, 1,20 and "1 234,50 руб.": of two kinds of points the last is the decimal one; None: it does not say.

    Raises ValueError.
    """
    plain = _NOT_MONEY.sub("", text).strip(".,")
    whole, point, part = plain.rpartition(max(".,", key=plain.rfind))
    return money.parse_fine(f"{re.sub('[.,]', '', whole)}.{part}" if point else plain) if text else None
