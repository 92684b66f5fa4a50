"""Attempts to send mail: each is claimed by one node, and what became of it is recorded."""

from typing import Final

from lotsman.domain.outgoing_mail import DAY, next_attempt
from lotsman.store.mails import DueMail, MailClaim, Settlement, claim_mails, forget_mails, settle_mails
from lotsman.usecases import Platform

__all__ = ["BATCH", "DueMail", "claim_due", "forget_old_mails", "give_up", "note_sent", "postpone"]

BATCH: Final = 10
LEASE: Final = 15 * 60_000  # ms that a batch may take; a node that is silent for so long has died
_KEPT: Final = 14 * DAY


async def claim_due(platform: Platform, now: int) -> list[DueMail]:
    return await platform.database.write(claim_mails, MailClaim(now, LEASE, BATCH))


async def note_sent(platform: Platform, mail: DueMail) -> None:
    await platform.database.write(settle_mails, Settlement(mail.id, mail.tries, sent=True))


async def postpone(platform: Platform, mail: DueMail, trouble: str, now: int, jitter: float) -> bool:
    """-> whether it will be tried again: for a day after it was queued."""
    retry_at = next_attempt(mail.created_at, mail.tries, now, jitter)
    settlement = Settlement(mail.id, mail.tries, sent=False, retry_at=retry_at, answer=trouble)
    await platform.database.write(settle_mails, settlement)
    return retry_at is not None


async def give_up(platform: Platform, mail: DueMail, trouble: str) -> None:
    """`lotsman mail list` shows it, with what was said."""
    await platform.database.write(settle_mails, Settlement(mail.id, mail.tries, sent=False, answer=trouble))


async def forget_old_mails(platform: Platform, now: int) -> int:
    """Mail older than two weeks goes, whatever became of it; -> how many there were."""
    return await platform.database.write(forget_mails, now - _KEPT)
