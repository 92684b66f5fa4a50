"""The operator's mail server, out of a URL: smtp:// (STARTTLS) or smtps:// (TLS from the start), certificates checked.

To this machine itself smtp:// is plain; `?tls=off` makes it so elsewhere, `?tls=starttls` demands encryption here too.
"""

import socket
import ssl
from dataclasses import dataclass, field
from typing import Final, Literal, get_args
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import SMTP

Tls = Literal["off", "starttls", "tls"]

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS: Final[dict[str, int]] = {"smtp": 587, "smtps": 465}
_SECONDS: Final = 20.0  # for each word of the server


@dataclass(frozen=True, slots=True)
class Relay:
    host: str
    port: int
    tls: Tls
    username: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def session(self) -> SMTP:
        """`async with` it: connected, encrypted and logged in. Raises SMTPException or OSError."""
        return SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username or None,
            password=self.password or None,
            local_hostname=socket.gethostname(),  # the default would ask the DNS, and everybody waits
            timeout=_SECONDS,
            use_tls=self.tls == "tls",
            start_tls=self.tls == "starttls",
            tls_context=None if self.tls == "off" else ssl.create_default_context(),
        )


def parse(url: str) -> Relay:
    """Raises ValueError that says what is wrong, without the password."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("a mail server is smtp://user:password@host:587 or smtps://user:password@host")
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise ValueError("the port of a mail server is a number up to 65535") from None
    usual = "tls" if parts.scheme == "smtps" else "off" if parts.hostname in _HERE else "starttls"
    asked = parse_qs(parts.query).get("tls", [usual])[0]
    known: dict[str, Tls] = {name: name for name in get_args(Tls)}
    if asked not in known or (usual == "tls") != (asked == "tls"):
        raise ValueError("tls is off or starttls for smtp://; smtps:// has no choice")
    return Relay(
        parts.hostname, port, known[asked], unquote(parts.username or ""), unquote(parts.password or "")
    )
