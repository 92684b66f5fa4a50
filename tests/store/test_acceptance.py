"""Accepting: message, charge and first event are on disk together, or nothing is."""

import asyncio

import pytest
import sqlalchemy as sa

from lotsman.domain.lane import EMULATOR
from lotsman.domain.ledger import EntryKind
from lotsman.domain.lifecycle import State
from lotsman.domain.message import RECEIPT_GRACE
from lotsman.domain.refusals import Refusal, Refused
from lotsman.store.messages import accept
from lotsman.store.tables.ledger import ledger
from lotsman.store.tables.messages import FIRST_MESSAGE_ID, messages
from lotsman.usecases.check_messages import check_messages, recent_messages
from lotsman.usecases.quote_messages import quote_messages
from lotsman.usecases.send_messages import send_messages
from stand.builders import NOW, a_draft, a_phone, an_order
from stand.open_store import LINK
from store.gate import while_the_other_waits

PRICE = 289


def entries(store, kind):
    query = sa.select(ledger.c.cause, ledger.c.amount).where(ledger.c.kind == kind)
    return store.read(lambda connection: [tuple(row) for row in connection.execute(query)])


def stored_messages(store):
    return store.read(lambda connection: connection.execute(sa.select(sa.func.count(messages.c.id))).scalar())


def test_message_charge_and_first_event_are_stored_together(store):
    account = store.account(balance=1000)
    sent = store.run(send_messages(store.platform, account, an_order("Привет"), NOW))
    [message_id] = sent.ids
    row = store.message(message_id)
    assert (row["account_id"], row["text"], row["price"], row["due_at"]) == (account.id, "Привет", PRICE, NOW)
    assert store.history(message_id) == [("ACCEPTED", "ACCEPTED", "")]
    assert entries(store, EntryKind.CHARGE) == [(message_id, -PRICE)]
    assert sent.balance == store.balance(account) == 1000 - PRICE
    assert store.books_agree()


def test_a_request_for_several_phones_is_one_batch_with_one_charge(store):
    account = store.account(balance=10_000)
    order = an_order("Привет", *map(a_phone, range(20)))
    sent = store.run(send_messages(store.platform, account, order, NOW))
    assert sent.ids == sorted(sent.ids)
    assert {store.message(message_id)["batch_id"] for message_id in sent.ids} == {sent.ids[0]}
    assert entries(store, EntryKind.CHARGE) == [(sent.ids[0], -20 * PRICE)]
    assert [store.message(message_id)["msisdn"] for message_id in sent.ids] == list(map(a_phone, range(20)))


def test_a_bad_number_among_good_ones_is_a_refused_row_that_costs_nothing(store):
    account = store.account(balance=1000)
    sent = store.run(send_messages(store.platform, account, an_order("a", a_phone(1), "12", a_phone(1)), NOW))
    good, short, twice = (store.message(message_id) for message_id in sent.ids)
    assert (good["state"], good["error"], good["price"]) == (State.ACCEPTED, 0, PRICE)
    assert (short["state"], short["error"], short["price"]) == (State.REFUSED, Refusal.PHONE_LENGTH.code, 0)
    assert (twice["state"], twice["error"]) == (State.REFUSED, Refusal.PHONE_DUPLICATED.code)
    assert short["due_at"] is None
    assert store.balance(account) == 1000 - PRICE


def test_too_little_money_leaves_nothing(store):
    account = store.account(balance=2 * PRICE - 1)
    with pytest.raises(Refused) as refused:
        store.run(send_messages(store.platform, account, an_order("a", a_phone(1), a_phone(2)), NOW))
    assert refused.value.refusal is Refusal.NO_MONEY
    assert stored_messages(store) == 0
    assert entries(store, EntryKind.CHARGE) == []
    assert store.balance(account) == 2 * PRICE - 1


def test_a_balance_can_be_spent_to_the_last_kopeck(store):
    account = store.account(balance=2 * PRICE)
    sent = store.run(send_messages(store.platform, account, an_order("a", a_phone(1), a_phone(2)), NOW))
    assert sent.balance == store.balance(account) == 0


def test_a_credit_limit_may_be_used_up_and_no_further(store):
    account = store.account(balance=0, credit_limit=2 * PRICE)
    for left in (-PRICE, -2 * PRICE):
        assert store.run(send_messages(store.platform, account, an_order(), NOW)).balance == left
    with pytest.raises(Refused):
        store.run(send_messages(store.platform, account, an_order(), NOW))
    assert store.balance(account) == -2 * PRICE
    assert store.books_agree()


def test_a_free_message_is_accepted_at_any_balance(store):
    account = store.account(balance=0)
    [message_id] = store.accept(account, a_draft(price=0))
    assert store.state(message_id) is State.ACCEPTED
    assert entries(store, EntryKind.CHARGE) == []


def test_a_test_message_keeps_its_price_and_charges_nothing(store):
    account = store.account(balance=0)
    sent = store.run(send_messages(store.platform, account, an_order(test=True), NOW))
    row = store.message(sent.ids[0])
    assert (row["price"], row["lane"], sent.cost) == (PRICE, EMULATOR, PRICE)
    assert sent.balance == store.balance(account) == 0


def test_a_quote_is_what_sending_costs_and_stores_nothing(store):
    account = store.account(balance=0)
    order = an_order("Привет" * 20, a_phone(1), a_phone(2))
    assert store.run(quote_messages(store.platform, account, order, NOW)) == 2 * 2 * PRICE
    assert stored_messages(store) == 0


