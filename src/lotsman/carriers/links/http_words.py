"""Templates that are filled in, and places in an answer where something stands. Pure.

Rule 1: a value is filled in once, in the spelling of its place, and is never looked through for more names in braces.
Rule 2: whatever an answer is, reading it gives a text, or "".
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

_NAME = re.compile(r"\{([a-z_]+)\}")
_SEARCHED: Final = 10_000  # characters of an answer that a pattern is looked for in
_LONGEST: Final = 200  # characters of a value
_NO_JSON: Final = object()


def in_url(template: str, values: Mapping[str, str]) -> str:
    return _filled(template, {name: quote(value, safe="") for name, value in values.items()})


def in_body(template: str, values: Mapping[str, str]) -> str:
    """As JSON if it begins like JSON, else as a form."""
    if template[:1] in {"{", "["}:
        return _filled(template, {name: json.dumps(value)[1:-1] for name, value in values.items()})
    return in_url(template, values)


def as_is(template: str, values: Mapping[str, str]) -> str:
    return _filled(template, values)


def names(template: str) -> set[str]:
    """What is filled in there."""
    return set(_NAME.findall(template))


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda match: values.get(match[1], match[0]), template)


class Answer:
    """What a carrier said, read by places: "send.0.server_id" is a path in JSON, "re:id=([0-9]+)" a pattern in the text;
    several with " | " between are tried in turn.
    """

    __slots__ = ("_raw", "_said", "_text")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._text: str | None = None
        self._said: Any = ...

    @property
    def is_json(self) -> bool:
        return self._read() is not _NO_JSON

    def part(self, path: str) -> Any:
        """What stands at a path of its JSON, whatever it is."""
        said = self._read()
        return None if said is _NO_JSON else node(said, path)

    def _read(self) -> Any:
        if self._said is ...:
            try:
                self._said = json.loads(self._raw)
            except (
                ValueError,
                RecursionError,
            ):  # also no charset, numbers beyond all reason, a thousand brackets
                self._said = _NO_JSON
        return self._said

    def at(self, places: str) -> str:
        """The first that is there and not empty; "" where none is."""
        for place in places.split(" | "):
            found = self._search(place[3:]) if place.startswith("re:") else text(self.part(place))
            if found:
                return found[:_LONGEST]
        return ""

    def _search(self, pattern: str) -> str:
        if self._text is None:
            self._text = self._raw[:_SEARCHED].decode(errors="replace")
        match = re.search(pattern, self._text)
        return (match[1] if match.re.groups else match[0]) or "" if match else ""


def check_places(places: str) -> None:
    """Raises ValueError for a pattern that is none."""
    for place in places.split(" | "):
        if place.startswith("re:"):
            try:
                re.compile(place[3:])
            except re.error as error:
                raise ValueError(f"{place}: {error}") from None


def text(found: Any) -> str:
    """A word or a number as a text; "" of everything else."""
    if isinstance(found, bool):
        return str(found).lower()
    try:
        return str(found) if isinstance(found, str | int) else ""
    except ValueError:  # more digits than Python writes
        return ""


def node(said: Any, path: str) -> Any:
    """What stands at a path, whatever it is; None where nothing does. The path "" is the whole."""
    for step in path.split(".") if path else ():
        if isinstance(said, dict):
            said = said.get(step)
        elif isinstance(said, list) and step.isdecimal() and int(step) < len(said):
            said = said[int(step)]
        else:
            return None
    return said


def words(listed: str) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in listed.split(",") if word.strip())
