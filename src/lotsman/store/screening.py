"""What acceptance has to look up about messages of watched accounts: black and white lists, recent texts.

Called under the lock of the accounts' balances (store/messages.py), so what is decided here no other node can decide
differently at the same time. A group pays one statement for lists and two for recent texts, whatever its size, and
nothing when none of its accounts is watched.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from lotsman.domain.message import Draft
from lotsman.domain.phone_list import INSTALLATION, ListKind
from lotsman.domain.protection import Watch, by_lists, fingerprint, may_loop, turned_down
from lotsman.domain.refusals import Refusal
from lotsman.store.database import Tx
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.tables.protections import recent_texts

_LISTED: Final = Rowset(
    "SELECT v.account_id, v.kind, v.msisdn FROM {v} JOIN phone_lists l "
    "ON l.account_id = v.account_id AND l.kind = v.kind AND l.msisdn = v.msisdn",
    (("account_id", INT), ("kind", INT), ("msisdn", TEXT)),
    yields=("account_id", "kind", "msisdn"),
)
_SEEN: Final = Rowset(
    "SELECT v.account_id, v.fingerprint FROM {v} JOIN recent_texts r "
    "ON r.account_id = v.account_id AND r.fingerprint = v.fingerprint AND r.until > v.at",
    (("account_id", INT), ("fingerprint", INT), ("at", INT)),
    yields=("account_id", "fingerprint"),
)
_REMEMBER: Final = Rowset(
    "INSERT INTO recent_texts (account_id, fingerprint, until) SELECT account_id, fingerprint, until FROM {v} WHERE true "
    "ON CONFLICT (account_id, fingerprint) DO UPDATE SET until = excluded.until",
    (("account_id", INT), ("fingerprint", INT), ("until", INT)),
)


class Watched(NamedTuple):
    """What it has to know of an acceptance."""

    account_id: int
    at: int  # ms
    drafts: Sequence[Draft]
    watch: Watch


class Screening:
    """Of one group: looks up everything at once, then judges one acceptance after another. Each goes by its place."""

    def __init__(self, tx: Tx, watched: Mapping[int, Watched]) -> None:
        self._tx, self._watched = tx, watched
        self._listed: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        for account_id, kind, msisdn in _LISTED.run(tx, _phones(watched.values())):
            self._listed[account_id, kind].add(msisdn)
        self._prints = {place: _fingerprints(item) for place, item in watched.items() if item.watch.loop}
        looked_at = {
            (watched[place].account_id, print_): watched[place].at
            for place, prints in self._prints.items()
            for print_ in prints.values()
        }
        self._seen = {tuple(row) for row in _SEEN.run(tx, [(*key, at) for key, at in looked_at.items()])}
        self._news: dict[tuple[int, int], int] = {}  # -> ms until which it is a loop

    def judge(self, place: int) -> list[Draft]:
        """The drafts, with an error where one may not be sent."""
        account_id, _, drafts, _ = self._watched[place]
        black, white = (
            self._listed[account_id, kind] | self._listed[INSTALLATION, kind]
            for kind in (ListKind.BLACK, ListKind.WHITE)
        )
        judged = by_lists(drafts, black, white)
        here: set[int] = set()
        for number, print_ in self._prints.get(place, {}).items():
            if judged[number].error:
                continue
            if print_ in here or (account_id, print_) in self._seen:
                judged[number] = turned_down(judged[number], Refusal.LOOP_PROTECTION.code)
            here.add(print_)
        return judged

    def accepted(self, place: int, drafts: Sequence[Draft]) -> None:
        """These are being stored: the same again is a loop from now on."""
        account_id, at, _, watch = self._watched[place]
        for number, print_ in self._prints.get(place, {}).items():
            if not drafts[number].error:
                self._seen.add((account_id, print_))
                self._news[account_id, print_] = at + watch.loop

    def remember(self) -> None:
        _REMEMBER.run(self._tx, [(*key, until) for key, until in self._news.items()])


def _phones(items: Collection[Watched]) -> list[tuple[int, int, str]]:
    wanted = {
        (owner, int(kind), draft.msisdn)
        for account_id, _, drafts, watch in items
        for kind, looks in ((ListKind.BLACK, watch.black), (ListKind.WHITE, watch.white))
        if looks
        for owner in (account_id, INSTALLATION)
        for draft in drafts
        if not draft.error
    }
    return sorted(wanted)  # keys in order are found faster


def _fingerprints(item: Watched) -> dict[int, int]:
    """Number of the draft -> fingerprint, of those that can loop."""
    return {number: fingerprint(draft) for number, draft in enumerate(item.drafts) if may_loop(draft)}


def seen_lately(
    connection: sa.Connection, account_id: int, prints: Sequence[int], now: int
) -> frozenset[int]:
    """Those of these fingerprints whose repetition is a loop now: for whoever only asks."""
    r = recent_texts.c
    found: set[int] = set()
    for start in range(0, len(prints), 500):
        some = r.fingerprint.in_(prints[start : start + 500])
        query = sa.select(r.fingerprint).where(r.account_id == account_id, some, r.until > now)
        found.update(connection.execute(query).scalars())
    return frozenset(found)
