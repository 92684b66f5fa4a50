"""Receipts: find the part, store its end, move its message. One that matches nothing is kept until it does.

A receipt may come before the response of its submit, twice, on another bind, with its id in another form, or with an
id that the carrier gives to everything. So it is looked for in this order: a taken part with that id and phone; a part
with another form of that id and that phone; the only part with that very id, whatever the phone; a message in doubt on
that link to that phone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from lotsman.domain.fallback import Way
from lotsman.domain.lifecycle import Event, State
from lotsman.domain.parts import MESSENGER, WHOLE, PartState, fold_receipts, of_receipt, part_of_whole
from lotsman.domain.receipt import Receipt, found_in, kept
from lotsman.domain.service import Service
from lotsman.domain.smsc_id import Match, candidates, compare
from lotsman.store.database import Tx, unit
from lotsman.store.fallbacks import may_fall_back
from lotsman.store.lookups import Finding, keep, refused
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.steps import Move, move


class _Found(NamedTuple):
    message_id: int
    part: int
    parts: int
    state: State
    tells: bool
    has_two_ways: bool  # domain/fallback.py
    match: Match = Match.AS_WRITTEN


class _Candidate(NamedTuple):
    """A part whose id may be the one that a receipt means."""

    n: int
    message_id: int
    part: int
    parts: int
    state: int
    part_state: int
    smsc_id: str
    msisdn: str
    tells: int
    has_two_ways: int


_WANTED: Final = (("n", INT), ("link_id", INT), ("smsc_id", TEXT), ("msisdn", TEXT))
_OF_ALL: Final = f"CASE WHEN p.part IN ({WHOLE}, {MESSENGER}) THEN 1 ELSE m.parts END AS parts"
_TWO_WAYS: Final = f"m.service = {Service.VIBER_SMS:d} AS has_two_ways"
_EXACT: Final = Rowset(
    f"""SELECT v.n AS n, p.message_id AS message_id, p.part AS part, {_OF_ALL}, m.state AS state,
        m.callback <> '' AS tells, {_TWO_WAYS} FROM {{v}}
    JOIN parts p ON p.smsc_id = v.smsc_id AND p.link_id = v.link_id JOIN messages m ON m.id = p.message_id
    WHERE p.state = {PartState.TAKEN:d} AND m.msisdn = v.msisdn ORDER BY v.n, p.message_id, p.part""",
    _WANTED,
    yields=("n", "message_id", "part", "parts", "state", "tells", "has_two_ways"),
)
_ANY_FORM: Final = Rowset(
    f"""SELECT v.n AS n, p.message_id AS message_id, p.part AS part, {_OF_ALL}, m.state AS state,
        p.state AS part_state, p.smsc_id AS smsc_id, m.msisdn AS msisdn, m.callback <> '' AS tells, {_TWO_WAYS}
    FROM {{v}}
    JOIN parts p ON p.smsc_id = v.smsc_id AND p.link_id = v.link_id JOIN messages m ON m.id = p.message_id
    ORDER BY v.n, p.state, p.message_id, p.part""",
    _WANTED,
    yields=(
        "n",
        "message_id",
        "part",
        "parts",
        "state",
        "part_state",
        "smsc_id",
        "msisdn",
        "tells",
        "has_two_ways",
    ),
)
_IN_DOUBT: Final = Rowset(
    f"""SELECT v.n AS n, m.id AS id, m.parts AS parts, m.service AS service, m.sender AS sender, m.callback <> '' AS tells
    FROM {{v}} JOIN messages m ON m.link_id = v.link_id AND m.msisdn = v.msisdn
    WHERE m.state = {State.UNCERTAIN:d} AND m.due_at IS NOT NULL AND m.state <> 2 AND m.created_at <= v.at ORDER BY v.n, m.id""",
    (("n", INT), ("link_id", INT), ("msisdn", TEXT), ("at", INT)),
    yields=("n", "id", "parts", "service", "sender", "tells"),
)
_PARTS_OF: Final = Rowset(
    f"""SELECT p.message_id AS message_id, p.part AS part, p.state AS state, p.error AS error, m.parts AS parts,
        m.state AS message_state, m.callback <> '' AS tells, p.smsc_id AS smsc_id, {_TWO_WAYS} FROM {{v}}
    JOIN parts p ON p.message_id = v.id JOIN messages m ON m.id = v.id WHERE p.part BETWEEN 1 AND m.parts""",
    (("id", INT),),
    yields=(
        "message_id",
        "part",
        "state",
        "error",
        "parts",
        "message_state",
        "tells",
        "smsc_id",
        "has_two_ways",
    ),
)
_END_PART: Final = Rowset(
    f"""UPDATE parts SET state = v.state, error = v.error, carrier_error = v.carrier_error, done_at = v.at FROM {{v}}
    WHERE parts.message_id = v.message_id AND parts.part = v.part AND parts.state = {PartState.TAKEN:d}""",
    (
        ("message_id", INT),
        ("part", INT),
        ("state", INT),
        ("error", INT),
        ("carrier_error", TEXT),
        ("at", INT),
    ),
)
_NEW_PART: Final = Rowset(
    """INSERT INTO parts (message_id, part, link_id, smsc_id, state, error, carrier_error, taken_at, done_at)
    SELECT message_id, part, link_id, smsc_id, state, error, carrier_error, at, at FROM {v} WHERE true
    ON CONFLICT (message_id, part) DO NOTHING""",
    (
        ("message_id", INT), ("part", INT), ("link_id", INT), ("smsc_id", TEXT), ("state", INT), ("error", INT),
        ("carrier_error", TEXT), ("at", INT),
    ),
)  # fmt: skip
_STRAY_COLUMNS: Final = (
    ("link_id", INT), ("smsc_id", TEXT), ("msisdn", TEXT), ("state", INT), ("error", INT), ("carrier_error", TEXT), ("at", INT),
    ("attributes", TEXT), ("whole", INT),
)  # fmt: skip
_STRAY: Final = "link_id, smsc_id, msisdn, state, error, carrier_error, received_at, attributes, whole"
_KEEP_STRAY: Final = Rowset(
    f"""INSERT INTO stray_receipts ({_STRAY})
    SELECT link_id, smsc_id, msisdn, state, error, carrier_error, at, attributes, whole FROM {{v}} WHERE true
    ON CONFLICT (link_id, smsc_id, msisdn) DO NOTHING""",
    _STRAY_COLUMNS,
)
_STRAYS_BY_ID: Final = Rowset(
    f"""DELETE FROM stray_receipts WHERE (link_id, smsc_id) IN (SELECT link_id, smsc_id FROM {{v}})
    RETURNING {_STRAY}""",
    (("link_id", INT), ("smsc_id", TEXT)),
    returning=True,
)
_STRAYS_BY_PHONE: Final = Rowset(
    f"""DELETE FROM stray_receipts WHERE (link_id, msisdn) IN (SELECT link_id, msisdn FROM {{v}})
    RETURNING {_STRAY}""",
    (("link_id", INT), ("msisdn", TEXT)),
    returning=True,
)


@unit(order=30)
def record_receipts(tx: Tx, items: Sequence[Receipt]) -> list[Match]:
    """Store what became of parts; Match.NONE for a receipt that matched nothing and was kept as a stray."""
    matched, _ = _record(tx, items)
    _keep_strays(tx, [item for item, known in zip(items, matched, strict=True) if not known])
    return matched


def adopt_strays(
    tx: Tx, taken: Sequence[tuple[int, str, str]], in_doubt: Sequence[tuple[int, str]]
) -> dict[int, State]:
    """Receipts that came too early, matched with parts (link, smsc id, phone) and doubts (link, phone) just stored."""
    tx.cursor.execute("SELECT 1 FROM stray_receipts LIMIT 1")
    if tx.cursor.fetchone() is None:
        return {}
    forms = sorted({(link_id, form) for link_id, smsc_id, _ in taken for form in candidates(smsc_id)})
    rows = _STRAYS_BY_ID.run(tx, forms) + _STRAYS_BY_PHONE.run(tx, sorted(set(in_doubt)))
    strays = [
        Receipt(
            link_id,
            smsc_id,
            msisdn,
            PartState(state),
            error,
            why,
            at,
            found_in(found),
            bool(whole),
        )
        for link_id, smsc_id, msisdn, state, error, why, at, found, whole in rows
    ]
    matched, became = _record(tx, strays)
    _keep_strays(tx, [stray for stray, known in zip(strays, matched, strict=True) if not known])
    return became


def _keep_strays(tx: Tx, strays: Sequence[Receipt]) -> None:
    _KEEP_STRAY.run(tx, [(*s[:7], kept(s.found) if s.found else "", int(s.whole)) for s in strays])


def settle(tx: Tx, message_ids: Iterable[int], at: int) -> dict[int, State]:
    """Move messages of several parts as far as their receipts allow.

    A part without an id of its own went out in the submit of another one (message_payload) and shares its fate.
    """
    states_of: dict[int, list[PartState]] = {}
    shared: Counter[int] = Counter()
    facts: dict[int, tuple[int, State, int, bool, bool]] = {}
    for message_id, _, state, error, expected, message_state, tells, smsc_id, two_ways in _PARTS_OF.run(
        tx, sorted((i,) for i in set(message_ids))
    ):
        if state == PartState.TAKEN and not smsc_id:
            shared[message_id] += 1
        else:
            states_of.setdefault(message_id, []).append(PartState(state))
        worst = max(error, facts[message_id][2]) if message_id in facts else error
        facts[message_id] = (expected, State(message_state), worst, bool(tells), bool(two_ways))
    moves = []
    turned_down = refused(tx, [(message_id, error) for message_id, (_, _, error, *_) in facts.items()])
    for message_id, states in states_of.items():
        expected, message_state, error, tells, two_ways = facts[message_id]
        event = fold_receipts(states, expected - shared[message_id])
        if event is Event.RECEIPT_BAD and message_id in turned_down:
            event = Event.ANSWER_REFUSED
        if event is not None:
            moves.append(
                Move(
                    message_id,
                    event,
                    at,
                    message_state,
                    0 if event is Event.RECEIPT_GOOD else error,
                    tells=tells,
                    has_two_ways=two_ways,
                    way=Way.SMS,
                )
            )
    return move(tx, moves) if moves else {}


def _record(tx: Tx, items: Sequence[Receipt]) -> tuple[list[Match], dict[int, State]]:
    if not items:
        return [], {}
    found, repeated = _find(tx, items)
    _keep_findings(tx, [(f.message_id, item) for item, f in _pairs(items, found)])
    ends = [(f.message_id, f.part, i.state, i.error, i.carrier_error, i.at) for i, f in _pairs(items, found)]
    _END_PART.run(tx, ends)
    ended = _pairs(items, found)
    several = [f.message_id for _, f in ended if f.parts > 1]
    moves = _moves(tx, [(item, f) for item, f in ended if f.parts == 1])
    became = move(tx, moves) if moves else {}
    if several:
        became |= settle(tx, several, items[0].at)
    rest = [n for n in range(len(items)) if n not in found and n not in repeated]
    doubted, settled = _settle_doubts(tx, items, rest)
    matches = {n: f.match for n, f in found.items()} | repeated | dict.fromkeys(doubted, Match.BY_PHONE)
    return [matches.get(n, Match.NONE) for n in range(len(items))], became | settled


def _moves(tx: Tx, ended: Sequence[tuple[Receipt, _Found]]) -> list[Move]:
    """What messages do whose only part has ended, or the part that stands for all."""
    moves: dict[int, Move] = {}
    turned_down = refused(tx, [(f.message_id, item.error) for item, f in ended])
    lost = [
        f.message_id for item, f in ended if f.part == MESSENGER and item.state is not PartState.DELIVERED
    ]
    falling = may_fall_back(tx, lost)
    for item, f in ended:
        event, error = Event.RECEIPT_GOOD, item.error
        if item.state is not PartState.DELIVERED:
            event = of_receipt(item.state, item.error)
            if f.message_id in turned_down:
                event = Event.ANSWER_REFUSED
            if f.part == MESSENGER:
                if f.message_id not in falling:  # an SMS it is already
                    continue
                event, error = Event.FALL_BACK, 0
            if f.message_id in moves:  # by its other way it has arrived
                continue
        way = Way.MESSENGER if f.part == MESSENGER else Way.SMS
        moves[f.message_id] = Move(
            f.message_id, event, item.at, f.state, error, item.carrier_error, tells=f.tells,
            has_two_ways=f.has_two_ways, way=way,
        )  # fmt: skip
    return list(moves.values())


def _keep_findings(tx: Tx, receipts: Sequence[tuple[int, Receipt]]) -> None:
    findings = [Finding(message_id, item.found, item.at) for message_id, item in receipts if item.found]
    if findings:
        keep(tx, findings)


def _pairs(items: Sequence[Receipt], found: dict[int, _Found]) -> list[tuple[Receipt, _Found]]:
    return [(items[n], f) for n, f in found.items()]


def _find(tx: Tx, items: Sequence[Receipt]) -> tuple[dict[int, _Found], dict[int, Match]]:
    """By index: the open part that each receipt ends; and the receipts whose part has ended already."""
    found: dict[int, _Found] = {}
    used: set[tuple[int, int]] = set()
    wanted = [(n, item.link_id, item.smsc_id, item.msisdn) for n, item in enumerate(items)]
    for n, message_id, part, count, state, tells, two_ways in _EXACT.run(tx, wanted):
        if n not in found and (message_id, part) not in used:
            used.add((message_id, part))
            found[n] = _Found(message_id, part, count, State(state), bool(tells), bool(two_ways))
    if len(found) == len(items):
        return found, {}
    other = [
        (n, link_id, form, msisdn)
        for n, link_id, smsc_id, msisdn in wanted
        if n not in found
        for form in candidates(smsc_id)
        if form
    ]
    repeated: dict[int, Match] = {}
    for n, rows in groupby(_ANY_FORM.run(tx, other), itemgetter(0)):
        own, open_ = _plausible(items[n], [_Candidate(*row) for row in rows], used)
        if open_ is not None:
            used.add((open_.message_id, open_.part))
            match = compare(open_.smsc_id, items[n].smsc_id)
            found[n] = _Found(
                open_.message_id, open_.part, open_.parts, State(open_.state), bool(open_.tells),
                bool(open_.has_two_ways), match,
            )  # fmt: skip
        elif own is not None:
            repeated[n] = compare(own.smsc_id, items[n].smsc_id)
    return found, repeated


def _plausible(
    item: Receipt, rows: Sequence[_Candidate], used: set[tuple[int, int]]
) -> tuple[_Candidate | None, _Candidate | None]:
    """A part of this phone that had that id, and the first plausible part that is open.

    A number in one form is another number in another, so another form counts for the same phone only. Some carriers
    write the phone otherwise: then the id must be the very same, and of one part only. Those that do not write it at all
    are believed by the very id.
    """
    own = [
        row for row in rows if row.msisdn == item.msisdn or (not item.msisdn and row.smsc_id == item.smsc_id)
    ]
    alike = own or [row for row in rows if row.smsc_id == item.smsc_id]
    if not own and len(alike) != 1:
        return None, None
    free = (
        row for row in alike if row.part_state == PartState.TAKEN and (row.message_id, row.part) not in used
    )
    return own[0] if own else None, next(free, None)


def _settle_doubts(
    tx: Tx, items: Sequence[Receipt], unmatched: Sequence[int]
) -> tuple[set[int], dict[int, State]]:
    """A receipt with an unknown id, for a phone that a message in doubt went to on that link: it is that message's."""
    if not unmatched:
        return set(), {}
    wanted = [(n, items[n].link_id, items[n].msisdn, items[n].at) for n in unmatched]
    doubts: list[Any] = _IN_DOUBT.run(tx, wanted)
    have: dict[int, set[int]] = {}
    for row in _PARTS_OF.run(tx, sorted({(row[1],) for row in doubts})):
        have.setdefault(row[0], set()).add(row[1])
    settled: set[int] = set()
    rows, receipts, whole = [], [], []
    for n, message_id, expected, service, sender, tells in doubts:
        item = items[n]
        had = have.setdefault(message_id, set())
        if item.whole:
            wanted_parts: Iterable[int] = (part_of_whole(Service(service), sender, expected),)
        else:
            wanted_parts = range(1, expected + 1)
        missing = next((part for part in wanted_parts if part not in had), None)
        if n in settled or missing is None:
            continue
        had.add(missing)
        settled.add(n)
        receipts.append((message_id, item))
        if item.whole:
            two_ways = service == Service.VIBER_SMS
            whole.append((item, _Found(message_id, missing, 1, State.UNCERTAIN, bool(tells), two_ways)))
        rows.append(
            (
                message_id,
                missing,
                item.link_id,
                item.smsc_id,
                item.state,
                item.error,
                item.carrier_error,
                item.at,
            )
        )
    _NEW_PART.run(tx, rows)
    _keep_findings(tx, receipts)
    moves = _moves(tx, whole)
    became = move(tx, moves) if moves else {}
    in_parts = {row[0] for row in rows} - {f.message_id for _, f in whole}
    return settled, became | (settle(tx, in_parts, items[0].at) if in_parts else {})
