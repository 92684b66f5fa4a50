"""Words that no text may hold (247), however they are disguised.

Rule 1: letters that look alike are one letter: case, ё and е, Latin a for Cyrillic or Greek а, 0 for о, accents and invisible
characters put between.
Rule 2: an entry is one word or several in a row (`bit.ly` is two), matched as whole words; with `*` at its end it is also
the beginning of the last word: `казин*`.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

LONGEST: Final = 100  # characters of an entry

_WORD = re.compile(r"[^\W_]+")
# Soft hyphen, accents, zero-width characters, variation selectors: what stands in a word and is not seen as a letter.
_UNSEEN = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0489\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
# After casefold. Capitals decide: В looks like B, so в is b.
_LOOKS: Final = str.maketrans(
    "авеёкмнопрстухіїјѕһԁԛԝґ03αβεζηικμνορτυχ", "abeekmhonpctyxiijshdqwгoзabezhikmnoptyx"
)


def skeleton(text: str) -> list[str]:
    """The words of a text as a person would see them."""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return _WORD.findall(seen.translate(_LOOKS))


def is_entry(entry: str) -> bool:
    return len(entry) <= LONGEST and bool(skeleton(entry)) and "*" not in entry[:-1]


class ForbiddenWords:
    __slots__ = ("_phrases", "_stems")

    def __init__(self, entries: Iterable[str]) -> None:
        self._phrases: dict[int, set[str]] = {}  # how many words -> phrases of so many
        self._stems: dict[tuple[int, int], set[str]] = {}  # how many words, how many characters -> beginnings
        for entry in entries:
            words = skeleton(entry)
            phrase = " ".join(words)
            if entry.endswith("*"):
                self._stems.setdefault((len(words), len(phrase)), set()).add(phrase)
            else:
                self._phrases.setdefault(len(words), set()).add(phrase)

    def in_text(self, text: str) -> bool:
        words = skeleton(text)
        return any(
            not phrases.isdisjoint(_runs(words, count)) for count, phrases in self._phrases.items()
        ) or any(
            phrase[:length] in stems
            for (count, length), stems in self._stems.items()
            for phrase in _runs(words, count)
        )


def _runs(words: Sequence[str], count: int) -> list[str]:
    """Every so many words in a row."""
    if count == 1:
        return list(words)
    return [" ".join(words[start : start + count]) for start in range(len(words) - count + 1)]
