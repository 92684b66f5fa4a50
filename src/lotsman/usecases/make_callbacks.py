"""The courier's verbs: which hosts have calls due, take some, say what became of each."""

from collections.abc import Sequence

import structlog

from lotsman.store.callbacks import Outcome, Take, Taken, hosts_due, record_calls, take
from lotsman.usecases import Platform

__all__ = ["Outcome", "Take", "Taken", "due_hosts", "record_call", "take_calls"]

log = structlog.get_logger()


async def due_hosts(platform: Platform, now: int, after: str, most: int) -> list[str]:
    """At most so many, in order, those behind `after` in the alphabet."""
    return await platform.database.read(hosts_due, now, after, most)


async def take_calls(platform: Platform, takes: Sequence[Take]) -> list[list[Taken]]:
    """For each host the calls that are this node's until their lease ends."""
    return await platform.database.write(take, takes)


def record_call(platform: Platform, outcome: Outcome) -> None:
    """Queued; if it cannot be stored, the call's lease brings it back."""
    platform.database.submit(record_calls, outcome, _stored)


def _stored(result: object) -> None:
    if isinstance(result, Exception):
        log.error("callback_not_recorded", error=str(result))
