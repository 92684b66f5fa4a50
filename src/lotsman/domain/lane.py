"""A lane: the queue that a message waits in, named by the plan of its way.

    sms            every link that serves SMS, by priority
    sms-7          the same without link 7, which passed the message on
    7*70,8*30|9    links 7 and 8, sharing 70 to 30; link 9 while neither of them can take anything

Rule 1: whoever reads a lane needs to know nothing else, so what waits keeps its way whatever becomes of the routes.
Rule 2: a message that a link passed on changes its lane: which links had it is never kept anywhere else.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from lotsman.domain.service import Service

SMS: Final = "sms"
HLR: Final = "hlr"
HLR_VIP: Final = "hlrvip"
PING: Final = "ping"
VOICE: Final = "voice"
FLASHCALL: Final = "flashcall"
VIBER: Final = "viber"
VIBER_SMS: Final = "vibersms"
EMULATOR: Final = "emulator"  # the queue of test=1: never leaves the house

# What a link says that it carries.
WORDS: Final = (SMS, HLR, HLR_VIP, PING, VOICE, FLASHCALL, VIBER, VIBER_SMS)
LOOKUPS: Final = frozenset({HLR, HLR_VIP, PING})
MESSENGERS: Final = frozenset({VIBER, VIBER_SMS})
WORD_OF: Final = {
    Service.SMS: SMS,
    Service.TWO_WAY: SMS,
    Service.HLR: HLR,
    Service.HLR_VIP: HLR_VIP,
    Service.PING: PING,
    Service.VOICE: VOICE,
    Service.FLASHCALL: FLASHCALL,
    Service.VIBER: VIBER,
    Service.VIBER_SMS: VIBER_SMS,
}
_MOST_WEIGHT: Final = 1_000


class Member(NamedTuple):
    link_id: int
    weight: int = 1


Group = tuple[Member, ...]


class Plan(NamedTuple):
    """Either a word and who is left out, or groups: the first with a link that can take anything is used."""

    word: str
    without: frozenset[int]
    groups: tuple[Group, ...]


@lru_cache(maxsize=4096)
def plan_of(lane: str) -> Plan:
    """Raises ValueError for what is no lane."""
    if not lane[:1].isdigit():
        word, *without = lane.split("-")
        if word not in WORDS and word != EMULATOR:
            raise ValueError(f"no lane {lane!r}")
        return Plan(word, frozenset(map(int, without)), ())
    groups = tuple(tuple(map(_member, group.split(","))) for group in lane.split("|"))
    return Plan("", frozenset(), groups)


def lane_of_word(word: str, without: Sequence[int] = ()) -> str:
    return "-".join([word, *map(str, sorted(without))])


def lane_of_groups(groups: Sequence[Sequence[Member]]) -> str:
    """The lane of an explicit plan; "" for one without links."""
    return "|".join(",".join(map(_written, group)) for group in groups if group)


def passed_on(lane: str, link_id: int) -> str:
    """The lane of a message that this link will not take; "" when no link is left in it."""
    plan = plan_of(lane)
    if plan.word:
        return lane_of_word(plan.word, [*plan.without, link_id])
    return lane_of_groups([[m for m in group if m.link_id != link_id] for group in plan.groups])


def _member(text: str) -> Member:
    link_id, _, weight = text.partition("*")
    member = Member(int(link_id), int(weight or 1))
    if not 1 <= member.weight <= _MOST_WEIGHT:
        raise ValueError(f"a weight is 1 to {_MOST_WEIGHT}, not {weight}")
    return member


def _written(member: Member) -> str:
    return str(member.link_id) if member.weight == 1 else f"{member.link_id}*{member.weight}"
