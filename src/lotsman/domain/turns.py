"""Whose turn it is: everybody who waits in a lane has a queue there, for each class of texts one.

Strategy: classes are served in their order, accounts of a class in turn. A claim gives the first class at most three
quarters of what it takes while a later one waits, and so on, so nobody starves; within a class it gives every account
an equal share, and the next claim goes on behind the account that was last.
Rule 1: a mailing of a million waits in the queue of its account, so it delays nobody else's message by more than a turn.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lotsman.domain.text_class import TextClass

MOST_QUEUES: Final = 16  # of one walk; the others have their turn with the next claim
_CLASS_AT: Final = 48  # bits of the account's number

Turns = tuple[int, ...]  # the queue of each class that was last served
FIRST_TURNS: Final[Turns] = (0,) * len(TextClass)


def queue_of(text_class: TextClass, account_id: int) -> int:
    return (text_class << _CLASS_AT) | account_id


def class_of(queue: int) -> TextClass:
    return TextClass(queue >> _CLASS_AT)


class Walk(NamedTuple):
    """Queues behind `after`, up to and with `last`."""

    after: int
    last: int


def walks_of(turns: Turns) -> Iterator[Walk]:
    """Two for each class: from whose turn it is to the end, and from the beginning to there."""
    for text_class in TextClass:
        first, end = text_class << _CLASS_AT, ((text_class + 1) << _CLASS_AT) - 1
        after = max(turns[text_class], first)
        yield Walk(after, end)
        yield Walk(first, after)


class Taker:
    """Shares a claim among the queues: iterate, and say after each how many it gave."""

    def __init__(self, queues: Sequence[int], turns: Turns, most: int) -> None:
        """`queues` as the walks found them."""
        self._by_class = [[q for q in queues if q >> _CLASS_AT == c] for c in TextClass]
        self._turns = list(turns)
        self._left = most
        self._gave = 0
        self.more = False

    @property
    def turns(self) -> Turns:
        return tuple(self._turns)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """(queue, the most to take from it)."""
        for text_class, queues in enumerate(self._by_class):
            later = any(self._by_class[text_class + 1 :])
            left = min(self._left, max(1, self._left * 3 // 4)) if later else self._left
            for place, queue in enumerate(queues):
                share = -(-left // (len(queues) - place))
                if share <= 0:
                    self.more = True
                    break
                yield queue, share
                self._turns[text_class] = queue
                left -= self._gave
                self._left -= self._gave
                self.more = self.more or self._gave == share
            self.more = self.more or len(queues) >= MOST_QUEUES

    def took(self, messages: int) -> None:
        self._gave = messages
