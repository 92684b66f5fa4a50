"""What carriers answered to submits: parts taken, messages moved, and receipts that had overtaken their response."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from lotsman.domain.lifecycle import Event, State
from lotsman.domain.parts import Outcome, PartOutcome, PartState, fold_outcomes
from lotsman.domain.refusals import Refusal
from lotsman.store.claims import change_lanes
from lotsman.store.database import Tx, unit
from lotsman.store.fallbacks import may_fall_back
from lotsman.store.receipts import adopt_strays, settle
from lotsman.store.rowset import INT, TEXT, Rowset
from lotsman.store.steps import Move, move


class Submission(NamedTuple):
    """All parts of one message have an outcome, or never will."""

    message_id: int
    link_id: int
    link_name: str
    msisdn: str
    at: int  # ms
    outcomes: Sequence[PartOutcome]
    taken_before: int = 0  # parts that the carrier took in an earlier attempt
    resend: bool = False  # the link's in-doubt policy: an unanswered submit goes out again
    node_id: int | None = None  # the node that held the message
    tells: bool = False  # its owner wants to be told
    lane: str = ""  # where it waits if it is put back; "": where it came from


_PARTS: Final = Rowset(
    """INSERT INTO parts (message_id, part, link_id, smsc_id, state, error, carrier_error, taken_at)
    SELECT message_id, part, link_id, smsc_id, state, error, carrier_error, taken_at FROM {v} WHERE true
    ON CONFLICT (message_id, part) DO NOTHING""",
    (
        ("message_id", INT), ("part", INT), ("link_id", INT), ("smsc_id", TEXT), ("state", INT), ("error", INT),
        ("carrier_error", TEXT), ("taken_at", INT),
    ),
)  # fmt: skip


@unit(order=20)
def record_submissions(tx: Tx, items: Sequence[Submission]) -> list[State | None]:
    """Store the parts that carriers took and move their messages; returns the new state, None when it did not move."""
    if len({item.message_id for item in items}) < len(items):
        # A late response beside the doubt it ends: in order.
        return [state for item in items for state in _record(tx, [item])]
    return _record(tx, items)


def _record(tx: Tx, items: Sequence[Submission]) -> list[State | None]:
    rows, first, second, several = [], [], [], []
    asked = [_events(item) for item in items]
    refused = [
        item.message_id for item, events in zip(items, asked, strict=True) if events == [Event.TURNED_DOWN]
    ]
    falling = may_fall_back(tx, refused)
    for item, found in zip(items, asked, strict=True):
        events = [Event.FALL_BACK] if item.message_id in falling else found
        kept = [o for o in item.outcomes if o.outcome is Outcome.TAKEN]
        if kept and len(events) == 2:
            kept += [o for o in item.outcomes if o.outcome is Outcome.TURNED_DOWN]
        for o in kept:
            state = PartState.TAKEN if o.outcome is Outcome.TAKEN else PartState.REFUSED
            rows.append(
                (item.message_id, o.part, item.link_id, o.smsc_id, state, o.error, o.carrier_error, item.at)
            )
        first.append(_move(item, events[0]))
        if len(events) == 2:
            second.append(_move(item, events[1])._replace(believed=State.SUBMITTED))
        elif item.taken_before:
            several.append(item.message_id)
    _PARTS.run(tx, rows)
    became = move(tx, first)
    change_lanes(tx, [(item.message_id, item.lane) for item in items if item.lane])
    if second:
        became |= move(tx, second)
    if several:  # earlier parts may have had their receipts already
        became |= settle(tx, several, max(item.at for item in items))
    adopted = adopt_strays(
        tx,
        [(row[2], row[3], item.msisdn) for item, row in _with_rows(items, rows)],
        [(item.link_id, item.msisdn) for item in items if became.get(item.message_id) is State.UNCERTAIN],
    )
    became |= adopted
    return [became.get(item.message_id) for item in items]


def _events(item: Submission) -> list[Event]:
    before = [Outcome.TAKEN] if item.taken_before else []
    events = fold_outcomes([*before, *(o.outcome for o in item.outcomes)])
    return [Event.PUT_BACK] if events == [Event.LOST] and item.resend else events


def _move(item: Submission, event: Event) -> Move:
    if event is Event.TAKEN:
        return Move(item.message_id, event, item.at, State.SENDING, 0, item.link_name, tells=item.tells)
    bad = next((o for o in item.outcomes if o.outcome is not Outcome.TAKEN), item.outcomes[0])
    error = Refusal.EXPIRED.code if bad.outcome is Outcome.EXPIRED else bad.error
    detail = f"{item.link_name} {bad.carrier_error}" if bad.carrier_error else item.link_name
    holder = item.node_id if event is Event.PUT_BACK else None
    falls_back = event is Event.FALL_BACK
    return Move(
        item.message_id,
        event,
        item.at,
        State.SENDING,
        0 if falls_back else error,  # nothing is refused yet
        detail,
        bad.retry_at,
        holder=holder,
        tells=item.tells,
        has_two_ways=falls_back,
    )


def _with_rows(
    items: Sequence[Submission], rows: Sequence[tuple[int, int, int, str, PartState, int, str, int]]
) -> list[tuple[Submission, tuple[int, int, int, str, PartState, int, str, int]]]:
    by_id = {item.message_id: item for item in items}
    return [(by_id[row[0]], row) for row in rows if row[3]]
