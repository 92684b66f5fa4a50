"""What waits for one system_id: receipts and messages of phones, and who is there to take them.

In: deliver_sm to hand over, sessions that come and go, how each delivery was answered. Out: deliver_sm to sessions.
Rule 1: nothing is forgotten until it was acknowledged with status 0. What a session left unanswered goes, first of
all, to the next session that has room; what was refused waits for the next bind, but not longer than `resend`.
Rule 2: a session gets no more than its window holds and its socket takes.
"""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lotsman.simulator.agenda import Agenda
from lotsman.smpp.pdu import Sm

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Taker(Protocol):
    """A session that receives"""

    @property
    def ready(self) -> bool: ...

    def hand_over(self, item: "Item") -> None: ...


@dataclass(slots=True)
class Counts:
    binds: int = 0
    binds_refused: int = 0
    submits: int = 0
    taken: int = 0
    refused: int = 0
    unanswered: int = 0
    dropped: int = 0  # connections
    handed_over: int = 0  # deliver_sm sent, repetitions included
    acknowledged: int = 0
    repeated: int = 0


@dataclass(slots=True, eq=False)
class Item:
    sm: Sm
    origin: object = None  # the session that is asked first: the one its message came by
    elsewhere: bool = False  # not by that one, if there is another
    answer: "asyncio.Future[int] | None" = None  # gets the first status it is answered
    done: bool = False  # acknowledged


class Mailbox:
    def __init__(self, agenda: Agenda, counts: Counts, resend: "Callable[[], float]") -> None:
        self.takers: list[Taker] = []
        self._agenda, self._counts, self._resend = agenda, counts, resend
        self._queue: deque[Item] = deque()
        self._refused: dict[Item, None] = {}  # wait before they are tried again

    @property
    def waiting(self) -> int:
        return len(self._queue) + len(self._refused)

    def post(self, item: Item) -> None:
        self._queue.append(item)
        self.pump()

    def attach(self, taker: Taker) -> None:
        self.takers.append(taker)
        for item in list(self._refused):
            item.origin, item.elsewhere = taker, False  # the newcomer gets what others refused
            self._try_again(item)
        self.pump()

    def detach(self, taker: Taker) -> None:
        if taker in self.takers:
            self.takers.remove(taker)

    def answered(self, item: Item, status: int) -> None:
        if item.answer is not None and not item.answer.done():
            item.answer.set_result(status)
        if status == 0:
            if not item.done:
                item.done = True
                self._counts.acknowledged += 1
        else:
            self.unanswered(item)

    def unanswered(self, item: Item) -> None:
        """Refused, or not answered in time"""
        if not item.done and item not in self._refused:
            self._refused[item] = None
            self._agenda.after(self._resend(), self._again, item)

    def lost(self, items: list[Any]) -> None:
        """The session ended before it answered these"""
        back = [item for item in items if not item.done]
        self._counts.repeated += len(back)
        self._queue.extendleft(reversed(back))
        self.pump()

    def pump(self) -> None:
        queue = self._queue
        while queue:
            if queue[0].done:  # acknowledged late, after it was queued again
                queue.popleft()
                continue
            taker = self._taker(queue[0])
            if taker is None:
                return
            self._counts.handed_over += 1
            taker.hand_over(queue.popleft())

    def _taker(self, item: Item) -> Taker | None:
        takers = self.takers
        if item.elsewhere:
            takers = [taker for taker in takers if taker is not item.origin] or takers
        elif item.origin in takers:
            own: Any = item.origin
            if own.ready:
                return own  # type: ignore[no-any-return]
        return next((taker for taker in takers if taker.ready), None)

    def _again(self, item: Item) -> None:
        self._try_again(item)
        self.pump()

    def _try_again(self, item: Item) -> None:
        if item not in self._refused:
            return
        del self._refused[item]
        if not item.done:
            self._counts.repeated += 1
            self._queue.append(item)
