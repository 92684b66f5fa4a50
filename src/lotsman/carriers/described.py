"""Settings that describe themselves: a dataclass whose fields say what they are for, and text -> their values.

The command line, the page docs/carriers.md and the check of what came as JSON all read the same fields.
"""

import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, field, fields
from typing import Any, Final, NamedTuple, Union, get_args, get_origin, get_type_hints

_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})
_NAMES: Final[dict[object, str]] = {
    bool: "yes or no",
    int: "a whole number",
    float: "a number",
    str: "a text",
}


class Setting(NamedTuple):
    name: str
    kind: str  # for people: a number, a list …
    default: Any
    meaning: str
    secret: bool


def setting(default: Any, meaning: str, *, secret: bool = False) -> Any:
    """A field of a dataclass of settings; a default that is a dict or list is made anew for each."""
    said = {"meaning": meaning, "secret": secret}
    if isinstance(default, dict | list):
        return field(default_factory=default.copy, metadata=said)
    return field(default=default, metadata=said)


def describe(kind: type[Any]) -> list[Setting]:
    """All settings of a dataclass, in its order."""
    hints = get_type_hints(kind)
    return [
        Setting(
            each.name,
            _kind(hints[each.name]),
            _default(each),
            each.metadata.get("meaning", ""),
            each.metadata.get("secret", False),
        )
        for each in fields(kind)
    ]


def read(kind: type[Any], name: str, text: str) -> Any:
    """The value of a setting as somebody typed it; of one that is a table, the value of one entry.

    Raises LookupError for a name that is none, ValueError for a text that is no value.
    """
    hints = get_type_hints(kind)
    if name not in hints:
        raise LookupError(name)
    hint = hints[name]
    try:
        return _read(get_args(hint)[1] if get_origin(hint) is Mapping else hint, text.strip())
    except ValueError:
        raise ValueError(f"{name} is {_kind(hint)}, not {text!r}") from None


def is_table(kind: type[Any], name: str) -> bool:
    return get_origin(get_type_hints(kind).get(name)) is Mapping


def check_types(settings: Any) -> None:
    """Raises ValueError for a value that came as JSON and is not what its field says."""
    hints = get_type_hints(type(settings))
    for each in fields(settings):
        value = getattr(settings, each.name)
        if not _fits(hints[each.name], value):
            raise ValueError(f"{each.name} is {_kind(hints[each.name])}, not {value!r}")


def _default(each: "Field[Any]") -> Any:
    if each.default_factory is not MISSING:
        return each.default_factory()
    return None if each.default is MISSING else each.default


def _optional(hint: Any) -> Any:
    """X of `X | None`; None for every other type."""
    if get_origin(hint) not in {Union, types.UnionType}:
        return None
    return next(arg for arg in get_args(hint) if arg is not type(None))


def _kind(hint: Any) -> str:
    inner = _optional(hint)
    if inner is not None:
        return f"{_kind(inner)}, or auto"
    origin = get_origin(hint)
    if origin is Mapping:
        return f"a table: {_kind(get_args(hint)[1])} for each name"
    if origin is Sequence:
        return "a list"
    return _NAMES.get(hint, "a value")


def _read(hint: Any, text: str) -> Any:
    inner = _optional(hint)
    if inner is not None:
        return None if text.lower() in {"", "auto"} else _read(inner, text)
    if get_origin(hint) is Sequence:
        return [word.strip() for word in text.split(",") if word.strip()]
    if hint is bool:
        if text.lower() not in _YES | _NO:
            raise ValueError(text)
        return text.lower() in _YES
    if hint is int:
        return int(text, 0)
    return float(text) if hint is float else text


def _fits(hint: Any, value: Any) -> bool:
    inner = _optional(hint)
    if inner is not None:
        return value is None or _fits(inner, value)
    origin = get_origin(hint)
    if origin is Mapping:
        wanted = get_args(hint)[1]
        return isinstance(value, dict) and all(
            isinstance(k, str) and _fits(wanted, v) for k, v in value.items()
        )
    if origin is Sequence:
        return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    if hint is Any:
        return True
    if hint is bool:
        return isinstance(value, bool)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, hint) and not (hint is int and isinstance(value, bool))
