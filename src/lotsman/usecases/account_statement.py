"""An account's statement of some days."""

from datetime import date, timedelta

from lotsman.domain.statement import Statement, by_day, by_entry, midnight
from lotsman.store import ledger
from lotsman.usecases import Platform

__all__ = ["Statement", "account_statement"]


async def account_statement(
    platform: Platform, account_id: int, first: str, last: str, *, every_entry: bool
) -> Statement:
    """From the day `first` to the day `last`, both included, of the account's time zone. Raises ValueError, LookupError."""
    account = await platform.directory.by_id(account_id)
    if account is None:
        raise LookupError(f"no account {account_id}")
    try:
        start = midnight(first, account.time_zone)
        after = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
        end = midnight(after, account.time_zone)
    except ValueError:
        raise ValueError(f"days are written as 2026-11-01, not {first} and {last}") from None
    if end <= start:
        raise ValueError(f"{last} is before {first}")
    read = platform.database.read
    opening = await read(ledger.balance_at, account_id, start)
    entries = await read(ledger.entries_between, account_id, start, end)
    lines = (by_entry if every_entry else by_day)(entries, account.time_zone)
    currency = account.tariff.currency
    return Statement(account_id, account.name or account.login, currency, first, last, opening, lines)
