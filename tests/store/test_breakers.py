"""Breakers over a real store: what is held, refused, counted by several nodes, told, released and withdrawn."""

import asyncio

import pytest
import sqlalchemy as sa

from lotsman.domain.lifecycle import State
from lotsman.domain.limits import EACH_KEY
from lotsman.domain.message import DEFAULT_TTL
from lotsman.domain.refusals import Refusal, Refused
from lotsman.store import ledger
from lotsman.store.tables.breakers import trips, usage, visitors
from lotsman.store.tables.mails import mails
from lotsman.store.trips import MOST_ALERTS
from lotsman.usecases.block_account import Standing
from lotsman.usecases.expire_messages import expire_messages
from lotsman.usecases.keep_breakers import forget_used, keep_breakers
from lotsman.usecases.open_account import issue_key
from lotsman.usecases.pause_account import pause_account
from lotsman.usecases.release_breaker import list_trips, release_breaker
from lotsman.usecases.release_deferred import release_deferred
from lotsman.usecases.review_held import held_messages, review_held
from lotsman.usecases.send_messages import send_messages
from lotsman.usecases.set_limits import INSTALLATION, key_of, open_countries, set_limits
from stand.builders import NOW, a_phone, an_order

KZ = "77011234567"
OPERATOR = "night@example.org"
HOUR = 3_600_000


@pytest.fixture
def customer(store):
    return store.account(balance=1_000_000).id


def limit(store, account_id, api_key="", **changes):
    store.run(set_limits(store.platform, account_id, api_key, changes, "anna", NOW))


def account_of(store, account_id):
    store.run(store.platform.directory.refresh())
    return store.run(store.platform.directory.by_id(account_id))


def send(store, account_id, *to, now=NOW, account=None, **changes):
    """What was sent, or the refusal of all of it."""
    account = account or account_of(store, account_id)
    try:
        return store.run(send_messages(store.platform, account, an_order("Hello", *to, **changes), now))
    except Refused as refused:
        return refused.refusal


def report(store, now=NOW, *, mails=True):
    return store.run(keep_breakers(store.platform, OPERATOR, now, mails=mails))


def review(store, account_id, *, approved, now=NOW):
    return store.run(review_held(store.platform, account_id, (), "anna", now, approved=approved))


def balance(store, account_id):
    return store.read(ledger.balance, account_id)


def rows(store, table):
    return store.read(lambda c: [dict(row) for row in c.execute(sa.select(table)).mappings()])


# countries


def test_a_message_to_a_country_that_is_not_open_is_refused_and_costs_nothing(store, customer):
    limit(store, customer, countries="refuse", home="RU")
    assert send(store, customer, KZ) is Refusal.COUNTRY_CLOSED
    mixed = send(store, customer, KZ, a_phone(1))
    assert [draft.error for draft in mixed.drafts] == [808, 0]
    assert balance(store, customer) == 1_000_000 - 289
    store.run(open_countries(store.platform, customer, ["kz"], "anna", NOW, is_open=True))
    assert send(store, customer, KZ).drafts[0].error == 0
    store.run(open_countries(store.platform, customer, ["KZ"], "anna", NOW, is_open=False))
    assert send(store, customer, KZ) is Refusal.COUNTRY_CLOSED


def test_a_country_that_an_account_used_before_it_was_watched_is_open(store, customer):
    send(store, customer, KZ)
    limit(store, customer, countries="hold")
    assert not send(store, customer, KZ).drafts[0].held
    assert send(store, customer, a_phone(1)).drafts[0].held == "country RU"


def test_a_held_message_is_charged_waits_and_is_seen_as_deferred(store, customer):
    limit(store, customer, countries="hold", home="RU")
    sent = send(store, customer, KZ, a_phone(1))
    held, other = (store.message(id_) for id_ in sent.ids)
    assert (held["state"], held["error"], held["due_at"]) == (State.DEFERRED, 809, NOW + DEFAULT_TTL)
    assert other["state"] == State.ACCEPTED
    assert balance(store, customer) == 1_000_000 - 1400 - 289
    assert store.run(release_deferred(store.platform, NOW + HOUR)) == 0
    assert [m.msisdn for m in store.claim(now=NOW + HOUR)] == [a_phone(1)]


