"""What acceptance looks up: black and white lists (212, 223…), and repetitions (243), whoever else accepts meanwhile."""

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from lotsman.domain.lifecycle import State
from lotsman.domain.phone_list import INSTALLATION, ListedPhone, ListKind
from lotsman.domain.protection import Protection, Watch
from lotsman.domain.refusals import Refusal, Refused
from lotsman.domain.template import Templates
from lotsman.store.database import Tx
from lotsman.store.engine import connect_writer
from lotsman.store.messages import accept
from lotsman.store.phone_lists import add_phones
from lotsman.store.tables.messages import messages
from lotsman.store.tables.protections import phone_lists, recent_texts
from lotsman.store.upkeep import forget_recent_texts
from lotsman.usecases.change_account import change_account
from lotsman.usecases.send_messages import send_messages
from stand.builders import NOW, a_draft, a_phone, an_order

PRICE = 289
MINUTE = 60_000
HOUR = 60 * MINUTE


def looping(store, **changes):
    return replace(store.account(**changes), protection=Protection(watch=Watch(loop=HOUR)))


def send(store, account, *to, text="Привет", now=NOW, **changes):
    """The stored rows as (error, price), or the refusal of all of them."""
    try:
        sent = store.run(send_messages(store.platform, account, an_order(text, *to, **changes), now))
    except Refused as refused:
        return refused.refusal
    rows = [store.message(message_id) for message_id in sent.ids]
    assert [(row["error"], row["price"]) for row in rows] == [(d.error, d.price) for d in sent.drafts]
    assert sent.cost == sum(row["price"] for row in rows)
    assert {row["state"] for row in rows if row["error"]} <= {State.REFUSED}
    return [(row["error"], row["price"]) for row in rows]


def count(store, column):
    return store.read(lambda connection: connection.execute(sa.select(sa.func.count(column))).scalar())


# lists


def test_a_black_number_in_a_list_is_a_row_that_costs_nothing_and_alone_it_is_a_refusal(store):
    account = store.account(balance=1000)
    store.do(add_phones, [ListedPhone(account.id, ListKind.BLACK, a_phone(1), NOW)])
    store.do(add_phones, [ListedPhone(INSTALLATION, ListKind.BLACK, a_phone(2), NOW)])
    account = store.run(store.platform.directory.by_id(account.id))
    assert send(store, account, a_phone(0), a_phone(1), a_phone(2)) == [(0, PRICE), (212, 0), (212, 0)]
    assert store.balance(account) == 1000 - PRICE
    assert send(store, account, a_phone(1)) is Refusal.PHONE_BLACKLISTED
    assert send(store, account, "12", a_phone(1)) is Refusal.PHONE_LENGTH
    assert store.balance(account) == 1000 - PRICE
    assert store.books_agree()


def test_anothers_black_list_is_nothing_to_me_in_the_same_group_either(store):
    mine, other = store.account(), store.account()
    store.do(add_phones, [ListedPhone(other.id, ListKind.BLACK, a_phone(1), NOW)])
    requests = [
        store.acceptance(account, a_draft(a_phone(1)))._replace(watch=watch)
        for account, watch in ((mine, Watch(black=True)), (other, Watch(black=True)), (other, None))
    ]
    results = store.do(accept, *requests)
    assert [result is Refusal.PHONE_BLACKLISTED for result in results] == [False, True, False]


def test_under_spam_protection_a_white_number_gets_what_no_template_allows(store):
    account = store.account()
    store.do(add_phones, [ListedPhone(account.id, ListKind.WHITE, a_phone(1), NOW)])
    store.run(change_account(store.platform, account.id, {"spam_protection": "on"}))
    account = store.run(store.platform.directory.by_id(account.id))
    assert send(store, account, a_phone(0), a_phone(1)) == [(223, 0), (0, PRICE)]
    assert send(store, account, a_phone(0)) is Refusal.SPAM_PROTECTION
    account = replace(account, protection=replace(account.protection, templates=Templates(["При___"])))
    assert send(store, account, a_phone(0)) == [(0, PRICE)]


def test_a_stop_counts_at_every_node_from_the_next_message_on(store, other):
    account = store.account()
    store.do(add_phones, [ListedPhone(account.id, ListKind.BLACK, a_phone(1), NOW)])
    there = other.run(other.platform.directory.by_id(account.id))
    store.do(add_phones, [ListedPhone(account.id, ListKind.BLACK, a_phone(2), NOW)])
    assert send(other, there, a_phone(2)) is Refusal.PHONE_BLACKLISTED


# repetitions


