"""A mail to somebody, beside whatever caused it: nobody waits for it."""

import structlog

from lotsman.store.mails import NewMail, queue_mails
from lotsman.usecases import Platform

__all__ = ["NewMail", "queue_mail"]

log = structlog.get_logger()


def queue_mail(platform: Platform, mail: NewMail) -> None:
    platform.database.submit(queue_mails, mail, _queued)


def _queued(result: object) -> None:
    if isinstance(result, Exception):
        log.error("mail_not_queued", error=type(result).__name__)
