"""What an account may choose for itself, beside money and rights. One value per line; kept as JSON of what differs.

Rule 1: a name that a newer version wrote and this one does not know is ignored, so nodes can be upgraded one by one.
"""

import json
from dataclasses import asdict, dataclass, fields
from ipaddress import ip_network
from typing import Any

from lotsman.domain.callback import parse_target


@dataclass(frozen=True, slots=True)
class AccountSettings:
    callback: str = (
        ""  # "GET url" or "POST url": where statuses go when a request names no callback of its own
    )
    inbound_callback: str = ""  # the same for inbound messages (SMS2WEB)
    legacy_strings: bool = False  # API-2 answers numbers as strings, as before version 2.5
    allowed_ips: tuple[
        str, ...
    ] = ()  # addresses and networks the API may be used from; none: any (error 113)
    loop_minutes: int = 0  # the same text to the same number again within so many minutes is 243; 0: allowed
    spam_protection: bool = (
        False  # only texts of approved templates, or to white-listed numbers (223, 224, 225, 232)
    )
    shared_senders: bool = True  # may use the installation's shared sender names (226)
    alphabet_filter: bool = False  # words that mix Cyrillic and Latin letters are refused (248)
    most_parts: int = 10  # a longer text is 221


def parse(text: str) -> AccountSettings:
    """What `dump` wrote, by this or by another version."""
    known = {field.name for field in fields(AccountSettings)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(text or "{}").items()
        if name in known
    }
    return AccountSettings(**values)


def dump(settings: AccountSettings) -> str:
    defaults = asdict(AccountSettings())
    return json.dumps({name: v for name, v in asdict(settings).items() if v != defaults[name]})


def changed(settings: AccountSettings, changes: dict[str, str]) -> AccountSettings:
    """Settings with some values replaced, each as a person types it; raises ValueError that says what is wrong."""
    values: dict[str, Any] = asdict(settings)
    for name, text in changes.items():
        if name not in values:
            raise ValueError(f"no setting {name}; one of {', '.join(values)}")
        values[name] = _read(name, text, values[name])
    for network in values["allowed_ips"]:
        ip_network(network, strict=False)
    for name in changes.keys() & {"callback", "inbound_callback"}:
        values[name] = _target(name, values[name])
    return AccountSettings(**values)


def _target(name: str, text: str) -> str:
    """As a target is kept, GET url or POST url; a URL alone is called with GET."""
    method, _, url = text.partition(" ") if " " in text else ("GET", "", text)
    target = parse_target(url, method) if method.upper() in {"GET", "POST"} else None
    if text and target is None:
        raise ValueError(f"{name} is GET or POST and a full http or https address, not {text}")
    return target or ""


def _read(name: str, text: str, before: Any) -> Any:
    if isinstance(before, bool):
        if text.lower() not in {"on", "off", "1", "0", "true", "false", "yes", "no"}:
            raise ValueError(f"{name} is on or off, not {text}")
        return text.lower() in {"on", "1", "true", "yes"}
    if isinstance(before, int):
        if not (text.isascii() and text.isdigit()):
            raise ValueError(f"{name} is a whole number, not {text}")
        return int(text)
    if isinstance(before, tuple):
        return tuple(word.strip() for word in text.split(",") if word.strip())
    return text
