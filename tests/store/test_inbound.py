"""Messages from phones: whole whatever way the pieces come, whose they are, and seen once."""

import asyncio
import json
from itertools import permutations

import pytest

from lotsman.domain.inbound import UNCLAIMED, Piece
from lotsman.domain.service import Service
from lotsman.gsm import ucs2
from lotsman.store import phone_lists
from lotsman.store.accounts import change_settings
from lotsman.store.callbacks import list_callbacks
from lotsman.store.inbound import (
    InboundNumber,
    Keyword,
    assign_inbound,
    list_inbound,
    record_pieces,
    save_keyword,
    save_number,
    take_new,
    tell_incomplete,
)
from stand.builders import NOW, a_draft
from stand.open_store import LINK

PHONE, NUMBER = "79087964781", "79021121075"
HOUR = 60 * 60 * 1000


def a_piece(text="да", **changes):
    piece = Piece(LINK, PHONE, NUMBER, ucs2.encode(text), 8, NOW)
    return piece._replace(**changes)


def pieces_of(text, size=5, **changes):
    cut = [text[at : at + size] for at in range(0, len(text), size)]
    return [a_piece(part, reference=77, total=len(cut), part=n, **changes) for n, part in enumerate(cut, 1)]


def texts(store, account_id=None):
    return [message.text for message in reversed(store.read(list_inbound, account_id, None, 100))]


def owner(store):
    return store.read(list_inbound, None, None, 1)[0].account_id


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_long_message_is_whole_whatever_way_its_parts_come(store, order):
    parts = pieces_of("Привет, мир!!")
    told = [store.do(record_pieces, parts[n])[0] for n in order]
    assert [each is None for each in told] == [True, True, False]
    assert texts(store) == ["Привет, мир!!"]


def test_parts_that_come_together_are_one_message(store):
    store.do(record_pieces, *pieces_of("Привет, мир!!"))
    assert texts(store) == ["Привет, мир!!"]


def test_a_part_that_comes_again_changes_nothing_before_and_after(store):
    first, second, third = pieces_of("Привет, мир!!")
    for part in (first, first, second, third, second, first):
        store.do(record_pieces, part)
    assert texts(store) == ["Привет, мир!!"]


def test_a_pair_cut_in_two_is_read_as_one(store):
    octets = ucs2.encode("a😀b")
    for n, part in enumerate((octets[:4], octets[4:]), 1):
        store.do(record_pieces, a_piece(payload=part, reference=1, total=2, part=n))
    assert texts(store) == ["a😀b"]


def test_the_same_reference_used_again_is_another_message(store):
    for text in ("Первое письмо", "Второе письмо"):
        store.do(record_pieces, *pieces_of(text))
    assert texts(store) == ["Первое письмо", "Второе письмо"]


def test_a_reference_used_again_too_early_costs_no_word(store):
    store.do(record_pieces, *pieces_of("Первое письмо")[:2])
    store.do(record_pieces, *pieces_of("Второе письмо"))
    assert texts(store) == ["Первое пис[…]", "Второе письмо"]


def test_an_incomplete_message_is_told_with_a_marker_after_an_hour(store):
    first, _, third = pieces_of("Привет, мир!!")
    store.do(record_pieces, first, third)
    assert store.do(tell_incomplete, (NOW, NOW + HOUR)) == [0]
    assert store.do(tell_incomplete, (NOW + 1, NOW + HOUR)) == [1]
    assert texts(store) == ["Приве[…]р!!"]
    assert store.do(tell_incomplete, (NOW + 1, NOW + HOUR)) == [0]


def test_other_phones_numbers_and_links_have_parts_of_their_own(store):
    for change in ({}, {"phone": "79000000001"}, {"number": "79000000002"}, {"link_id": LINK + 1}):
        store.do(record_pieces, pieces_of("Привет, мир!!", **change)[0])
    assert texts(store) == []


def test_a_message_to_an_account_s_own_number_is_its(store):
    mine = store.account()
    store.do(save_number, InboundNumber(NUMBER, mine.id, two_way=False))
    store.do(record_pieces, a_piece())
    assert owner(store) == mine.id


def test_an_answer_belongs_to_the_newest_message_it_can_answer(store):
    first, last, other = (store.account() for _ in range(3))
    for account in (first, last):
        store.accept(account, a_draft(PHONE, service=Service.TWO_WAY, sender=NUMBER))
    store.accept(other, a_draft(PHONE, sender=NUMBER))
    store.do(record_pieces, a_piece())
    assert owner(store) == last.id


def test_on_a_shared_number_the_contract_number_or_a_keyword_says_whose_it_is(store):
    shop, bank = store.account(), store.account()
    store.do(save_number, InboundNumber(NUMBER, 0, two_way=False))
    store.do(save_keyword, Keyword(NUMBER, "банк", bank.id))
    for text, whose in (
        (f"{shop.id} test", shop.id),
        ("Банк, да", bank.id),
        ("привет", UNCLAIMED),
        ("999999 да", UNCLAIMED),
    ):
        store.do(record_pieces, a_piece(text))
        assert owner(store) == whose


def test_what_is_nobody_s_can_be_assigned_once(store):
    mine = store.account()
    [message_id] = store.do(record_pieces, a_piece())
    assert store.do(assign_inbound, (message_id, mine.id)) == [True]
    assert store.do(assign_inbound, (message_id, mine.id + 1)) == [False]
    assert owner(store) == mine.id


def test_stop_puts_the_phone_on_the_account_s_black_list(store):
    mine = store.account()
    store.do(save_number, InboundNumber(NUMBER, mine.id, two_way=False))
    store.do(record_pieces, a_piece("Стоп!"))
    assert store.read(phone_lists.listed, mine.id, [PHONE]).black == {PHONE}
    assert texts(store, mine.id) == ["Стоп!"]


def test_the_account_s_script_is_told(store):
    mine = store.account()
    store.do(change_settings, (mine.id, {"inbound_callback": "POST http://shop.example/in"}))
    store.do(save_number, InboundNumber(NUMBER, mine.id, two_way=False))
    [message_id] = store.do(record_pieces, a_piece())
    [call] = store.read(list_callbacks, mine.id, None, 10)
    assert call.target == "POST http://shop.example/in"
    assert dict(json.loads(call.parameters)) == {
        "id": str(message_id), "phone": PHONE, "num": NUMBER, "text": "да", "created": "2023-11-15 01:13:20",
    }  # fmt: skip


def test_new_messages_are_seen_once_whoever_asks_at_the_same_time(store):
    mine = store.account()
    store.do(save_number, InboundNumber(NUMBER, mine.id, two_way=False))
    for n in range(20):
        store.do(record_pieces, a_piece(f"{n}"))

    async def ask():
        return await asyncio.gather(*(store.database.write(take_new, (mine.id, 7)) for _ in range(5)))

    answers = store.run(ask())
    assert sorted(int(message.text) for answer in answers for message in answer) == list(range(20))
    assert not any(message.seen for answer in answers for message in answer)
    assert all(message.seen for message in store.read(list_inbound, mine.id, None, 100))


def test_messages_since_a_moment(store):
    mine = store.account()
    store.do(save_number, InboundNumber(NUMBER, mine.id, two_way=False))
    for n in range(3):
        store.do(record_pieces, a_piece(f"{n}", at=NOW + n))
    assert [m.text for m in store.read(list_inbound, mine.id, NOW + 1, 10)] == ["2", "1"]