def test_a_released_message_goes_out(store, customer):
    limit(store, customer, countries="hold", home="RU")
    [held] = send(store, customer, KZ).ids
    assert review(store, customer, approved=True) == 1
    assert store.message(held)["error"] == 0
    assert [m.msisdn for m in store.claim()] == [KZ]
    assert "RELEASED ACCEPTED by anna" in store.message(held)["history"]
    assert store.run(held_messages(store.platform, customer, 9)) == []


def test_a_released_message_still_waits_for_its_send_datetime(store, customer):
    limit(store, customer, countries="hold", home="RU")
    send(store, customer, KZ, send_at=NOW + HOUR)
    assert review(store, customer, approved=True) == 1
    assert store.claim(now=NOW + HOUR - 1) == []
    assert len(store.claim(now=NOW + HOUR)) == 1


def test_a_rejected_message_is_refunded_once(store, customer):
    limit(store, customer, countries="hold", home="RU")
    [held] = send(store, customer, KZ).ids
    assert review(store, customer, approved=False) == 1
    assert review(store, customer, approved=False) == 0
    assert (store.state(held), store.message(held)["error"]) == (State.UNDELIVERED, 810)
    assert balance(store, customer) == 1_000_000
    assert store.books_agree()


def test_a_message_that_nobody_approves_ends_with_its_ttl_and_is_refunded(store, customer):
    limit(store, customer, countries="hold", home="RU")
    [held] = send(store, customer, KZ, ttl=60_000).ids
    assert store.run(expire_messages(store.platform, NOW + 60_000)) == 1
    assert (store.state(held), store.message(held)["error"]) == (State.UNDELIVERED, 810)
    assert balance(store, customer) == 1_000_000


def test_no_more_wait_for_approval_than_may(store, customer):
    limit(store, customer, countries="hold", home="RU", held="3")
    for _ in range(3):
        assert send(store, customer, KZ).drafts[0].held
    assert send(store, customer, KZ) is Refusal.HELD_TOO_MANY
    report(store)
    assert send(store, customer, KZ) is Refusal.HELD_TOO_MANY
    review(store, customer, approved=False)
    report(store)
    assert send(store, customer, KZ).drafts[0].held


def test_a_test_is_never_stopped(store, customer):
    limit(store, customer, countries="refuse", per_hour="1")
    for _ in range(3):
        assert send(store, customer, KZ, test=True).drafts[0].error == 0


# bursts


def test_numbers_in_a_row_are_held_and_known_ones_are_not(store, customer):
    known = [a_phone(n) for n in range(20)]
    for phone in known:
        send(store, customer, phone)
    limit(store, customer, sequence="5")
    assert not any(draft.held for draft in send(store, customer, *known).drafts)
    fresh = [a_phone(n) for n in range(1000, 1008)]
    held = [send(store, customer, phone).drafts[0].held for phone in fresh]
    assert held == [""] * 4 + ["sequence 7916000xxxx"] * 4


def test_another_node_knows_of_new_numbers_within_a_report(store, other, customer):
    limit(store, customer, sequence="5")
    for node in (store, other):
        account_of(node, customer)
    for n in range(4):
        send(store, customer, a_phone(n))
    send(other, customer, a_phone(5000))
    report(store)
    report(other)
    assert send(other, customer, a_phone(4)).drafts[0].held


# messages and money


def test_a_limit_of_messages_holds_to_the_last_one(store, customer):
    limit(store, customer, per_hour="5")
    answers = [send(store, customer, a_phone(n)) for n in range(7)]
    assert answers[5:] == [Refusal.LIMIT_PER_HOUR] * 2
    assert balance(store, customer) == 1_000_000 - 5 * 289


