"""How fast a link may send: token buckets, and what a carrier's "slower" does to the rate.

Pure: `now` is an argument, in seconds of any origin that never goes backwards.
"""

from typing import Final

BURST: Final = 0.05  # seconds' worth of tokens that may be saved up
LEAST: Final = 1.0  # parts a second: no carrier's throttling makes a link slower
_BACK_OFF: Final = 0.7  # of the pace at which the carrier had enough
_STEPS: Final = 0.1  # of the full rate, given back in each second without throttling
_LEAST_STEP: Final = 5.0  # where no rate was agreed on
_ENOUGH: Final = 1e-9  # tokens are sums of floats
_BEAT: Final = 0.2  # seconds
_BEATS: Final = 5  # in a second
_BOOKED_AHEAD: Final = 600.0  # seconds: what is booked later than this asks again then


class Bucket:
    """Tokens that drop in at `rate` a second. Each part takes one."""

    __slots__ = ("_at", "_booked", "_booked_until", "_size", "_tokens", "rate")

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._size = self._tokens = max(1.0, rate * BURST)
        self._at = self._booked_until = 0.0
        self._booked: set[int] = set()  # who has a turn

    def wait(self, now: float) -> float:
        """Seconds until there is a token."""
        self._tokens = min(self._size, self._tokens + (now - self._at) * self.rate)
        self._at = now
        return 0.0 if self._tokens >= 1 - _ENOUGH else (1 - self._tokens) / self.rate

    def take(self) -> None:
        """Only after `wait` said 0."""
        self._tokens -= 1

    def change(self, rate: float, now: float) -> None:
        self.wait(now)
        self.rate = rate
        self._size = max(1.0, rate * BURST)
        self._tokens = min(self._tokens, self._size)

    def book(self, who: int, parts: int, now: float) -> float:
        """Seconds after which it shall come again: a second from now, and behind all that were booked before."""
        until = max(self._booked_until, now + 1.0) + parts / self.rate
        if until <= now + _BOOKED_AHEAD:
            self._booked.add(who)
        self._booked_until = min(until, now + _BOOKED_AHEAD)
        return self._booked_until - now

    def has_turn(self, who: int) -> bool:
        """It was booked, and has come again; asked once."""
        if who not in self._booked:
            return False
        self._booked.discard(who)
        return True

    def is_booked(self, now: float) -> bool:
        """Somebody has a turn that has not come yet: whoever is new waits behind."""
        if self._booked_until > now:
            return True
        self._booked.clear()
        return False


class Tempo:
    """How fast a carrier answers and takes messages, in beats of a fifth of a second."""

    __slots__ = ("_answered", "_since", "_taken", "last")

    def __init__(self) -> None:
        self.last = self._answered = 0  # answers in the last full beat, and in this one
        self._taken = [0] * _BEATS  # messages taken: in this beat, and in those before it
        self._since = 0.0

    def count(self, answers: int, taken: int, now: float) -> None:
        beats = (now - self._since) / _BEAT
        if beats >= 1:
            self.last = self._answered if beats < 2 else 0
            self._answered, self._since = 0, now
            self._taken = ([0] * min(int(beats), _BEATS) + self._taken)[:_BEATS]
        self._answered += answers
        self._taken[0] += taken

    def taken_in_a_second(self) -> int:
        """As of the last count."""
        return sum(self._taken)


class Throttle:
    """The rate a link sends at: its own limit, lowered when the carrier had enough, and raised again step by step.

    Additive increase, multiplicative decrease: the rate falls to seven tenths of the pace at which the carrier asked to
    slow down, and comes back by a tenth of the full rate a second.
    """

    def __init__(self, rate: float) -> None:
        """`rate`: parts a second that were agreed on; 0: no limit but the carrier's."""
        self.agreed = rate
        self._full = rate
        self._at = 0.0
        self.lowered = False
        self.bucket: Bucket | None = Bucket(rate) if rate else None

    @property
    def rate(self) -> float:
        """Parts a second now; 0: no limit."""
        return self.bucket.rate if self.bucket is not None else 0.0

    def slow_down(self, now: float, pace: float) -> None:
        """The carrier had enough at `pace` parts a second."""
        least = min(LEAST, self.agreed) if self.agreed else LEAST
        lowered = max(least, _BACK_OFF * (min(pace, self.rate) if self.rate else pace))
        if not self.agreed:
            self._full = max(2 * pace, lowered)
        if self.bucket is None:
            self.bucket = Bucket(lowered)
            self.bucket.wait(now)
        else:
            self.bucket.change(lowered, now)
        self._at = now
        self.lowered = True

    def recover(self, now: float) -> None:
        """Call now and then while `lowered`."""
        assert self.bucket is not None
        step = _STEPS * self._full if self.agreed else max(_STEPS * self._full, _LEAST_STEP)
        rate = self.rate + (now - self._at) * step
        self._at = now
        if rate < self._full:
            self.bucket.change(rate, now)
            return
        self.lowered = False
        if self.agreed:
            self.bucket.change(self.agreed, now)
        else:
            self.bucket, self._full = None, 0.0
