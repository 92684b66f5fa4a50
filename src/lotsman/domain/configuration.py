"""The operator's configuration as one document: what it is now, what a file wants, and what lies between.

    carriers:                 links, what they take and what for, their sender names
    routes:                   which links carry which messages
    tariffs:                  price lists, each as the CSV that `tariff export` writes
    texts:                    forbidden words and shared sender names of the installation

Rule 1: a section that a file leaves out is left alone; one that it has is the whole truth.
Rule 2: what is secret is never written out unless somebody asks; KEPT in its place leaves it as it is.
Rule 3: a carrier is never removed, for messages belong to it: one that a file leaves out is turned off.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

CARRIERS: Final = "carriers"
ROUTES: Final = "routes"
TARIFFS: Final = "tariffs"
TEXTS: Final = "texts"
SECTIONS: Final = (CARRIERS, ROUTES, TARIFFS, TEXTS)
KEPT: Final = "<kept>"
SECRETS: Final = frozenset({"password", "headers", "words", "apikey", "secret", "tls_key_password"})

_CARRIER: Final[dict[str, Any]] = {
    "kind": "smpp",
    "enabled": True,
    "priority": 100,  # the lowest is tried first where no route decides
    "in_doubt": "hold",
    "only_registered": False,
    "substitute": "",
    "receipts_within": 0,  # seconds
    "settings": {},
    "senders": {},
    "prices": "",  # what it takes, as the CSV of `tariff export --link`
}
_SENDER: Final[dict[str, Any]] = {"state": "registered", "substitute": "", "note": ""}
_ROUTE: Final[dict[str, Any]] = {
    "position": 100,
    "match": {},
    "via": [],
    "margin": None,  # roubles
    "enabled": True,
}
_STEP: Final[dict[str, Any]] = {"links": {}, "cheapest": False}

# section -> name -> what it is; None for what is not there
Objects = dict[str, dict[str, Any]]


class Difference(NamedTuple):
    """One value that is another; None where there is none."""

    section: str
    name: str
    path: str  # "settings.window"; "" for the whole
    before: Any
    after: Any


def wanted(now: Objects, file: Mapping[str, Any]) -> Objects:
    """The objects that a file changes, as they shall be; raises ValueError for what is no configuration."""
    if not isinstance(file, Mapping) or not set(file) <= set(SECTIONS):
        raise ValueError(f"a configuration has the sections {', '.join(SECTIONS)}")
    changes: Objects = {}
    for section, found in file.items():
        named = found or {}
        if not isinstance(named, Mapping) or not all(isinstance(name, str) for name in named):
            raise ValueError(f"{section}: expected names, each with what it is")
        before = now.get(section, {})
        after = {name: _completed(section, name, _kept(before.get(name), named[name])) for name in named}
        for name in sorted(before.keys() - after.keys()):
            after[name] = {**before[name], "enabled": False} if section == CARRIERS else None
        changed = {name: value for name, value in after.items() if value != before.get(name)}
        if changed:
            changes[section] = changed
    return changes


def touched(now: Objects, changes: Objects) -> Objects:
    """The same objects as they are."""
    return {
        section: {name: now.get(section, {}).get(name) for name in names}
        for section, names in changes.items()
    }


def between(before: Objects, after: Objects) -> Objects:
    """The objects that differ, as they are after."""
    found: Objects = {}
    for section in SECTIONS:
        old, new = before.get(section, {}), after.get(section, {})
        changed = {name: new.get(name) for name in sorted({*old, *new}) if old.get(name) != new.get(name)}
        if changed:
            found[section] = changed
    return found


def differences(before: Objects, after: Objects) -> Iterator[Difference]:
    """Value by value, of the objects that `after` names."""
    for section, names in after.items():
        for name, value in names.items():
            yield from _between(section, name, "", before.get(section, {}).get(name), value)


def masked(objects: Objects) -> Objects:
    """The same without secrets."""
    return {section: {n: _masked(v) for n, v in names.items()} for section, names in objects.items()}


def said(difference: Difference) -> str:
    """In one line, secrets left out."""
    where = f"{difference.section}.{difference.name}" + (f".{difference.path}" if difference.path else "")
    if SECRETS.intersection(difference.path.split(".")):
        return f"{where}: another secret"
    if difference.before is None:
        return f"{where}: new" + (
            "" if isinstance(difference.after, dict) else f": {_short(difference.after)}"
        )
    if difference.after is None:
        return f"{where}: gone" + (
            f": {_short(difference.before)}" if isinstance(difference.before, str) else ""
        )
    return f"{where}: {_short(difference.before)} -> {_short(difference.after)}"


def _completed(section: str, name: str, value: Any) -> Any:
    where = f"{section}.{name}"
    if value is None:
        return None
    if section == CARRIERS:
        carrier = _filled(where, value, _CARRIER)
        senders = {
            s: _filled(f"{where}.senders.{s}", facts or {}, _SENDER)
            for s, facts in carrier["senders"].items()
        }
        return {**carrier, "senders": senders}
    if section == ROUTES:
        route = _filled(where, value, _ROUTE)
        return {**route, "via": [_filled(f"{where}.via", step, _STEP) for step in route["via"]]}
    expected = str if section == TARIFFS else list
    if not isinstance(value, expected) or (section == TEXTS and name not in {"words", "shared_senders"}):
        raise ValueError(
            f"{where}: expected {'a price list as CSV' if section == TARIFFS else 'words or shared_senders, a list'}"
        )
    return value if section == TARIFFS else sorted(map(str, value))


def _filled(where: str, value: Any, defaults: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: expected names and values")  # noqa: TRY004 a file is wrong, not a program
    if unknown := value.keys() - defaults.keys():
        raise ValueError(f"{where}: no {', '.join(map(str, unknown))}; there are {', '.join(defaults)}")
    found = {**defaults, **value}
    for key, default in defaults.items():
        fits = default is None or (
            isinstance(found[key], type(default))
            and isinstance(found[key], bool) == isinstance(default, bool)
        )
        if not fits:
            raise ValueError(f"{where}.{key}: {found[key]!r} is not like {default!r}")
    return found


def _between(section: str, name: str, path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            inner = f"{path}.{key}" if path else str(key)
            yield from _between(section, name, inner, before.get(key), after.get(key))
    elif _is_table(before) and _is_table(after):
        old, new = str(before).splitlines(), str(after).splitlines()
        for line in sorted({*old} ^ {*new}, key=lambda line: (line.rpartition(",")[0], line in new)):
            yield Difference(
                section, name, path, line if line in old else None, line if line in new else None
            )
    else:
        yield Difference(section, name, path, before, after)


def _is_table(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def _kept(before: Any, after: Any) -> Any:
    """What a file says, with what it keeps filled in."""
    if after == KEPT:
        return before
    if isinstance(after, dict):
        old = before if isinstance(before, dict) else {}
        return {key: _kept(old.get(key), value) for key, value in after.items()}
    return after


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: KEPT if k in SECRETS and v else _masked(v) for k, v in value.items()}
    return value


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
