"""Who brought a customer: noted once, beside whatever else was asked."""

from collections.abc import Callable

import structlog

from lotsman.store.accounts import note_referrer
from lotsman.usecases import Platform

log = structlog.get_logger()


def record_referrer(
    platform: Platform, account_id: int, referrer: int, failed: Callable[[tuple[int, int]], None]
) -> None:
    """Nothing happens if the account has a referrer, is it itself, or there is no such contract. Nobody waits for it."""

    def done(result: object) -> None:
        if isinstance(result, Exception):
            log.error("referrer_not_recorded", account=account_id, error=type(result).__name__)
            failed((account_id, referrer))

    platform.database.submit(note_referrer, (account_id, referrer), done)
