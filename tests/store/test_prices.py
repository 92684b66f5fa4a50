"""Price lists in the database: what was, what will be, whose they are; currencies; what carriers take; what is left."""

import pytest
import sqlalchemy as sa

from lotsman.domain import money, price_list
from lotsman.domain.currency import ROUBLE
from lotsman.domain.lane import EMULATOR
from lotsman.domain.ledger import EntryKind, LedgerEntry
from lotsman.domain.period import ALWAYS, FOREVER, Period, price_at
from lotsman.domain.price_list import PURCHASE, SALE
from lotsman.domain.prices import PriceKey
from lotsman.domain.route import Ask
from lotsman.domain.service import Service
from lotsman.domain.text_class import TextClass
from lotsman.store import ledger
from lotsman.store.database import Tx
from lotsman.store.directory import Directory
from lotsman.store.engine import connect_writer
from lotsman.store.margins import margins
from lotsman.store.tables.messages import messages
from lotsman.usecases.authenticate import by_key
from lotsman.usecases.configure_carrier import add_link
from lotsman.usecases.configure_currency import all_rates, set_rate
from lotsman.usecases.configure_tariff import (
    Whose,
    assign_tariff,
    find_prices,
    find_tariff,
    replace_prices,
)
from lotsman.usecases.open_account import open_account
from lotsman.usecases.read_margins import read_margins
from lotsman.usecases.read_routing import read_routing
from lotsman.usecases.review_sender import share_sender
from lotsman.usecases.send_messages import send_messages
from stand.builders import NOW, PHONE, a_draft, an_order
from stand.open_store import taken, turned_down

SMS = Service.SMS
DAY = 86_400_000
RU = PriceKey(SMS, "RU")


def listed(text, kind=SALE):
    return price_list.read(f"service,country,operator,price,prefix,sender,from,to\n{text}", kind)


def replace(store, name, text, whose=Whose.TARIFF, *, currency="", start=None, now=NOW, apply=True):
    new = listed(text, PURCHASE if whose is Whose.LINK else SALE)
    return store.run(
        replace_prices(store.platform, whose, name, new, currency=currency, start=start, now=now, apply=apply)
    )


def history(store, name, whose=Whose.TARIFF):
    return store.run(find_prices(store.platform, whose, name)).prices


def customer(store, tariff="retail", login="shop@example.org"):
    return store.run(
        open_account(
            store.platform,
            login=login,
            name="Shop",
            phone="",
            senders=["SHOP", "79021121075"],
            tariff=tariff,
            now=NOW,
        )
    )


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock(store):
    """Time that a test moves, and a directory that goes by it."""
    clock = Clock()
    store.platform.directory = Directory(store.database, clock)
    return clock


def pays(store, opened, country="RU", operator="TELE2"):
    account = store.run(by_key(store.platform, opened.apikey, lambda: "", NOW))
    return account.tariff.price(SMS, country, operator, 1, "79041234567", "name")


def test_what_was_charged_on_a_day_is_known_ever_after(store):
    replace(store, "retail", "SMS,RU,,2.50,,,,\nHLR,,,0.30,,,,")
    replace(store, "retail", "SMS,RU,,2.60,,,,", now=NOW + DAY)
    replace(store, "retail", "SMS,RU,,2.70,,,,", now=NOW + 2 * DAY)
    rows = history(store, "retail")
    assert [price_at(rows[RU], NOW + day * DAY) for day in (0, 1, 2, 9)] == [250, 260, 270, 270]
    assert rows[PriceKey(Service.HLR)] == [Period(ALWAYS, NOW + DAY, 30)]


def test_a_preview_changes_nothing(store):
    replace(store, "retail", "SMS,RU,,2.50,,,,")
    [change] = replace(store, "retail", "SMS,RU,,2.60,,,,", apply=False)
    assert (change.key, change.step) == (RU, (NOW, FOREVER, 250, 260))
    assert history(store, "retail") == {RU: [Period(ALWAYS, FOREVER, 250)]}
    assert replace(store, "wholesale", "SMS,RU,,2.60,,,,", apply=False)
    assert store.run(find_prices(store.platform, Whose.TARIFF, "wholesale")).owner is None


def test_a_price_of_tomorrow_takes_effect_by_itself_and_on_every_node(store, clock):
    replace(store, "retail", "SMS,RU,,2.50,,,,")
    opened = customer(store)
    store.run(store.platform.directory.refresh())
    replace(store, "retail", "SMS,RU,,3.00,,,,", start=NOW + DAY)
    assert store.run(store.platform.directory.refresh())
    revision = store.platform.directory.revision
    assert pays(store, opened) == 250
    clock.now = NOW + DAY - 1
    assert not store.run(store.platform.directory.refresh())
    assert pays(store, opened) == 250
    clock.now = NOW + DAY
    assert store.run(store.platform.directory.refresh())
    assert pays(store, opened) == 300
    assert store.platform.directory.revision > revision
    assert not store.run(store.platform.directory.refresh())


