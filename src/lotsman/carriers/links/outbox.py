"""What a link was given and has not put on the wire.

Two kinds. `Outbox` is one queue. `FairOutbox` is for links that limit senders or destinations: a queue for each limit,
so that nobody waits behind a part whose sender has used up its rate.
Rule 1: within a queue parts leave in the order in which they came; among queues that may send, whoever came first.
Rule 2: a queue holds about a second's worth of its rate. Whatever is beyond comes again at a moment that is booked for
it, so that it takes no room from others.
"""

from collections import deque
from collections.abc import Mapping
from heapq import heappop, heappush, heapreplace
from typing import Final

from lotsman.carriers.links.pace import Bucket
from lotsman.domain.message import Outgoing
from lotsman.smpp.pdu import Sm

ANY_OTHER: Final = "*"  # the rate of each sender that has none of its own
_MANY: Final = 10_000  # senders that wrote lately
NEVER: Final = float("inf")


class Flight:
    """One part on its way; or, in message_payload, several that share one submit."""

    __slots__ = ("data", "ended", "left", "message", "part", "riders", "sm")

    def __init__(self, message: Outgoing, part: int, sm: Sm, riders: tuple[int, ...] = ()) -> None:
        self.message, self.part, self.sm = message, part, sm
        self.riders = riders  # further parts that this submit carries
        self.left = False  # its bytes were handed to the socket
        self.ended = False  # given up without a response
        self.data = b""  # what was handed to the socket


class Outbox:
    """One queue, no limits."""

    held = 0  # parts that wait for their own limit: they take no room
    wait = NEVER  # seconds until `take` has something again, after it gave None

    def __init__(self) -> None:
        self._flights: deque[Flight] = deque()

    def __len__(self) -> int:
        return len(self._flights)

    def put(self, flight: Flight) -> None:
        self._flights.append(flight)

    def put_first(self, flight: Flight) -> None:
        """It was refused for now and is tried again before all others."""
        self._flights.appendleft(flight)

    def take(self, now: float) -> Flight | None:  # noqa: ARG002  nothing here depends on the time
        """The next one that may leave."""
        return self._flights.popleft() if self._flights else None

    def clear(self) -> list[Flight]:
        """All of it, in order; the outbox is empty then."""
        flights, self._flights = self._flights, deque()
        return list(flights)


class _Queue:
    __slots__ = ("buckets", "flights", "waits")

    def __init__(self, buckets: tuple[Bucket, ...]) -> None:
        self.buckets = buckets
        self.flights: deque[tuple[int, Flight]] = deque()  # with its turn
        self.waits = False  # for a token of its buckets


class FairOutbox(Outbox):
    """`senders`: name -> parts a second, * for each other one. `prefixes`: of numbers, the longest that fits counts."""

    def __init__(self, senders: Mapping[str, float], prefixes: Mapping[str, float]) -> None:
        super().__init__()
        self._senders, self._prefixes = senders, prefixes
        self._longest = sorted(prefixes, key=len, reverse=True)
        self._buckets: dict[tuple[str, str], Bucket] = {}  # (sender, "") or ("", prefix)
        self._queues: dict[
            tuple[str, str], _Queue
        ] = {}  # (sender, prefix), "" where nothing limits; none is empty
        self._ready: list[tuple[int, _Queue]] = []  # heap: who came first
        self._waiting: list[tuple[float, int, _Queue]] = []  # heap: who has a token first
        self._last = self._first = self._size = 0

    def __len__(self) -> int:
        return self._size

    def put(self, flight: Flight) -> None:
        self._last += 1
        queue = self._queue(flight)
        queue.flights.append((self._last, flight))
        self._added(queue)

    def put_first(self, flight: Flight) -> None:
        self._first -= 1
        queue = self._queue(flight)
        queue.flights.appendleft((self._first, flight))
        self._added(queue)

    def take(self, now: float) -> Flight | None:
        while self._waiting and self._waiting[0][0] <= now:
            queue = heappop(self._waiting)[2]
            queue.waits = False
            self.held -= len(queue.flights)
            heappush(self._ready, (queue.flights[0][0], queue))
        while self._ready:
            queue = self._ready[0][1]
            wait = max([bucket.wait(now) for bucket in queue.buckets], default=0.0)
            if wait:
                turn, _ = heappop(self._ready)
                queue.waits = True
                self.held += len(queue.flights)
                heappush(self._waiting, (now + wait, turn, queue))
                continue
            for bucket in queue.buckets:
                bucket.take()
            _, flight = queue.flights.popleft()
            self._size -= 1
            if queue.flights:
                heapreplace(self._ready, (queue.flights[0][0], queue))
            else:
                heappop(self._ready)
                del self._queues[self._key(flight.message)]
            return flight
        self.wait = self._waiting[0][0] - now if self._waiting else NEVER
        return None

    def postponed(self, message: Outgoing, parts: int, now: float) -> float:
        """Seconds after which the message shall come again; 0: it may come in."""
        key = self._key(message)
        buckets = self._limits(key)
        if not buckets:
            return 0.0
        slowest = min(buckets, key=_rate)
        if slowest.has_turn(message.id):
            return 0.0
        queue = self._queues.get(key)
        full = queue is not None and len(queue.flights) >= max(1.0, slowest.rate)
        return slowest.book(message.id, parts, now) if slowest.is_booked(now) or full else 0.0

    def clear(self) -> list[Flight]:
        flights = sorted(pair for queue in self._queues.values() for pair in queue.flights)
        self._queues.clear()
        self._ready.clear()
        self._waiting.clear()
        self._size = self.held = 0
        return [flight for _, flight in flights]

    def _added(self, queue: _Queue) -> None:
        self._size += 1
        if queue.waits:
            self.held += 1
        elif len(queue.flights) == 1:
            heappush(self._ready, (queue.flights[0][0], queue))

    def _queue(self, flight: Flight) -> _Queue:
        key = self._key(flight.message)
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue(self._limits(key))
        return queue

    def _limits(self, key: tuple[str, str]) -> tuple[Bucket, ...]:
        sender, prefix = key
        found = []
        if sender:
            rate = self._senders.get(sender) or self._senders[ANY_OTHER]
            found.append(self._bucket((sender, ""), rate))
        if prefix:
            found.append(self._bucket(("", prefix), self._prefixes[prefix]))
        return tuple(found)

    def _key(self, message: Outgoing) -> tuple[str, str]:
        sender, msisdn = message.sender, message.msisdn
        limited = sender in self._senders or ANY_OTHER in self._senders
        prefix = next((each for each in self._longest if msisdn.startswith(each)), "")
        return sender if limited else "", prefix

    def _bucket(self, key: tuple[str, str], rate: float) -> Bucket:
        if len(self._buckets) > _MANY:  # whoever wrote long ago has a full one anyway
            used = {bucket for queue in self._queues.values() for bucket in queue.buckets}
            self._buckets = {key: bucket for key, bucket in self._buckets.items() if bucket in used}
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = Bucket(rate)
        return found


def _rate(bucket: Bucket) -> float:
    return bucket.rate
