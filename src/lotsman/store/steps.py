"""The only writer of message state: state, history and refund move together, or not at all.

Rule 1: nobody else assigns messages.state after acceptance (tests/architecture checks it).
Rule 2: a move names the state it believes in. When that is no longer true the row is read again and the life cycle is
asked anew, so two writers can never both move a message.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from lotsman.domain.ledger import EntryKind, LedgerEntry
from lotsman.domain.lifecycle import Effect, Event, State, history_line, step
from lotsman.domain.message import LANE_EMULATOR, RECEIPT_GRACE
from lotsman.store.database import Tx
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


_MOVE: Final = Rowset(
    f"""UPDATE messages SET state = v.after, error = v.error, modified_at = v.at, node_id = NULL,
        history = CASE WHEN v.after >= 10 OR length(history) < 4000 THEN history || v.line ELSE history END,
        due_at = CASE WHEN v.after >= 10 THEN NULL WHEN v.after = {State.ACCEPTED:d} THEN v.due ELSE expires_at + {RECEIPT_GRACE} END
        FROM {{v}} WHERE messages.id = v.id AND messages.state = v.before
        RETURNING messages.id, messages.account_id, messages.price, messages.lane""",
    (("id", INT), ("before", INT), ("after", INT), ("error", INT), ("at", INT), ("due", INT), ("line", TEXT)),
    yields=True,
)
_NOTE: Final = Rowset(
    "UPDATE messages SET history = history || v.line FROM {v} WHERE messages.id = v.id AND length(history) < 4000",
    (("id", INT), ("line", TEXT)),
)
_STATES: Final = Rowset(
    "SELECT m.id, m.state FROM {v} JOIN messages m ON m.id = v.id", (("id", INT),), yields=True
)
_STATES_LOCKED: Final = Rowset(
    "SELECT m.id, m.state FROM {v} JOIN messages m ON m.id = v.id ORDER BY m.id FOR UPDATE OF m",
    (("id", INT),),
    yields=True,
)


def move(tx: Tx, moves: Sequence[Move]) -> dict[int, State]:
    """Make the moves that the life cycle allows; returns what each moved message became.

    A message may appear once. Moves that the life cycle does not know are noted in the history and change nothing.
    """
    refunds: list[LedgerEntry] = []
    became: dict[int, State] = {}
    rest = _attempt(tx, moves, became, refunds)
    if rest:
        states = dict(
            (_STATES if tx.sqlite else _STATES_LOCKED).run(tx, sorted((m.message_id,) for m in rest))
        )
        again = [m._replace(believed=State(states[m.message_id])) for m in rest if m.message_id in states]
        _attempt(tx, [m for m in again if step(m.believed, m.event)], became, refunds)
        _note(tx, [m for m in again if not step(m.believed, m.event)])
    if refunds:
        post(tx, refunds)
    return became


def _attempt(
    tx: Tx, moves: Sequence[Move], became: dict[int, State], refunds: list[LedgerEntry]
) -> list[Move]:
    """Apply what can be applied as believed; returns the moves that met another state."""
    rows, by_id = [], {}
    impossible: list[Move] = []
    for move_ in moves:
        made = step(move_.believed, move_.event)
        if made is None:
            impossible.append(move_)
            continue
        by_id[move_.message_id] = (move_, made)
        line = history_line(move_.at, move_.event.name, made.after, move_.detail)
        rows.append(
            (
                move_.message_id,
                move_.believed,
                made.after,
                move_.error,
                move_.at,
                move_.due_at or move_.at,
                line,
            )
        )
    rows.sort()
    for message_id, account_id, price, lane in _MOVE.run(tx, rows):
        done, made = by_id.pop(message_id)
        became[message_id] = made.after
        if Effect.REFUND in made.effect and price and lane != LANE_EMULATOR:
            refunds.append(LedgerEntry(EntryKind.REFUND, message_id, account_id, done.at, price, done.detail))
    return [*impossible, *(move_ for move_, _ in by_id.values())]


def _note(tx: Tx, moves: Sequence[Move]) -> None:
    """Events that came too late or twice: kept in the history, so that nobody has to guess."""
    _NOTE.run(
        tx,
        [(m.message_id, history_line(m.at, f"ignored:{m.event.name}", m.believed, m.detail)) for m in moves],
    )
