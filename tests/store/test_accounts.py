"""Customers: opening an account, its keys, senders, money; and the copy of it that the doors ask."""

import asyncio

import pytest

from lotsman.domain.refusals import Refusal, Refused
from lotsman.domain.service import Service
from lotsman.store import accounts
from lotsman.store.directory import Directory
from lotsman.usecases.authenticate import by_key, by_password
from lotsman.usecases.configure_tariff import save_tariff, tariff_names
from lotsman.usecases.inspect import all_accounts, audit, find_account
from lotsman.usecases.open_account import AlreadyThere, issue_key, open_account, register_sender, replace_keys
from lotsman.usecases.read_balance import read_balance
from lotsman.usecases.top_up_account import correct_account, top_up_account
from stand.builders import NOW, PRICES, a_draft


def nowhere():
    """The address of a caller that nobody knows."""
    return ""


@pytest.fixture
def opened(store):
    store.run(save_tariff(store.platform, "retail", PRICES))
    return store.run(open_account(store.platform, **wanted()))


def wanted(**changes):
    return {
        "login": "Demo@Example.org", "name": "ООО «Ромашка»", "phone": "79020000000", "senders": ["INFORM", "SHOP.RU"],
        "tariff": "retail", "now": NOW, "password": "пароль",
    } | changes  # fmt: skip


def account_of(store, apikey):
    return store.run(by_key(store.platform, apikey, nowhere, NOW))


def refusal_of(store, verb):
    with pytest.raises(Refused) as refused:
        store.run(verb)
    return refused.value.refusal


def test_an_account_that_was_opened_is_found_by_its_key_with_all_it_may_do(store, opened):
    account = account_of(store, opened.apikey)
    assert (account.id, account.login, account.name) == (
        opened.account_id,
        "Demo@Example.org",
        "ООО «Ромашка»",
    )
    assert (account.senders, account.default_sender) == (("INFORM", "SHOP.RU"), "INFORM")
    assert account.registered("shop.ru") == "SHOP.RU"
    assert account.tariff.price(Service.SMS, "RU", "MTS", 2) == 2 * 289
    assert store.balance(account) == 0


def test_contract_numbers_begin_with_1001_and_go_up(store, opened):
    second = store.run(open_account(store.platform, **wanted(login="two@example.org")))
    assert (opened.account_id, second.account_id) == (1001, 1002)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, AlreadyThere),
        ({"login": "b@example.org", "tariff": "nowhere"}, LookupError),
        ({"login": "no address"}, ValueError),
        ({"login": "b@example.org", "senders": ["ab"]}, ValueError),
        ({"login": "b@example.org", "senders": ["2WAY"]}, ValueError),
    ],
)
def test_an_account_that_could_not_work_is_not_opened(store, opened, changes, error):
    with pytest.raises(error):
        store.run(open_account(store.platform, **wanted(**changes)))
    assert len(store.run(all_accounts(store.platform))) == 1


@pytest.mark.parametrize(
    ("apikey", "refusal"),
    [
        ("", Refusal.APIKEY_REQUIRED),
        ("X" * 63, Refusal.APIKEY_INVALID),
        ("X" * 63 + "'", Refusal.APIKEY_INVALID),
        ("X" * 64, Refusal.APIKEY_NOT_FOUND),
    ],
)
def test_a_key_that_is_none_says_why(store, opened, apikey, refusal):
    assert refusal_of(store, by_key(store.platform, apikey, nowhere, NOW)) is refusal


def test_a_login_counts_in_any_case_and_a_password_does_not(store, opened):
    for _ in range(2):  # the second time it is remembered
        assert (
            store.run(by_password(store.platform, "demo@example.ORG", "пароль", nowhere, NOW)).id
            == opened.account_id
        )
    assert (
        refusal_of(store, by_password(store.platform, "demo@example.org", "Пароль", nowhere, NOW))
        is Refusal.USER_NOT_FOUND
    )


@pytest.mark.parametrize(
    ("login", "password", "refusal"),
    [
        ("", "x", Refusal.LOGIN_INVALID),
        ("demo@example.org", "", Refusal.LOGIN_INVALID),
        ("demo", "x", Refusal.LOGIN_INVALID),
        ("who@example.org", "x", Refusal.USER_NOT_FOUND),
        ("demo@example.org\0", "x", Refusal.USER_NOT_FOUND),
        ("\ud800@example.org", "\ud800", Refusal.USER_NOT_FOUND),
        ("' OR 1=1 --@", "x", Refusal.USER_NOT_FOUND),
    ],
)
def test_a_login_that_is_none_says_why(store, opened, login, password, refusal):
    assert refusal_of(store, by_password(store.platform, login, password, nowhere, NOW)) is refusal


