"""Due mail -> SMTP -> what became of it. Several nodes may do it: a mail is claimed for each attempt.

Rule 1: only a refusal of this very mail (5xx to its recipient or its text) is for good. A server that is down, or does
not like our login or our sender, is the operator's trouble, and mail waits for him for a day.
Rule 2: a mail is sent at least once: one that was taken while this node died is sent again, with the same Message-ID.
"""

import asyncio
from email.utils import parseaddr
from random import random
from typing import Final

import structlog
from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from lotsman import metrics
from lotsman.carriers.port import Clock
from lotsman.domain.outgoing_mail import address
from lotsman.mail.letter import letter, one_line
from lotsman.mail.relay import Relay
from lotsman.usecases import Platform
from lotsman.usecases.carry_mails import DueMail, claim_due, give_up, note_sent, postpone

_SECONDS: Final = 60.0  # for each mail: a whole batch ends before its lease does
_FOR_GOOD: Final = range(500, 600)  # RFC 5321 §4.2.1

log = structlog.get_logger()


class Postman:
    def __init__(self, platform: Platform, relay: Relay, sender: str, clock: Clock) -> None:
        """`sender`: an address, or Name <address>."""
        self._platform, self._relay, self._sender, self._clock = platform, relay, sender, clock

    async def deliver(self) -> None:
        """Everything that is due; called again and again by the node."""
        while mails := await claim_due(self._platform, self._clock()):
            await self._carry(mails)

    @property
    def server(self) -> str:
        return str(self._relay)

    async def trouble(self) -> str:
        """Why the mail server would not take anything now; empty if it would."""
        try:
            async with asyncio.timeout(_SECONDS), self._relay.session():
                return ""
        except (SMTPException, OSError) as error:
            return told(error)

    async def send(self, mail: DueMail) -> str:
        """One mail, now, recorded nowhere; -> what went wrong, or ""."""
        try:
            async with asyncio.timeout(_SECONDS), self._relay.session() as smtp:
                await self._hand_over(smtp, mail)
        except (SMTPException, OSError, ValueError) as error:
            return told(error)
        return ""

    async def _carry(self, mails: list[DueMail]) -> None:
        """All of them in one session; if it breaks, those that are left wait for the next."""
        left = list(mails)
        try:
            async with self._relay.session() as smtp:
                while left:
                    await self._attempt(smtp, left[0])
                    del left[0]
        except (SMTPException, OSError) as error:
            log.warning("mail_server_failed", server=str(self._relay), error=told(error), waiting=len(left))
            for mail in left:
                await self._postpone(mail, error)

    async def _attempt(self, smtp: SMTP, mail: DueMail) -> None:
        """Raises only what concerns the session."""
        try:
            async with asyncio.timeout(_SECONDS):
                await self._hand_over(smtp, mail)
        except (SMTPRecipientsRefused, SMTPResponseException, ValueError) as error:
            if is_for_good(error):
                await give_up(self._platform, mail, told(error))
                self._gave_up(mail, error)
            else:
                await self._postpone(mail, error)
        else:
            await note_sent(self._platform, mail)
            metrics.MAILS.labels("sent").inc()

    async def _hand_over(self, smtp: SMTP, mail: DueMail) -> None:
        to = address(mail.recipient)
        if to is None:
            raise ValueError("this is no e-mail address")
        await smtp.sendmail(
            parseaddr(self._sender)[1], [to], letter(mail._replace(recipient=to), self._sender)
        )

    async def _postpone(self, mail: DueMail, error: Exception) -> None:
        if await postpone(self._platform, mail, told(error), self._clock(), random()):  # noqa: S311 spreads attempts
            metrics.MAILS.labels("postponed").inc()
        else:
            self._gave_up(mail, error)

    def _gave_up(self, mail: DueMail, error: Exception) -> None:
        metrics.MAILS.labels("given up").inc()
        log.warning("mail_given_up", mail=mail.id, attempts=mail.tries, error=type(error).__name__)


def is_for_good(error: Exception) -> bool:
    """Whether another attempt can only end the same way."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(refused.code in _FOR_GOOD for refused in error.recipients)
    if isinstance(error, SMTPDataError):
        return error.code in _FOR_GOOD
    return isinstance(error, ValueError)  # an address or a text that cannot be written


def told(error: Exception) -> str:
    """What the server said, or what became of the connection, as one line."""
    if isinstance(error, SMTPRecipientsRefused):
        return told(error.recipients[0])
    if isinstance(error, SMTPResponseException):
        return one_line(f"{error.code} {error.message}")
    return one_line(str(error)) or type(error).__name__
