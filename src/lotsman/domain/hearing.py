"""Whether a link still hears from its carrier: messages that are taken and never reported on are a sign that it does not."""

from typing import Final

_ENOUGH: Final = 20  # parts without a receipt; fewer may all have gone to phones that are off
_REST: Final = 5 * 60 * 1000  # ms others go first; then a few messages show whether it hears again


class Hearing:
    """Of one link. `within`: ms in which some receipt is expected while it submits."""

    def __init__(self, within: int) -> None:
        self._within = within
        self._unheard = 0  # parts taken since the last receipt
        self._since = 0  # ms: when the first of them was
        self._rests_until = 0

    def taken(self, at: int) -> None:
        if not self._unheard:
            self._since = at
        self._unheard += 1

    def heard(self) -> None:
        self._unheard = self._rests_until = 0

    def deaf(self, at: int) -> bool:
        if self._unheard >= _ENOUGH and at - self._since >= self._within:
            self._rests_until, self._unheard = at + _REST, 0
        return at < self._rests_until
