"""THE place where a way is chosen: message -> lane, with the reason why each route and each link won or lost.

Strategy: a way hangs on few facts (Ask without the number), so it is decided once for each combination and remembered;
the number is part of the combination only as far as a prefix in the lists looks at it.
Rule 1: a message that no route matches goes by the links that serve its service, by priority.
Rule 2: SMS and look-ups that no link serves wait, as while every link is down, until their ttl ends them. Calls and
messengers are refused then: who asked for one has no use for it an hour later.
Rule 3: a link that is down keeps its place in the plan: whether it is up is the dispatcher's to know, a moment later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from lotsman.domain import lane as lanes
from lotsman.domain.carrier_sender import SenderBook
from lotsman.domain.fallback import goes_as
from lotsman.domain.lane import Member, lane_of_groups, lane_of_word
from lotsman.domain.route import Ask, Route, Step
from lotsman.domain.service import WITHOUT_PARTS, Service
from lotsman.domain.text_class import TextClass

_WAITS: Final = frozenset({lanes.SMS, lanes.HLR, lanes.HLR_VIP, lanes.PING})
_REMEMBERED: Final = 50_000  # combinations; then everything is forgotten
_MINUTE: Final = 60_000  # ms
COST_UNITS: Final = 10_000  # of a purchase price in a kopeck


class Costs(Protocol):
    """What a carrier takes (domain/purchase.py)."""

    prefix_length: int  # digits of a number that a price may hang on; 0: none

    def part_cost(self, service: Service, country: str, operator: str, msisdn: str, at: int) -> int | None:
        """In ten-thousandths of a kopeck; None where it has no price."""


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """What is agreed with a carrier about one link."""

    id: int
    name: str
    serves: tuple[str, ...]  # words of domain/lane.py
    priority: int = 100  # lower is tried first where no route decides
    enabled: bool = True
    senders: SenderBook = field(default_factory=SenderBook)
    costs: Costs | None = None
    unfit: str = ""  # why its node cannot run it

    def message_cost(
        self, service: Service, country: str, operator: str, msisdn: str, parts: int, at: int
    ) -> int | None:
        """What the carrier takes for a message, in COST_UNITS of a kopeck; None where it named no price."""
        cost = None if self.costs is None else self.costs.part_cost(service, country, operator, msisdn, at)
        return cost if cost is None or service in WITHOUT_PARTS else cost * parts

    def sender_out(self, service: Service, sender: str) -> str:
        """What the link sends in place of this sender; "" for the sender itself."""
        if service is not Service.SMS and goes_as(service, sender) is not Service.SMS:
            return ""
        shown = self.senders.outgoing(sender)[0]
        return "" if shown == sender else shown


class LinkVerdict(NamedTuple):
    link_id: int
    name: str
    fault: str  # why it is left out; "" when it is in the plan
    cost: int | None = None  # of one part, in COST_UNITS of a kopeck
    sender: str = ""  # what the phone will show


class RouteVerdict(NamedTuple):
    name: str
    fault: str  # why it does not decide; "" when it does


class Decision(NamedTuple):
    lane: str  # "" when there is no way
    route: str  # its name; "" when no route decided
    routes: Sequence[RouteVerdict]  # those that were asked, in order
    links: Sequence[LinkVerdict]  # of the route that decided, in order of the plan; those left out behind


NO_WAY: Final = Decision("", "", (), ())


@dataclass(slots=True, eq=False)
class RoutingTable:
    """Routes and terms as they are between two changes; what it remembers is thrown away with it."""

    routes: Sequence[Route] = ()
    links: Mapping[int, LinkTerms] = field(default_factory=dict)
    revision: int = -1  # of the directory when it was read
    _simple: bool = field(init=False)
    _digits: int = field(init=False)
    _timed: bool = field(init=False)
    _lanes: dict[tuple[object, ...], str] = field(init=False, default_factory=dict)
    _common: dict[Service, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.routes = sorted((r for r in self.routes if r.enabled), key=lambda r: (r.position, r.name))
        prefixes = [len(prefix) for route in self.routes for prefix in route.match.prefixes]
        prices = [terms.costs.prefix_length for terms in self.links.values() if terms.costs is not None]
        self._digits = max([*prefixes, *prices], default=0)
        self._timed = any(route.match.hours for route in self.routes)
        # Without routes and without wishes about senders every message of a service has the same way.
        self._simple = not self.routes and not any(terms.senders.strict for terms in self.links.values())

    def common_lane(self, service: Service) -> str:
        """The lane of every message of a service, where no message has another; "" where they have to be asked for."""
        if not self._simple:
            return ""
        found = self._common.get(service)
        if found is None:
            anybody = Ask(service, 0, "", TextClass.SINGLE, "", "", "", 0, 0)
            found = self._common[service] = self.decide(anybody).lane
        return found

    def lane(self, ask: Ask) -> str:
        """The lane of a message; "" when there is no way for it."""
        key = self._key(ask)
        found = self._lanes.get(key)
        if found is None:
            if len(self._lanes) >= _REMEMBERED:
                self._lanes.clear()
            found = self._lanes[key] = self.decide(ask).lane
        return found

    def decide(self, ask: Ask) -> Decision:
        """The same with every reason."""
        asked: list[RouteVerdict] = []
        for route in self.routes:
            fault = route.match.fault(ask)
            if not fault:
                if not route.steps:
                    asked.append(RouteVerdict(route.name, ""))
                    return Decision("", route.name, asked, ())
                verdicts, lane = self._along(route, ask)
                if lane:
                    asked.append(RouteVerdict(route.name, ""))
                    return Decision(lane, route.name, asked, verdicts)
                fault = "; ".join(f"{v.name}: {v.fault}" for v in verdicts) or "no links"
            asked.append(RouteVerdict(route.name, fault))
        verdicts, lane = self._by_priority(ask)
        return Decision(lane, "", asked, verdicts)

    def terms_of(self, link_id: int) -> LinkTerms | None:
        return self.links.get(link_id)

    def _key(self, ask: Ask) -> tuple[object, ...]:
        minute = ask.at // _MINUTE if self._timed else 0
        return (
            ask.service, ask.account_id, ask.sender, ask.text_class, ask.country, ask.operator, ask.part_price,
            ask.msisdn[: self._digits], minute,
        )  # fmt: skip

    def _along(self, route: Route, ask: Ask) -> tuple[list[LinkVerdict], str]:
        verdicts: list[LinkVerdict] = []
        left_out: list[LinkVerdict] = []
        groups: list[Sequence[Member]] = []
        for step in route.steps:
            found = [(member, self._judge(member.link_id, ask, route.margin)) for member in step.members]
            left_out += [verdict for _, verdict in found if verdict.fault]
            good = [(member, verdict) for member, verdict in found if not verdict.fault]
            good, split = _in_order(step, good)
            verdicts += [verdict for _, verdict in good]
            groups += split
        return verdicts + left_out, lane_of_groups(groups)

    def _by_priority(self, ask: Ask) -> tuple[list[LinkVerdict], str]:
        word = ask.word
        serving = sorted(
            (terms for terms in self.links.values() if word in terms.serves),
            key=lambda terms: (terms.priority, terms.id),
        )
        verdicts = [self._judge(terms.id, ask, None) for terms in serving]
        verdicts.sort(key=lambda verdict: bool(verdict.fault))
        refused = [
            verdict.link_id for verdict in verdicts if verdict.fault and self.links[verdict.link_id].enabled
        ]
        if all(verdict.fault for verdict in verdicts) and (refused or (self.links and word not in _WAITS)):
            return verdicts, ""
        return verdicts, lane_of_word(word, refused)

    def _judge(self, link_id: int, ask: Ask, margin: int | None) -> LinkVerdict:
        terms = self.links.get(link_id)
        if terms is None:
            return LinkVerdict(link_id, f"link {link_id}", "there is no such link")
        fault, sender, cost = "", ask.sender, None
        if terms.costs is not None:
            cost = terms.costs.part_cost(ask.service, ask.country, ask.operator, ask.msisdn, ask.at)
        if not terms.enabled:
            fault = "turned off"
        elif terms.unfit and ask.word not in _WAITS:
            fault = terms.unfit
        elif ask.word not in terms.serves:
            fault = f"does not serve {ask.word}"
        else:
            if ask.service is Service.SMS:
                sender, fault = terms.senders.outgoing(ask.sender)
            if not fault and margin is not None and cost is not None:
                earned = ask.part_price * COST_UNITS - cost
                if earned < margin * COST_UNITS:
                    fault = f"earns {_kopecks(earned)} a part, less than {_kopecks(margin * COST_UNITS)}"
        return LinkVerdict(link_id, terms.name, fault, cost, sender)


_Judged = tuple[Member, LinkVerdict]


def _in_order(step: Step, good: list[_Judged]) -> tuple[list[_Judged], list[Sequence[Member]]]:
    """The links of a step in the order in which they are tried, and the groups of the lane that say so."""
    if not step.cheapest:
        return good, [[member for member, _ in good]]
    dearest: Callable[[_Judged], tuple[bool, int]] = lambda each: (each[1].cost is None, each[1].cost or 0)  # noqa: E731
    good.sort(key=dearest)
    return good, [[Member(member.link_id)] for member, _ in good]


def _kopecks(units: int) -> str:
    return f"{units / COST_UNITS / 100:.4f}".rstrip("0").rstrip(".")


NO_ROUTES: Final = RoutingTable()
