"""What the operator may look at: accounts, the newest messages, and whether the books agree."""

from typing import Any, NamedTuple

from lotsman.domain.lifecycle import State
from lotsman.store import accounts, ledger, messages
from lotsman.store.messages import Stored
from lotsman.usecases import Platform

__all__ = ["Audit", "Stored"]


class Audit(NamedTuple):
    ledger_deviations: int  # accounts whose balance is not the sum of their entries: always 0
    stuck: int  # messages not final past their deadline: always 0
    waiting: dict[State, int]


async def all_accounts(platform: Platform) -> list[dict[str, Any]]:
    return await platform.database.read(accounts.summaries)


async def find_account(platform: Platform, who: str) -> int | None:
    """By contract number, login, or the part of the login before the @."""
    return await platform.database.read(accounts.resolve, who)


async def latest_messages(
    platform: Platform, account_id: int | None, state: State | None, most: int
) -> list[Stored]:
    return await platform.database.read(messages.latest, account_id, state, most)


async def audit(platform: Platform, now: int) -> Audit:
    deviations = await platform.database.read(ledger.deviations)
    stuck = await platform.database.read(messages.stuck, now)
    waiting = await platform.database.read(messages.waiting)
    return Audit(len(deviations), stuck, waiting.by_state)
