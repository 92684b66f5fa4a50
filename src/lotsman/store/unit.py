"""What a write is: a unit of work and the items it is done for (store/database.py runs them).

Rule 1: a unit is a function (tx, items) -> results of the same length; it must not touch anything but `tx`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa

Item = TypeVar("Item")
Result = TypeVar("Result")
Done = Callable[[Any], None]  # called on the event loop with the result, or with an exception

ACCEPT: Final = "accept"
CARRIER: Final = "carrier"


class StoreUnavailable(Exception):
    """The database did not take the write; nothing of it is stored."""


class Overloaded(Exception):
    """More writes are waiting than the database can take soon; try again later."""


class Misjudged(Exception):
    """A unit took something for granted that is not so: run the group again, carefully."""


class Tx:
    """An open write transaction: `cursor` for row sets (store/rowset.py), `connection` for everything else.

    `careful`: what a unit would take for granted, it has to read first (store/steps.py).
    """

    __slots__ = ("careful", "connection", "cursor", "sqlite")

    def __init__(self, connection: sa.Connection, *, sqlite: bool, careful: bool = False) -> None:
        self.connection = connection
        self.sqlite = sqlite
        self.careful = careful
        self.cursor: Any = connection.connection.cursor()


@dataclass(frozen=True, slots=True)
class Unit(Generic[Item, Result]):
    """What a write does, for any number of items at once. `order`: causes before consequences within a group."""

    name: str
    order: int
    lane: str
    run: Callable[[Tx, Sequence[Item]], Sequence[Result]]


def unit(
    *, order: int, lane: str = CARRIER
) -> Callable[[Callable[[Tx, Sequence[Item]], Sequence[Result]]], Unit[Item, Result]]:
    def declare(run: Callable[[Tx, Sequence[Item]], Sequence[Result]]) -> Unit[Item, Result]:
        return Unit(run.__name__, order, lane, run)

    return declare
