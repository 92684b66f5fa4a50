"""A packet is one acceptance: all of it is on disk with one charge, or nothing is; and it is found again by its id."""

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from lotsman.domain.ledger import EntryKind
from lotsman.domain.lifecycle import State
from lotsman.domain.phone_list import ListedPhone, ListKind
from lotsman.domain.protection import Protection, Watch
from lotsman.domain.refusals import Refusal, Refused
from lotsman.store.phone_lists import add_phones
from lotsman.store.tables.ledger import ledger
from lotsman.usecases.check_messages import check_packet
from lotsman.usecases.quote_messages import quote_packet
from lotsman.usecases.send_messages import send_messages, send_packet
from stand.builders import NOW, a_phone, an_order

PRICE = 289


async def each(orders):
    for order in orders:
        yield order


def packet(store, account, *orders, test=False):
    return store.run(send_packet(store.platform, account, each(orders), NOW, test=test))


def charges(store):
    query = sa.select(ledger.c.cause, ledger.c.amount).where(ledger.c.kind == EntryKind.CHARGE)
    return store.read(lambda connection: [tuple(row) for row in connection.execute(query)])


def orders(count, **changes):
    return [an_order(f"Текст {n}", a_phone(n), item_id=f"№ {n}", **changes) for n in range(count)]


def test_different_texts_are_one_batch_with_one_charge(store):
    account = store.account(balance=10_000)
    sent = packet(store, account, *orders(3), an_order("", a_phone(9)))
    rows = [store.message(message_id) for message_id in sent.ids]
    assert [row["text"] for row in rows] == ["Текст 0", "Текст 1", "Текст 2", ""]
    assert [row["item_id"] for row in rows] == ["№ 0", "№ 1", "№ 2", ""]
    assert {row["batch_id"] for row in rows} == {sent.ids[0]}
    assert [row["state"] for row in rows] == [State.ACCEPTED] * 3 + [State.REFUSED]
    assert charges(store) == [(sent.ids[0], -3 * PRICE)]
    assert sent.balance == store.balance(account) == 10_000 - 3 * PRICE
    assert store.books_agree()


def test_too_little_money_for_the_good_ones_leaves_nothing(store):
    account = store.account(balance=3 * PRICE - 1)
    with pytest.raises(Refused) as refused:
        packet(store, account, *orders(3))
    assert refused.value.refusal is Refusal.NO_MONEY
    assert store.balance(account) == 3 * PRICE - 1
    sent = packet(store, account, *orders(2), an_order(""))
    assert sent.balance == PRICE - 1


def test_a_packet_without_one_good_message_is_stored_and_free(store):
    account = store.account(balance=0)
    sent = packet(store, account, an_order(""), an_order("a", "12"))
    assert [store.message(message_id)["error"] for message_id in sent.ids] == [220, 215]
    assert (sent.cost, sent.balance, charges(store)) == (0, 0, [])


def test_what_is_refused_is_stored_with_everything_in_it_that_no_database_likes(store):
    account = store.account()
    bad = an_order("\0\ud800" * 5_000, "\x00123\ud800", sender="\0\ud800", item_id="?", send_at=NOW + 1)
    [message_id] = packet(store, account, bad).ids
    row = store.message(message_id)
    assert (row["msisdn"], row["sender_asked"], row["text"][:2], len(row["text"])) == (
        "123",
        "??",
        "??",
        2_000,
    )


def test_now_and_later_in_one_packet(store):
    account = store.account()
    sent = packet(store, account, an_order("a"), an_order("b", send_at=NOW + 60_000))
    assert [store.message(id_)["due_at"] for id_ in sent.ids] == [NOW, NOW + 60_000]
    assert [store.state(id_) for id_ in sent.ids] == [State.ACCEPTED, State.DEFERRED]
    assert [message.id for message in store.claim()] == [sent.ids[0]]


def test_a_quote_is_what_the_packet_costs(store):
    account = store.account(balance=0)
    asked = [*orders(3), an_order("a", "12")]
    assert store.run(quote_packet(store.platform, account, each(asked), NOW)) == 3 * PRICE
    assert packet(store, account, *asked, test=True).cost == 3 * PRICE
    assert charges(store) == []


def test_protections_turn_down_single_messages_and_all_of_them(store):
    account = store.account(balance=10_000)
    store.do(add_phones, [ListedPhone(account.id, ListKind.BLACK, a_phone(1), NOW)])
    account = store.run(store.platform.directory.by_id(account.id))
    sent = packet(store, account, *orders(3))
    assert [draft.error for draft in sent.drafts] == [0, 212, 0]
    assert (sent.cost, sent.balance) == (2 * PRICE, 10_000 - 2 * PRICE)
    sent = packet(store, account, an_order("b", a_phone(1)))
    assert ([draft.error for draft in sent.drafts], sent.cost) == ([212], 0)
    looping = replace(account, protection=Protection(watch=Watch(loop=60_000)))
    assert [draft.error for draft in packet(store, looping, *orders(1), *orders(1)).drafts] == [0, 214]
    assert [draft.error for draft in packet(store, looping, *orders(2)).drafts] == [243, 0]
    assert store.books_agree()


def test_a_packet_is_found_by_the_id_of_its_first_message_and_by_its_owner_only(store):
    account, stranger = store.account(), store.account()
    first = packet(store, account, *orders(1200))
    second = packet(store, account, *orders(2))
    for sent in (first, second):
        found = store.run(check_packet(store.platform, account, sent.ids[0]))
        assert [message.id for message in found] == list(sent.ids)
    assert store.run(check_packet(store.platform, account, first.ids[1])) == []
    assert store.run(check_packet(store.platform, account, 2**62)) == []
    assert store.run(check_packet(store.platform, stranger, first.ids[0])) == []


def test_packets_are_found_whole_when_two_nodes_accept_at_once(store, other):
    account = store.account()

    async def one(node, number):
        if number % 3 == 0:
            return await send_messages(node.platform, account, an_order("a", a_phone(number)), NOW)
        return await send_packet(node.platform, account, each(orders(100)), NOW, test=False)

    async def all_at_once():
        return await asyncio.gather(*(one((store, other)[n % 2], n) for n in range(24)))

    for sent in store.run(all_at_once()):
        found = store.run(check_packet(store.platform, account, sent.ids[0]))
        assert [message.id for message in found] == list(sent.ids)
    assert store.books_agree()
