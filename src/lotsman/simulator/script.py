"""A script, read line by line: words to `Line` values and `Settings`.

In: the text. Out: the lines in their order; ScenarioError with the number of the first bad line and what is allowed.
Strategy: the first words choose a reader from `_RULES`; it takes words off the front, what it leaves must be
nothing. `for …` is common to all rules and cut off the end before, "how often" is read by `_often`.
Rule 1: a line that can never come to its turn, because a line above decides for all, is an error, not a surprise.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, NamedTuple

from lotsman.smpp import commands
from lotsman.smpp.receipt_text import MESSAGE_STATES


class ScenarioError(ValueError):
    """A script that cannot be played"""


class Topic(Enum):
    """What a line decides"""

    BIND = auto()
    VERDICT = auto()  # a command_status, SILENCE or DROP
    LATENCY = auto()
    OUTCOME = auto()  # state and error
    RECEIPT = auto()  # when the final state comes
    TIMING = auto()  # EARLY, or how much later than that
    COPIES = auto()
    SHAPE = auto()  # text? TLVs?
    ID_FORM = auto()
    ROUTE = auto()
    LOOKUP = auto()  # what a look-up finds
    REPLY = auto()  # what the phone writes back, and after which time


class Chance(Enum):
    """Which of the messages that reach a line it decides"""

    FIRST = auto()  # 3: the first three
    SHARE = auto()  # 10%
    EVERY = auto()  # every 5: the 5th, the 10th …
    AFTER = auto()  # after 100: the 100th alone
    ABOVE = auto()  # above 50/s: what exceeds 50 in a second


Said = Any  # the value of a topic
Span = tuple[float, float]  # seconds
Often = tuple[Chance, float]

ON_BIND: Final = frozenset({Topic.BIND})
ON_SUBMIT: Final = frozenset({Topic.VERDICT, Topic.LATENCY})
ON_DELIVERY: Final = frozenset(Topic) - ON_BIND - ON_SUBMIT

SILENCE: Final = -1
DROP: Final = -2
NOTHING: Final[Span] = (0.0, 0.0)
EARLY: Final = "early"
USUAL_RECEIPT: Final[Span] = (0.5, 0.5)
FATES: Final = ("home", "roaming", "ported", "odd", "absent", "unknown", "barred", "rejected", "silent")
ID_FORMS: Final = ("decimal", "hex", "padded", "letters", "constant")


class Line(NamedTuple):
    says: dict[Topic, Said]
    numbers: Callable[[str], object] | None = None  # None: all
    often: Often | None = None  # None: always


@dataclass(slots=True)
class Settings:
    """What holds for the whole play"""

    ids: str = "decimal"
    seed: int | None = None  # None: other dice every time
    resend: float = 2.0  # seconds until a receipt that was refused is tried again
    special_numbers: bool = True


def parse(text: str) -> tuple[list[Line], Settings]:
    lines: list[Line] = []
    settings = Settings()
    settled: dict[str | Topic, int] = {}  # setting or topic: the line that decides it for good
    for number, written in enumerate(text.splitlines(), 1):
        words = _Words(written.partition("#")[0].split())
        if not words.left:
            continue
        try:
            read = _line(words, settings)
            decided: set[str | Topic] = {read} if isinstance(read, str) else set(read.says)
            _check_reached(decided, settled)
        except ScenarioError as error:
            raise ScenarioError(f"line {number}: {written.strip()}: {error}") from None
        if isinstance(read, Line):
            lines.append(read)
        if isinstance(read, str) or (read.numbers is None and read.often is None):
            settled |= dict.fromkeys(decided - settled.keys(), number)
    return lines, settings


class _Words:
    """The words of a line that were not yet understood"""

    def __init__(self, words: list[str]) -> None:
        self.left = words

    def next(self) -> str:
        return self.left[0].lower() if self.left else ""

    def take(self, wanted: str) -> str:
        if not self.left:
            raise ScenarioError(f"expected {wanted}")
        return self.left.pop(0)

    def skip(self, *words: str) -> bool:
        found = [word.lower() for word in self.left[: len(words)]] == list(words)
        if found:
            del self.left[: len(words)]
        return found

    def end(self) -> None:
        if self.left:
            raise ScenarioError(f"cannot understand {' '.join(self.left)!r}")


def _line(words: _Words, settings: Settings) -> Line | str:
    """A line; or the name of the setting that was set"""
    numbers = _numbers(words)
    head = next((head for head in _RULES if words.skip(*head.split())), None)
    if head is None:
        raise ScenarioError(f"a line begins with one of: {', '.join(_RULES)}")
    usage, reader = _RULES[head]
    try:
        said, often = reader(words, settings)
        words.end()
    except ScenarioError as error:
        raise ScenarioError(f"{error}; allowed: {usage}") from None
    if numbers is not None and (said is None or Topic.BIND in said):
        raise ScenarioError(f"`{head}` is not for single numbers; allowed: {usage}")
    return head if said is None else Line(said, numbers, often)


def _check_reached(decided: set[str | Topic], settled: dict[str | Topic, int]) -> None:
    if decided <= settled.keys():
        above = max(settled[topic] for topic in decided)
        raise ScenarioError(f"never reached, line {above} decides for all; put what is special above it")


# What is common to many rules


def _numbers(words: _Words) -> Callable[[str], object] | None:
    lowered = [word.lower() for word in words.left]
    if "for" not in lowered:
        return None
    at = lowered.index("for")
    patterns = re.split(r"[\s,]+", " ".join(words.left[at + 1 :]).strip(" ,"))
    del words.left[at:]
    for pattern in patterns:
        if not _PATTERN(pattern):
            raise ScenarioError(
                f"for {pattern!r}: allowed: for 79001234567, for 7999*, for *98, for 7901*, 7902*"
            )
    choices = (pattern.lstrip("+").replace("*", ".*") for pattern in patterns)
    return re.compile("|".join(choices), re.DOTALL).fullmatch


def _often(words: _Words, *also: Chance) -> Often | None:
    if words.skip("every"):
        return Chance.EVERY, _count(words)
    if Chance.AFTER in also and words.skip("after"):
        return Chance.AFTER, _count(words)
    if words.skip("above"):
        return Chance.ABOVE, _count(words, "/s")
    share = _SHARE(words.next())
    if share and float(share[1]) <= 100:
        words.take("")
        return Chance.SHARE, float(share[1])
    if words.next().isdecimal():
        return Chance.FIRST, _count(words)
    return None


def _count(words: _Words, unit: str = "") -> int:
    wanted = f"a number{unit and ' with ' + unit}, at least 1"
    word = words.take(wanted)
    digits = word.removesuffix(unit)
    if not _COUNT(digits) or not int(digits) or (unit and digits == word):
        raise ScenarioError(f"{word!r} is not {wanted}")
    return int(digits)


def _span(words: _Words) -> Span:
    word = words.take("a time")
    match = _SPAN(word.lower())
    if match is None:
        raise ScenarioError(f"{word!r} is no time")
    shortest, its_unit, longest, unit = match.groups()
    last_unit = unit or its_unit
    if last_unit is None or (longest is None and its_unit is None):
        raise ScenarioError(f"{word!r} has no unit: ms, s or m")
    first = float(shortest) * _SECONDS[its_unit or last_unit]
    last = first if longest is None else float(longest) * _SECONDS[last_unit]
    if first > last:
        raise ScenarioError(f"{word!r} runs backwards")
    return first, last


def _status(words: _Words) -> int:
    word = words.take("a command_status")
    name = word.upper()
    if name in _STATUSES:
        return _STATUSES[name]
    if _NUMBER(word.lower()) and 0 < int(word, 0) <= 0xFFFFFFFF:
        return int(word, 0)
    raise ScenarioError(f"{word!r} is no command_status that refuses")


_PATTERN: Final = re.compile(r"\+?(?=[0-9*])[0-9]*(\*[0-9]*)*", re.ASCII).fullmatch
_SHARE: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)%", re.ASCII).fullmatch
_COUNT: Final = re.compile(r"[0-9]{1,9}").fullmatch
_NUMBER: Final = re.compile(r"0x[0-9a-f]{1,8}|[1-9][0-9]{0,9}").fullmatch
_SPAN: Final = re.compile(
    r"(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)?(?:\.\.(\d{1,7}(?:\.\d{1,3})?)(ms|s|m)?)?", re.ASCII
).fullmatch
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}
_STATUSES: Final = {name: status for status, name in commands.STATUS_NAMES.items() if status}

# The rules. A reader gives what the line says and how often; None: it changed a setting.

_Read = tuple[dict[Topic, Said] | None, Often | None]
_Reader = Callable[[_Words, Settings], _Read]


def _span_of(topic: Topic) -> _Reader:
    return lambda words, _: ({topic: _span(words)}, None)


def _always(topic: Topic, value: Said) -> _Reader:
    return lambda words, _: ({topic: value}, _often(words))


def _status_of(topic: Topic) -> _Reader:
    return lambda words, _: ({topic: _status(words)}, _often(words))


def _receipts(words: _Words, _: Settings) -> _Read:
    says: dict[Topic, Said] = {}
    while (word := words.next()) in _MANNERS:
        words.take("")
        topic, value = _MANNERS[word]
        if topic in says:
            raise ScenarioError(f"{word!r} contradicts a word before it")
        says[topic] = _span(words) if word == "late" else value
    if not says:
        raise ScenarioError(f"{word!r} is no way to come" if word else "expected how they come")
    return says, _often(words)


def _fails(words: _Words, _: Settings) -> _Read:
    state = words.take("a state").upper()
    if state not in _FAILURES:
        raise ScenarioError(f"{state!r} is no state of a message that failed")
    error = "000"
    if words.skip("err"):
        error = words.take("an error code")
        if not _ERROR(error):
            raise ScenarioError(f"{error!r}: an error code has three letters or digits")
    return {Topic.OUTCOME: (state, error)}, _often(words)


def _answers(words: _Words, _: Settings) -> _Read:
    after = _span(words)
    text, words.left = " ".join(words.left), []
    if not text:
        raise ScenarioError("expected what it answers")
    return {Topic.REPLY: (after, text)}, None


def _lookup(words: _Words, _: Settings) -> _Read:
    return {Topic.LOOKUP: _one_of(words, FATES)}, _often(words)


def _drop(words: _Words, _: Settings) -> _Read:
    often = _often(words, Chance.AFTER)
    words.skip("submits")
    return {Topic.VERDICT: DROP}, often


def _ids(words: _Words, settings: Settings) -> _Read:
    settings.ids = _one_of(words, ID_FORMS)
    return None, None


def _seed(words: _Words, settings: Settings) -> _Read:
    word = words.take("a number")
    if not _COUNT(word):
        raise ScenarioError(f"{word!r} is no number")
    settings.seed = int(word)
    return None, None


def _resend(words: _Words, settings: Settings) -> _Read:
    settings.resend, longest = _span(words)
    if longest > settings.resend:
        raise ScenarioError("one time, not a range")
    return None, None


def _subscribers(words: _Words, settings: Settings) -> _Read:
    settings.special_numbers = _one_of(words, ("special", "ordinary")) == "special"
    return None, None


def _one_of(words: _Words, allowed: tuple[str, ...]) -> str:
    word = words.take("one word").lower()
    if word not in allowed:
        raise ScenarioError(f"{word!r} is none of them")
    return word


_ERROR: Final = re.compile(r"[0-9A-Za-z]{3}").fullmatch
_FAILURES: Final = tuple(state for state in MESSAGE_STATES.values() if state != "DELIVRD")
_MANNERS: Final[dict[str, tuple[Topic, Said]]] = {
    "early": (Topic.TIMING, EARLY),
    "late": (Topic.TIMING, None),
    "lost": (Topic.COPIES, 0),
    "twice": (Topic.COPIES, 2),
    "as-text": (Topic.SHAPE, (True, False)),
    "as-tlv": (Topic.SHAPE, (False, True)),
    "other-bind": (Topic.ROUTE, True),
    **{form: (Topic.ID_FORM, form) for form in ID_FORMS},
}
_OFTEN: Final = "[3 | 10% | every 5 | above 50/s]"
_WHOM: Final = f"{_OFTEN} [for 7999*]"
_WORDS: Final = " | ".join(_MANNERS).replace("late", "late 10s")
_RULES: Final[dict[str, tuple[str, _Reader]]] = {
    # what a submit is answered
    "latency": ("latency 20ms | 5..50ms [for 7999*]", _span_of(Topic.LATENCY)),
    "accept": (f"accept {_WHOM}", _always(Topic.VERDICT, commands.ESME_ROK)),
    "throttle": (f"throttle {_WHOM}", _always(Topic.VERDICT, commands.ESME_RTHROTTLED)),
    "reject": (f"reject {_WHOM}", _always(Topic.VERDICT, commands.ESME_RINVDSTADR)),
    "error": (f"error 0x0B | ESME_RINVDSTADR {_WHOM}", _status_of(Topic.VERDICT)),
    "no response": (f"no response {_WHOM}", _always(Topic.VERDICT, SILENCE)),
    "drop": (f"drop after 100 submits | {_WHOM}", _drop),
    # what becomes of a message
    "delivers": (f"delivers {_WHOM}", _always(Topic.OUTCOME, ("DELIVRD", "000"))),
    "fails": (f"fails {' | '.join(_FAILURES)} [err 001] {_WHOM}", _fails),
    "receipts": (f"receipts {_WORDS} {_WHOM}", _receipts),
    "answers": ("answers 2s Да, приду [for 7999*]", _answers),
    "lookup": (f"lookup {' | '.join(FATES)} {_WHOM}", _lookup),
    "receipt": ("receipt 300ms | 0.3..2s [for 7999*]", _span_of(Topic.RECEIPT)),
    # what holds for all
    "binds": (f"binds 0x0D | ESME_RALYBND {_OFTEN}", _status_of(Topic.BIND)),
    "ids": (f"ids {' | '.join(ID_FORMS)}", _ids),
    "resend": ("resend 2s", _resend),
    "seed": ("seed 7", _seed),
    "subscribers": ("subscribers special | ordinary", _subscribers),
}