def test_a_request_that_would_exceed_a_limit_is_refused_whole(store, customer):
    limit(store, customer, per_minute="3")
    assert send(store, customer, *(a_phone(n) for n in range(4))) is Refusal.LIMIT_PER_MINUTE
    assert len(send(store, customer, *(a_phone(n) for n in range(3))).ids) == 3


def test_money_is_limited(store, customer):
    limit(store, customer, spend_day="10")
    assert len([1 for n in range(5) if not isinstance(send(store, customer, a_phone(n)), Refusal)]) == 3
    assert send(store, customer, a_phone(9)) is Refusal.LIMIT_SPEND_DAY


def test_a_key_has_its_own_limit_and_the_account_one_for_all(store, customer):
    limit(store, INSTALLATION, per_hour="5")
    limit(store, INSTALLATION, EACH_KEY, per_hour="2")
    keys = [store.run(issue_key(store.platform, customer, NOW)) for _ in range(3)]
    store.run(store.platform.directory.refresh())
    found = [store.run(store.platform.directory.by_key(key)) for key in keys]
    assert [isinstance(send(store, customer, a_phone(n), account=found[0]), Refusal) for n in range(3)] == [
        False,
        False,
        True,
    ]
    hashed = store.run(key_of(store.platform, customer, keys[1][:4]))
    limit(store, customer, hashed, per_hour="9")
    second = store.run(store.platform.directory.by_key(keys[1]))
    outcomes = [isinstance(send(store, customer, a_phone(n), account=second), Refusal) for n in range(4)]
    assert outcomes == [False, False, False, True]  # five of the account, whatever its key may
    report(store)
    assert {bool(row["api_key"]) for row in rows(store, trips)} == {True, False}


def test_several_nodes_that_know_nothing_of_each_other_hold_a_small_limit_exactly(store, other, customer):
    limit(store, customer, per_hour="19")
    for node in (store, other):
        account_of(node, customer)

    async def pump(node):
        account = await node.platform.directory.by_id(customer)
        orders = [an_order("Hello", a_phone(n)) for n in range(30)]
        return await asyncio.gather(
            *(send_messages(node.platform, account, order, NOW) for order in orders), return_exceptions=True
        )

    async def both():
        return await asyncio.gather(pump(store), pump(other))

    answers = [answer for each in store.run(both()) for answer in each]
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(answers) - len(refused) == 19
    assert {each.refusal for each in refused} == {Refusal.LIMIT_PER_HOUR}


def test_what_could_not_be_paid_uses_nothing_of_a_limit(store):
    poor = store.account(balance=289).id
    limit(store, poor, per_hour="2")
    assert send(store, poor, KZ) is Refusal.NO_MONEY
    assert send(store, poor, KZ) is Refusal.NO_MONEY
    assert send(store, poor, KZ) is Refusal.NO_MONEY
    assert len(send(store, poor, a_phone(1)).ids) == 1


def test_a_restarted_node_goes_on_counting(store, other, customer):
    limit(store, customer, per_hour="100")
    account_of(other, customer)
    for n in range(3):
        assert not isinstance(send(store, customer, *(a_phone(n * 30 + i) for i in range(30))), Refusal)
    report(store)
    assert send(other, customer, *(a_phone(n) for n in range(11))) is Refusal.LIMIT_PER_HOUR
    assert len(send(other, customer, *(a_phone(n) for n in range(10))).ids) == 10


def test_use_is_forgotten_when_no_window_reaches_it(store, customer):
    limit(store, customer, per_second="5", per_day="5")
    send(store, customer, a_phone(1))
    assert {row["span"] for row in rows(store, usage)} == {1_000, 86_400_000}
    store.run(forget_used(store.platform, NOW + HOUR))
    assert {row["span"] for row in rows(store, usage)} == {86_400_000}


# end users


