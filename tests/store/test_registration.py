"""Names and templates: registered by a customer, judged by the operator, told to the customer."""

import asyncio
import json

import pytest
import sqlalchemy as sa

from lotsman.domain.account import Standing
from lotsman.domain.moderation import Verdict
from lotsman.domain.phone_list import ListKind
from lotsman.domain.refusals import Refusal, Refused
from lotsman.store.tables.callbacks import callbacks
from lotsman.store.tables.mails import mails
from lotsman.usecases.block_account import block_account
from lotsman.usecases.change_account import change_account
from lotsman.usecases.edit_phone_list import add_to_list, remove_from_list, show_list
from lotsman.usecases.edit_words import add_words, remove_words, show_words
from lotsman.usecases.open_account import register_sender as allow_sender
from lotsman.usecases.register_sender import register_sender
from lotsman.usecases.register_template import register_template
from lotsman.usecases.review_sender import (
    list_senders,
    review_sender,
    senders_of,
    share_sender,
    shared_senders,
)
from lotsman.usecases.review_template import list_templates, review_template
from stand.builders import NOW, a_phone

URL = "http://example.com/told?x=1"
MAILBOX = "owner@example.com"


def wants_name(store, account, name="SHOP", *, notify=URL, test=False):
    return store.run(register_sender(store.platform, account, name, "shop.example", notify, NOW, test=test))


def wants_template(store, account, text="Код: ____", *, test=False):
    return store.run(register_template(store.platform, account, text, URL, NOW, test=test))


def judge_name(store, account, verdict, name="SHOP", comment=""):
    return store.run(review_sender(store.platform, account.id, name, verdict, comment, NOW))


def judge_template(store, template_id, verdict, comment=""):
    return store.run(review_template(store.platform, template_id, verdict, comment, NOW))


def in_memory(store, account):
    return store.run(store.platform.directory.by_id(account.id))


