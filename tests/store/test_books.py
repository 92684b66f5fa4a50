"""The books: entries that nobody changes, money by hand, credit that ends, months that agree"""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from lotsman.domain.ledger import EntryKind
from lotsman.domain.lifecycle import State
from lotsman.domain.parts import Outcome, PartOutcome
from lotsman.store import credit
from lotsman.store.ledger import CannotRefund, trial_balance
from lotsman.store.months import ledger_sums, month_lines
from lotsman.store.tables.accounts import accounts
from lotsman.store.tables.callbacks import callbacks
from lotsman.store.tables.ledger import ledger
from lotsman.store.tables.mails import mails
from lotsman.usecases import Signature
from lotsman.usecases.arrange_credit import (
    AlreadyPromised,
    alert_below,
    end_promises,
    promise_payment,
    set_credit,
    tell_low_balances,
)
from lotsman.usecases.change_account import change_account
from lotsman.usecases.read_books import month
from lotsman.usecases.top_up_account import correct_account, refund_message, top_up_account
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import taken

DAY = 24 * 60 * 60 * 1000
PRICE = 250


@pytest.fixture
def account(store):
    store.platform.signature = Signature("olga", NOW, "by hand")
    return store.account(balance=1_000)


def delivered(store, account, price=PRICE, number=1, at=NOW):
    [message_id] = store.accept(account, a_draft(a_phone(number), price=price), at=at, link_id=7)
    store.submitted(message_id, taken(f"A{message_id}"), msisdn=a_phone(number))
    store.receipt(f"A{message_id}", msisdn=a_phone(number))
    return message_id


def entries(store):
    query = sa.select(ledger.c.kind, ledger.c.amount, ledger.c.note, ledger.c.author).order_by(
        ledger.c.at, ledger.c.kind
    )
    return store.read(lambda connection: [tuple(row) for row in connection.execute(query)])


def column(store, account, name):
    return store.read(
        lambda connection: connection.execute(
            sa.select(accounts.c[name]).where(accounts.c.id == account.id)
        ).scalar_one()
    )


@pytest.mark.parametrize("change", [sa.update(ledger).values(amount=1), sa.delete(ledger)])
def test_nobody_changes_an_entry(store, account, change):
    before = entries(store)
    with (
        pytest.raises(DBAPIError, match="the ledger is never changed"),
        store.database.engine.begin() as connection,
    ):
        connection.execute(change)
    assert entries(store) == before


def test_money_by_hand_is_kept_with_its_author_and_reason(store, account):
    run, platform = store.run, store.platform
    assert run(top_up_account(platform, account.id, 500, "invoice 7", NOW + 1)) == 1_500
    assert run(correct_account(platform, account.id, -200, "paid twice", NOW + 2)) == 1_300
    assert entries(store)[1:] == [
        (EntryKind.TOP_UP, 500, "invoice 7", "olga"),
        (EntryKind.CORRECTION, -200, "paid twice", "olga"),
    ]
    for amount, reason in ((0, "why"), (5, " ")):
        with pytest.raises(ValueError, match="correction"):
            run(correct_account(platform, account.id, amount, reason, NOW))
    with pytest.raises(ValueError, match="above 0"):
        run(top_up_account(platform, account.id, -5, "", NOW))
    with pytest.raises(ValueError, match=r"the balance is 13\.00: 20\.00 cannot be taken off"):
        run(correct_account(platform, account.id, -2_000, "too much", NOW))
    assert store.balance(account) == 1_300


def test_a_message_is_refunded_by_hand_once_and_never_for_more_than_it_cost(store, account):
    run, platform = store.run, store.platform
    message_id = delivered(store, account)
    for wrong in (PRICE + 1, 0, -1):
        with pytest.raises(CannotRefund, match=r"it cost 2\.50"):
            run(refund_message(platform, message_id, wrong, "complaint", NOW))
    entry = run(refund_message(platform, message_id, 100, "complaint", NOW))
    assert (entry.amount, store.balance(account)) == (100, 1_000 - PRICE + 100)
    with pytest.raises(CannotRefund, match="given back already"):
        run(refund_message(platform, message_id, None, "again", NOW))


def test_what_may_still_be_refunded_by_itself_is_not_refunded_by_hand(store, account):
    run, platform = store.run, store.platform
    [waiting] = store.accept(account, a_draft(price=PRICE))
    with pytest.raises(CannotRefund, match="still on its way"):
        run(refund_message(platform, waiting, None, "complaint", NOW))
    with pytest.raises(CannotRefund, match="no message"):
        run(refund_message(platform, 5, None, "complaint", NOW))
    with pytest.raises(ValueError, match="reason"):
        run(refund_message(platform, waiting, None, "", NOW))


def test_credit_for_good_allows_to_go_below_zero(store, account):
    assert store.run(set_credit(store.platform, account.id, 300)) == 300
    delivered(store, account, price=1_200)
    assert store.balance(account) == -200
    assert (
        store.run(set_credit(store.platform, account.id, 0)) == 200
    )  # the debt is there, and allows no new one
    with pytest.raises(ValueError, match="0 or more"):
        store.run(set_credit(store.platform, account.id, -1))


