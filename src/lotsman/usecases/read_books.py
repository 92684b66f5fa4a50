"""The operator's look into the books: the trial balance, and months."""

from collections.abc import Sequence
from typing import NamedTuple

from lotsman.store import ledger, months
from lotsman.store.ledger import TrialBalance
from lotsman.store.months import LedgerSums, MonthLine
from lotsman.usecases import Platform

__all__ = ["LedgerSums", "Month", "MonthLine", "TrialBalance", "month", "trial_balance"]


class Month(NamedTuple):
    lines: Sequence[MonthLine]
    ledger: LedgerSums

    @property
    def agrees(self) -> bool:
        charged = sum(line.charged for line in self.lines)
        return (charged, sum(line.refunded for line in self.lines)) == self.ledger


async def trial_balance(platform: Platform) -> TrialBalance:
    """As it is now."""
    return await platform.database.read(ledger.trial_balance)


async def month(platform: Platform, start: int, end: int, account_id: int | None) -> Month:
    """From `start` until `end`, ms."""
    return Month(*await platform.database.read(months.month, start, end, account_id))
