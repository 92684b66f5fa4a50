"""The books after a crash test: what customers were promised, what is stored, what the message centre saw.

In: the load's requests, the database, the submits seen. Out: counts, and one line for each broken promise.
Everything is read with plain SQL, so that a wrong idea of the program about its own data cannot hide anything.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from e2e.load import Request
from lotsman.domain.ledger import EntryKind
from lotsman.domain.lifecycle import FINAL, State
from lotsman.store.engine import open_engine
from stand.smsc import Seen

MOST_SHOWN: Final = 5  # offenders of a kind
# How the message centre of the crash test treats a number (e2e/crash.py): the end that its message must come to.
_REFUSED_NUMBER, _FAILED_NUMBER = "97", "98"
_WAITING: Final = (State.DEFERRED, State.ACCEPTED, State.SENDING, State.SUBMITTED)
# In the history: it was put back though it may have left.
_UNANSWERED: Final = ("unanswered", "session lost", "no response in time", "node lost")


class Message(NamedTuple):
    id: int
    batch_id: int
    msisdn: str
    parts: int
    price: int
    state: State
    error: int
    expires_at: int
    due_at: int | None
    history: str


class Entry(NamedTuple):
    kind: EntryKind
    cause: int
    account_id: int
    amount: int


@dataclass(slots=True)
class Findings:
    accepted: int = 0
    lost: int = 0
    duplicates: int = 0
    stuck: int = 0
    in_doubt: int = 0
    ledger: bool = True
    problems: list[str] = field(default_factory=list)

    def add(self, what: str, offenders: Sequence[str]) -> int:
        """Note offenders of a kind; -> how many."""
        if offenders:
            self.problems.append(f"{len(offenders)} x {what}:")
            self.problems += [f"    {offender}" for offender in offenders[:MOST_SHOWN]]
        return len(offenders)


def waiting(database_url: str) -> Counter[State]:
    """How many messages are in each state that is not final."""
    engine = open_engine(database_url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(
                sa.text(f"SELECT state, count(*) FROM messages WHERE state < {FINAL} GROUP BY state")
            )
            return Counter({State(state): count for state, count in rows})
    finally:
        engine.dispose()


def audit(
    database_url: str,
    requests: Sequence[Request],
    seen: Sequence[Seen],
    policy: str,
    now: int,
    *,
    ordinary: bool = False,
) -> Findings:
    """`ordinary`: the message centre delivers to every number."""
    found = Findings(accepted=sum(len(request.ids) for request in requests))
    messages, entries, balances = _read(database_url)
    by_id = {message.id: message for message in messages}
    _promises(found, requests, by_id)
    _journeys(found, messages, seen, policy, now)
    ends = [
        m for m in messages if m.state >= FINAL and m.state is not (State.DELIVERED if ordinary else _end(m))
    ]
    found.add("ended otherwise than its number has it", [_told(message) for message in ends])
    _money(found, messages, entries, balances)
    return found


def _promises(found: Findings, requests: Sequence[Request], by_id: dict[int, Message]) -> None:
    """Accepted is stored; refused is not; a request that nobody answered is stored as a whole, or not at all."""
    stored = defaultdict(list)
    for message in by_id.values():
        stored[message.msisdn].append(message)
    promised = [(i, msisdn) for r in requests for i, msisdn in zip(r.ids, r.recipients, strict=False)]
    found.lost += found.add(
        "accepted, but not stored",
        [f"{i} to {msisdn}" for i, msisdn in promised if i not in by_id or by_id[i].msisdn != msisdn],
    )
    ids = Counter(i for i, _ in promised)
    found.add("ids given twice", [str(i) for i, count in ids.items() if count > 1])
    found.add(
        "answered with fewer ids than recipients",
        [str(r) for r in requests if r.ids and len(r.ids) != len(r.recipients)],
    )
    found.add("refused, but stored", [str(r) for r in requests if r.refusal and stored[r.recipients[0]]])
    found.add(
        "stored in pieces",
        [
            f"{sum(bool(stored[msisdn]) for msisdn in r.recipients)} of {r}"
            for r in requests
            if len({bool(stored[msisdn]) for msisdn in r.recipients}) > 1
        ],
    )
    found.add("stored twice", [_told(many[0]) for many in stored.values() if len(many) > 1])


def _journeys(
    found: Findings, messages: Sequence[Message], seen: Sequence[Seen], policy: str, now: int
) -> None:
    """Every message ended as its number has it, or waits in doubt for a reason; nothing went out twice unexplained."""
    arrived: Counter[tuple[str, int]] = Counter((s.msisdn, s.part) for s in seen)
    taken: Counter[tuple[str, int]] = Counter((s.msisdn, s.part) for s in seen if s.taken)
    known = {message.msisdn for message in messages}
    found.add("sent, but not stored", sorted({s.msisdn for s in seen} - known))

    def parts(message: Message) -> list[tuple[str, int]]:
        return [(message.msisdn, part) for part in range(1, message.parts + 1)]

    def those(what: str, offends: Callable[[Message], object]) -> int:
        return found.add(what, [_told(message) for message in messages if offends(message)])

    found.stuck += those("still waiting", lambda m: m.state in _WAITING)
    found.stuck += those(
        "in doubt past its deadline", lambda m: m.state is State.UNCERTAIN and (m.due_at or 0) <= now
    )
    found.lost += those(
        "not seen by the message centre, though neither in doubt nor refused",
        lambda m: m.state in {State.DELIVERED, State.SUBMITTED} and not all(arrived[p] for p in parts(m)),
    )
    found.lost += those(
        "undelivered, though no part was ever sent",
        lambda m: m.state is State.UNDELIVERED and not any(arrived[p] for p in parts(m)),
    )
    those(
        "in doubt, though the message centre took it and sent its receipts",
        lambda m: m.state is State.UNCERTAIN and all(taken[p] for p in parts(m)),
    )
    found.in_doubt = sum(message.state is State.UNCERTAIN for message in messages)
    if policy == "resend":
        those("in doubt, though the link sends again", lambda m: m.state is State.UNCERTAIN)
    found.duplicates = sum(count > 1 for count in taken.values())
    those(
        "sent again without a reason",
        lambda m: any(taken[p] > 1 + _doubts(m) * (policy == "resend") for p in parts(m)),
    )


def _money(
    found: Findings,
    messages: Sequence[Message],
    entries: Sequence[Entry],
    balances: dict[int, int],
) -> None:
    """Balance = sum of entries; a batch is stored exactly when it is charged; refunds go with the end they belong to."""
    problems = len(found.problems)
    sums: Counter[int] = Counter()
    for entry in entries:
        sums[entry.account_id] += entry.amount
    found.add(
        "balance is not the sum of the entries",
        [f"account {i}: {b} and {sums[i]}" for i, b in balances.items() if b != sums[i]],
    )
    prices: Counter[int] = Counter()
    for message in messages:
        prices[message.batch_id] += message.price
    charges = Counter({e.cause: -e.amount for e in entries if e.kind is EntryKind.CHARGE})
    found.add(
        "stored and charged differ",
        [
            f"packet {i}: stored {prices[i]}, charged {charges[i]}"
            for i in prices.keys() | charges
            if prices[i] != charges[i]
        ],
    )
    refunds = {e.cause: e.amount for e in entries if e.kind is EntryKind.REFUND}
    due = {m.id: m.price for m in messages if m.state is State.REFUSED}
    found.add(
        "refunded wrongly",
        [
            f"message {i}: due {due.get(i, 0)}, given {refunds.get(i, 0)}"
            for i in due.keys() | refunds
            if due.get(i) != refunds.get(i)
        ],
    )
    found.ledger = len(found.problems) == problems


def _end(message: Message) -> State:
    if message.msisdn.endswith(_REFUSED_NUMBER):
        return State.REFUSED
    return State.UNDELIVERED if message.msisdn.endswith(_FAILED_NUMBER) else State.DELIVERED


def _doubts(message: Message) -> int:
    """How often it was put back after it may have left."""
    put_back = [line for line in message.history.splitlines() if " PUT_BACK " in line]
    return sum(any(word in line for word in _UNANSWERED) for line in put_back)


def _told(message: Message) -> str:
    steps = " | ".join(message.history.splitlines())
    return f"{message.id} to {message.msisdn}, {message.parts} parts, {message.state.name}: {steps}"


def _read(database_url: str) -> tuple[list[Message], list[Entry], dict[int, int]]:
    engine = open_engine(database_url)
    try:
        with engine.connect() as connection:

            def rows(sql: str) -> list[Any]:
                return list(connection.execute(sa.text(sql)))

            messages = [
                Message(*row)._replace(state=State(row[5]))
                for row in rows(f"SELECT {', '.join(Message._fields)} FROM messages ORDER BY id")
            ]
            entries = [
                Entry(EntryKind(row[0]), *row[1:])
                for row in rows("SELECT kind, cause, account_id, amount FROM ledger")
            ]
            balances = dict(rows("SELECT id, balance FROM accounts"))
    finally:
        engine.dispose()
    return messages, entries, balances
