"""Numbers that an account never wrote to, coming thick: many, many of one block, or one after another.

Strategy: a number that is not known here counts as new; only when half of a limit is reached is the store asked which of
them it knows (`doubtful`, `learn`), so an account that writes to its customers costs a look into memory.
Rule 1: memory is bounded: strangers by time and number, known numbers by number.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Sequence
from itertools import count
from typing import Final

from lotsman.domain.limits import MINUTE, MOST_STRANGERS, Limits

WINDOW: Final = 10 * MINUTE  # in which new numbers are counted together
BLOCK: Final = 4  # last digits that differ within a block of numbers
_MOST_KNOWN: Final = 50_000


class Bursts:
    """Of one account. What other nodes have seen comes in through `seen_elsewhere`."""

    def __init__(self) -> None:
        self._strangers: OrderedDict[str, int] = OrderedDict()  # msisdn -> ms when it came
        self._blocks: Counter[str] = Counter()
        self._known: set[str] = set()
        self._verified: set[str] = set()  # strangers that the store does not know either

    def doubtful(self, limits: Limits, msisdns: Sequence[str], now: int) -> list[str]:
        """What the store should be asked about before `judge`; nearly always nothing."""
        self._forget(now)
        new = [number for number in msisdns if number not in self._known and number not in self._strangers]
        if not new:
            return []
        blocks = Counter(number[:-BLOCK] for number in new)
        near = _half(limits.fresh, len(self._strangers) + len(new))
        near = near or any(_half(limits.prefix, self._blocks[b] + n) for b, n in blocks.items())
        near = near or (limits.sequence > 0 and self._longest(new) * 2 >= limits.sequence)
        if not near:
            return []
        return [number for number in (*self._strangers, *new) if number not in self._verified]

    def learn(self, asked: Collection[str], known: Collection[str]) -> None:
        """The store's answer: `known` of those that it was asked about."""
        if len(self._known) + len(known) > _MOST_KNOWN:
            self._known.clear()
        self._known.update(known)
        for number in known:
            self._drop(number)
        self._verified.update(number for number in asked if number not in self._known)

    def judge(self, limits: Limits, msisdn: str, now: int) -> str:
        """Count a number; the name of the limit that it breaks, "" if none."""
        if msisdn in self._known:
            return ""
        self._count(msisdn, now)
        if limits.sequence and self._run(msisdn, limits.sequence) >= limits.sequence:
            return "sequence"
        if limits.prefix and self._blocks[msisdn[:-BLOCK]] > limits.prefix:
            return "prefix"
        if limits.fresh and len(self._strangers) > limits.fresh:
            return "fresh"
        return ""

    def seen_elsewhere(self, numbers: Iterable[tuple[str, int]], now: int) -> None:
        """(msisdn, ms) of new numbers, as the store has them by now."""
        for msisdn, at in numbers:
            if msisdn not in self._known and at > now - WINDOW:
                self._count(msisdn, at)

    def start_anew(self) -> None:
        """What has come so far is as good as known."""
        self._known.update(self._strangers)
        self._strangers.clear()
        self._blocks.clear()
        self._verified.clear()

    def _count(self, msisdn: str, at: int) -> None:
        if msisdn in self._strangers:
            return
        self._strangers[msisdn] = at
        self._blocks[msisdn[:-BLOCK]] += 1
        if len(self._strangers) > MOST_STRANGERS + 1:
            self._drop(next(iter(self._strangers)))

    def _drop(self, msisdn: str) -> None:
        if self._strangers.pop(msisdn, None) is not None:
            self._verified.discard(msisdn)
            block = msisdn[:-BLOCK]
            self._blocks[block] -= 1
            if not self._blocks[block]:
                del self._blocks[block]

    def _forget(self, now: int) -> None:
        while self._strangers:
            oldest, at = next(iter(self._strangers.items()))
            if at > now - WINDOW:
                return
            self._drop(oldest)

    def _run(self, msisdn: str, most: int, also: Collection[str] = ()) -> int:
        """How many strangers follow one another around a number, itself among them; `most` is enough to know."""
        number, length = int(msisdn), 1
        for step in (1, -1):
            for neighbour in count(number + step, step):
                text = str(neighbour)
                if length >= most or (text not in self._strangers and text not in also):
                    break
                length += 1
        return length

    def _longest(self, new: Sequence[str]) -> int:
        among = set(new)
        return max(self._run(number, MOST_STRANGERS, among) for number in new)


def _half(limit: int, reached: int) -> bool:
    return limit > 0 and reached * 2 >= limit
