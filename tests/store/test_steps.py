"""Any sequence of events whatever, against the real store: money and states stay true."""

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lotsman.domain.lane import EMULATOR, SMS
from lotsman.domain.ledger import EntryKind
from lotsman.domain.lifecycle import Effect, Event, State, is_final, step
from lotsman.domain.parts import Outcome, PartOutcome, PartState
from lotsman.domain.refusals import Refusal
from lotsman.store.messages import stuck
from lotsman.store.receipts import record_receipts
from lotsman.store.steps import Move
from lotsman.store.submissions import record_submissions
from lotsman.store.tables.ledger import ledger
from lotsman.store.tables.messages import messages, parts, stray_receipts
from lotsman.store.upkeep import apply_moves
from lotsman.usecases.expire_messages import expire_messages
from lotsman.usecases.release_deferred import release_deferred
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import LINK, a_receipt, taken, turned_down

FULL = 1_000_000
HOUR = 60 * 60 * 1000


class AnyLife(RuleBasedStateMachine):
    """Customers, carriers and the clock in no order at all. `store` is set by the test."""

    def __init__(self):
        super().__init__()
        with self.store.database.engine.begin() as connection:
            for table in (messages, parts, stray_receipts):
                connection.execute(sa.delete(table))
        self.account = self.store.account(balance=FULL)
        self.now = NOW
        self.ids = []
        self.ended = {}

    def phone(self, message_id):
        return a_phone(message_id % 3)  # few phones, so that receipts and doubts meet

    @rule(
        count=st.integers(1, 3),
        price=st.integers(0, 500),
        lane=st.sampled_from([SMS, SMS, EMULATOR]),
        wait=st.sampled_from([None, None, HOUR]),
        at_once=st.booleans(),
    )
    def a_customer_sends(self, count, price, lane, wait, at_once):
        draft = a_draft(now=self.now, ttl=HOUR, parts=count, price=price, lane=lane)
        if wait:
            draft = draft._replace(send_at=self.now + wait, expires_at=self.now + wait + HOUR)
        self.ids += self.store.accept(
            self.account, draft, at=self.now, link_id=LINK if at_once and not wait else None
        )
        self.rewrite_phones()

    def rewrite_phones(self):
        with self.store.database.engine.begin() as connection:
            change = sa.update(messages).where(messages.c.id == self.ids[-1])
            connection.execute(change.values(msisdn=self.phone(self.ids[-1])))

    @rule(most=st.integers(1, 3), lane=st.sampled_from([SMS, EMULATOR]))
    def a_link_claims(self, most, lane):
        self.store.claim(most, lane=lane, now=self.now)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def a_carrier_answers(self, data):
        """One or two answers in a group; to a message that is waiting for one, or to any."""
        items = []
        for message_id in data.draw(st.lists(st.sampled_from(self.ids), min_size=1, max_size=2)):
            dossier = self.store.dossier(message_id)
            have = {row["part"] for row in dossier.parts}
            missing = [part for part in range(1, dossier.message["parts"] + 1) if part not in have] or [1]
            outcomes = [self.an_outcome(data, message_id, part) for part in missing]
            items.append(
                self.store.submission(
                    message_id, *outcomes, msisdn=self.phone(message_id), at=self.now,
                    taken_before=len(have), resend=data.draw(st.booleans()),
                )
            )  # fmt: skip
        self.store.do(record_submissions, *items)

    def an_outcome(self, data, message_id, part):
        outcome = data.draw(st.sampled_from(Outcome))
        smsc_id = (
            data.draw(st.sampled_from(["0", f"{message_id:x}{part}"])) if outcome is Outcome.TAKEN else ""
        )
        return PartOutcome(part, outcome, smsc_id, Refusal.REJECTED.code if not smsc_id else 0)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def receipts_come(self, data):
        items = []
        for message_id in data.draw(st.lists(st.sampled_from(self.ids), min_size=1, max_size=3)):
            part = data.draw(st.integers(1, 3))
            number = f"{message_id:x}{part}"
            smsc_id = data.draw(st.sampled_from(["0", number, str(int(number, 16)), "unheard-of"]))
            state = data.draw(st.sampled_from([PartState.DELIVERED, PartState.FAILED]))
            items.append(a_receipt(smsc_id, msisdn=self.phone(message_id), state=state, at=self.now))
        self.store.do(record_receipts, *items)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def anything_happens(self, data):
        chosen = data.draw(st.lists(st.sampled_from(self.ids), min_size=1, max_size=3, unique=True))
        events = st.sampled_from([event for event in Event if event is not Event.CLAIMED])
        moves = [
            Move(message_id, data.draw(events), self.now, data.draw(st.sampled_from(State)), 601, "why")
            for message_id in chosen
        ]
        self.store.do(apply_moves, moves)

    @rule(later=st.sampled_from([0, 1, HOUR // 2, 2 * HOUR]))
    def time_passes(self, later):
        self.now += later
        self.store.run(release_deferred(self.store.platform, self.now))
        self.store.run(expire_messages(self.store.platform, self.now))

    @invariant()
    def nothing_is_broken(self):
        rows, refunds = self.store.read(self.everything)
        self.the_end_is_the_end(rows)
        self.the_history_tells_every_step_and_why_money_went_back(rows, refunds)
        self.the_money_is_right(rows, refunds)

    def everything(self, connection):
        rows = connection.execute(sa.select(messages)).mappings().all()
        given_back = (ledger.c.kind == EntryKind.REFUND) & (ledger.c.account_id == self.account.id)
        refunds = connection.execute(sa.select(ledger.c.cause, ledger.c.amount).where(given_back)).all()
        return rows, dict(map(tuple, refunds))

    def the_end_is_the_end(self, rows):
        for row in rows:
            what = (row["state"], row["error"], row["modified_at"])
            assert self.ended.get(row["id"], what) == what
            if is_final(State(row["state"])):
                self.ended[row["id"]] = what

    def the_history_tells_every_step_and_why_money_went_back(self, rows, refunds):
        for row in rows:
            state, refund = retold(row["history"])
            assert row["state"] == state or (row["state"], state) == (State.SENDING, State.ACCEPTED)
            charged = row["price"] > 0 and row["lane"] == SMS
            assert (row["id"] in refunds) == (refund and charged)

    def the_money_is_right(self, rows, refunds):
        for row in rows:
            if row["id"] in refunds:
                assert refunds[row["id"]] == row["price"]
                assert row["state"] in {State.UNDELIVERED, State.REFUSED}
        charged = sum(row["price"] for row in rows if row["lane"] == SMS)
        assert self.store.balance(self.account) == FULL - charged + sum(refunds.values())
        assert self.store.books_agree()

    def teardown(self):
        """Time alone ends every message."""
        self.now += 10 * HOUR
        while self.store.run(release_deferred(self.store.platform, self.now)):
            pass
        while self.store.run(expire_messages(self.store.platform, self.now)):
            pass
        assert not self.ids or all(map(is_final, self.store.states(self.ids)))
        assert self.store.read(stuck, self.now) == 0
        assert self.store.books_agree()


def retold(history):
    """The state that the lines lead to, and whether a refund hangs on one of them. Claiming is not written."""
    first, *lines = (line.split(" ")[1:3] for line in history.splitlines())
    assert first[0] == "ACCEPTED"
    state, refund = State[first[1]], False
    for event, after in lines:
        before = {state, State.SENDING} if state is State.ACCEPTED else {state}
        if event.startswith("ignored:"):
            assert State[after] in before
        else:
            made = {step(each, Event[event]) for each in before} - {None}
            [effect] = {each.effect for each in made if each.after is State[after]}
            assert not is_final(state)
            refund = refund or Effect.REFUND in effect
        state = State[after]
    return state, refund


def test_no_sequence_of_events_breaks_a_life_or_the_books(store):
    machine = type("Life", (AnyLife,), {"store": store})
    few = settings(max_examples=20, stateful_step_count=15, deadline=None)
    run_state_machine_as_test(machine, settings=few)


def test_a_move_that_believes_another_state_is_judged_by_the_true_one(store):
    account = store.account(balance=FULL)
    [message_id] = store.sending(account, a_draft())
    store.submitted(message_id, taken("A"))
    became = store.do(apply_moves, [Move(message_id, Event.RECEIPT_GOOD, NOW, State.SENDING)])
    assert became == [{message_id: State.DELIVERED}]


def test_a_move_of_a_message_that_does_not_exist_moves_nothing(store):
    assert store.do(apply_moves, [Move(999, Event.EXPIRED, NOW, State.ACCEPTED)]) == [{}]


def test_refund_and_step_are_one(store):
    """A refund that cannot be written takes its step back with it."""
    account = store.account(balance=FULL)
    [message_id] = store.sending(account, a_draft())
    with store.database.engine.begin() as connection:
        entry = {
            "kind": EntryKind.REFUND,
            "cause": message_id,
            "account_id": account.id,
            "at": NOW,
            "amount": 0,
        }
        connection.execute(sa.insert(ledger).values(entry | {"note": "forged"}))
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.submitted(message_id, turned_down())
    assert store.state(message_id) is State.SENDING
    assert store.balance(account) == FULL - 289


def test_a_history_stops_growing_but_never_misses_the_end(store):
    account = store.account(balance=FULL)
    [message_id] = store.sending(account, a_draft())
    store.submitted(message_id, taken("A"))
    for n in range(300):
        store.do(apply_moves, [Move(message_id, Event.TAKEN, NOW + n, State.SUBMITTED, 0, "again")])
    assert len(store.message(message_id)["history"]) < 5000
    store.receipt("A")
    assert store.history(message_id)[-1] == ("RECEIPT_GOOD", "DELIVERED", "000")
