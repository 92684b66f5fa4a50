"""What the code must never do, the database refuses."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from lotsman.domain.ledger import EntryKind
from lotsman.domain.lifecycle import State, is_final
from lotsman.store.ledger import ByHand, post_by_hand
from lotsman.store.tables.accounts import accounts, api_keys, senders
from lotsman.store.tables.ledger import ledger
from lotsman.store.tables.messages import messages
from lotsman.store.tables.prices import prices
from stand.builders import NOW, a_draft
from stand.open_store import taken


def execute(store, statement):
    with store.database.engine.begin() as connection:
        connection.execute(statement)


def refused(store, statement, why):
    with pytest.raises(IntegrityError, match=why):
        execute(store, statement)


def test_no_balance_below_the_limit(store):
    account = store.account(balance=100, credit_limit=50)
    balance = sa.update(accounts).where(accounts.c.id == account.id)
    refused(store, balance.values(balance=-51), "prepaid")
    execute(store, balance.values(balance=-50))
    refused(store, balance.values(credit_limit=49), "prepaid")
    refused(store, balance.values(balance=10, credit_limit=-1), "credit_not_negative")


def test_a_correction_may_not_overdraw_and_leaves_no_entry(store):
    account = store.account(balance=100)
    with pytest.raises(ValueError, match="cannot be taken off"):
        store.do(post_by_hand, ByHand(EntryKind.CORRECTION, account.id, -101, NOW, "too much"))
    assert store.balance(account) == 100
    assert store.books_agree()
    assert store.do(post_by_hand, ByHand(EntryKind.CORRECTION, account.id, -100, NOW, "all of it")) == [0]


@pytest.mark.parametrize("state", State)
def test_a_message_waits_or_is_final(store, state):
    [message_id] = store.accept(store.account(), a_draft())
    change = sa.update(messages).where(messages.c.id == message_id)
    holder = 1 if state is State.SENDING else None
    wrong, right = (NOW, None) if is_final(state) else (None, NOW)
    refused(store, change.values(state=state, node_id=holder, due_at=wrong), "waits_or_is_final")
    execute(store, change.values(state=state, node_id=holder, due_at=right))


@pytest.mark.parametrize("state", State)
def test_only_a_message_on_its_way_has_a_holder(store, state):
    [message_id] = store.accept(store.account(), a_draft())
    due_at = None if is_final(state) else NOW
    wrong = None if state is State.SENDING else 1
    change = sa.update(messages).where(messages.c.id == message_id)
    refused(store, change.values(state=state, due_at=due_at, node_id=wrong), "sending_has_a_holder")


def test_no_price_is_negative(store):
    account = store.account()
    [message_id] = store.accept(account, a_draft())
    refused(
        store, sa.update(messages).where(messages.c.id == message_id).values(price=-1), "price_not_negative"
    )
    refused(store, sa.update(prices).values(price=-1), "price_not_negative")


@pytest.mark.parametrize(
    ("kind", "amount", "why"),
    [(EntryKind.CHARGE, 1, "a_charge_takes"), (EntryKind.REFUND, -1, "a_refund_gives")],
)
def test_a_charge_takes_and_a_refund_gives(store, kind, amount, why):
    entry = {"kind": kind, "cause": 1, "account_id": 1, "at": NOW, "amount": amount, "note": ""}
    refused(store, sa.insert(ledger).values(entry), why)
    execute(store, sa.insert(ledger).values(entry | {"amount": -amount}))


@pytest.mark.parametrize("kind", EntryKind)
def test_nothing_is_charged_or_paid_back_twice_for_the_same_cause(store, kind):
    entry = {"kind": kind, "cause": 77, "account_id": 1, "at": NOW, "amount": 0, "note": ""}
    execute(store, sa.insert(ledger).values(entry))
    refused(store, sa.insert(ledger).values(entry | {"account_id": 2, "at": NOW + 1}), r"(?i)unique")
    others = [other for other in EntryKind if other is not kind]
    execute(store, sa.insert(ledger).values([entry | {"kind": other} for other in others]))


def test_no_two_messages_share_an_id_and_no_part_exists_twice(store):
    account = store.account()
    [first, second] = store.sending(account, a_draft(), a_draft())
    refused(store, sa.update(messages).where(messages.c.id == second).values(id=first), r"(?i)unique")
    store.submitted(first, taken("A"))
    store.submitted(first, taken("B"))
    assert [part["smsc_id"] for part in store.dossier(first).parts] == ["A"]


def test_a_key_belongs_to_an_account_and_an_account_to_a_tariff(store):
    nobody = {"key_hash": "0" * 64, "account_id": 999, "hint": "", "created_at": NOW}
    refused(store, sa.insert(api_keys).values(nobody), r"(?i)foreign key")
    store.account()
    refused(store, sa.update(accounts).values(tariff_id=999), r"(?i)foreign key")
    sender = {"account_id": 999, "name": "INFORM", "approved": True, "created_at": NOW}
    refused(store, sa.insert(senders).values(sender), r"(?i)foreign key")


def test_a_login_and_a_key_are_taken_once(store):
    first, second = store.account(login="a@example.org"), store.account(login="b@example.org")
    refused(
        store, sa.update(accounts).where(accounts.c.id == second.id).values(login=first.login), r"(?i)unique"
    )
    key = {"key_hash": "0" * 64, "hint": "", "created_at": NOW}
    execute(store, sa.insert(api_keys).values(key | {"account_id": first.id}))
    refused(store, sa.insert(api_keys).values(key | {"account_id": second.id}), r"(?i)unique")