def test_what_has_been_charged_cannot_be_changed(store):
    replace(store, "retail", "SMS,RU,,2.50,,,,")
    with pytest.raises(ValueError, match="stays as it was"):
        replace(store, "retail", "SMS,RU,,2.60,,,,", start=NOW - 1)
    replace(store, "retail", "SMS,RU,,2.60,,,2020-01-01,")
    assert history(store, "retail")[RU] == [Period(ALWAYS, NOW, 250), Period(NOW, FOREVER, 260)]


def test_an_accounts_own_prices_lie_on_top_of_its_list(store, clock):
    replace(store, "retail", "SMS,RU,,2.50,,,,\nSMS,RU,MTS,2.90,,,,\nSMS,KZ,,9,,,,")
    opened, other = customer(store), customer(store, login="other@example.org")
    clock.now = NOW + 5
    replace(store, "shop", "SMS,RU,,2.00,,,,", Whose.ACCOUNT, now=clock.now)
    store.run(store.platform.directory.refresh())
    assert [pays(store, who, "RU", "MTS") for who in (opened, other)] == [200, 290]
    assert pays(store, opened, "KZ") == 900
    assert history(store, "shop", Whose.ACCOUNT) == {RU: [Period(clock.now, FOREVER, 200)]}
    replace(store, "shop", "", Whose.ACCOUNT, now=clock.now + 5)
    clock.now += 5
    store.run(store.platform.directory.refresh())
    assert pays(store, opened, "RU", "MTS") == 290


def test_a_message_costs_what_its_prefix_and_its_sender_cost(store):
    replace(
        store,
        "retail",
        "SMS,RU,,2.50,,,,\nSMS,RU,,3.00,,number,,\nSMS,RU,,2.10,,shared,,\nSMS,RU,,1.00,7904,,,",
    )
    store.run(share_sender(store.platform, "EVERYBODY", shared=True))
    opened = customer(store)
    account = store.run(by_key(store.platform, opened.apikey, lambda: "", NOW))

    def costs(to, sender):
        order = an_order("Hi", to, sender=sender)
        return store.run(send_messages(store.platform, account, order, NOW)).cost

    store.do(ledger.post_by_hand, ledger.ByHand(EntryKind.TOP_UP, account.id, 10_000, NOW, "money"))
    senders = ("SHOP", "79021121075", "everybody")
    assert [costs(PHONE, sender) for sender in senders] == [250, 300, 210]
    assert [costs("79041234567", sender) for sender in senders] == [100, 100, 100]


def test_an_account_is_kept_in_the_currency_of_its_list_for_good(store):
    with pytest.raises(ValueError, match="what is EUR in RUB"):
        replace(store, "euro", "SMS,DE,,0.07,,,,", currency="EUR")
    store.run(set_rate(store.platform, "eur", money.parse_fine("98.5"), NOW))
    replace(store, "euro", "SMS,DE,,0.07,,,,", currency="EUR")
    replace(store, "retail", "SMS,RU,,2.50,,,,")
    with pytest.raises(ValueError, match="are in EUR, and stay so; not in RUB"):
        replace(store, "euro", "SMS,DE,,7.00,,,,", currency="RUB")
    opened = customer(store, "euro")
    account = store.run(by_key(store.platform, opened.apikey, lambda: "", NOW))
    assert (account.tariff.currency, account.tariff.rate) == ("EUR", 98_500_000)
    assert account.tariff.at_home(7) == 690  # 6.895 roubles
    with pytest.raises(ValueError, match="is kept in EUR, that price list is in RUB"):
        store.run(assign_tariff(store.platform, account.id, "retail"))
    replace(store, "euro 2", "SMS,DE,,0.08,,,,", currency="EUR")
    store.run(assign_tariff(store.platform, account.id, "euro 2"))
    store.run(store.platform.directory.refresh())
    assert pays(store, opened, "DE") == 8


def test_a_rate_may_be_said_again_and_for_a_day_to_come(store, clock):
    for rate, at in (("98.5", NOW), ("99", NOW), ("101.25", NOW + DAY)):
        store.run(set_rate(store.platform, "EUR", money.parse_fine(rate), at))
    assert store.run(all_rates(store.platform)) == {"EUR": {NOW: 99_000_000, NOW + DAY: 101_250_000}}
    replace(store, "euro", "SMS,DE,,0.07,,,,", currency="EUR")
    assert store.run(find_tariff(store.platform, "euro", NOW)).rate == 99_000_000
    assert store.run(find_tariff(store.platform, "euro", NOW + DAY)).rate == 101_250_000
    store.run(store.platform.directory.refresh())
    clock.now = NOW + DAY
    assert store.run(store.platform.directory.refresh())
    for wrong in (("RUB", 1), ("EURO", 1), ("EUR", 0)):
        with pytest.raises(ValueError, match=r"currency|above zero"):
            store.run(set_rate(store.platform, *wrong, NOW))


