"""Admission under protection: each check has its code, and their order is that of wire facts and docs."""

from ipaddress import ip_network

import pytest

from lotsman.domain.admission import Admission, admit
from lotsman.domain.forbidden_words import ForbiddenWords
from lotsman.domain.lane import EMULATOR
from lotsman.domain.numbering import Numbering
from lotsman.domain.protection import Protection, Watch, by_lists, fingerprint, may_loop
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import Service
from lotsman.domain.template import Templates
from stand.builders import NOW, a_draft, a_phone, an_account, an_order

NUMBERING = Numbering()
SPAM = Protection(templates=Templates(["Код: ____"]), shared_senders=frozenset({"inform"}))


def judged(order, **protection):
    account = an_account(
        senders=("INFORM", "SHOP", "79021121075"), protection=Protection(**protection), default_sender="SHOP"
    )
    return admit(order, account, NUMBERING, NOW)


def test_an_account_with_everything_off_is_not_watched():
    assert admit(an_order("Пpивет"), an_account(), NUMBERING, NOW).watch is None
    assert judged(an_order("Пpивет")).watch is None


def test_a_text_with_too_many_parts_for_the_account_is_221():
    assert judged(an_order("Я" * 71), most_parts=1) is Refusal.TEXT_TOO_LONG
    assert isinstance(judged(an_order("Я" * 70), most_parts=1), Admission)
    assert judged(an_order("Я" * 671), most_parts=50) is Refusal.TEXT_TOO_LONG


def test_a_mixed_word_is_248_only_where_the_filter_is_on():
    assert judged(an_order("Пpивет"), alphabet_filter=True) is Refusal.CYRLAT_FILTER
    assert isinstance(judged(an_order("Привет, John"), alphabet_filter=True), Admission)


def test_a_forbidden_word_of_anybodys_list_is_247():
    lists = (ForbiddenWords(["казино"]), ForbiddenWords(["скидки"]))
    for text in ("Новое КAЗИНО", "скидки"):
        assert judged(an_order(text), words=lists) is Refusal.FILTERED


def test_a_shared_sender_is_226_where_the_account_wants_none():
    barred = {"barred_senders": frozenset({"inform"})}
    assert judged(an_order("a", sender="Inform"), **barred) is Refusal.SHARED_SENDER_DISABLED
    assert isinstance(judged(an_order("a", sender="SHOP"), **barred), Admission)
    account = an_account(protection=Protection(**barred))  # its default sender is INFORM
    assert admit(an_order("a"), account, NUMBERING, NOW) is Refusal.SHARED_SENDER_DISABLED
    assert isinstance(admit(an_order("HLR"), account, NUMBERING, NOW), Admission)


@pytest.mark.parametrize(
    ("text", "sender", "code"),
    [
        ("Код: 1234", "SHOP", 0),
        ("Скидки!", "SHOP", 223),
        ("Скидки!", "", 223),
        ("Скидки!", "INFORM", 224),
        ("Код: 1234", "INFORM", 0),
        ("Скидки!", "79021121075", 225),
        ("Скидки!", "2WAY", 225),
        ("Скидки!", "GOLOS", 232),
        ("Код: 1234", "GOLOS", 232),
        ("HLR", "", 0),
        ("PING", "", 0),
    ],
)
def test_under_spam_protection_another_text_is_for_the_white_list_and_the_code_says_what_would_help(
    text, sender, code
):
    account = an_account(
        senders=("SHOP", "INFORM", "79021121075"), two_way_numbers=("79021121075",), protection=SPAM
    )
    admission = admit(an_order(text, sender=sender), account, NUMBERING, NOW)
    assert [draft.unlisted for draft in admission.drafts] == [code]
    assert admission.watch == (Watch(white=True) if code else None)


def test_what_is_wrong_with_the_request_is_said_before_what_is_wrong_with_the_text():
    strict = {
        "alphabet_filter": True,
        "words": (ForbiddenWords(["казино"]),),
        "barred_senders": frozenset({"inform"}),
    }
    mixed = "Пpивет, казино"
    orders = [
        (an_order("", sender="INFORM"), Refusal.TEXT_REQUIRED),
        (an_order(mixed, "12", sender="INFORM"), Refusal.PHONE_LENGTH),
        (an_order(mixed, sender="INFORM", objection=Refusal.TTL_INVALID), Refusal.SHARED_SENDER_DISABLED),
        (an_order(mixed, sender="SHOP", objection=Refusal.TTL_INVALID), Refusal.TTL_INVALID),
        (an_order(mixed, sender="SHOP"), Refusal.CYRLAT_FILTER),
        (an_order("казино", sender="SHOP"), Refusal.FILTERED),
    ]
    assert [judged(order, **strict) for order, _ in orders] == [refusal for _, refusal in orders]


def test_the_lists_turn_down_numbers_and_what_is_turned_down_costs_nothing():
    drafts = [a_draft(a_phone(n), unlisted=223) for n in range(3)]
    judged = by_lists(drafts, {a_phone(0)}, {a_phone(0), a_phone(1)})
    assert [(draft.error, draft.price) for draft in judged] == [(212, 0), (0, 289), (223, 0)]


def test_a_row_that_is_bad_already_keeps_its_error_and_a_look_up_is_no_message():
    bad = a_draft(a_phone(0), error=214, price=0)
    lookup = a_draft(a_phone(0), service=Service.HLR)
    assert by_lists([bad, lookup], {a_phone(0)}, ()) == [bad, lookup]


def test_a_repetition_is_the_same_text_by_the_same_service_to_the_same_number():
    first = a_draft(a_phone(1))
    assert fingerprint(first) == fingerprint(first._replace(sender="OTHER", price=0, item_id="7"))
    others = [
        a_draft(a_phone(2)), a_draft(a_phone(1), text="Пока"), a_draft(a_phone(1), service=Service.VOICE),
        a_draft(a_phone(1), lane=EMULATOR),
    ]  # fmt: skip
    assert fingerprint(first) not in {fingerprint(other) for other in others}
    assert may_loop(first)
    assert not may_loop(a_draft(service=Service.HLR))
    assert not may_loop(a_draft(error=111))


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("192.0.2.7", True), ("192.0.3.7", False), ("::ffff:192.0.2.7", True), ("2001:db8::1", True),
        ("2001:db9::1", False), ("198.51.100.1", True), ("", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_an_address_is_let_in_by_the_networks_of_the_account(address, inside):
    networks = tuple(map(ip_network, ("192.0.2.0/24", "2001:db8::/32", "198.51.100.1")))
    assert Protection(networks=networks).lets_in(address) is inside
    assert Protection().lets_in(address)
