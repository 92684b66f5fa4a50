"""Where mail may go, and when it is tried again."""

import re
from typing import Final

from lotsman.domain.backoff import delay

DAY: Final = 24 * 60 * 60 * 1000  # ms a mail is tried for
_LOCAL_PART: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(
    rf"{_LOCAL_PART}@(?:{_LABEL}\.)+{_LABEL}"
)  # RFC 5321 §4.1.2 without quoted strings
_LONGEST: Final = 254  # RFC 5321 §4.5.3.1.3
_LONGEST_LOCAL_PART: Final = 64  # RFC 5321 §4.5.3.1.1


def address(text: str) -> str | None:
    """An address that every mail server understands, its domain in ASCII (IDNA); None for anything else."""
    local, _, host = text.strip().rpartition("@")
    if len(text) > 4 * _LONGEST or len(local) > _LONGEST_LOCAL_PART:
        return None
    try:
        written = f"{local}@{host if host.isascii() else host.encode('idna').decode()}"
    except UnicodeError:
        return None
    return written if len(written) <= _LONGEST and _ADDRESS.fullmatch(written) else None


def next_attempt(created_at: int, attempts: int, now: int, jitter: float) -> int | None:
    """When (ms) to try again after the `attempts`-th failure: after a minute, two, four, … two hours; None after a day."""
    pause = delay(attempts - 1, jitter, first=60, most=7200)
    at = now + int(pause * 1000)
    return at if at <= created_at + DAY else None