def test_the_same_text_to_the_same_number_is_243_until_its_time_is_over(store):
    account = looping(store, balance=10_000)
    good = [(0, PRICE)]
    assert send(store, account, a_phone(1)) == good
    assert send(store, account, a_phone(1), now=NOW + HOUR - 1) is Refusal.LOOP_PROTECTION
    assert send(store, account, a_phone(2)) == good
    assert send(store, account, a_phone(1), text="Другой") == good
    assert send(store, account, a_phone(1), now=NOW + HOUR) == good
    assert store.balance(account) == 10_000 - 4 * PRICE
    assert store.books_agree()


def test_in_a_list_a_repetition_is_a_row_that_costs_nothing(store):
    account = looping(store)
    send(store, account, a_phone(1))
    assert send(store, account, a_phone(0), a_phone(1)) == [(0, PRICE), (243, 0)]


def test_what_was_not_accepted_is_not_repeated(store):
    account = looping(store, balance=2 * PRICE)
    too_many = [store.acceptance(account, *(a_draft(a_phone(n)) for n in range(3)))]
    enough = [store.acceptance(account, a_draft(a_phone(n))) for n in (0, 0, 1)]
    watched = [request._replace(watch=Watch(loop=HOUR)) for request in too_many + enough]
    first, second, third, fourth = store.do(accept, *watched)
    assert first is Refusal.NO_MONEY
    assert third is Refusal.LOOP_PROTECTION
    assert (second.balance, fourth.balance) == (PRICE, 0)
    assert store.books_agree()


def test_twice_in_one_packet_is_a_repetition(store):
    account = looping(store)
    drafts = [a_draft(a_phone(1)), a_draft(a_phone(1), text="Другой"), a_draft(a_phone(1))]
    [accepted] = store.do(accept, store.acceptance(account, *drafts)._replace(watch=Watch(loop=HOUR)))
    assert [draft.error for draft in accepted.drafts] == [0, 0, 243]


def test_a_test_message_is_no_repetition_of_a_real_one_and_is_never_charged(store):
    account = looping(store, balance=PRICE)
    assert send(store, account, a_phone(1), test=True) == [(0, PRICE)]
    assert send(store, account, a_phone(1), test=True) is Refusal.LOOP_PROTECTION
    assert send(store, account, a_phone(1), a_phone(2), test=True) == [(243, 0), (0, PRICE)]
    assert store.balance(account) == PRICE
    assert send(store, account, a_phone(1)) == [(0, PRICE)]
    assert store.balance(account) == 0


@pytest.mark.parametrize("nodes", [1, 2])
def test_of_two_hundred_identical_requests_at_once_exactly_one_is_accepted(store, other, nodes):
    account = looping(store, balance=1000 * PRICE)

    async def one(node):
        try:
            return await send_messages(node.platform, account, an_order(), NOW)
        except Refused as refused:
            return refused.refusal

    async def all_at_once():
        return await asyncio.gather(*(one((store, other)[n % nodes]) for n in range(200)))

    answers = store.run(all_at_once())
    assert [answer is Refusal.LOOP_PROTECTION for answer in answers].count(True) == 199
    assert count(store, messages.c.id) == 1
    assert store.balance(account) == 999 * PRICE
    assert store.books_agree()


def test_two_accounts_may_say_the_same_to_the_same_number(store):
    one, two = looping(store), looping(store)
    assert send(store, one, a_phone(1)) == send(store, two, a_phone(1)) == [(0, PRICE)]


def test_texts_past_their_time_are_forgotten(store):
    account = looping(store)
    for n in range(3):
        send(store, account, a_phone(n), now=NOW + n * MINUTE)
    assert store.do(forget_recent_texts, NOW + HOUR + MINUTE) == [2]
    assert count(store, recent_texts.c.fingerprint) == 1
    assert store.do(forget_recent_texts, NOW + HOUR + MINUTE) == [0]


def test_an_account_that_nobody_watches_leaves_no_trace(store):
    account = store.account()
    assert send(store, account, a_phone(1)) == send(store, account, a_phone(1)) == [(0, PRICE)]
    assert count(store, recent_texts.c.fingerprint) == 0


def test_for_an_account_that_nobody_watches_nothing_is_looked_up(store):
    account = store.account()
    with connect_writer(store.database.engine) as connection:
        transaction = connection.begin()
        for table in (phone_lists, recent_texts):
            table.drop(connection)
        tx = Tx(connection, sqlite=store.database.sqlite)
        [accepted] = accept.run(tx, [store.acceptance(account, a_draft())])
        transaction.rollback()
    assert [draft.error for draft in accepted.drafts] == [0]
