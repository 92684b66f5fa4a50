"""An E.164 number -> its country and its network, as far as numbering plans tell. None: no such number exists.

Strategy: +7 is cut once into adjoining intervals, each owned by one Place: our own prefixes first, the official ranges
painted over them, what neither covers left to nobody. A lookup is one bisection. Everything nobody owns (all other
countries, landlines of Russia and Kazakhstan) is asked of libphonenumber, which costs twenty times more, and remembered.

Rule 1: the plan of a Numbering never changes: a new file means a new Numbering. `ported` is others' to keep.
Rule 2: whether a number is valid may hang on its very last digit, so an answer is remembered for that one number.
Only mobile numbers, and all of +1, answer for their neighbours too: no country tells these apart by the last two digits.
Rule 3: a Russian mobile number is never None: codes are opened faster than files are updated.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Literal, NamedTuple, TypeVar

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneNumber,
    PhoneNumberType,
    number_type,
    region_code_for_number,
)

from lotsman.domain import russia
from lotsman.domain.def_plan import PlanRange
from lotsman.domain.msisdn import LONGEST, SHORTEST
from lotsman.domain.russia import Kind

Source = Literal["plan", "def", "library", "hlr", "receipt"]

NOWHERE = "ZZ"  # satellite and other numbers of no country (ISO 3166-1 user-assigned)


class Place(NamedTuple):
    country: str  # ISO 3166-1 alpha-2
    operator: str  # upper-case Latin, "" when not known
    mccmnc: str  # "25001", "" when not known
    source: Source  # our own prefixes, the imported official file, libphonenumber; what was learned of that number
    kind: Kind  # can it receive an SMS


class Numbering:
    def __init__(self, ranges: Iterable[PlanRange] = ()) -> None:
        self._owners = _Owners()
        self._starts, self._owner_at = _flattened(_layers(self._owners, ranges))
        self._places = self._owners.places
        self._by_number: dict[str, Place | None] = {}
        self._by_neighbour: dict[str, Place] = {}
        self.ported: dict[str, Place] = {}  # numbers that are not where the plan says (portability.py)

    def place(self, msisdn: str) -> Place | None:
        """Takes what msisdn.parse returned."""
        return self.ported.get(msisdn) or self.planned(msisdn)

    def planned(self, msisdn: str) -> Place | None:
        """What the plans alone say."""
        try:
            number = int(msisdn)
        except ValueError:
            return None
        if _FIRST_OF_7 <= number <= _LAST_OF_7:
            owned = self._places[self._owner_at[bisect_right(self._starts, number) - 1]]
            if owned is not None:
                return owned
        return self._remembered(msisdn)

    def __len__(self) -> int:
        return len(self._starts)

    def _remembered(self, msisdn: str) -> Place | None:
        neighbours = msisdn[:-2]  # keeps the length: always two digits shorter than the number
        place = self._by_neighbour.get(neighbours)
        if place is not None:
            return place
        try:
            return self._by_number[msisdn]
        except KeyError:
            pass
        place = ask_library(msisdn)
        if place is not None and (place.kind == "mobile" or msisdn[0] == "1"):
            _remember(self._by_neighbour, neighbours, place)
        else:
            _remember(self._by_number, msisdn, place)
        return place


def ask_library(msisdn: str) -> Place | None:
    """Without any memory: about 10 µs."""
    if not (SHORTEST <= len(msisdn) <= LONGEST and msisdn.isascii() and msisdn.isdecimal()):
        return None
    number = _as_library_number(msisdn)
    region = region_code_for_number(number) if number is not None else None
    if number is None or region is None:
        return None
    kind = number_type(number)
    if kind == PhoneNumberType.UNKNOWN:  # which is how the library says: not a valid number
        return None
    if len(region) != len(NOWHERE):  # "001", a code shared by the whole world
        region = NOWHERE
    return Place(region, "", "", "library", _KINDS.get(kind, "unknown"))


_FIRST_OF_7, _LAST_OF_7 = 70_000_000_000, 79_999_999_999
_REMEMBERED = 20_000  # entries in each memory, about 3 MB together; a full one starts over

_KINDS: dict[int, Kind] = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.TOLL_FREE: "fixed",
    PhoneNumberType.PREMIUM_RATE: "fixed",
    PhoneNumberType.SHARED_COST: "fixed",
    PhoneNumberType.UAN: "fixed",
    PhoneNumberType.VOICEMAIL: "fixed",
    # unknown: FIXED_LINE_OR_MOBILE (all of +1), VOIP, PAGER, PERSONAL_NUMBER
}


def _as_library_number(msisdn: str) -> PhoneNumber | None:
    # Built and not parsed: parsing forgives a national 0 after the country code (44 0 20 …), a carrier does not.
    for width in (1, 2, 3):
        country_code = int(msisdn[:width])
        if country_code in COUNTRY_CODE_TO_REGION_CODE:
            national = msisdn[width:]
            zeros = len(national) - len(national.lstrip("0"))
            return PhoneNumber(
                country_code=country_code,
                national_number=int(national),
                italian_leading_zero=zeros > 0 or None,  # Italy is not alone in keeping them
                number_of_leading_zeros=zeros if zeros > 1 else None,
            )
    return None


_Answer = TypeVar("_Answer")


def _remember(memory: dict[str, _Answer], key: str, value: _Answer) -> None:
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value


_Interval = tuple[int, int, int]  # first number, last number, owner
_NOBODY = 0


class _Owners:
    """Places by a small number; 0 is nobody."""

    def __init__(self) -> None:
        self.places: list[Place | None] = [None]
        self._numbers: dict[Place, int] = {}

    def number(self, country: str, operator: str, source: Source, kind: Kind) -> int:
        place = Place(country, operator, russia.mccmnc_of(country, operator), source, kind)
        known = self._numbers.get(place)
        if known is None:
            known = self._numbers[place] = len(self.places)
            self.places.append(place)
        return known


def _layers(owners: _Owners, ranges: Iterable[PlanRange]) -> list[_Interval]:
    painted: list[_Interval] = []
    by_length = sorted(russia.prefixes(), key=lambda row: (len(row.digits), row.digits))
    for _, rows in groupby(by_length, key=lambda row: len(row.digits)):
        painted = _paint(painted, [_of_prefix(row, owners) for row in rows])
    return _paint(painted, list(_of_ranges(ranges, owners)))


def _of_prefix(row: russia.Prefix, owners: _Owners) -> _Interval:
    size = 10 ** (11 - len(row.digits))
    start = int(row.digits) * size
    return start, start + size - 1, owners.number(row.country, row.operator, "plan", row.kind)


def _of_ranges(ranges: Iterable[PlanRange], owners: _Owners) -> Iterator[_Interval]:
    """In order and disjoint: where two overlap, the one that starts earlier keeps what it has."""
    free_from = _FIRST_OF_7
    for start, end, operator, _region in sorted(ranges):
        first, last = max(start, free_from), min(end, _LAST_OF_7)
        if first <= last:
            kind: Kind = "mobile" if first >= _FIRST_MOBILE else "fixed"
            yield first, last, owners.number("RU", operator, "def", kind)
            free_from = last + 1


_FIRST_MOBILE = 79_000_000_000


def _paint(under: list[_Interval], over: list[_Interval]) -> list[_Interval]:
    """Both in order and disjoint, and so is the result: all of `over`, and of `under` what is still seen."""
    seen: list[_Interval] = []
    below = iter(under)
    rest = next(below, None)
    for start, end, owner in over:
        while rest is not None and rest[0] <= end:
            if rest[0] < start:
                seen.append((rest[0], min(rest[1], start - 1), rest[2]))
            if rest[1] > end:
                rest = (end + 1, rest[1], rest[2])
                break
            rest = next(below, None)
        seen.append((start, end, owner))
    if rest is not None:
        seen += [rest, *below]
    return seen


def _flattened(intervals: list[_Interval]) -> tuple["array[int]", "array[int]"]:
    """Where each owner begins: 12 bytes an interval. A gap begins with nobody, equal neighbours become one."""
    starts, owners = array("Q", [0]), array("I", [_NOBODY])
    free_from = 0
    for start, end, owner in intervals:
        if start > free_from and owners[-1] != _NOBODY:
            starts.append(free_from)
            owners.append(_NOBODY)
        if owner != owners[-1]:
            starts.append(start)
            owners.append(owner)
        free_from = end + 1
    starts.append(free_from)
    owners.append(_NOBODY)
    return starts, owners
