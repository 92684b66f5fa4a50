"""A callback: the address that a customer gave, what it is told, and when it is told again. Pure.

A target is one text, "GET url" or "POST url", as it is stored with a message or an account.
Rule 1: whether an address may be connected to is not decided here: names change what they mean (callbacks/url_guard.py).
"""

import json
import re
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus, unquote_plus, urlencode, urlsplit

from lotsman.domain.columns import COLUMNS
from lotsman.domain.message import Stored

Pairs = Sequence[tuple[str, str]]

GIVE_UP_AFTER: Final = 3 * 24 * 60 * 60 * 1000  # ms after the change of status
ANY_200_COUNTS_AT: Final = 3  # tries: the vendor's own sample of a receiver prints nothing
_LONGEST: Final = 2048
NOBODY: Final = "nobody"  # the host of a target that is none
_FIRST: Final = ("server_id", "status", "error")  # what every call says, in this order (API-1 §1)
_PAUSES: Final = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600)  # seconds after each try; then every hour
_FORBIDDEN = re.compile(r"[\s\x00-\x20\x7f\\<>\"^`{|}]")
_NETLOC = re.compile(r"(?:\[[^\[\]]+\]|[^\[\]:]+)(?::[0-9]+)?")
_NUMBER_LAST = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$", re.IGNORECASE | re.ASCII)
_IPV4 = re.compile(r"(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})", re.ASCII)
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?", re.IGNORECASE | re.ASCII)
_SAFE: Final = "!#$%&'()*+,/:;=?@[]~"


def parse_target(url: str, method: str = "") -> str | None:
    """The target, or None when nobody can be called there (error 260). An unknown method means GET."""
    url = url.strip()
    if not url or len(url) > _LONGEST or _FORBIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or port == 0 or "@" in parts.netloc:
        return None
    if not _NETLOC.fullmatch(parts.netloc) or not (":" in host or _is_name(host)):
        return None
    return f"{'POST' if method.strip().upper() == 'POST' else 'GET'} {url}"


def host_of(target: str) -> str:
    """Whom a call goes to, "https://example.org:443": what is slow or dead for one of its calls is for all of them.

    Never raises: it is asked in the transaction that moves the message, and others move with it.
    """
    try:
        parts = urlsplit(target.partition(" ")[2])
        port = parts.port
    except ValueError:
        return NOBODY
    scheme = parts.scheme.lower()
    return (
        f"{scheme}://{parts.hostname}:{port or (443 if scheme == 'https' else 80)}"
        if parts.hostname
        else NOBODY
    )


def wanted_fields(target: str) -> tuple[str, ...]:
    """The columns that the address asks for by its own `?fields=a,b`; unknown names are left out."""
    query = urlsplit(target.partition(" ")[2]).query
    if "fields=" not in query:
        return ()
    names: list[str] = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name == "fields":
            names += [word.strip() for word in unquote_plus(value).split(",")]
    if "all" in names:
        names = list(COLUMNS)
    return tuple(name for name in dict.fromkeys(names) if name in COLUMNS and name not in _FIRST)


def status_parameters(message: Stored, zone: str, fields: Sequence[str]) -> Pairs:
    """What is told of a message as it is now; of a look-up also what it found (API-1 §6.2)."""
    pairs = [(name, COLUMNS[name](message, zone)) for name in (*_FIRST, *fields)]
    if message.attributes:
        pairs += [(name, str(value)) for name, value in json.loads(message.attributes).items()]
    return pairs


class Call(NamedTuple):
    method: str
    url: str  # ASCII, ready to be sent
    body: bytes  # of a POST, application/x-www-form-urlencoded


def call(target: str, parameters: Pairs) -> Call:
    """The URL keeps its own query, except `fields`; what is told stands behind it, or in the body of a POST.

    Raises ValueError for what `parse_target` would not have taken.
    """
    method, _, url = target.partition(" ")
    parts = urlsplit(url)
    own = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] != "fields"]
    said = urlencode(list(parameters), quote_via=quote_plus, errors="replace")
    query = own if method == "POST" or not said else [*own, said]
    address = f"{parts.scheme.lower()}://{_ascii_host(parts.netloc)}{quote(parts.path or '/', safe=_SAFE)}"
    if query:
        address += "?" + quote("&".join(query), safe=_SAFE)
    return Call(method, address, said.encode() if method == "POST" else b"")


def is_taken(status: int, body: bytes, tries: int) -> bool:
    """`OK` is what the API asks for; any other 200 is believed at the third try."""
    if status != 200:
        return False
    return body.strip().upper() == b"OK" or tries >= ANY_200_COUNTS_AT


def next_try(tries: int, since: int, now: int, jitter: float) -> int | None:
    """When to call again, ms, after `tries` tries; None: it has been long enough. The jitter is 0..1."""
    pause = _PAUSES[min(tries, len(_PAUSES)) - 1] * (0.9 + jitter / 5)
    at = now + int(pause * 1000)
    return at if at < since + GIVE_UP_AFTER else None


def is_odd_number(host: str) -> bool:
    """A host that ends in a number is an IPv4 address of four decimal numbers or, as 0x7f.1 and 2130706433, a trick."""
    return ":" not in host and _NUMBER_LAST.search(host) is not None and _IPV4.fullmatch(host) is None


def _is_name(host: str) -> bool:
    """Judged as it will be asked for: IDNA makes ordinary digits and dots of many characters."""
    try:
        name = _ascii_host(host)
    except UnicodeError:
        return False
    return _NAME.fullmatch(name) is not None and not is_odd_number(name)


def _ascii_host(netloc: str) -> str:
    """Raises UnicodeError. The port is no part of the name."""
    if netloc.isascii():
        return netloc
    host, colon, port = netloc.partition(":")
    return host.encode("idna").decode() + colon + port
