"""When something is due in a session: the clock is an argument, in milliseconds.

In: what happened and when. Out: `due(now)`, what is due by now; `next_deadline()`, when to ask again.
Strategy: requests of one timeout expire in the order they were sent, so each timeout keeps an ordered dict
{sequence: sent at} and looks at its first entry only. Starting and stopping cost the same at any window.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lotsman.smpp.commands import RESPONSE


class Due(Enum):
    EXPIRED = "a request was not answered in time"
    ENQUIRE = "the peer has been silent: ask whether it is there"
    SILENT = "the peer did not answer enquire_link"
    BIND = "no bind in time"
    UNBIND = "unbind was not answered in time"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Milliseconds. SMPP 3.4 §7.2 names the timers and leaves the values to the operator."""

    bind: int = 10_000  # from the connection (or our bind) until the session is bound
    unbind: int = 5_000  # from our unbind to its response
    enquire_every: int = 30_000  # silence before we ask
    enquire: int = 10_000  # further silence before we give up
    request: int = 60_000  # from a request to its response
    per_command: Mapping[int, int] = field(default_factory=dict)  # command_id: another request timeout


class Timers:
    __slots__ = ("_asked", "_bind_by", "_by_response", "_by_timeout", "_heard", "_timeouts", "_unbind_by")

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts: Final = timeouts
        self._bind_by: int | None = None
        self._unbind_by: int | None = None
        self._heard: int | None = None  # None: silence is not watched
        self._asked: int | None = None
        self._by_timeout: dict[int, dict[int, int]] = {}
        self._by_response: dict[int, dict[int, int]] = {}

    def await_bind(self, now: int) -> None:
        self._bind_by = now + self._timeouts.bind

    def bound(self, now: int) -> None:
        self._bind_by = None
        self._heard = now

    def bind_refused(self) -> None:
        self._bind_by = None

    def await_unbind(self, now: int) -> None:
        self._unbind_by = now + self._timeouts.unbind

    def stop(self) -> None:
        """The session is over: only requests may still be answered, or expire"""
        self._bind_by = self._unbind_by = self._heard = self._asked = None

    def forget_requests(self) -> None:
        for sent in self._by_timeout.values():
            sent.clear()

    def heard(self, now: int) -> None:
        """Any byte is a sign of life, not only enquire_link_resp"""
        if self._heard is not None:
            self._heard = now
            self._asked = None

    def started(self, response: int, sequence: int, now: int) -> None:
        """A request was sent that this response (its command_id) will answer"""
        sent = self._by_response.get(response)
        if sent is None:
            command = response - RESPONSE
            timeout = self._timeouts.per_command.get(command, self._timeouts.request)
            sent = self._by_response[response] = self._by_timeout.setdefault(timeout, {})
        sent[sequence] = now

    def answered(self, response: int, sequence: int) -> int:
        """When that request was sent"""
        return self._by_response[response].pop(sequence)

    def due(self, now: int) -> list[tuple[Due, int, int]]:
        """Each thing once; of an expired request its sequence and when it was sent, else zeros"""
        found: list[tuple[Due, int, int]] = []
        for timeout, sent in self._by_timeout.items():
            while sent:
                sequence = next(iter(sent))
                if sent[sequence] + timeout > now:
                    break
                found.append((Due.EXPIRED, sequence, sent.pop(sequence)))
        if self._bind_by is not None and now >= self._bind_by:
            self._bind_by = None
            found.append((Due.BIND, 0, 0))
        if self._unbind_by is not None and now >= self._unbind_by:
            self._unbind_by = None
            found.append((Due.UNBIND, 0, 0))
        silent_by = self._silent_by()
        if silent_by is not None and now >= silent_by:
            if self._asked is None:
                self._asked = now
                found.append((Due.ENQUIRE, 0, 0))
            else:
                self._heard = self._asked = None
                found.append((Due.SILENT, 0, 0))
        return found

    def next_deadline(self) -> int | None:
        deadlines = [sent[next(iter(sent))] + timeout for timeout, sent in self._by_timeout.items() if sent]
        deadlines += [at for at in (self._bind_by, self._unbind_by, self._silent_by()) if at is not None]
        return min(deadlines, default=None)

    def _silent_by(self) -> int | None:
        if self._heard is None:
            return None
        if self._asked is None:
            return self._heard + self._timeouts.enquire_every
        return self._asked + self._timeouts.enquire
