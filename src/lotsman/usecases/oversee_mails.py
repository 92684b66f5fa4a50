"""What the operator may see of outgoing mail, and trying again what was given up."""

from lotsman.store.mails import MailRow, count_mails, list_mails, revive_mails
from lotsman.usecases import Platform

__all__ = ["MailRow", "latest_mails", "mails_left", "retry_mails"]


async def latest_mails(platform: Platform, most: int) -> list[MailRow]:
    return await platform.database.read(list_mails, most)


async def mails_left(platform: Platform) -> tuple[int, int]:
    """-> (waiting, given up)."""
    return await platform.database.read(count_mails)


async def retry_mails(platform: Platform, mail_id: int | None, now: int) -> int:
    """Those that failed (one, or all) are due again, given up or not; -> how many."""
    return await platform.database.write(revive_mails, (mail_id, now))
