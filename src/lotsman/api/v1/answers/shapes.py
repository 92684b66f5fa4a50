"""The five shapes of an API-1 answer. An operation returns one of them and never sees a format.

Rule 1: every value is text already, money with two decimals: API-1 has no numbers, in JSON neither.
Rule 2: what one format does differently is said here as data, so that no renderer asks for an operation's name.
Rule 3: names and columns are ours, hence plain words; values may hold anything.
"""

from collections.abc import Sequence
from typing import NamedTuple

from lotsman.domain.refusals import Refusal

Pairs = Sequence[tuple[str, str]]


class Scalar(NamedTuple):
    """balance, cost"""

    name: str
    value: str


class Record(NamedTuple):
    """account info"""

    name: str
    headline: str  # text only
    fields: Pairs
    value: str  # what format=v says


class Listing(NamedTuple):
    """send, check, inbound, senders"""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]  # in the order of the columns; longer where they have one of `tails`
    value: str  # what format=v says
    headline: str = ""  # text only
    totals: Pairs = ()  # xml: attributes of the root; json: keys behind the rows
    trailer: Pairs = ()  # json only, last
    body: str = ""  # xml: this column is the text of the element, not an attribute
    quoted: frozenset[str] = frozenset()  # text: these columns stand in quotes, needed or not
    # xml and json: what only some rows have behind their columns; the length of a row says which. No two are equally long
    tails: tuple[tuple[str, ...], ...] = ()
    element: str = "sms"  # xml: what a row is called
    plain: str | None = None  # text: the whole answer, where it is not the rows


class Registered(NamedTuple):
    """add_sender, add_template: it waits for the operator"""

    name: str
    headline: str  # text: all that is said
    fields: Pairs
    value: str  # what format=v says


class Failure(NamedTuple):
    refusal: Refusal


Answer = Scalar | Record | Listing | Registered | Failure
