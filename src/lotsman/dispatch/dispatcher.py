"""The loop: due message -> link. Takes messages straight from acceptance while a link has room, else claims them.

Strategy: as long as nothing waits in a lane, a request whose messages fit into a link's room is stored as already held
for that link, and handed over the moment it is on disk: one write, no queue. Everything else is stored as ACCEPTED and
claimed, oldest first, whenever a link has room.
Rule 1: who waits is served first: the straight way is closed while a lane has a backlog.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from lotsman.carriers.port import CarrierLink, Clock
from lotsman.domain.message import Outgoing
from lotsman.domain.routing import LinkView, in_order
from lotsman.usecases import Platform
from lotsman.usecases.claim_messages import claim_messages
from lotsman.usecases.rescue_held import messages_held, put_back_astray

_LARGEST_CLAIM: Final = 1_000
_LOOK_AGAIN: Final = 0.05  # seconds
log = structlog.get_logger()


class Dispatcher:
    """Also usecases.Handoff: the door for accepted messages."""

    def __init__(self, platform: Platform, clock: Clock) -> None:
        self._platform, self._clock = platform, clock
        self._links: dict[int, CarrierLink] = {}
        self._removed: dict[int, CarrierLink] = {}  # stopping or stopped; they put back what they are given
        self._reserved: dict[int, int] = {}  # link id -> parts promised to requests that are being stored
        self._claiming: set[int] = set()
        self._held: set[int] = set()  # messages given to links whose outcome is not yet on disk
        # Stored as held by this node at the last look, though it did not know them.
        self._astray: frozenset[int] = frozenset()
        self._served: dict[int, int] = {}  # link id -> the lane it last took from
        self._backlog: dict[int, bool] = {}  # lane -> messages may wait in the store
        self._wakes = 0
        self._looking_again = False
        self._open = True

    def add(self, link: CarrierLink) -> None:
        self._links[link.config.id] = link
        self._removed.pop(link.config.id, None)
        self._served.pop(link.config.id, None)
        self._reserved.setdefault(link.config.id, 0)
        for lane in link.config.lanes:
            self._backlog[lane] = True

    def remove(self, link_id: int) -> CarrierLink | None:
        """It gets nothing but what was promised to it."""
        link = self._links.pop(link_id, None)
        if link is not None:
            self._removed[link_id] = link
        return link

    @property
    def links(self) -> list[CarrierLink]:
        return list(self._links.values())

    # usecases.Handoff

    def reserve(self, lane: int, parts: int) -> int | None:
        """The link that will take these parts as soon as they are stored; None: store them for whoever claims first."""
        if self._open and not self._backlog.get(lane, True):
            for link_id, room in self._in_order(lane):
                if room >= parts:
                    self._reserved[link_id] += parts
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
        lanes = link.config.lanes
        if len(lanes) > 1:  # they take turns
            last = self._served.get(link.config.id, lanes[-1])
            after = lanes.index(last) + 1
            lanes = lanes[after:] + lanes[:after]
        for lane in lanes:
            if self._backlog.get(lane):
                self._claim(link, lane)

    def wake(self, lane: int | None = None) -> None:
        """Something may be due in this lane; None: look in every one."""
        self._wakes += 1
        for each in tuple(self._backlog) if lane is None else (lane,):
            self._backlog[each] = True
            for link_id, _ in self._in_order(each):
                self._claim(self._links[link_id], each)

    def close(self) -> None:
        """Nothing new is taken from now on."""
        self._open = False

    def _claim(self, link: CarrierLink, lane: int) -> None:
        link_id = link.config.id
        room = link.room - self._reserved[link_id]
        # A claim is worth a write when it can take a good part of what the link likes to have at hand.
        if not self._open or link_id in self._claiming or room < max(1, link.depth // 2):
            return
        room, wakes = min(room, _LARGEST_CLAIM), self._wakes
        self._claiming.add(link_id)
        self._served[link_id] = lane
        self._reserved[link_id] += room

        def claimed(result: object) -> None:
            self._claiming.discard(link_id)
            self._reserved[link_id] -= room
            if isinstance(result, Exception):
                log.error("claim_failed", link=link.config.name, error=str(result))
                return
            messages: list[Outgoing] = result  # type: ignore[assignment]
            self._give(link, messages)
            if len(messages) < room:
                self._backlog[lane] = False
                if wakes != self._wakes:  # it may have looked before what the wake-up was about was stored
                    self._look_again_soon()
            self.on_room(link)

        claim_messages(self._platform, link_id, lane, room, self._clock(), claimed)

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

    def _in_order(self, lane: int) -> list[tuple[int, int]]:
        """(link id, room left) of the lane's links that are up, the one to try first in front."""
        reserved = self._reserved
        views = [
            LinkView(link.config.priority, reserved[link_id] - link.room, link_id)
            for link_id, link in self._links.items()
            if lane in link.config.lanes and link.up
        ]
        return [(view.id, -view.taken) for view in in_order(views)]