def refusal(callable_, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        callable_(*args, **kwargs)
    return refused.value.refusal


# names


def test_a_name_waits_is_approved_and_may_be_taken_back(store):
    account = store.account()
    wants_name(store, account)
    assert in_memory(store, account).registered("SHOP") is None
    verdicts = []
    for verdict in (Verdict.APPROVED, Verdict.REFUSED):
        judge_name(store, account, verdict, "shop")
        verdicts.append(in_memory(store, account).registered("shop"))
    assert verdicts == ["SHOP", None]
    assert [(s.name, s.verdict) for s in store.run(senders_of(store.platform, account.id))] == [
        ("INFORM", Verdict.APPROVED), ("SHOP", Verdict.REFUSED),
    ]  # fmt: skip


def test_a_name_is_registered_once_until_it_is_refused(store):
    account, other = store.account(), store.account()
    wants_name(store, account)
    assert refusal(wants_name, store, account, "Shop") is Refusal.SENDER_EXISTS
    wants_name(store, other, "Shop")
    judge_name(store, account, Verdict.REFUSED)
    wants_name(store, account, "Shop")
    found = store.run(list_senders(store.platform, Verdict.PENDING, 10))
    assert [(s.account_id, s.name) for s in found] == [(account.id, "Shop"), (other.id, "Shop")]


def test_a_test_leaves_nothing(store):
    account = store.account()
    wants_name(store, account, test=True)
    assert wants_template(store, account, test=True) == 0
    assert store.run(list_senders(store.platform, Verdict.PENDING, 10)) == []
    assert store.run(list_templates(store.platform, None, None, 10)) == []


def test_of_two_nodes_that_register_the_same_one_is_told_that_it_exists(store, other):
    account = store.account()

    async def both():
        wishes = [
            register_sender(node.platform, account, name, "shop.example", URL, NOW, test=False)
            for node, name in ((store, "SHOP"), (other, "shop"))
        ] + [
            register_template(node.platform, account, "Код: __", URL, NOW, test=False)
            for node in (store, other)
        ]
        return await asyncio.gather(*wishes, return_exceptions=True)

    answers = store.run(both())
    refused = [answer.refusal for answer in answers if isinstance(answer, Refused)]
    assert refused == [Refusal.SENDER_EXISTS, Refusal.TEMPLATE_EXISTS]


def test_a_name_that_the_operator_gives_needs_no_word_more(store):
    account = store.account()
    store.run(allow_sender(store.platform, account.id, "GIVEN", NOW, default=False))
    assert [s.verdict for s in store.run(senders_of(store.platform, account.id))] == [Verdict.APPROVED] * 2
    assert judge_name(store, account, Verdict.REFUSED, "GIVEN").notify == ""


def test_nothing_is_decided_about_what_nobody_has_registered(store):
    account = store.account()
    with pytest.raises(LookupError):
        judge_name(store, account, Verdict.APPROVED, "OTHER")
    with pytest.raises(LookupError):
        judge_template(store, 99, Verdict.APPROVED)


def test_a_shared_name_is_everybodys_who_wants_it(store):
    account, own = store.account(), store.account()
    store.run(allow_sender(store.platform, own.id, "INFO", NOW, default=False))
    assert store.run(share_sender(store.platform, "Info", shared=True))
    assert not store.run(share_sender(store.platform, "INFO", shared=True))
    assert store.run(shared_senders(store.platform)) == ["Info"]
    assert in_memory(store, account).registered("info") == "Info"
    assert in_memory(store, account).senders == ("INFORM", "Info")
    for each in (account, own):
        store.run(change_account(store.platform, each.id, {"shared_senders": "off"}))
    store.run(store.platform.directory.refresh())
    assert in_memory(store, account).protection.bars("INFO")
    assert in_memory(store, own).protection is None  # it has registered the name
    assert in_memory(store, own).registered("info") == "INFO"
    assert store.run(share_sender(store.platform, "info", shared=False))
    assert in_memory(store, account).protection is None


# templates


def test_a_template_counts_while_it_is_approved(store):
    account = store.account()
    store.run(change_account(store.platform, account.id, {"spam_protection": "on"}))
    template_id = wants_template(store, account)
    seen = []
    for verdict in (Verdict.PENDING, Verdict.APPROVED, Verdict.REFUSED):
        judge_template(store, template_id, verdict)
        seen.append(in_memory(store, account).protection.templates.match("Код: 1234"))
    assert seen == [False, True, False]


def test_the_same_text_is_registered_once_until_it_is_refused(store):
    account, other = store.account(), store.account()
    first = wants_template(store, account, "Код: __\nСайт")
    assert refusal(wants_template, store, account, " Код: __\r\nСайт ") is Refusal.TEMPLATE_EXISTS
    wants_template(store, other, "Код: __\nСайт")
    judge_template(store, first, Verdict.REFUSED, "no")
    second = wants_template(store, account, "Код: __\nСайт")
    found = store.run(list_templates(store.platform, account.id, None, 10))
    assert [(t.id, t.verdict, t.comment) for t in found] == [
        (first, Verdict.REFUSED, "no"), (second, Verdict.PENDING, ""),
    ]  # fmt: skip


# telling the customer


def told(store, account):
    """Calls and mails that wait: [(target or recipient, parameters or subject and body)]."""
    calls = [
        (row.account_id, row.message_id, row.target, json.loads(row.parameters))
        for row in store.read(lambda connection: connection.execute(sa.select(callbacks)).all())
    ]
    mail = store.read(
        lambda connection: connection.execute(
            sa.select(mails.c.recipient, mails.c.subject, mails.c.body)
        ).all()
    )
    return calls, [tuple(row) for row in mail]


def test_whoever_registered_with_the_address_of_a_script_is_called(store):
    account = store.account()
    wants_name(store, account)
    template_id = wants_template(store, account)
    judge_name(store, account, Verdict.APPROVED, "shop")
    judge_template(store, template_id, Verdict.REFUSED, "слишком & широко")
    said = [
        [["sender", "SHOP"], ["status", "1"], ["comment", ""]],
        [["template_id", str(template_id)], ["status", "-1"], ["comment", "слишком & широко"]],
    ]
    assert told(store, account) == ([(account.id, 0, f"GET {URL}", parameters) for parameters in said], [])


def test_whoever_registered_with_a_mailbox_gets_mail(store):
    account = store.account()
    wants_name(store, account, notify=MAILBOX)
    judge_name(store, account, Verdict.REFUSED, comment="not yours")
    [(recipient, subject, body)] = told(store, account)[1]
    assert (recipient, subject) == (MAILBOX, "SHOP: refused")
    assert "SHOP" in body
    assert "not yours" in body


def test_a_name_that_nobody_registered_is_judged_in_silence(store):
    account = store.account()
    judge_name(store, account, Verdict.REFUSED, "INFORM")
    assert told(store, account) == ([], [])


# the rest of what an operator does


def test_another_node_knows_of_a_decision_as_soon_as_it_looks(store, other):
    account = store.account()
    wants_name(store, account)
    there = other.platform.directory
    other.run(there.refresh())
    assert other.run(there.by_id(account.id)).registered("SHOP") is None
    judge_name(store, account, Verdict.APPROVED)
    assert other.run(there.refresh())
    assert other.run(there.by_id(account.id)).registered("SHOP") == "SHOP"


def test_a_blocked_account_says_why_until_it_is_active_again(store):
    account = store.account()
    seen = []
    for standing in (Standing.BLOCKED_SPAM, Standing.ACTIVE):
        store.run(block_account(store.platform, account.id, standing))
        seen.append(in_memory(store, account).blocked)
    assert seen == [Refusal.BLOCKED_SPAM, None]


def test_numbers_are_put_on_a_list_as_anybody_writes_them(store):
    account = store.account()
    numbers = [f"+7 (916) 000-00-0{n}" for n in (1, 2)]
    assert store.run(add_to_list(store.platform, account.id, ListKind.BLACK, numbers, "asked", NOW)) == 2
    assert in_memory(store, account).protection.watch.black
    shown = store.run(show_list(store.platform, account.id, ListKind.BLACK, 10))
    assert [(phone.msisdn, phone.note) for phone in shown] == [(a_phone(1), "asked"), (a_phone(2), "asked")]
    assert store.run(remove_from_list(store.platform, account.id, ListKind.BLACK, numbers)) == 2
    assert in_memory(store, account).protection is None
    with pytest.raises(ValueError, match="12 is no phone number"):
        store.run(add_to_list(store.platform, account.id, ListKind.BLACK, ["12"], "", NOW))


def test_words_of_the_installation_count_for_all_and_those_of_an_account_for_itself(store):
    account, other = store.account(), store.account()
    assert store.run(add_words(store.platform, 0, ["казино", "казино"])) == 1
    assert store.run(add_words(store.platform, account.id, ["скидк*"])) == 1
    judged = [
        any(words.in_text(text) for words in in_memory(store, each).protection.words)
        for each in (account, other)
        for text in ("Казино", "скидки")
    ]
    assert judged == [True, True, True, False]
    assert store.run(show_words(store.platform, account.id)) == ["скидк*"]
    assert store.run(remove_words(store.platform, 0, ["казино", "нет"])) == 1
    assert in_memory(store, other).protection is None
    with pytest.raises(ValueError, match="is no word"):
        store.run(add_words(store.platform, 0, ["..."]))


def test_an_address_that_is_none_cannot_be_allowed(store):
    account = store.account()
    with pytest.raises(ValueError):
        store.run(change_account(store.platform, account.id, {"allowed_ips": "192.0.2.1, 192.0.2.0/33"}))
    store.run(change_account(store.platform, account.id, {"allowed_ips": "192.0.2.1, 198.51.100.7/24"}))
    protection = in_memory(store, account).protection
    assert [protection.lets_in(address) for address in ("192.0.2.1", "198.51.100.1", "192.0.2.2")] == [
        True, True, False,
    ]  # fmt: skip