def test_a_message_for_later_waits_and_is_paid_now(store):
    account = store.account(balance=1000)
    sent = store.run(send_messages(store.platform, account, an_order(send_at=NOW + 60_000), NOW))
    row = store.message(sent.ids[0])
    assert (row["state"], row["due_at"], row["send_at"]) == (State.DEFERRED, NOW + 60_000, NOW + 60_000)
    assert store.balance(account) == 1000 - PRICE


def test_a_message_accepted_for_a_link_is_in_its_hands_at_once(store):
    account = store.account()
    [message_id] = store.accept(account, a_draft(), link_id=LINK)
    row = store.message(message_id)
    assert (row["state"], row["link_id"], row["node_id"]) == (State.SENDING, LINK, store.node_id)
    assert row["due_at"] == row["expires_at"] + RECEIPT_GRACE
    assert store.claim() == []


def test_a_thousand_senders_at_once_cannot_spend_the_same_money_twice(store):
    account = store.account(balance=PRICE)

    async def send(number):
        try:
            return await send_messages(store.platform, account, an_order("a", a_phone(number)), NOW)
        except Refused as refused:
            return refused.refusal

    async def all_at_once():
        return await asyncio.gather(*map(send, range(1000)))

    answers = store.run(all_at_once())
    accepted = [answer for answer in answers if answer is not Refusal.NO_MONEY]
    assert len(accepted) == 1
    assert accepted[0].balance == store.balance(account) == 0
    assert entries(store, EntryKind.CHARGE) == [(accepted[0].ids[0], -PRICE)]
    assert stored_messages(store) == 1
    assert store.books_agree()


def test_two_nodes_cannot_spend_the_same_money_twice(store, other):
    account = store.account(balance=100 * PRICE)

    async def send(node, number):
        try:
            return await send_messages(node.platform, account, an_order("a", a_phone(number)), NOW)
        except Refused as refused:
            return refused.refusal

    async def all_at_once():
        return await asyncio.gather(*(send(node, n) for n in range(100) for node in (store, other)))

    answers = store.run(all_at_once())
    accepted = [answer for answer in answers if answer is not Refusal.NO_MONEY]
    assert sorted(answer.balance for answer in accepted) == [n * PRICE for n in range(100)]
    ids = [message_id for answer in accepted for message_id in answer.ids]
    assert len(set(ids)) == 100
    assert store.balance(account) == 0
    assert store.books_agree()


def test_the_balance_told_is_the_one_after_the_charge_whoever_else_charges(store, other):
    account = store.account(balance=10 * PRICE)
    here, there = (
        lambda tx, node=node: accept.run(tx, [node.acceptance(account, a_draft())])[0].balance
        for node in (store, other)
    )
    assert while_the_other_waits(store, other, here, there) == (9 * PRICE, 8 * PRICE)
    assert store.balance(account) == 8 * PRICE


def test_ids_ascend_and_never_repeat_over_two_nodes(store, other):
    account = store.account()
    seen = []
    for node in (store, other, other, store, other):
        results = node.do(
            accept, *(node.acceptance(account, *[a_draft(a_phone(n)) for n in range(7)]) for _ in range(3))
        )
        for accepted in results:
            assert list(accepted.ids) == sorted(accepted.ids)
            assert not seen or accepted.ids[0] > seen[-1]
            seen += accepted.ids
    assert len(set(seen)) == len(seen) == 105
    assert min(seen) == FIRST_MESSAGE_ID


def test_one_group_charges_each_account_for_its_own(store):
    rich, poor = store.account(balance=10_000), store.account(balance=PRICE)
    requests = [store.acceptance(account, a_draft(a_phone(n))) for n in range(3) for account in (rich, poor)]
    results = store.do(accept, *requests)
    assert [result is Refusal.NO_MONEY for result in results] == [False, False, False, True, False, True]
    assert (store.balance(rich), store.balance(poor)) == (10_000 - 3 * PRICE, 0)
    assert store.books_agree()


def test_only_the_owner_sees_a_message(store):
    owner, stranger = store.account(), store.account()
    sent = store.run(send_messages(store.platform, owner, an_order("секрет"), NOW))
    ids = [999_999_999, sent.ids[0]]
    mine = store.run(check_messages(store.platform, owner, ids))
    assert mine[0] is None
    assert (mine[1].text, mine[1].state) == ("секрет", State.ACCEPTED)
    assert store.run(check_messages(store.platform, stranger, ids)) == [None, None]
    assert store.run(recent_messages(store.platform, stranger, NOW)) == []


def test_the_recent_messages_are_those_of_a_day_newest_first(store):
    account = store.account()
    day = 24 * 60 * 60 * 1000
    for at in (NOW - day - 1, NOW - day, NOW):
        store.accept(account, a_draft(), at=at)
    found = store.run(recent_messages(store.platform, account, NOW))
    assert [message.created_at for message in found] == [NOW, NOW - day]


def test_a_thousand_ids_are_looked_up_in_the_order_asked(store):
    account = store.account(balance=1_000_000)
    ids = store.accept(account, *(a_draft(a_phone(n)) for n in range(1000)))
    found = store.run(check_messages(store.platform, account, ids[::-1]))
    assert [message.id for message in found] == ids[::-1]
