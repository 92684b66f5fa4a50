"""How much an account, or one of its keys, has used within the last second, minute, hour or day; over all nodes.

A gauge counts in slots, a tenth of its span each, and a slot is in the window until its last moment is out of it: so a limit
is never exceeded within any span, and what was used comes back up to a tenth of the span later.
Each node knows what the store knew at the last report (`view`), and what it let pass itself since then.
Rule 1: while it is far from the edge a node decides from memory; near it the store does, under the lock of the account's
balance (store/usage.py). Far is: nine tenths at most are used, and this node has let pass a twentieth of the limit at most
that others cannot know of yet.
Rule 2: so a limit can be exceeded by a twentieth of it for each further node, and by nothing when there is one node. A limit
below 20 is always decided by the store, exactly.
"""

from collections import defaultdict
from typing import Final, NamedTuple

SLOTS: Final = 10
STALE: Final = 3_000  # ms after which what the store knew is not believed any more
MARGIN: Final = 10  # the last tenth of a limit is near the edge
SHARE: Final = 20  # a twentieth of it may be unknown to others


class Use(NamedTuple):
    messages: int = 0
    kopecks: int = 0

    def plus(self, other: "Use") -> "Use":
        return Use(self.messages + other.messages, self.kopecks + other.kopecks)

    def minus(self, other: "Use") -> "Use":
        return Use(self.messages - other.messages, self.kopecks - other.kopecks)


_NOTHING: Final = Use()


def slot_of(now: int, span: int) -> int:
    return now - now % (span // SLOTS)


def since(now: int, span: int, released_at: int) -> int:
    """The first slot that counts."""
    return max(slot_of(now, span) - span, released_at)


class Gauge:
    """Of one scope and span at one node."""

    __slots__ = ("_own", "_pending", "_view", "_viewed_at", "used_at")

    def __init__(self) -> None:
        self._view: dict[int, Use] = {}  # as the store knew it
        self._viewed_at = 0  # ms
        self._pending: defaultdict[int, Use] = defaultdict(Use)  # being reported
        self._own: defaultdict[int, Use] = defaultdict(Use)  # to be reported
        self.used_at = 0  # ms

    def measure(self, first: int) -> tuple[Use, Use]:
        """-> (what is used as far as this node knows, what others cannot know of that yet)."""
        unknown = self._sum(self._own, first)
        if self._pending:
            unknown = unknown.plus(self._sum(self._pending, first))
        return self._sum(self._view, first).plus(unknown), unknown

    def unreported(self, first: int) -> Use:
        """What a write of this node that starts now would not find in the store."""
        return self._sum(self._own, first)

    def is_far(self, used: Use, unknown: Use, most: Use, now: int) -> bool:
        """Whether memory may decide: of what was measured, with what is wanted."""
        if now - self._viewed_at > STALE:
            return False
        return all(
            not limit or (u <= limit - -(-limit // MARGIN) and n <= limit // SHARE)
            for u, n, limit in zip(used, unknown, most, strict=True)
        )

    def add(self, slot: int, use: Use) -> None:
        """Let pass from memory."""
        self._own[slot] = self._own[slot].plus(use)

    def take_back(self, slot: int, use: Use) -> None:
        """It was not stored after all. A report may have gone out meanwhile: the next one corrects it."""
        self._own[slot] = self._own[slot].minus(use)

    def stored(self, slot: int, use: Use) -> None:
        """Let pass, and counted, by the store."""
        self._view[slot] = self._view.get(slot, _NOTHING).plus(use)

    def report(self) -> dict[int, Use]:
        """What the store shall add; `reported` or `lost` follows before the next one."""
        self._pending, self._own = self._own, defaultdict(Use)
        return {slot: use for slot, use in self._pending.items() if any(use)}

    def reported(self, view: dict[int, Use], at: int) -> None:
        """The report is on disk; this is what the store knows with it, `at` the moment it was begun."""
        self._view, self._viewed_at = view, at
        self._pending = defaultdict(Use)

    def lost(self) -> None:
        """The report failed: it is to be made again."""
        for slot, use in self._pending.items():
            self.add(slot, use)
        self._pending = defaultdict(Use)

    @property
    def owes(self) -> bool:
        return any(any(use) for table in (self._own, self._pending) for use in table.values())

    @staticmethod
    def _sum(table: dict[int, Use], first: int) -> Use:
        messages = kopecks = 0
        for slot, use in table.items():
            if slot >= first:
                messages += use[0]
                kopecks += use[1]
        return Use(messages, kopecks)
