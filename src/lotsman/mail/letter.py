"""A queued mail as an Internet message: RFC 5322 and MIME, any language, no header but ours."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Final

from lotsman.usecases.carry_mails import DueMail

_LONGEST_SUBJECT: Final = 200


def letter(mail: DueMail, sender: str) -> bytes:
    """`sender`: an address, or Name <address>. The recipient is one that `address` has seen."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = one_line(mail.subject)
    message["Date"] = datetime.fromtimestamp(mail.created_at / 1000, UTC)
    # The same at each attempt: a mail that was taken, but whose answer was lost, is known again.
    message["Message-ID"] = f"<{mail.created_at}.{mail.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    message.set_content(mail.body.encode("utf-8", "replace").decode())
    return message.as_bytes()


def one_line(text: str) -> str:
    """Without anything that could end a header."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:_LONGEST_SUBJECT]