def test_a_promised_payment_ends_by_itself(store, account):
    run, platform = store.run, store.platform
    assert run(promise_payment(platform, account.id, 500, NOW + DAY, NOW)) == 500
    with pytest.raises(AlreadyPromised):
        run(promise_payment(platform, account.id, 500, NOW + DAY, NOW))
    assert run(end_promises(platform, NOW + DAY - 1)) == 0
    assert run(end_promises(platform, NOW + DAY)) == 1
    assert (column(store, account, "credit_limit"), column(store, account, "credit")) == (0, 0)
    assert store.read(credit.promise_of, account.id) is None
    for until in (NOW, NOW + 32 * DAY):
        with pytest.raises(ValueError, match="within a month"):
            run(promise_payment(platform, account.id, 500, until, NOW))


def test_a_debt_of_a_promise_that_was_not_kept_shrinks_with_every_payment_and_allows_no_new_one(
    store, account
):
    run, platform = store.run, store.platform
    run(promise_payment(platform, account.id, 500, NOW + DAY, NOW))
    delivered(store, account, price=1_400)
    run(end_promises(platform, NOW + DAY))
    assert column(store, account, "credit_limit") == 400
    run(top_up_account(platform, account.id, 300, "a part of it", NOW + DAY))
    assert (store.balance(account), column(store, account, "credit_limit")) == (-100, 100)
    run(top_up_account(platform, account.id, 300, "the rest", NOW + DAY))
    assert column(store, account, "credit_limit") == 0
    assert run(end_promises(platform, NOW + DAY + 60_000)) == 0


def test_a_low_balance_is_told_once_each_time(store, account):
    run, platform = store.run, store.platform
    run(change_account(platform, account.id, {"callback": "POST https://example.org/told"}))
    run(alert_below(platform, account.id, 600))
    assert run(tell_low_balances(platform, NOW, mails=True)) == 0
    delivered(store, account, price=500)
    assert [run(tell_low_balances(platform, NOW, mails=True)) for _ in range(2)] == [1, 0]
    [subject] = store.read(lambda c: list(c.execute(sa.select(mails.c.subject)).scalars()))
    [said] = store.read(lambda c: list(c.execute(sa.select(callbacks.c.parameters)).scalars()))
    assert subject == "Lotsman: balance 5.00"
    assert all(word in said for word in ("low_balance", "5.00", "6.00"))
    run(top_up_account(platform, account.id, 500, "money", NOW))
    assert run(tell_low_balances(platform, NOW, mails=True)) == 0
    delivered(store, account, price=500, number=2)
    assert run(tell_low_balances(platform, NOW, mails=False)) == 1
    run(alert_below(platform, account.id, None))
    assert run(tell_low_balances(platform, NOW, mails=True)) == 0


def test_the_trial_balance_agrees_after_everything(store, account):
    run, platform = store.run, store.platform
    message_id = delivered(store, account)
    run(refund_message(platform, message_id, 50, "complaint", NOW))
    run(correct_account(platform, account.id, -30, "fee", NOW))
    found = store.read(trial_balance)
    assert found.agrees
    assert {each.kind: each.amount for each in found.kinds} == {
        EntryKind.TOP_UP: 1_000, EntryKind.CHARGE: -PRICE, EntryKind.REFUND: 50, EntryKind.CORRECTION: -30,
    }  # fmt: skip
    assert found.balances == 1_000 - PRICE + 50 - 30


def test_a_month_is_the_sum_of_its_messages_and_of_its_entries(store, account):
    run, platform = store.run, store.platform
    start, end = NOW, NOW + 30 * DAY
    other = store.account(balance=1_000)
    first = delivered(store, account, at=start)
    delivered(store, account, price=100, number=2, at=end - 1)
    delivered(store, account, price=70, number=3, at=end)  # the next month's
    delivered(store, other, price=30, number=4, at=start + 1)
    [failed] = store.accept(account, a_draft(a_phone(5), price=90), at=end - 2, link_id=7)
    store.submitted(failed, PartOutcome(1, Outcome.TURNED_DOWN, error=603), msisdn=a_phone(5), at=end + 5)
    assert store.state(failed) is State.REFUSED
    run(refund_message(platform, first, None, "complaint", end - 1))
    lines = store.read(month_lines, start, end, None)
    assert [(line.account_id, line.messages, line.charged, line.refunded) for line in lines] == [
        (account.id, 3, PRICE + 100 + 90, PRICE), (other.id, 1, 30, 0),
    ]  # fmt: skip
    assert store.read(ledger_sums, start, end, None) == (PRICE + 100 + 90 + 30, PRICE)
    assert run(month(platform, start, end, None)).agrees
    later = run(month(platform, end, end + 30 * DAY, account.id))
    assert (later.agrees, later.lines[0].charged, later.lines[0].refunded) == (True, 70, 90)