def test_links_are_chosen_by_what_their_carriers_take(store, clock):
    store.run(set_rate(store.platform, "EUR", money.parse_fine("100"), NOW))
    for name in ("north", "south"):
        store.run(add_link(store.platform, name=name, settings={"host": "127.0.0.1"}))
    replace(store, "north", "SMS,RU,,1.2345,,,,\nSMS,RU,,1.5,7904,,,", Whose.LINK)
    replace(store, "south", "SMS,RU,,0.0123,,,,\nSMS,RU,,0.02,,,2023-11-20,", Whose.LINK, currency="EUR")

    def costs(msisdn=PHONE):
        store.run(store.platform.directory.refresh())
        store.run(read_routing(store.platform))
        ask = Ask(SMS, 1, "SHOP", TextClass.SINGLE, "RU", "MTS", msisdn, 250, clock.now)
        return {link.name: link.cost for link in store.platform.routing.decide(ask).links}

    assert costs() == {"north": 1_234_500, "south": 1_230_000}
    assert costs("79041234567")["north"] == 1_500_000
    clock.now = NOW + 10 * DAY
    assert costs() == {"north": 1_234_500, "south": 2_000_000}
    replace(store, "north", "SMS,RU,,1.3,,,,", Whose.LINK, now=clock.now)
    assert costs()["north"] == 1_300_000
    with pytest.raises(ValueError, match="are in EUR, and stay so"):
        replace(store, "south", "", Whose.LINK, currency="RUB")


@pytest.mark.parametrize("whose", [Whose.ACCOUNT, Whose.LINK])
def test_prices_of_nobody_are_refused(store, whose):
    with pytest.raises(LookupError, match=f"no {whose.value} nobody"):
        replace(store, "nobody", "SMS,RU,,1,,,,", whose)


def cost(store, ids, units):
    with store.database.engine.begin() as connection:
        connection.execute(sa.update(messages).where(messages.c.id.in_(ids)).values(cost=units))


def test_what_is_left_is_summed_by_account_link_and_destination(store):
    account = store.account()
    good = store.sending(account, a_draft(), a_draft("79160000001"))
    bad = store.sending(account, a_draft("77011234567", country="KZ", operator="KCELL", price=900))
    refused = store.sending(account, a_draft())
    unknown = store.sending(account, a_draft())
    drill = store.sending(account, a_draft(lane=EMULATOR))
    waiting = store.accept(account, a_draft())
    for message_id in (*good, *bad, *unknown, *drill):
        store.submitted(message_id, taken(f"id-{message_id}"))
    store.submitted(refused[0], turned_down())
    cost(store, [*good, *refused, *drill, *waiting], 1_234_500)
    cost(store, bad, 9_500_000)
    found = store.run(read_margins(store.platform, NOW, NOW + 1))
    kz, ru = found
    assert (kz.country, kz.operator, kz.messages, kz.below, kz.unpriced) == ("KZ", "KCELL", 1, 1, 0)
    assert [money.fine_text(amount) for amount in (kz.revenue, kz.cost, kz.margin)] == [
        "9.00",
        "9.50",
        "-0.50",
    ]
    assert (ru.account_id, ru.login, ru.link, ru.messages, ru.below, ru.unpriced) == (
        account.id, account.login, "7", 3, 0, 1,
    )  # fmt: skip
    assert [money.fine_text(amount) for amount in (ru.revenue, ru.cost)] == ["5.78", "2.469"]
    assert store.run(read_margins(store.platform, NOW + 1, NOW + DAY)) == []


def test_what_was_refunded_brought_nothing(store):
    account = store.account()
    [message_id] = store.sending(account, a_draft())
    store.submitted(message_id, taken("A"))
    cost(store, [message_id], 1_000_000)
    with connect_writer(store.database.engine) as connection, connection.begin():
        back = LedgerEntry(EntryKind.REFUND, message_id, account.id, NOW, 289)
        ledger.post(Tx(connection, sqlite=store.database.sqlite), [back])
    [row] = store.run(read_margins(store.platform, NOW, NOW + 1))
    assert (row.revenue, row.cost, row.below) == (0, 1_000_000, 1)


def test_what_was_paid_in_another_currency_is_worth_its_rate_of_that_moment(store):
    for rate, at in (("98.5", NOW - DAY), ("50", NOW + 5), ("1", NOW + DAY)):
        store.run(set_rate(store.platform, "EUR", money.parse_fine(rate), at))
    replace(store, "euro", "SMS,RU,,0.07,,,,", currency="EUR")
    account = store.run(store.platform.directory.by_id(customer(store, "euro").account_id))
    store.do(ledger.post_by_hand, ledger.ByHand(EntryKind.TOP_UP, account.id, 10_000, NOW, "money"))
    for at in (NOW, NOW + 5):
        [message_id] = store.accept(account, a_draft(price=7), at=at, link_id=7)
        store.submitted(message_id, taken(f"id-{at}"))
        cost(store, [message_id], 4_000_000)
    [row] = store.read(margins, ROUBLE, NOW, NOW + DAY)
    assert (row.messages, row.below, money.fine_text(row.revenue)) == (2, 1, "10.395")  # 6.895 and 3.50
    assert money.fine_text(row.margin) == "2.395"
