"""Settings of a link as they are typed and shown: NAME=VALUE, NAME.KEY=VALUE of a table, and the list of all."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from lotsman.carriers.described import Setting, describe, is_table, read
from lotsman.cli.session import fail

NOT_SHOWN: Final = "set, not shown"
_ADDRESSES: Final = frozenset({"url", "poll_url"})
_HIDDEN: Final = frozenset({"headers"})  # besides what its kind calls secret: tables of credentials
_LOOKUP_NUMBERS: Final = frozenset({"ping_pid", "ping_dcs", "ping_esm_class"})


def typed(kind: type[Any], written: Iterable[str], before: dict[str, Any]) -> dict[str, Any]:
    """Settings out of NAME=VALUE; an entry of a table, NAME.KEY=VALUE, joins those that are there already."""
    found: dict[str, Any] = {}
    for pair in written:
        name, sign, value = pair.partition("=")
        if not sign:
            fail(f"expected NAME=VALUE, not {pair}")
        setting, dot, key = name.strip().partition(".")
        if setting == "lookup" and dot:
            found["lookup"] = _lookup(found.get("lookup", before.get("lookup", {})), key, value)
        elif is_table(kind, setting):
            if not key:
                fail(f"{setting} is a table: write --set {setting}.KEY=VALUE")
            table = found.setdefault(setting, dict(before.get(setting) or {}))
            table[key.strip()] = _read(kind, setting, value)
        else:
            found[setting] = _read(kind, name.strip(), value)
    return found


def untyped(kind: type[Any], names: Iterable[str], before: dict[str, Any]) -> dict[str, Any]:
    """Settings that go back to their defaults: None, or a table without an entry (NAME.KEY)."""
    found: dict[str, Any] = {}
    known = {setting.name for setting in describe(kind)}
    for name in names:
        setting, _, key = name.strip().partition(".")
        if setting not in known:
            _unknown(kind, setting)
        if key:
            table = found.setdefault(setting, dict(before.get(setting) or {}))
            if table.pop(key, None) is None:
                fail(f"{setting} has no entry {key}")
        else:
            found[setting] = None
    return found


def pairs(written: Sequence[str]) -> dict[str, str]:
    found = dict(pair.partition("=")[::2] for pair in written)
    if "" in found or not all("=" in pair for pair in written):
        fail("expected NAME=VALUE")
    return found


def shown(settings: dict[str, Any], described: Iterable[Setting]) -> dict[str, str]:
    """What may be shown of a link's settings, in the order of their description."""
    secret = {setting.name for setting in described if setting.secret} | _HIDDEN
    order = {setting.name: n for n, setting in enumerate(described)}
    names = sorted(settings, key=lambda name: order.get(name, len(order)))
    return {
        name: NOT_SHOWN
        if name in secret
        else shown_url(settings[name])
        if name in _ADDRESSES
        else value_of(settings[name])
        for name in names
        if settings[name] not in ("", None, {}, [])
    }


def shown_url(url: str) -> str:
    """Without what may be a password: of a query, only names and what is filled in."""
    address, mark, query = url.partition("?")
    scheme, _, rest = address.rpartition("://")
    rest = rest.rpartition("@")[2] if "@" in rest.partition("/")[0] else rest
    parts = [pair.partition("=") for pair in query.split("&")]
    said = [
        f"{key}{sign}{value if value.startswith('{') else '***' if value else ''}"
        for key, sign, value in parts
    ]
    return f"{scheme}://{rest}{mark}{'&'.join(said)}"


def value_of(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key}={value_of(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return "auto" if value is None else str(value)


def _read(kind: type[Any], name: str, value: str) -> Any:
    try:
        return read(kind, name, value)
    except ValueError as error:
        fail(str(error))
    except LookupError:
        _unknown(kind, name)


def _unknown(kind: type[Any], name: str) -> None:
    near = difflib.get_close_matches(name, [setting.name for setting in describe(kind)], 1)
    fail(f"no setting {name}{f', perhaps {near[0]}' if near else ''}; `lotsman carrier settings` lists all")


def _lookup(before: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    """Settings of look-ups: numbers may be hexadecimal, a TLV is written tlv.0x1403=mccmnc."""
    group, _, tag = name.partition(".")
    if group == "tlv" and tag:
        return before | {"tlvs": before.get("tlvs", {}) | {tag: value}}
    if name not in _LOOKUP_NUMBERS:
        return before | {name: value}
    try:
        return before | {name: int(value, 0)}
    except ValueError:
        fail(f"{name} is a number, not {value}")
