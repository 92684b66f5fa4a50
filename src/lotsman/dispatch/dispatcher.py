"""The loop: due message -> link. Takes messages straight from acceptance while a link has room, else claims them.

Strategy: as long as nothing waits in a lane, a request whose messages fit into a link's room is stored as already held
for that link, and handed over the moment it is on disk: one write, no queue. Everything else is stored as ACCEPTED and
claimed, queue by queue (domain/turns.py), whenever a link that may take from the lane (roster.py) has room.
Rule 1: who waits is served first: the straight way is closed while a lane has a backlog.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from lotsman.carriers.port import CarrierLink, Clock
from lotsman.dispatch.roster import Roster
from lotsman.dispatch.shares import Shares
from lotsman.domain.message import Outgoing
from lotsman.domain.turns import FIRST_TURNS, Turns
from lotsman.usecases import Platform
from lotsman.usecases.claim_messages import Claimed, claim_messages
from lotsman.usecases.rescue_held import messages_held, put_back_astray

_LARGEST_CLAIM: Final = 1_000
_LOOK_AGAIN: Final = 0.05  # seconds
_STUCK_AFTER: Final = 1_000  # ms without any answer
log = structlog.get_logger()


class Dispatcher:
    """Also usecases.Handoff: the door for accepted messages."""

    def __init__(self, platform: Platform, clock: Clock) -> None:
        self._platform, self._clock = platform, clock
        self.roster: Final = Roster(clock, platform.call_later)
        self.roster.listen(self.wake)
        self._shares = Shares()
        self._links: dict[int, CarrierLink] = {}
        self._removed: dict[int, CarrierLink] = {}  # stopping or stopped; they put back what they are given
        self._reserved: dict[int, int] = {}  # link id -> parts promised to requests that are being stored
        self._claiming: set[int] = set()
        self._held: set[int] = set()  # messages given to links whose outcome is not yet on disk
        # Stored as held by this node at the last look, though it did not know them.
        self._astray: frozenset[int] = frozenset()
        self._served: dict[int, str] = {}  # link id -> the lane it last took from
        self._backlog: dict[str, bool] = {}  # lane -> messages may wait in the store
        self._moved_at: dict[int, int] = {}  # link id -> ms: when it last had more room than before
        self._turns: dict[str, Turns] = {}  # lane -> whose turn it was
        self._wakes = 0
        self._looking_again = False
        self._open = True

    def add(self, link: CarrierLink) -> None:
        self._links[link.config.id] = link
        self._removed.pop(link.config.id, None)
        self._served.pop(link.config.id, None)
        self._reserved.setdefault(link.config.id, 0)
        self._moved_at[link.config.id] = self._clock()
        self.roster.add(link)
        for lane in {*link.config.serves, *self._backlog}:
            self._backlog[lane] = True

    def remove(self, link_id: int) -> CarrierLink | None:
        """It gets nothing but what was promised to it."""
        link = self._links.pop(link_id, None)
        if link is not None:
            self._removed[link_id] = link
            self.roster.remove(link_id)
        return link

    @property
    def links(self) -> list[CarrierLink]:
        return list(self._links.values())

    # usecases.Handoff

    def reserve(self, lane: str, parts: int) -> int | None:
        """The link that will take these parts as soon as they are stored; None: store them for whoever claims first."""
        if self._open and not self._backlog.get(lane, True):
            takers = self.roster.takers(lane)
            if len(takers) == 1:
                link = takers[0][0]
                link_id = link.config.id
                if link.room - self._reserved[link_id] >= parts:
                    self._reserved[link_id] += parts
                    return link_id
            elif takers:
                for link_id, weight in self._in_order(lane):
                    if self._room(link_id) >= parts:
                        self._reserved[link_id] += parts
                        self._shares.gave(lane, link_id, weight, parts)
                        return link_id
        self._backlog[lane] = True
        return None

    def release(self, link_id: int, parts: int) -> None:
        self._reserved[link_id] -= parts

    def deliver(self, link_id: int, parts: int, messages: Sequence[Outgoing]) -> None:
        """The reserved messages are on disk: off they go."""
        self._reserved[link_id] -= parts
        self._give(self._links.get(link_id) or self._removed[link_id], messages)

    # Claims

    def on_room(self, link: CarrierLink) -> None:
        self._moved_at[link.config.id] = self._clock()
        lanes = [lane for lane, waits in self._backlog.items() if waits and self._takes(link, lane)]
        if len(lanes) > 1:  # they take turns
            last = self._served.get(link.config.id)
            after = lanes.index(last) + 1 if last in lanes else 0
            lanes = lanes[after:] + lanes[:after]
        for lane in lanes:
            self._claim(link, lane)

    def on_changed(self, link: CarrierLink) -> None:
        """It came up, went down, or is slowed down."""
        self.roster.look(link)

    def on_taken(self, link_id: int) -> None:
        self.roster.taken(link_id, self._clock())

    def on_receipt(self, link_id: int) -> None:
        self.roster.heard(link_id)

    def wake(self, lane: str | None = None) -> None:
        """Something may be due in this lane; None: look in every one."""
        self._wakes += 1
        for each in tuple(self._backlog) if lane is None else (lane,):
            self._backlog[each] = True
            for link_id, _ in self._in_order(each):
                self._claim(self._links[link_id], each)

    def close(self) -> None:
        """Nothing new is taken from now on."""
        self._open = False

    def pass_on(self, lane: str, link_id: int) -> str:
        """Where a message waits that this link does not take; "" when nobody is left for it."""
        return self.roster.passed_on(lane, link_id)

    def _claim(self, link: CarrierLink, lane: str) -> None:
        link_id = link.config.id
        room = link.room - self._reserved[link_id]
        # A claim is worth a write when it can take a good part of what the link likes to have at hand.
        if not self._open or link_id in self._claiming or room < max(1, link.depth // 2):
            return
        room, wakes = min(room, _LARGEST_CLAIM, self._allowance(link, lane)), self._wakes
        if room <= 0:
            return
        self._claiming.add(link_id)
        self._served[link_id] = lane
        self._reserved[link_id] += room

        def claimed(result: object) -> None:
            self._claiming.discard(link_id)
            self._reserved[link_id] -= room
            if isinstance(result, Exception):
                log.error("claim_failed", link=link.config.name, error=str(result))
                return
            claim: Claimed = result  # type: ignore[assignment]
            self._turns[lane] = claim.turns
            self._give(link, claim.messages)
            self._count(link, lane, claim.messages)
            if not claim.more:
                self._backlog[lane] = False
                if wakes != self._wakes:  # it may have looked before what the wake-up was about was stored
                    self._look_again_soon()
            self.on_room(link)

        turns = self._turns.get(lane, FIRST_TURNS)
        claim_messages(self._platform, link_id, lane, room, self._clock(), turns, claimed)

    def _give(self, link: CarrierLink, messages: Sequence[Outgoing]) -> None:
        held = self._held
        for message in messages:
            # One that is held already was put back by a write whose answer was lost; repeating it will free it again.
            if message.id not in held:
                held.add(message.id)
                link.submit(message)

    # What is held

    def on_recorded(self, message_id: int) -> None:
        self._held.discard(message_id)

    async def find_astray(self) -> None:
        """Put back what the store says this node holds and no link was ever given: a commit's answer was lost.

        Call every few seconds. Two looks agree before anything is done: a message may be between the store and a link.
        """
        held_before = frozenset(self._held)
        stored = await messages_held(self._platform)
        unknown = stored - held_before - self._held
        astray, self._astray = unknown & self._astray, unknown
        if astray:
            log.warning("held_by_nobody", messages=len(astray))
            await put_back_astray(self._platform, sorted(astray), self._clock())

    def _look_again_soon(self) -> None:
        """Not at once: under load the straight way would hardly ever be open."""

        def look() -> None:
            self._looking_again = False
            self.wake()

        if not self._looking_again:
            self._looking_again = True
            self._platform.call_later(_LOOK_AGAIN, look)

    # Which link

    def _takes(self, link: CarrierLink, lane: str) -> bool:
        return any(taker is link for taker, _ in self.roster.takers(lane))

    def _room(self, link_id: int) -> int:
        return self._links[link_id].room - self._reserved[link_id]

    def _in_order(self, lane: str) -> list[tuple[int, int]]:
        """(link id, weight) of those that may take from the lane, the one to try first in front.

        By their weights; where these are equal the emptiest first, so that they share the load.
        """
        takers = [(link.config.id, weight) for link, weight in self.roster.takers(lane)]
        if len(takers) < 2:
            return takers
        if _equal(takers):
            return sorted(takers, key=lambda taker: -self._room(taker[0]))
        weights = dict(takers)
        return [(link_id, weights[link_id]) for link_id in self._shares.in_order(lane, takers)]

    def _allowance(self, link: CarrierLink, lane: str) -> int:
        """How many parts it may claim without taking another's share. A carrier that answers nothing has none."""
        takers = [(taker.config.id, weight) for taker, weight in self.roster.takers(lane)]
        if len(takers) < 2 or _equal(takers):
            return _LARGEST_CLAIM
        moving = self._clock() - _STUCK_AFTER
        rivals = [each for each in takers if each[0] != link.config.id and self._moved_at[each[0]] > moving]
        if not rivals:
            return _LARGEST_CLAIM
        weight = dict(takers)[link.config.id]
        return self._shares.allowance(lane, link.config.id, weight, rivals, link.depth)

    def _count(self, link: CarrierLink, lane: str, messages: Sequence[Outgoing]) -> None:
        """What it claimed is of its share; who was waiting for that may go on."""
        takers = self.roster.takers(lane)
        if len(takers) < 2 or not messages:
            return
        for taker, weight in takers:
            if taker is link:
                self._shares.gave(lane, link.config.id, weight, sum(message.parts for message in messages))
        for taker, _ in takers:
            if taker is not link:
                self._claim(taker, lane)


def _equal(takers: Sequence[tuple[int, int]]) -> bool:
    return len({weight for _, weight in takers}) == 1
