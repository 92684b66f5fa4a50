"""debug=address: the request as it was understood, and its answer, by mail. API-1 §1.

Keys and passwords are masked. Phones and texts are not: they are the customer's own, sent where the customer says.
Rule 1: it must not become a mail cannon: so many an hour for an account, and for an address; more are not sent.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from lotsman.api.beside import Served
from lotsman.domain.outgoing_mail import address
from lotsman.usecases.queue_mail import NewMail, queue_mail

MOST_AN_HOUR: Final = 30  # of each node
_HOUR: Final = 60 * 60 * 1000  # ms
_SECRETS: Final = frozenset({"apikey", "password"})
_KEY: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{64}(?![A-Za-z0-9])")
_LONGEST_VALUE: Final = 4_000  # characters
_LONGEST_ANSWER: Final = 32_000
_MOST_PARAMETERS: Final = 100


class DebugMail:
    def __init__(self) -> None:
        self._hour = 0
        self._sent: Counter[int | str] = Counter()  # this hour, by account and by address

    def see_to(self, served: Served) -> None:
        """Written after the answer has left. An address that is none, or has had enough, is ignored."""
        to = address(served.request.get("debug") or "")
        if to is not None and self._allows(served.account.id, to.lower(), served.now):
            served.platform.call_later(
                0, lambda: queue_mail(served.platform, NewMail(to, *_written(served), served.now))
            )

    def _allows(self, account_id: int, to: str, now: int) -> bool:
        if now // _HOUR != self._hour:
            self._hour = now // _HOUR
            self._sent.clear()
        if max(self._sent[account_id], self._sent[to]) >= MOST_AN_HOUR:
            return False
        self._sent.update((account_id, to))
        return True


def _written(served: Served) -> tuple[str, str]:
    """Subject and body."""
    http = served.http
    path = http.path.decode("latin-1")
    at = datetime.fromtimestamp(served.now / 1000, UTC)
    lines = [
        "Somebody asked for this mail with the parameter debug / Письмо запрошено параметром debug.",
        "",
        f"Time:      {at:%Y-%m-%d %H:%M:%S} UTC",
        f"Account:   {served.account.id}",
        f"Address:   {served.address() or 'unknown'}",
        f"Request:   {http.method} {path}, charset {served.charset.mime}",
        f"Body:      {len(http.body)} bytes {http.content_type.decode('latin-1')[:200]}".rstrip(),
        "",
        *_parameters(served),
        "",
        f"Answer: {served.content_type}",
        "",
        _shown(served.charset.decode(served.answer), _LONGEST_ANSWER),
        "",
    ]
    return f"Lotsman debug: {http.method} {path}", "\n".join(lines).replace("\0", "?")


def _parameters(served: Served) -> Iterator[str]:
    for number, (name, value) in enumerate(served.request.parameters()):
        if number == _MOST_PARAMETERS:
            yield "…"
            return
        secret = name.strip().lower() in _SECRETS
        yield f"{name[:100]} = {'***' if secret else _shown(value, _LONGEST_VALUE)}"


def _shown(text: str, most: int) -> str:
    masked = _KEY.sub("***", text)
    return masked if len(masked) <= most else f"{masked[:most]}… ({len(masked)} characters)"
