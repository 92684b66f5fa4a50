"""What a voice reads of a text: in which language, digit by digit where it is a code, and about how long that takes.

Rule 1: four digits and more in a row are a code or a number to be written down: they are read one by one.
Rule 2: the text is read twice; the estimate is for both readings and rather too long than too short, as nobody is
charged for more minutes than were said at acceptance.
"""

import re
from typing import Final, Literal

Language = Literal["ru", "en"]

LONGEST: Final = 800  # characters: about two minutes with the repetition
_CODE = re.compile(r"(?<![0-9])(?:[0-9]{4,}|0[0-9]{1,2})(?![0-9])")
_UNSPOKEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z]")
_SECONDS_A_CHARACTER: Final = 1 / 11
_SECONDS_A_DIGIT: Final = 0.7  # of a code: spoken as a word of its own, with a pause behind it
_SECONDS_BESIDE: Final = 4.0  # before, between and behind the readings
_MINUTE: Final = 60


def language(text: str) -> Language:
    """Russian if there are as many Cyrillic letters as Latin ones, and for digits alone."""
    return "en" if len(_LATIN.findall(text)) > len(_CYRILLIC.findall(text)) else "ru"


def spoken(text: str) -> str:
    """One line, in which codes are written digit by digit: "Код 1234" -> "Код 1, 2, 3, 4"."""
    line = " ".join(_UNSPOKEN.sub(" ", text).split())
    return _CODE.sub(lambda code: ", ".join(code[0]), line)


def has_code(text: str) -> bool:
    """Whether somebody may be waiting for it, at night too."""
    return _CODE.search(text) is not None


def seconds(text: str) -> float:
    """How long both readings take, at most."""
    coded = sum(len(code[0]) for code in _CODE.finditer(text))
    once = (len(text) - coded) * _SECONDS_A_CHARACTER + coded * _SECONDS_A_DIGIT
    return 2 * once + _SECONDS_BESIDE


def minutes(text: str) -> int:
    """Started minutes that a call with this text may last."""
    return started_minutes(seconds(text))


def started_minutes(duration: float) -> int:
    """Of a call of so many seconds; an answered call lasts one at least."""
    return max(1, -int(-duration // _MINUTE))
