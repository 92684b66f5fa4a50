"""Guessing keys and passwords is slowed, for each address that guesses, and more so at a login that others guess at.

Strategy: the first failures of an address are free. After them each attempt waits for its turn, and the turns of one
address come at growing intervals; who would have to wait too long is refused unheard. An address without failures
never waits, so nobody can lock the right user out from elsewhere.
Rule 1: whoever is known already (a key in memory, a password that was right before) does not come here at all.
Rule 2: memory is bounded: the longest unseen address or login is forgotten first.
"""

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

FREE: Final = 10  # failures
WINDOW: Final = 10 * 60_000  # ms after the last failure in which they count
FIRST_DELAY: Final = 250  # ms between two attempts after that; doubles with each failure
LONGEST_DELAY: Final = 4_000
LONGEST_WAIT: Final = 5_000
_MOST: Final = 10_000  # addresses, and logins, remembered


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: int = 0  # ms
    next_turn: int = 0  # ms


class Turnstile:
    """`wait` before an attempt, `failed` after it if it was wrong."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, _Failures] = OrderedDict()
        self._logins: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, address: str, login: str, now: int) -> int | None:
        """Ms until this attempt may be made; None: not at all. "" is an address or a login that nobody knows."""
        mine = _recent(self._addresses, neighbourhood(address), now)
        if mine is None:
            return 0
        delay = _delay(mine.count)
        at_login = _recent(self._logins, login.lower(), now)
        if at_login is not None:
            delay = max(delay, _delay(at_login.count))
        if not delay:
            return 0
        turn = max(now, mine.next_turn)
        if turn - now > LONGEST_WAIT:
            return None
        mine.next_turn = turn + delay
        return turn - now

    def failed(self, address: str, login: str, now: int) -> None:
        for table, key in ((self._addresses, neighbourhood(address)), (self._logins, login.lower())):
            if key:
                failures = _recent(table, key, now) or _Failures()
                failures.count, failures.last = failures.count + 1, now
                table[key] = failures
                table.move_to_end(key)
                if len(table) > _MOST:
                    table.popitem(last=False)


def neighbourhood(address: str) -> str:
    """What one guesser has at hand: an IPv4 address, or the 64 bits of a network that IPv6 gives to each home.

    "" for a private address: that is a colleague or, more likely, a proxy that nobody told us to trust, and everybody
    behind it.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if not parsed.is_global:
        return ""
    return str(parsed) if isinstance(parsed, IPv4Address) else str(int(parsed) >> 64)


def _recent(table: OrderedDict[str, _Failures], key: str, now: int) -> _Failures | None:
    found = table.get(key)
    return found if found is not None and now - found.last < WINDOW else None


def _delay(failures: int) -> int:
    if failures < FREE:
        return 0
    return min(FIRST_DELAY << min(failures - FREE, 10), LONGEST_DELAY)
