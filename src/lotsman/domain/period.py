"""When a price holds: from a moment until another one, UTC; and what a new list makes of an old one.

A timeline is what one row of a list costs as time goes by: periods in order that do not overlap. Where two that were
written down overlap, the one that begins last counts, and when it is over the other one goes on.
Rule 1: what has been is never changed: a new list counts from a moment on, and leaves what was before it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import pairwise
from typing import Final, NamedTuple

ALWAYS: Final = 0  # ms: the beginning of a price that nobody has dated
FOREVER: Final = 253_402_300_800_000  # ms: the year 10000, the end of one that nobody has ended


class Period(NamedTuple):
    start: int  # ms
    end: int  # ms: the first moment at which it does not hold any more
    price: int


Timeline = Sequence[Period]


class Step(NamedTuple):
    """A stretch of time in which the price is another one."""

    start: int
    end: int
    before: int | None  # None: there was none
    after: int | None


def timeline(periods: Iterable[Period]) -> list[Period]:
    """Of periods that may overlap; no two may begin together."""
    waiting = sorted(periods, reverse=True)
    moments = sorted({moment for period in waiting for moment in period[:2]})
    begun: list[tuple[int, Period]] = []  # the one that began last first
    found = []
    for start, end in pairwise(moments):
        while waiting and waiting[-1].start <= start:
            period = waiting.pop()
            heappush(begun, (-period.start, period))
        while begun and begun[0][1].end <= start:
            heappop(begun)
        if begun:
            found.append(Period(start, end, begun[0][1].price))
    return list(_joined(found))


def spliced(before: Timeline, after: Timeline, at: int) -> list[Period]:
    """What was until `at`, and from then on what is new."""
    return list(_joined([*_cut(before, ALWAYS, at), *_cut(after, at, FOREVER)]))


def steps(before: Timeline, after: Timeline, at: int) -> Iterator[Step]:
    """Where two timelines differ from `at` on."""
    moments = {at, FOREVER} | {m for period in (*before, *after) for m in period[:2] if m > at}
    last: Step | None = None
    for start, end in pairwise(sorted(moments)):
        step = Step(start, end, price_at(before, start), price_at(after, start))
        if last is not None and last.end == start and last[2:] == step[2:]:
            last = last._replace(end=end)
            continue
        if last is not None:
            yield last
        last = step if step.before != step.after else None
    if last is not None:
        yield last


def price_at(periods: Timeline, moment: int) -> int | None:
    return next((period.price for period in periods if period.start <= moment < period.end), None)


def ahead(periods: Timeline, now: int) -> list[Period]:
    """What holds and what will; what holds is as if it always had."""
    return [
        period._replace(start=ALWAYS) if period.start <= now else period
        for period in periods
        if period.end > now
    ]


_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(?:Z| UTC)?", re.ASCII)


def parse_moment(text: str) -> int:
    """Ms of 2026-12-01, 2026-12-01 09:30 or 2026-12-01T09:30:15.250Z, always UTC; ValueError for anything else."""
    if _MOMENT.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text.removesuffix("Z").removesuffix(" UTC")).replace(tzinfo=UTC)
        except ValueError:
            moment = None
        if moment is not None and moment.year >= _FIRST_YEAR:
            return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
    raise ValueError(f"{text!r} is no date; write 2026-12-01 or 2026-12-01 09:30 (UTC)")


_FIRST_YEAR: Final = 1970


def moment_text(ms: int) -> str:
    """As short as `parse_moment` reads it; "" for ever."""
    if ms in {ALWAYS, FOREVER}:
        return ""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    if ms % 1000:
        return f"{moment:%Y-%m-%d %H:%M:%S}.{ms % 1000:03}"
    if moment.second:
        return f"{moment:%Y-%m-%d %H:%M:%S}"
    return f"{moment:%Y-%m-%d %H:%M}".removesuffix(" 00:00")


def _cut(periods: Timeline, start: int, end: int) -> Iterator[Period]:
    for period in periods:
        cut = Period(max(period.start, start), min(period.end, end), period.price)
        if cut.start < cut.end:
            yield cut


def _joined(periods: Iterable[Period]) -> Iterator[Period]:
    """Neighbours of one price are one period."""
    last: Period | None = None
    for period in periods:
        if last is not None and last.end == period.start and last.price == period.price:
            last = last._replace(end=period.end)
            continue
        if last is not None:
            yield last
        last = period
    if last is not None:
        yield last
