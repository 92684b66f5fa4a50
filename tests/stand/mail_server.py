"""A mail server to send to: aiosmtpd, which nobody here wrote, on loopback, in a thread of its own.

In: SMTP. Out: the mails it took, as a mail program would show them. It says what a test tells it to say.
"""

import ssl
import subprocess
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from stand.node import free_port

USER, PASSWORD = "lotsman", "Geheim:77@/"


class MailServer:
    """`with MailServer() as server:`; `stop` and `start` it in between, it keeps its port."""

    def __init__(self, certificate: tuple[Path, Path] | None = None, *, demands_login: bool = False) -> None:
        """With a certificate it demands STARTTLS."""
        self.port = free_port()
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.encrypted: list[bool] = []
        self.to_recipient: dict[str, str] = {}  # address -> what is said to RCPT, as "550 nobody here"
        self.to_data: list[str] = []  # what is said to the next texts, before any is taken
        self.dialogues = 0
        self._options: dict[str, Any] = {}
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*certificate)
            self._options |= {"tls_context": context, "require_starttls": True}
        if demands_login:
            self._options |= {"authenticator": _authenticate, "auth_required": True}
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._controller = Controller(self, "127.0.0.1", self.port, **self._options)
        self._controller.start()

    def stop(self) -> None:
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    # What aiosmtpd asks its handler

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802
        self.dialogues += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        said = self.to_recipient.get(address, "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, _server, session, envelope):  # noqa: N802
        if self.to_data:
            return self.to_data.pop(0)
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        self.encrypted.append(session.ssl is not None)
        return "250 taken"


def _authenticate(_server, _session, _envelope, _mechanism, data) -> AuthResult:
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)  # aiosmtpd is to say so


def a_certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate of its own authority for 127.0.0.1, and its key."""
    certificate, key = directory / "mail.pem", directory / "mail.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key