def test_an_end_user_causes_so_many_messages_an_hour_and_others_are_not_disturbed(store, customer):
    limit(store, customer, ip_hour="2")
    for n in range(2):
        assert len(send(store, customer, a_phone(n), ip="203.0.113.7").ids) == 1
    assert send(store, customer, a_phone(3), ip="203.0.113.7") is Refusal.LIMIT_PER_IP
    assert len(send(store, customer, a_phone(3), ip="203.0.113.8").ids) == 1
    assert len(send(store, customer, a_phone(3)).ids) == 1
    report(store)
    assert [row["detail"] for row in rows(store, trips)] == ["203.0.113.x"]


def test_the_address_of_an_end_user_is_kept_for_a_month_also_without_limits(store, customer):
    [message] = send(store, customer, a_phone(1), ip="203.0.113.7").ids
    assert [(row["message_id"], row["ip"]) for row in rows(store, visitors)] == [(message, "203.0.113.7")]
    assert store.dossier(message).ip == "203.0.113.7"
    store.run(forget_used(store.platform, NOW + 31 * 24 * HOUR))
    assert rows(store, visitors) == []


# alerts, audit, release


def test_a_storm_is_one_row_and_one_mail_to_each_whom_it_concerns(store, other, customer):
    limit(store, customer, per_hour="1")
    for node in (store, other):
        for n in range(20):
            send(node, customer, a_phone(n))
    for later in range(3):
        report(store, NOW + later * 1_000)
        report(other, NOW + later * 1_000)
    [trip] = rows(store, trips)
    assert (trip["limit_name"], trip["times"]) == ("per_hour", 39)
    assert len(rows(store, mails)) == 2
    operator = next(row for row in rows(store, mails) if row["recipient"] == OPERATOR)
    assert "per_hour" in operator["subject"]
    assert f"lotsman account pause {customer}" in operator["body"]


def test_the_operator_gets_so_many_mails_an_hour_whoever_storms(store):
    limit(store, INSTALLATION, countries="refuse")
    for _ in range(MOST_ALERTS + 5):
        assert send(store, store.account().id, KZ) is Refusal.COUNTRY_CLOSED
    report(store)
    assert len(rows(store, trips)) == MOST_ALERTS + 5
    assert len([row for row in rows(store, mails) if row["recipient"] == OPERATOR]) == MOST_ALERTS


def test_a_release_says_who_and_gives_all_again(store, customer):
    limit(store, customer, per_hour="2")
    for n in range(3):
        send(store, customer, a_phone(n))
    report(store)
    assert store.run(release_breaker(store.platform, customer, "", "anna", "a sale", NOW + 5)) == 1
    later = NOW + HOUR // 2
    assert len(send(store, customer, a_phone(1), a_phone(2), now=later).ids) == 2
    assert send(store, customer, a_phone(3), now=later) is Refusal.LIMIT_PER_HOUR
    [trip] = store.run(list_trips(store.platform, customer, released=True, most=9))
    assert (trip["released_by"], trip["comment"], trip["released_at"]) == ("anna", "a sale", NOW + 5)
    assert store.run(list_trips(store.platform, customer, released=False, most=9)) == []


# pause


def test_a_pause_blocks_withdraws_and_pays_back(store, customer):
    limit(store, customer, countries="hold", home="RU")
    bystander = store.account(balance=289).id
    other = send(store, bystander, a_phone(9)).ids
    sent = [*send(store, customer, *(a_phone(n) for n in range(600))).ids, *send(store, customer, KZ).ids]
    sent += send(store, customer, a_phone(700), send_at=NOW + HOUR).ids
    flying = store.claim(1)
    paused = store.run(pause_account(store.platform, customer, "anna", lambda: NOW))
    assert (paused.withdrawn, paused.in_hand) in {(602, 0), (601, 1)}
    assert paused.withdrawn == 602 - sum(m.id in sent for m in flying)
    assert balance(store, customer) == 1_000_000 - 289 * paused.in_hand
    assert account_of(store, customer).standing is Standing.BLOCKED_DISPUTE
    assert store.state(other[0]) in {State.ACCEPTED, State.SENDING}
    assert store.books_agree()
    assert store.run(held_messages(store.platform, customer, 9)) == []
