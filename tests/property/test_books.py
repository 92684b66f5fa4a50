"""Whatever happens to customers' money, in whatever order: the books agree with themselves, with every balance, with the
messages, with every statement and with every month's totals, to the kopeck.
"""

from contextlib import suppress
from itertools import pairwise
from random import Random

import pytest

from lotsman.domain.lane import EMULATOR
from lotsman.domain.ledger import EntryKind
from lotsman.domain.service import Service
from lotsman.domain.statement import by_day, by_entry
from lotsman.store.credit import Promise, end_promises, promise, set_credit
from lotsman.store.ledger import (
    ByHand,
    HandRefund,
    balance_at,
    entries_between,
    post_by_hand,
    refund_by_hand,
    trial_balance,
)  # fmt: skip
from lotsman.store.messages import accept
from lotsman.store.months import month
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import taken, turned_down

DAY = 24 * 60 * 60 * 1000
STEPS = 150
SERVICES = (Service.SMS, Service.SMS, Service.HLR, Service.PING, Service.VOICE)


class Life:
    """What an operator, customers and carriers do, at random."""

    def __init__(self, store, chance):
        self.store, self.chance, self.at = store, chance, NOW
        self.accounts = [
            store.account(balance=chance.choice((0, 5_000)), credit_limit=chance.choice((0, 900)))
            for _ in range(3)
        ]
        self.messages, self.numbers = [], 0

    def live(self):
        deeds = (self.send, self.send, self.send, self.carry, self.carry, self.carry, self.pay, self.correct, self.refund,
                 self.grant, self.promise, self.wait)  # fmt: skip
        for _ in range(STEPS):
            with suppress(ValueError):
                self.chance.choice(deeds)()

    def send(self):
        account, test = self.chance.choice(self.accounts), self.chance.random() < 0.1
        drafts = []
        for _ in range(self.chance.choice((1, 1, 2, 5))):
            self.numbers += 1
            parts = self.chance.choice((1, 1, 2, 3))
            price = self.chance.choice((0, 1, 30, 289)) * parts
            draft = a_draft(a_phone(self.numbers), service=self.chance.choice(SERVICES), parts=1, price=price)
            error = 1 if self.chance.random() < 0.1 else 0
            drafts.append(
                draft._replace(
                    parts=parts,
                    price=0 if error else price,
                    error=error,
                    lane=EMULATOR if test else draft.lane,
                )
            )
        [accepted] = self.store.do(accept, self.store.acceptance(account, *drafts, at=self.at, link_id=7))
        if hasattr(accepted, "ids"):
            waiting = [
                (i, d.msisdn, d.parts) for i, d in zip(accepted.ids, drafts, strict=True) if not d.error
            ]
            self.messages += waiting

    def carry(self):
        if not self.messages:
            return
        message_id, phone, parts = self.messages.pop(self.chance.randrange(len(self.messages)))
        if self.chance.random() < 0.4:
            outcomes = [turned_down(part) for part in range(1, parts + 1)]
        else:
            outcomes = [taken(f"{message_id}-{part}", part) for part in range(1, parts + 1)]
        self.store.submitted(message_id, *outcomes, msisdn=phone, at=self.at)
        for outcome in outcomes:
            if outcome.smsc_id and self.chance.random() < 0.9:
                self.store.receipt(outcome.smsc_id, msisdn=phone, at=self.at)

    def pay(self):
        self.by_hand(EntryKind.TOP_UP, self.chance.choice((1, 500, 2_000)))

    def correct(self):
        self.by_hand(EntryKind.CORRECTION, self.chance.choice((-700, -1, 1, 300)))

    def by_hand(self, kind, amount):
        self.store.do(post_by_hand, ByHand(kind, self.anybody(), amount, self.at, "by hand", "anna"))

    def refund(self):
        message_id = 1_000_001 + self.chance.randrange(self.numbers + 1)
        amount = self.chance.choice((None, 1, 30, 400))
        self.store.do(refund_by_hand, HandRefund(message_id, amount, self.at, "sorry", "anna"))

    def grant(self):
        self.store.do(set_credit, (self.anybody(), self.chance.choice((0, 100, 2_000))))

    def promise(self):
        until = self.at + self.chance.randrange(3 * DAY)
        self.store.do(promise, Promise(self.anybody(), self.chance.choice((50, 1_500)), until, "anna"))

    def wait(self):
        self.at += self.chance.randrange(4 * DAY)
        self.store.do(end_promises, self.at)

    def anybody(self):
        return self.chance.choice(self.accounts).id


GRANTED = """SELECT balance, credit_limit, credit + COALESCE((SELECT p.amount FROM promises p WHERE p.account_id = a.id), 0)
    FROM accounts a"""


@pytest.mark.parametrize("seed", range(8))
def test_the_books_agree_after_any_history_and_nobody_may_owe_more_than_was_granted_or_is_owed(store, seed):
    life = Life(store, Random(seed))
    life.live()
    assert store.read(trial_balance).agrees
    for balance, limit, granted in store.read(lambda connection: connection.exec_driver_sql(GRANTED).all()):
        assert balance >= -limit
        assert limit == max(granted, -balance)


@pytest.mark.parametrize("seed", range(8))
def test_statements_and_months_of_any_periods_join_without_a_gap(store, seed):
    chance = Random(1_000 + seed)
    life = Life(store, chance)
    life.live()
    cuts = sorted({0, life.at + 1, *(NOW + chance.randrange(life.at + 1 - NOW) for _ in range(4))})
    periods = list(pairwise(cuts))
    for account in life.accounts:
        moved = 0
        for start, end in periods:
            lines, sums = store.read(month, start, end, account.id)
            assert (sum(line.charged for line in lines), sum(line.refunded for line in lines)) == sums
            entries = store.read(entries_between, account.id, start, end)
            assert store.read(balance_at, account.id, start) == moved
            for lines_of in (by_day, by_entry):
                assert sum(line.amount for line in lines_of(entries, "Europe/Moscow")) == sum(
                    e.amount for e in entries
                )
            moved += sum(entry.amount for entry in entries)
        assert moved == store.balance(account)


def test_these_histories_hold_everything_that_can_happen(store):
    life = Life(store, Random(1))
    life.live()
    query = "SELECT kind, author, count(*) FROM ledger GROUP BY kind, author"
    found = store.read(lambda connection: {(k, a): n for k, a, n in connection.exec_driver_sql(query)})
    assert {(1, ""), (1, "anna"), (2, ""), (3, ""), (3, "anna"), (4, "anna")} <= found.keys()
