"""Which links may take from a lane now: the first group of its plan in which any link, here or on another node, can.

Rule 1: a link that stops being able to take counts for a moment longer, so that a carrier that reconnects at once loses
nothing to the next one; after GRACE its messages go the next way.
Rule 2: a link that is slowed down, or does not answer, takes what it still can, and the next group helps out.
Rule 3: when no link of a plan is able, those that are up at all are used: a slow way is better than none.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from lotsman.carriers.port import CarrierLink, Clock
from lotsman.domain.hearing import Hearing
from lotsman.domain.lane import Group, Member, passed_on, plan_of

GRACE: Final = 1_000  # ms

Takers = Sequence[tuple[CarrierLink, int]]  # links of this node with their weights


class Elsewhere(NamedTuple):
    """A link that is turned on and not held here, as far as is known."""

    link_id: int
    serves: tuple[str, ...]
    priority: int
    able: bool


class _Own:
    __slots__ = ("able", "deaf", "hearing", "link", "unable_since")

    def __init__(self, link: CarrierLink, now: int) -> None:
        self.link = link
        self.hearing = Hearing(link.config.deaf_after * 1000) if link.config.deaf_after else None
        self.able, self.deaf, self.unable_since = True, False, now


class Roster:
    def __init__(self, clock: Clock, later: Callable[[float, Callable[[], None]], object]) -> None:
        self._clock, self._later = clock, later
        self._own: dict[int, _Own] = {}
        self._elsewhere: dict[int, Elsewhere] = {}
        self._takers: dict[str, Takers] = {}
        self._on_change: Callable[[], None] = lambda: None

    def listen(self, on_change: Callable[[], None]) -> None:
        """`on_change`: time alone made others the takers of some lane."""
        self._on_change = on_change

    def add(self, link: CarrierLink) -> None:
        self._own[link.config.id] = _Own(link, self._clock())
        self.look(link)

    def remove(self, link_id: int) -> None:
        self._own.pop(link_id, None)
        self._takers.clear()

    def survey(self, elsewhere: Iterable[Elsewhere]) -> None:
        """What other nodes say of their links."""
        found = {each.link_id: each for each in elsewhere}
        if found != self._elsewhere:
            self._elsewhere = found
            self._takers.clear()
            self._on_change()

    def takers(self, lane: str) -> Takers:
        found = self._takers.get(lane)
        if found is None:
            found = self._takers[lane] = self._find(lane)
        return found

    def passed_on(self, lane: str, link_id: int) -> str:
        """The lane of a message that this link does not take; "" when nobody is left for it."""
        following = passed_on(lane, link_id)
        known = self._own.keys() | self._elsewhere.keys()
        left = following and any(m.link_id in known for group in self._groups(following) for m in group)
        return following if left else ""

    # How links are

    def look(self, link: CarrierLink) -> None:
        """It came up, went down, was throttled or is itself again."""
        own = self._own.get(link.config.id)
        if own is None:
            return
        able = link.up and link.state == "bound" and not own.deaf
        if own.able and not able:
            own.unable_since = self._clock()
            self._later(GRACE / 1000, self._time_passed)
        own.able = able
        self._takers.clear()

    def taken(self, link_id: int, now: int) -> None:
        own = self._own.get(link_id)
        if own is not None and own.hearing is not None:
            own.hearing.taken(now)

    def heard(self, link_id: int) -> None:
        own = self._own.get(link_id)
        if own is not None and own.hearing is not None:
            own.hearing.heard()

    def judge(self, now: int) -> list[CarrierLink]:
        """Call every second; -> the links that have become deaf, or hear again."""
        turned = []
        for own in self._own.values():
            deaf = own.hearing is not None and own.hearing.deaf(now)
            if deaf != own.deaf:
                own.deaf = deaf
                turned.append(own.link)
                self.look(own.link)
        if turned:
            self._on_change()
        return turned

    def is_deaf(self, link_id: int) -> bool:
        own = self._own.get(link_id)
        return own is not None and own.deaf

    def _time_passed(self) -> None:
        # A timer may be a moment early by this clock; then what is worked out now would stay as it is.
        left = [GRACE - self._clock() + own.unable_since for own in self._own.values() if not own.able]
        early = min((each for each in left if each > 0), default=0)
        if early:
            self._later(min(early, GRACE) / 1000, self._time_passed)
        self._takers.clear()
        self._on_change()

    def _find(self, lane: str) -> Takers:
        slow: list[tuple[CarrierLink, int]] = []
        deaf: list[tuple[CarrierLink, int]] = []
        for group in self._groups(lane):
            able = []
            for link_id, weight in group:
                own = self._own.get(link_id)
                if own is None:
                    continue
                if self._able(link_id):
                    able.append((own.link, weight))
                elif own.link.up:
                    (deaf if own.deaf else slow).append((own.link, 1))
            if able or any(self._able(member.link_id) for member in group):
                return [*slow, *((link, 1) for link, _ in able)] if slow else able
        return slow or deaf

    def _groups(self, lane: str) -> Sequence[Group]:
        plan = plan_of(lane)
        if not plan.word:
            return plan.groups
        serving = [
            (own.link.config.priority, link_id)
            for link_id, own in self._own.items()
            if plan.word in own.link.config.serves
        ]
        serving += [(e.priority, e.link_id) for e in self._elsewhere.values() if plan.word in e.serves]
        ranked = groupby(
            sorted(each for each in serving if each[1] not in plan.without), lambda each: each[0]
        )
        return [tuple(Member(link_id) for _, link_id in members) for _, members in ranked]

    def _able(self, link_id: int) -> bool:
        own = self._own.get(link_id)
        if own is None:
            there = self._elsewhere.get(link_id)
            return there is not None and there.able
        return own.able or (not own.deaf and self._clock() - own.unable_since < GRACE)
