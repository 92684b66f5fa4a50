"""Money that moves at the same moment from two sides, credit that has ended, and what a check of the books has to notice."""

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from lotsman.domain.ledger import EntryKind
from lotsman.domain.parts import WHOLE
from lotsman.domain.refusals import Refused
from lotsman.store.credit import LowBalance, Promise, alert_below, end_promises, promise, tell_low_balances
from lotsman.store.ledger import ByHand, CannotRefund, HandRefund, post_by_hand, refund_by_hand, trial_balance
from lotsman.store.reconciliation import parts_by_ids
from lotsman.store.tables.accounts import accounts
from lotsman.store.tables.ledger import ledger
from lotsman.store.tables.mails import mails
from lotsman.store.tables.messages import messages
from lotsman.usecases.send_messages import send_messages
from stand.builders import NOW, a_draft, a_phone, an_order
from stand.open_store import LINK, taken, turned_down

PRICE = 289


@pytest.fixture
def in_debt(store):
    """Owes two messages on a promise that has ended."""
    account = store.account(balance=0)
    store.do(promise, Promise(account.id, 2 * PRICE, NOW + 1, "anna"))
    ids = [store.sending(account, a_draft(a_phone(n)))[0] for n in range(2)]
    store.do(end_promises, NOW + 1)
    return account, ids


def can_pay(store, account):
    try:
        return bool(store.run(send_messages(store.platform, account, an_order("Привет"), NOW)).ids)
    except Refused:
        return False


def test_a_payment_that_does_not_cover_a_debt_opens_no_credit_again(store, in_debt):
    account, _ = in_debt
    assert not can_pay(store, account)
    store.do(post_by_hand, ByHand(EntryKind.TOP_UP, account.id, 300, NOW, "some of it"))
    assert not can_pay(store, account)
    store.do(post_by_hand, ByHand(EntryKind.TOP_UP, account.id, 278 + PRICE, NOW, "the rest, and one more"))
    assert can_pay(store, account)
    assert not can_pay(store, account)


def test_a_refund_that_does_not_cover_a_debt_opens_no_credit_again(store, in_debt):
    account, ids = in_debt
    store.submitted(ids[0], turned_down(), msisdn=a_phone(0))
    assert store.balance(account) == -PRICE
    assert not can_pay(store, account)


def test_a_payment_takes_nothing_of_a_promise_that_runs(store):
    account = store.account(balance=0, credit_limit=0)
    store.do(promise, Promise(account.id, 2 * PRICE, NOW + 1, "anna"))
    assert can_pay(store, account)
    store.do(post_by_hand, ByHand(EntryKind.TOP_UP, account.id, PRICE, NOW, "paid"))
    assert [can_pay(store, account) for _ in range(3)] == [True, True, False]


def test_two_nodes_that_look_at_once_tell_of_a_low_balance_once(store, other):
    account = store.account(balance=10, login="shop@example.org")

    async def both():
        look = LowBalance(NOW, mails=True)
        await asyncio.gather(*(node.database.write(tell_low_balances, look) for node in (store, other)))

    for _ in range(15):
        store.do(alert_below, (account.id, 500))
        store.run(both())
    assert store.read(lambda connection: len(connection.execute(sa.select(mails.c.id)).all())) == 15


def test_two_who_refund_a_message_at_once_refund_it_once_and_one_is_told_why_not(store, other):
    account = store.account(balance=1_000)
    [message_id] = store.sending(account, a_draft())
    store.submitted(message_id, taken("Z"))
    store.receipt("Z")
    wish = HandRefund(message_id, None, NOW, "sorry", "anna")

    async def both():
        wishes = (node.database.write(refund_by_hand, wish) for node in (store, other))
        return await asyncio.gather(*wishes, return_exceptions=True)

    assert [type(r) for r in store.run(both()) if isinstance(r, Exception)] == [CannotRefund]
    assert store.balance(account) == 1_000


@pytest.mark.parametrize(
    ("forgery", "where"),
    [
        (sa.update(messages).values(price=messages.c.price + 1), "requests"),
        (sa.delete(messages), "requests"),
        (sa.update(messages).values(batch_id=messages.c.batch_id + 1), "requests"),
        (sa.update(messages).values(price=1), "refunds"),
        (sa.update(accounts).values(balance=accounts.c.balance + 1), "deviations"),
    ],
)
def test_a_check_of_the_books_notices_a_forgery(store, forgery, where):
    account = store.account(balance=10_000)
    [failed] = store.sending(account, a_draft())
    store.submitted(failed, turned_down())
    assert store.read(trial_balance).agrees
    with store.database.engine.begin() as connection:
        connection.execute(forgery)
    found = store.read(trial_balance)
    assert getattr(found, where)
    assert not found.agrees


def test_the_ledger_cannot_be_emptied_either(store):
    store.account(balance=5)
    empty = sa.delete(ledger) if store.database.sqlite else sa.text("TRUNCATE ledger")
    with (
        pytest.raises(DBAPIError, match="the ledger is never changed"),
        store.database.engine.begin() as connection,
    ):
        connection.execute(empty)
    assert store.books_agree()


def test_a_text_that_a_carrier_took_whole_costs_all_its_parts(store):
    account = store.account(balance=10_000)
    [message_id] = store.sending(account, a_draft(parts=3, price=3 * PRICE))
    store.submitted(message_id, taken("W", WHOLE))
    with store.database.engine.begin() as connection:
        connection.execute(sa.update(messages).values(cost=3_000_000))
    [ours] = store.read(parts_by_ids, LINK, ["W"])["W"]
    assert (ours.part, ours.cost) == (WHOLE, 3_000_000)
