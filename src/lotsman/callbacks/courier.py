"""The loop: due call -> its host -> what became of it.

Strategy: hosts are asked for in turn, and each is given only as many calls at once as it deserves: a fast one many, a
new, slow or failing one few. A few more than that are kept at hand, so that a fast host never waits for the store. What
waits for a dead host stays in the store, so neither memory nor other hosts feel it.
Rule 1: a host that failed is left alone for a while that grows with each failure, and then tried with one call.
Rule 2: a call that was taken from the store is always recorded; if that fails, its lease brings it back.
Rule 3: a call that was long at hand is given back instead of begun: it might become another node's while it is made.
Rule 4: whatever hosts do, the loop waits between two looks unless the store had something to give.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from lotsman import metrics
from lotsman.callbacks.caller import Answered, Caller
from lotsman.domain.backoff import delay
from lotsman.domain.callback import is_taken, next_try
from lotsman.domain.trace import as_data, shown
from lotsman.usecases import Platform, StoreUnavailable
from lotsman.usecases.make_callbacks import Outcome, Take, Taken, due_hosts, record_call, take_calls

_LOOK_EVERY: Final = 0.2  # seconds, when nothing is due
_AT_ONCE: Final = 1000  # calls under way, of all hosts
_IN_HAND: Final = 5000  # with those that wait for their turn
PER_HOST: Final = 32
_FIRST: Final = 4  # calls at once to a host that has not answered yet, and none more at hand
_SLOW: Final = 1_000  # ms for an answer; a host that needs longer gets fewer calls at once
_HOSTS: Final = 200  # asked of the store at a time
_PAUSE_FIRST, _PAUSE_MOST = 1.0, 60.0  # seconds a failing host is left alone
_ONE_TRY: Final = 20_000  # ms; longer than a call and its record last

log = structlog.get_logger()


class _Host:
    """What is known of a host, and the calls to it that are in hand: some under way, some waiting for their turn."""

    __slots__ = ("at_hand", "failures", "known", "not_before", "under_way", "width")

    def __init__(self) -> None:
        self.at_hand: deque[Taken] = deque()
        self.under_way = 0
        self.width = _FIRST  # at most so many under way
        self.known = False  # it has answered once
        self.failures = 0  # in a row
        self.not_before = 0  # ms

    def room(self, now: int) -> int:
        """How many calls it would be worth taking from the store."""
        if now < self.not_before:
            return 0
        if self.failures:
            return 1 - self.under_way - len(self.at_hand)
        depth = 4 * self.width if self.known else self.width
        room = depth - self.under_way - len(self.at_hand)
        return room if room > depth // 2 else 0

    def next(self, now: int) -> Taken | None:
        """The next call to make, if one may be made now."""
        if (
            not self.at_hand
            or now < self.not_before
            or self.under_way >= (1 if self.failures else self.width)
        ):
            return None
        self.under_way += 1
        return self.at_hand.popleft()

    def answered(self, after: int) -> None:
        self.failures, self.known = 0, True
        self.width = min(self.width + 1, PER_HOST) if after < _SLOW else max(1, self.width // 2)

    def failed(self, now: int) -> None:
        self.width = _FIRST
        pause = delay(self.failures, random.random(), first=_PAUSE_FIRST, most=_PAUSE_MOST)  # noqa: S311 spreads tries
        self.failures += 1
        self.not_before = now + int(pause * 1000)


class Courier:
    def __init__(self, platform: Platform, caller: Caller, clock: Callable[[], int]) -> None:
        self._platform, self._caller, self._clock = platform, caller, clock
        self._hosts: dict[str, _Host] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._in_hand = 0
        self._kept_waiting: dict[_Host, None] = {}  # they may go on, but too much is under way; in turn
        self._room = asyncio.Event()
        self._after = (
            ""  # the host asked for last, when there are more than are asked for or given to at a time
        )
        self._open = True

    async def run(self) -> None:
        """Until `stop`."""
        while self._open:
            if not await self._look_or_wait_for_the_store():
                self._forget_quiet_hosts()
                await self._wait()

    async def stop(self, within: float) -> None:
        """Nothing new is taken; calls under way are finished or, after so many seconds, left to their leases."""
        self._open = False
        self._room.set()
        for host in self._hosts.values():
            self._give_back(host, self._clock())
        if self._calls:
            await asyncio.wait(self._calls, timeout=within)
        for task in list(self._calls):
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _look_or_wait_for_the_store(self) -> bool:
        try:
            return await self._look()
        except StoreUnavailable as error:
            log.error("callbacks_not_taken", error=str(error))
        except Exception:  # whatever it is, customers want to be told all the same
            log.exception("courier_failed")
        self._after = ""
        return False

    async def _look(self) -> bool:
        """Take what is due; -> whether to look again at once."""
        now = self._clock()
        self._room.clear()
        self._let_others_go_on()
        free = _IN_HAND - self._in_hand
        if free <= 0 or self._kept_waiting:
            return False
        takes = []
        for name in await self._due_hosts(now):
            room = min(self._hosts.setdefault(name, _Host()).room(now), free)
            if room > 0:
                free -= room
                takes.append(Take(name, room, now))
            if free <= 0:
                self._after = name  # those behind it come first next time
                break
        found = await take_calls(self._platform, takes) if takes else []
        for take, calls in zip(takes, found, strict=True):
            host = self._hosts[take.host]
            host.at_hand.extend(calls)
            self._in_hand += len(calls)
            self._go_on(host)
        return any(found) or self._after != ""

    async def _due_hosts(self, now: int) -> list[str]:
        """In turn, so that a host late in the alphabet is not always the one that is left over."""
        found = await due_hosts(self._platform, now, self._after, _HOSTS)
        self._after = found[-1] if len(found) == _HOSTS else ""
        return found

    def _go_on(self, host: _Host) -> None:
        """Make as many calls as the host may have under way."""
        now = self._clock()
        self._give_back(host, now, until=now + _ONE_TRY)
        while self._open:
            if len(self._calls) >= _AT_ONCE:
                if host.at_hand:
                    self._kept_waiting[host] = None
                return
            if (call := host.next(now)) is None:
                return
            task = asyncio.get_running_loop().create_task(self._carry_out(host, call))
            self._calls.add(task)
            task.add_done_callback(self._ended)

    def _let_others_go_on(self) -> None:
        waiting, self._kept_waiting = self._kept_waiting, {}
        for host in waiting:
            self._go_on(host)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._calls.discard(task)
        self._room.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("callback_failed", exc_info=error)

    async def _carry_out(self, host: _Host, call: Taken) -> None:
        began = self._clock()
        try:
            answer = await self._caller.call(call.target, call.parameters)
        except Exception as error:  # whatever it is, the call has had its try: else it would be made for ever
            log.exception("callback_failed", callback=call.id)
            answer = Answered(0, b"", type(error).__name__)
        finally:
            host.under_way -= 1
            self._in_hand -= 1
        now = self._clock()
        self._note(call, answer, now, now - began)
        if answer.status:
            host.answered(now - began)
            self._go_on(host)
        else:
            host.failed(now)
            self._give_back(host, now)
        self._record(call, answer, now)

    def _note(self, call: Taken, answer: Answered, now: int, took: int) -> None:
        if call.message_id:
            said = (
                call.target,
                str(answer.status),
                answer.why,
                answer.body.decode("utf-8", "replace"),
                str(took),
            )
            data = as_data(each.replace("\0", "?") for each in (*said, *shown(call.parameters)))
            self._platform.trace.note_callback(call.message_id, now, data)

    def _record(self, call: Taken, answer: Answered, now: int) -> None:
        tries = call.tries + 1
        if is_taken(answer.status, answer.body, tries):
            metrics.CALLBACKS.labels("taken").inc()
            record_call(self._platform, Outcome(call.id, None))
            return
        again = next_try(tries, call.created_at, now, random.random())  # noqa: S311 spreads tries
        metrics.CALLBACKS.labels("dead" if again is None else "failed").inc()
        record_call(self._platform, Outcome(call.id, again, answer.why, again is None))

    def _give_back(self, host: _Host, now: int, until: int | None = None) -> None:
        """Calls that were not begun are due again at once (those that are ours until then); the host's pause is another
        matter.
        """
        while host.at_hand and (until is None or host.at_hand[0].until < until):
            call = host.at_hand.popleft()
            self._in_hand -= 1
            if now < call.until:
                record_call(self._platform, Outcome(call.id, now, tries=call.tries))

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_EVERY):
                await self._room.wait()
        except TimeoutError:
            pass

    def _forget_quiet_hosts(self) -> None:
        if len(self._hosts) > _HOSTS:
            now = self._clock()
            for name, host in list(self._hosts.items()):
                if not host.under_way and not host.at_hand and now >= host.not_before:
                    del self._hosts[name]
