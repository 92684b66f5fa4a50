"""Weights: how far each link of a lane is ahead of its share.

Strategy: stride scheduling. What a link is given, divided by its weight, is its pass; the link with the lowest pass is
next. Who could take nothing for a while is not owed more than a burst.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

_BURST: Final = 100.0  # of passes

Weighted = Sequence[tuple[int, int]]  # (link id, weight)


class Shares:
    def __init__(self) -> None:
        self._passes: defaultdict[str, dict[int, float]] = defaultdict(dict)

    def in_order(self, lane: str, links: Weighted) -> list[int]:
        """Who is most behind its share first."""
        passes = self._of(lane, links)
        return sorted((link_id for link_id, _ in links), key=lambda link_id: passes[link_id])

    def gave(self, lane: str, link_id: int, weight: int, parts: int) -> None:
        passes = self._passes[lane]
        passes[link_id] = passes.get(link_id, 0.0) + parts / weight

    def allowance(self, lane: str, link_id: int, weight: int, rivals: Weighted, burst: int) -> int:
        """How many parts it may take before it is a burst ahead of every rival; rivals are those that could take some."""
        passes = self._of(lane, [*rivals, (link_id, weight)])
        behind = min(passes[rival] for rival, _ in rivals)
        return int((behind - passes[link_id]) * weight) + burst

    def _of(self, lane: str, links: Weighted) -> dict[int, float]:
        passes = self._passes[lane]
        least = max(passes.values(), default=0.0) - _BURST
        for link_id, _ in links:
            passes[link_id] = max(passes.get(link_id, least), least)
        return passes
