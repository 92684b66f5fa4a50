"""Texts that may be sent under spam protection, with places for what changes: `Code: ____, valid until __:__`.

Rule 1: a run of underscores stands for at least one character and for at most ten times as many as there are
underscores, none of them a line break. All else is literal; blanks around the text and the kind of line break are not.
Rule 2: the text is the customer's and the template is too, so matching takes time linear in the text, whatever both hold:
no backtracking. The set of places that the template may have reached is one int, a bit for each place.
"""

import re
from collections.abc import Iterable
from typing import Final

STRETCH: Final = 10  # characters that one underscore may stand for

_RUN = re.compile("(_+)")
_BREAK = re.compile("\r\n?")


def normalised(text: str) -> str:
    """Two texts that differ only in what does not count are the same template."""
    return _BREAK.sub("\n", text).strip()


class Text:
    """A text to be held against templates; where its characters stand is found out once, and only if asked."""

    __slots__ = ("_places", "lines")

    def __init__(self, text: str) -> None:
        self.lines = normalised(text).split("\n")
        self._places: dict[int, dict[str, int]] = {}

    def places(self, number: int) -> dict[str, int]:
        """Of one line: character -> bit i is set where it is character i."""
        found = self._places.get(number)
        if found is None:
            found = self._places[number] = {}
            for i, character in enumerate(self.lines[number]):
                found[character] = found.get(character, 0) | 1 << i
        return found


class Template:
    __slots__ = ("_lines",)

    def __init__(self, text: str) -> None:
        self._lines = [_parsed(line) for line in normalised(text).split("\n")]

    def matches(self, text: Text) -> bool:
        if len(self._lines) != len(text.lines):
            return False
        return all(_match(line, text, number) for number, line in enumerate(self._lines))


class Templates:
    """All that one account may send."""

    __slots__ = ("_templates",)

    def __init__(self, texts: Iterable[str]) -> None:
        self._templates = [Template(text) for text in texts]

    def match(self, text: str) -> bool:
        asked = Text(text)
        return any(template.matches(asked) for template in self._templates)


_Line = tuple[str, list[tuple[int, str]]]  # what it begins with, then: the longest gap, what follows it


def _parsed(line: str) -> _Line:
    first, *rest = _RUN.split(line)
    return first, [(len(run) * STRETCH, literal) for run, literal in zip(rest[::2], rest[1::2], strict=True)]


def _match(line: _Line, text: Text, number: int) -> bool:
    first, rest = line
    whole = text.lines[number]
    if not rest or not whole.startswith(first):
        return whole == first
    places, inside = text.places(number), (2 << len(whole)) - 1
    reached = 1 << len(first)  # bit i: what was matched so far may end before character i
    for longest, literal in rest:
        reached = _stretched(reached, longest) & inside
        for character in literal:
            reached = (reached & places.get(character, 0)) << 1
        if not reached:
            return False
    return bool(reached >> len(whole))


def _stretched(reached: int, longest: int) -> int:
    """Every place 1..longest further on."""
    reached, covered = reached << 1, 1
    while covered < longest:
        step = min(covered, longest - covered)
        reached |= reached << step
        covered += step
    return reached
