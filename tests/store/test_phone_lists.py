"""Black and white lists: of one account, or of the whole installation."""

import asyncio
from itertools import pairwise

from lotsman.domain.phone_list import INSTALLATION, ListedPhone, ListKind
from lotsman.store import numbers, phone_lists
from lotsman.store.phone_lists import Listed, add_phones, remove_phones
from stand.builders import NOW, a_phone


def black(account_id, number, **changes):
    return ListedPhone(account_id, ListKind.BLACK, a_phone(number), NOW, **changes)


def white(account_id, number):
    return ListedPhone(account_id, ListKind.WHITE, a_phone(number), NOW)


def test_a_number_is_listed_for_its_account_and_for_no_other(store):
    mine, other = store.account(), store.account()
    assert store.do(add_phones, [black(mine.id, 1), white(mine.id, 2), black(other.id, 3)]) == [3]
    asked = [a_phone(n) for n in range(5)]
    assert store.read(phone_lists.listed, mine.id, asked) == Listed({a_phone(1)}, {a_phone(2)})
    assert store.read(phone_lists.listed, other.id, asked) == Listed({a_phone(3)}, frozenset())


def test_the_installations_list_counts_for_every_account(store):
    account = store.account()
    assert not store.read(phone_lists.is_anybody_black, account.id)
    store.do(add_phones, [black(INSTALLATION, 1)])
    assert store.read(phone_lists.is_anybody_black, account.id)
    assert store.read(phone_lists.listed, account.id, [a_phone(1)]).black == {a_phone(1)}


def test_adding_twice_keeps_the_first_and_removing_twice_removes_once(store):
    account = store.account()
    assert store.do(add_phones, [black(account.id, 1, note="STOP")], [black(account.id, 1)]) == [1, 0]
    [kept] = store.read(phone_lists.shown, account.id, ListKind.BLACK, 10)
    assert kept.note == "STOP"
    assert store.do(remove_phones, [black(account.id, 1)], [black(account.id, 1)]) == [1, 0]
    assert store.read(phone_lists.shown, account.id, ListKind.BLACK, 10) == []


def test_only_the_first_and_the_last_number_of_a_list_make_the_nodes_look_again(store):
    account = store.account()
    seen = [store.read(numbers.revision)]
    for unit, number in ((add_phones, 1), (add_phones, 2), (remove_phones, 1), (remove_phones, 2)):
        store.do(unit, [black(account.id, number)])
        seen.append(store.read(numbers.revision))
    assert [after - before for before, after in pairwise(seen)] == [1, 0, 0, 1]


def test_many_numbers_are_looked_up_at_once(store):
    account = store.account()
    store.do(add_phones, [black(account.id, n) for n in range(0, 3000, 2)])
    found = store.read(phone_lists.listed, account.id, [a_phone(n) for n in range(3000)])
    assert found.black == {a_phone(n) for n in range(0, 3000, 2)}


def test_two_nodes_may_list_the_same_number_at_the_same_time(store, other):
    account = store.account()

    async def both():
        writes = (node.database.write(add_phones, [black(account.id, 1)]) for node in (store, other))
        return await asyncio.gather(*writes)

    assert sorted(store.run(both())) == [0, 1]
