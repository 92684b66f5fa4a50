"""The script of a message centre: what it answers, when and how its receipts come. docs/simulator.md has the language.

In: the lines of a script; then a destination and the time (seconds). Out: an `Answer`, later a `Delivery`.
Rule 1: of all lines that decide the same thing the first that matches wins; `subscribers` adds its lines last.
Rule 2: a line that counts (`3`, `every 5`) counts the messages that reach it: those that match it and that no
line above has decided. What becomes of a message is asked only about messages that were taken.
Rule 3: a Scenario is a value; the counts and the dice are in `Play`, made anew for every performance.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final

from lotsman.simulator import script, subscribers
from lotsman.simulator.script import Chance, Line, ScenarioError, Settings, Topic

__all__ = ["Answer", "Delivery", "Play", "Scenario", "ScenarioError"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Without lines: every number does what `subscribers` says"""

    lines: tuple[Line, ...] = ()
    settings: Settings = field(default_factory=Settings)

    @classmethod
    def parse(cls, text: str) -> "Scenario":
        """Raises ScenarioError, which names the line and says what is allowed there"""
        lines, settings = script.parse(text)
        return cls(tuple(lines), settings)


@dataclass(slots=True)
class Answer:
    """What a submit is answered"""

    status: int | None  # None: it is taken, but not answered
    drop: bool  # the connection ends here
    latency: float  # seconds until the response

    @property
    def silent(self) -> bool:
        return self.status is None


@dataclass(slots=True)
class Delivery:
    """What becomes of a message that was taken, and what its receipt looks like"""

    state: str  # as it stands in a receipt
    error: str
    delay: float  # seconds from the response to the final state
    early: bool  # it is reached, and the receipt leaves, before the response
    copies: int  # 0: the receipt is lost
    text: bool  # the receipt says it in its text
    tlvs: bool  # the receipt says it in its optional parameters
    id_form: str  # how the receipt spells the id
    other_bind: bool  # the receipt takes another session than the message did
    lookup: str = "home"  # what a look-up of this number finds
    reply: tuple[float, str] | None = None  # seconds after the final state, and what the phone writes back


class Play:
    """One performance of a scenario"""

    def __init__(self, scenario: Scenario) -> None:
        self.settings: Final = scenario.settings
        self.random: Final = Random(scenario.settings.seed)  # noqa: S311  dice, not secrets
        lines = [*scenario.lines]
        if scenario.settings.special_numbers:
            lines += script.parse(subscribers.SCRIPT)[0]
        self._binds: Final = self._turns(lines, script.ON_BIND)
        self._answers: Final = self._turns(lines, script.ON_SUBMIT)
        self._deliveries: Final = self._turns(lines, script.ON_DELIVERY)

    def bind(self, now: float) -> int:
        """The status a bind with good credentials is answered"""
        status: int = self._decide(self._binds, "", now).get(Topic.BIND, 0)
        return status

    def answer(self, destination: str, now: float) -> Answer:
        said = self._decide(self._answers, destination, now)
        verdict = said.get(Topic.VERDICT, 0)
        latency = self._pick(said.get(Topic.LATENCY, script.NOTHING))
        if verdict in (script.SILENCE, script.DROP):
            return Answer(None, verdict == script.DROP, latency)
        return Answer(verdict, drop=False, latency=latency)

    def delivery(self, destination: str, now: float) -> Delivery:
        said = self._decide(self._deliveries, destination, now)
        state, error = said.get(Topic.OUTCOME, ("DELIVRD", "000"))
        text, tlvs = said.get(Topic.SHAPE, (True, True))
        timing = said.get(Topic.TIMING, script.NOTHING)
        early = timing is script.EARLY
        delay = self._pick(said.get(Topic.RECEIPT, script.USUAL_RECEIPT))
        reply = said.get(Topic.REPLY)
        return Delivery(
            state=state,
            error=error,
            delay=0.0 if early else delay + self._pick(timing),
            early=early,
            copies=said.get(Topic.COPIES, 1),
            text=text,
            tlvs=tlvs,
            id_form=said.get(Topic.ID_FORM, self.settings.ids),
            other_bind=Topic.ROUTE in said,
            lookup=said.get(Topic.LOOKUP, "home"),
            reply=(self._pick(reply[0]), reply[1]) if reply is not None else None,
        )

    def _turns(self, lines: list[Line], topics: frozenset[Topic]) -> "list[_Turn]":
        return [_Turn(line, self.random) for line in lines if line.says.keys() <= topics]

    def _decide(self, turns: "list[_Turn]", destination: str, now: float) -> dict[Topic, script.Said]:
        said: dict[Topic, script.Said] = {}
        for turn in turns:
            line = turn.line
            if line.numbers is not None and not line.numbers(destination):
                continue
            fresh = line.says.keys() - said.keys() if said else line.says
            if fresh and turn.comes(now):
                said.update(line.says if fresh is line.says else {topic: line.says[topic] for topic in fresh})
        return said

    def _pick(self, span: tuple[float, float]) -> float:
        shortest, longest = span
        return shortest if shortest == longest else self.random.uniform(shortest, longest)


class _Turn:
    """A line and how often it was reached"""

    __slots__ = ("_random", "_reached", "_second", "line")

    def __init__(self, line: Line, random: Random) -> None:
        self.line = line
        self._random = random
        self._reached = 0
        self._second: float | None = None  # when the second began that is counted for `above`

    def comes(self, now: float) -> bool:
        often = self.line.often
        if often is None:
            return True
        chance, number = often
        if chance is Chance.SHARE:
            return self._random.random() * 100 < number
        if chance is Chance.ABOVE and (self._second is None or now >= self._second + 1):
            self._second, self._reached = now, 0
        self._reached += 1
        if chance is Chance.FIRST:
            return self._reached <= number
        if chance is Chance.ABOVE:
            return self._reached > number
        if chance is Chance.EVERY:
            return self._reached % number == 0
        return self._reached == number  # AFTER