def test_several_keys_work_beside_each_other_until_they_are_replaced(store, opened):
    second = store.run(issue_key(store.platform, opened.account_id, NOW))
    assert account_of(store, opened.apikey).id == account_of(store, second).id == opened.account_id
    third = store.run(replace_keys(store.platform, opened.account_id, NOW))
    store.run(store.platform.directory.refresh())
    for old in (opened.apikey, second):
        assert refusal_of(store, by_key(store.platform, old, nowhere, NOW)) is Refusal.APIKEY_NOT_FOUND
    assert account_of(store, third).id == opened.account_id


def test_of_a_key_only_a_hint_is_kept(store, opened):
    [account] = store.run(all_accounts(store.platform))
    assert account["keys"] == [f"{opened.apikey[:4]}…{opened.apikey[-4:]}"]
    rows = store.read(lambda connection: connection.exec_driver_sql("SELECT * FROM api_keys").all())
    assert opened.apikey not in str(rows)


def test_a_change_elsewhere_is_seen_after_a_refresh(store, other, opened):
    directory = other.platform.directory
    other.run(directory.refresh())
    before = other.run(directory.by_key(opened.apikey))
    store.run(register_sender(store.platform, opened.account_id, "NEWNAME", NOW, default=True))
    assert other.run(directory.by_key(opened.apikey)) is before
    assert other.run(directory.refresh())
    after = other.run(directory.by_key(opened.apikey))
    assert (after.default_sender, after.registered("newname")) == ("NEWNAME", "NEWNAME")
    assert not other.run(directory.refresh())


def test_what_was_read_before_a_change_and_came_after_it_is_not_remembered(store, opened):
    class SlowRoad:
        """A database whose answers are on their way for as long as a test wants."""

        def __init__(self):
            self.read_already, self.may_arrive = asyncio.Event(), asyncio.Event()

        async def read(self, query, *args):
            found = await store.database.read(query, *args)
            if query is accounts.account_of_key:
                self.read_already.set()
                await self.may_arrive.wait()
            return found

    async def overtaken():
        road = SlowRoad()
        directory = Directory(road, lambda: NOW)
        asking = asyncio.ensure_future(directory.by_key(opened.apikey))
        await road.read_already.wait()
        await replace_keys(store.platform, opened.account_id, NOW)
        await directory.refresh()
        road.may_arrive.set()
        await asking
        return directory.known(opened.apikey)

    assert store.run(overtaken()) is None


def test_money_in_is_a_ledger_entry_and_a_balance(store, opened):
    account = account_of(store, opened.apikey)
    assert store.run(top_up_account(store.platform, account.id, 10_000, "invoice 7", NOW)) == 10_000
    assert store.run(correct_account(store.platform, account.id, -2_500, "paid twice", NOW)) == 7_500
    assert store.run(read_balance(store.platform, account)) == 7_500
    assert store.books_agree()


def test_top_ups_at_the_same_moment_all_count(store, other, opened):
    async def all_at_once():
        nodes = (store, other) * 25
        return await asyncio.gather(
            *(top_up_account(node.platform, opened.account_id, 100, "", NOW) for node in nodes)
        )

    assert max(store.run(all_at_once())) == 50 * 100
    assert store.books_agree()


def test_an_account_is_found_by_whatever_the_operator_types(store, opened):
    store.run(open_account(store.platform, **wanted(login="other@example.org")))
    for who in ("1001", "demo@example.org", "DEMO", "demo"):
        assert store.run(find_account(store.platform, who)) == opened.account_id
    for who in ("9999", "nobody", "", "dem", "demo@"):
        assert store.run(find_account(store.platform, who)) is None


def test_a_name_that_two_logins_share_is_nobody(store, opened):
    store.run(open_account(store.platform, **wanted(login="demo@example.com")))
    assert store.run(find_account(store.platform, "demo")) is None


def test_a_tariff_saved_again_replaces_its_prices(store, opened):
    first = store.run(save_tariff(store.platform, "retail", {(Service.SMS, "RU", ""): 300}))
    store.run(save_tariff(store.platform, "wholesale", {}))
    store.run(store.platform.directory.refresh())
    tariff = account_of(store, opened.apikey).tariff
    assert (tariff.id, dict(tariff.prices)) == (first, {(Service.SMS, "RU", ""): 300})
    assert store.run(tariff_names(store.platform)) == [("retail", "RUB"), ("wholesale", "RUB")]


def test_an_audit_finds_nothing_wrong_and_counts_what_waits(store):
    account = store.account()
    store.accept(account, a_draft())
    found = store.run(audit(store.platform, NOW))
    assert (found.ledger_deviations, found.stuck, sum(found.waiting.values())) == (0, 0, 1)


def test_an_audit_finds_money_without_an_entry(store):
    account = store.account(balance=100)
    with store.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE accounts SET balance = 101")
    assert not store.books_agree()
    assert store.run(audit(store.platform, NOW)).ledger_deviations == 1
    assert store.balance(account) == 101
