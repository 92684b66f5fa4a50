"""The only writer of message state: state, history, refund and callback move together, or not at all.

Rule 1: nobody else assigns messages.state after acceptance (tests/architecture checks it).
Rule 2: a move names the state it believes in, and nearly always that is so. When any of a group is not, the whole group
is rolled back and run again carefully: the states are read and held first, and the life cycle is asked about them. So
two writers can never both move a message, and the usual case is one statement.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

from lotsman.domain.fallback import Way
from lotsman.domain.lane import EMULATOR
from lotsman.domain.ledger import EntryKind, LedgerEntry
from lotsman.domain.lifecycle import Effect, Event, State, history_line, step
from lotsman.domain.message import RECEIPT_GRACE
from lotsman.store.callbacks import Change, tell
from lotsman.store.database import Misjudged, Tx
from lotsman.store.fallbacks import surpluses, took_other_way
from lotsman.store.ledger import post
from lotsman.store.rowset import INT, TEXT, Rowset


class Move(NamedTuple):
    """An event of one message, as its witness saw it."""

    message_id: int
    event: Event
    at: int  # ms
    believed: State  # the state it is thought to be in; may be wrong
    error: int = 0  # a Refusal code
    detail: str = ""
    due_at: int = 0  # PUT_BACK: not before
    timed: bool = False  # only time caused it: of no account if the message moved meanwhile; time asks again
    holder: int | None = None  # the node that must still hold it: nobody puts back what another has in hand
    tells: bool = False  # its owner wants to be told
    has_two_ways: bool = False  # a messenger and SMS; it was charged for the dearer one (domain/fallback.py)
    way: Way | None = None  # by which it ended; None: by the one that it was on


_MOVE: Final = Rowset(
    f"""UPDATE messages SET state = v.after, error = v.error, modified_at = v.at, node_id = NULL,
        history = CASE WHEN v.after >= 10 OR length(history) < 4000 THEN history || v.line ELSE history END,
        due_at = CASE WHEN v.after >= 10 THEN NULL WHEN v.after = {State.ACCEPTED:d} THEN v.due
            ELSE expires_at + {RECEIPT_GRACE} END
        FROM {{v}} WHERE messages.id = v.id AND messages.state = v.before
        AND (v.holder IS NULL OR messages.node_id = v.holder)""",
    (
        ("id", INT), ("before", INT), ("after", INT), ("error", INT), ("at", INT), ("due", INT), ("line", TEXT),
        ("holder", INT),
    ),
)  # fmt: skip
_OTHER_WAY: Final = Rowset(
    """UPDATE messages SET lane = f.lane, sender = f.sender, sender_out = '' FROM {v} JOIN fallbacks f ON f.message_id = v.id
    WHERE messages.id = v.id""",
    (("id", INT),),
)
_NOTE: Final = Rowset(
    "UPDATE messages SET history = history || v.line FROM {v} WHERE messages.id = v.id AND length(history) < 4000",
    (("id", INT), ("line", TEXT)),
)
_STATE: Final = ("id", "state", "node_id")
_STATES: Final = Rowset(
    "SELECT m.id, m.state, m.node_id FROM {v} JOIN messages m ON m.id = v.id", (("id", INT),), yields=_STATE
)
_STATES_LOCKED: Final = Rowset(
    "SELECT m.id, m.state, m.node_id FROM {v} JOIN messages m ON m.id = v.id ORDER BY m.id FOR UPDATE OF m",
    (("id", INT),),
    yields=_STATE,
)
_CHARGED: Final = Rowset(
    f"""SELECT m.id, m.account_id, m.price FROM {{v}} JOIN messages m ON m.id = v.id
    WHERE m.price > 0 AND m.lane <> '{EMULATOR}'""",
    (("id", INT),),
    yields=("id", "account_id", "price"),
)


def move(tx: Tx, moves: Sequence[Move]) -> dict[int, State]:
    """Make the moves that the life cycle allows; returns what each moved message became.

    A message may appear once. Moves that the life cycle does not know are noted in the history and change nothing.
    """
    if tx.careful:
        moves = _as_it_is(tx, moves)
    rows: list[tuple[Any, ...]] = []
    became: dict[int, State] = {}
    refunded: dict[int, Move] = {}
    told: list[Change] = []
    rerouted: list[int] = []
    settled: dict[int, tuple[int, Way | None]] = {}
    for m in moves:
        made = step(m.believed, m.event)
        if made is None:
            raise Misjudged
        line = history_line(m.at, m.event.name, made.after, m.detail)
        rows.append((m.message_id, m.believed, made.after, m.error, m.at, m.due_at or m.at, line, m.holder))
        became[m.message_id] = made.after
        if Effect.REFUND in made.effect:
            refunded[m.message_id] = m
        if m.has_two_ways:
            if Effect.SETTLE in made.effect:
                settled[m.message_id] = (m.at, m.way)
            if Effect.REROUTE in made.effect:
                rerouted.append(m.message_id)
        if m.tells and Effect.CALLBACK in made.effect:
            told.append(Change(m.message_id, made.after, m.error, m.at))
    rows.sort(key=_by_id)
    if _MOVE.count(tx, rows) != len(rows):
        raise Misjudged
    if refunded:
        _refund(tx, refunded)
    if settled and (entries := surpluses(tx, settled)):
        post(tx, entries)
    if rerouted:
        _OTHER_WAY.run(tx, [(message_id,) for message_id in sorted(rerouted)])
        took_other_way(tx, rerouted)
    if told:
        tell(tx, told)
    return became


_by_id: Final = itemgetter(0)


def _as_it_is(tx: Tx, moves: Sequence[Move]) -> list[Move]:
    """The moves as the states really are; those that make no step any more are only noted."""
    ids = sorted((m.message_id,) for m in moves)
    found = (_STATES if tx.sqlite else _STATES_LOCKED).run(tx, ids)
    states = {message_id: state for message_id, state, _ in found}
    holders = {message_id: node_id for message_id, _, node_id in found}
    real = [
        m._replace(believed=State(states[m.message_id]))
        for m in moves
        if m.message_id in states and not (m.timed and states[m.message_id] != m.believed)
    ]
    possible = [
        m for m in real if step(m.believed, m.event) is not None and m.holder in {None, holders[m.message_id]}
    ]
    kept = {m.message_id for m in possible}
    _note(tx, [m for m in real if m.message_id not in kept])
    return possible


def _note(tx: Tx, moves: Sequence[Move]) -> None:
    """Events that came too late or twice: kept in the history, so that nobody has to guess."""
    lines = [
        (m.message_id, history_line(m.at, f"ignored:{m.event.name}", m.believed, m.detail)) for m in moves
    ]
    _NOTE.run(tx, lines)


def _refund(tx: Tx, moves: dict[int, Move]) -> None:
    charged = _CHARGED.run(tx, [(message_id,) for message_id in sorted(moves)])
    entries = [
        LedgerEntry(
            EntryKind.REFUND, message_id, account_id, moves[message_id].at, price, moves[message_id].detail
        )
        for message_id, account_id, price in charged
    ]
    if entries:
        post(tx, entries)
