"""A message with two ways: the messenger's, and an SMS where that fails. It goes the other way once, and is paid for once."""

import pytest
import sqlalchemy as sa

from lotsman.domain.fallback import Fallback
from lotsman.domain.lane import SMS, VIBER_SMS, Member
from lotsman.domain.lifecycle import State
from lotsman.domain.parts import MESSENGER, WHOLE, Outcome, PartOutcome, PartState
from lotsman.domain.refusals import Refusal
from lotsman.domain.route import Match, Route, Step
from lotsman.domain.routing import LinkTerms, RoutingTable
from lotsman.domain.service import Service
from lotsman.store.receipts import record_receipts
from lotsman.store.submissions import record_submissions
from lotsman.store.tables.fallbacks import fallbacks
from lotsman.usecases.expire_messages import expire_messages
from lotsman.usecases.fall_back import fall_back, forget_ended_fallbacks
from lotsman.usecases.reroute_waiting import reroute_waiting
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import a_receipt, taken, turned_down, unknown

FULL = 1_000_000
A = a_phone(1)
MESSENGER_LINK, SMS_LINK = 3, 7
CHEAP, DEAR = 150, 250  # kopecks
MINUTE = 60_000


@pytest.fixture
def account(store):
    return store.account(balance=FULL)


@pytest.fixture(params=[(CHEAP, DEAR), (DEAR, CHEAP)], ids=["the messenger is cheaper", "the SMS is cheaper"])
def prices(request):
    """(of the messenger, of the SMS)"""
    return request.param


def a_draft_with_two_ways(prices=(CHEAP, DEAR), msisdn=A, *, parts=1, **changes):
    two_ways = Fallback(SMS, "INFORM", *prices)
    return a_draft(
        msisdn, service=Service.VIBER_SMS, lane=VIBER_SMS, sender="VIBERSMS", price=two_ways.price, parts=parts,
        fallback=two_ways, **changes,
    )  # fmt: skip


def sending(store, account, *args, **kwargs):
    [message_id] = store.accept(account, a_draft_with_two_ways(*args, **kwargs), link_id=MESSENGER_LINK)
    return message_id


def answered(store, message_id, outcome, smsc_id="", error=0):
    said = PartOutcome(MESSENGER, outcome, smsc_id, error, "no_user" if error else "")
    return store.submitted(message_id, said, msisdn=A, link_id=MESSENGER_LINK)


def at_the_messenger(store, account, *args, smsc_id="V1", **kwargs):
    message_id = sending(store, account, *args, **kwargs)
    assert answered(store, message_id, Outcome.TAKEN, smsc_id) is State.SUBMITTED
    return message_id


def viber(store, smsc_id="V1", state=PartState.DELIVERED, msisdn=A):
    return store.do(
        record_receipts,
        a_receipt(smsc_id, msisdn=msisdn, state=state, link_id=MESSENGER_LINK)._replace(whole=True),
    )[0]


def goes_as_sms(store, message_id, *smsc_ids):
    """A link takes it as an SMS, in one part for each id"""
    [message] = store.claim(link_id=SMS_LINK, now=NOW + MINUTE)
    assert (message.id, message.sender, message.taken) == (message_id, "INFORM", frozenset())
    outcomes = [taken(smsc_id, part) for part, smsc_id in enumerate(smsc_ids, 1)]
    return store.submitted(message_id, *outcomes, msisdn=A, link_id=SMS_LINK)


def paid(store, account):
    assert store.books_agree()
    return FULL - store.balance(account)


def refunds(store):
    return store.read(lambda c: c.exec_driver_sql("SELECT amount, note FROM ledger WHERE kind = 3").all())


def test_the_dearer_way_is_charged_at_acceptance(store, account, prices):
    at_the_messenger(store, account, prices)
    assert paid(store, account) == DEAR


def test_what_the_messenger_delivers_costs_what_the_messenger_costs(store, account, prices):
    message_id = at_the_messenger(store, account, prices)
    assert viber(store)
    assert store.state(message_id) is State.DELIVERED
    assert paid(store, account) == prices[0]


def test_what_the_messenger_will_not_have_goes_as_an_sms(store, account, prices):
    message_id = sending(store, account, prices)
    assert answered(store, message_id, Outcome.TURNED_DOWN, error=603) is State.ACCEPTED
    row = store.message(message_id)
    assert (row["lane"], row["sender"], row["error"], row["node_id"]) == (SMS, "INFORM", 0, None)
    assert store.history(message_id)[-1] == ("FALL_BACK", "ACCEPTED", "tower no_user")
    assert paid(store, account) == DEAR
    assert goes_as_sms(store, message_id, "S1") is State.SUBMITTED
    assert store.receipt("S1", msisdn=A)
    assert store.state(message_id) is State.DELIVERED
    assert paid(store, account) == prices[1]


def test_what_the_messenger_could_not_deliver_goes_as_an_sms(store, account, prices):
    message_id = at_the_messenger(store, account, prices)
    assert viber(store, state=PartState.FAILED)
    assert store.state(message_id) is State.ACCEPTED
    assert goes_as_sms(store, message_id, "S1") is State.SUBMITTED
    store.receipt("S1", msisdn=A)
    assert paid(store, account) == prices[1]


def test_a_failure_that_overtook_its_answer_makes_it_go_as_an_sms(store, account):
    message_id = sending(store, account)
    assert not viber(store, state=PartState.FAILED)
    assert answered(store, message_id, Outcome.TAKEN, "V1") is State.ACCEPTED
    assert store.message(message_id)["lane"] == SMS


def test_a_refusal_of_both_gives_back_everything(store, account, prices):
    message_id = sending(store, account, prices)
    answered(store, message_id, Outcome.TURNED_DOWN, error=603)
    store.claim(link_id=SMS_LINK, now=NOW + MINUTE)
    assert store.submitted(message_id, turned_down(), msisdn=A, link_id=SMS_LINK) is State.REFUSED
    assert paid(store, account) == 0


def test_what_neither_delivered_costs_what_was_sent_last(store, account, prices):
    message_id = at_the_messenger(store, account, prices)
    viber(store, state=PartState.FAILED)
    goes_as_sms(store, message_id, "S1")
    store.receipt("S1", msisdn=A, state=PartState.FAILED)
    assert store.state(message_id) is State.UNDELIVERED
    assert paid(store, account) == prices[1]


def test_it_goes_the_other_way_once(store, account):
    message_id = at_the_messenger(store, account)
    assert viber(store, state=PartState.FAILED)
    goes_as_sms(store, message_id, "S1")
    assert viber(store, state=PartState.FAILED)  # once more
    assert store.run(fall_back(store.platform, MINUTE, NOW + 9 * MINUTE)) == 0
    assert store.state(message_id) is State.SUBMITTED
    assert store.events(message_id).count("FALL_BACK") == 1


def test_a_repeated_receipt_pays_nothing_back_again(store, account):
    at_the_messenger(store, account)
    for _ in range(3):
        assert viber(store)
    assert refunds(store) == [(DEAR - CHEAP, "ended by messenger")]


def test_receipts_of_both_ways_in_one_group_deliver_once(store, account, prices):
    message_id = at_the_messenger(store, account, prices)
    store.run(fall_back(store.platform, MINUTE, NOW + MINUTE))
    goes_as_sms(store, message_id, "S1")
    both = [
        a_receipt("S1", msisdn=A, link_id=SMS_LINK),
        a_receipt("V1", msisdn=A, link_id=MESSENGER_LINK, state=PartState.FAILED),
    ]
    assert store.do(record_receipts, *both) == [True, True]
    assert store.state(message_id) is State.DELIVERED
    assert paid(store, account) == prices[1]


# Time


def test_what_is_not_delivered_in_time_goes_as_an_sms(store, account):
    message_id = at_the_messenger(store, account)
    assert store.run(fall_back(store.platform, MINUTE, NOW + MINUTE - 1)) == 0
    assert store.run(fall_back(store.platform, MINUTE, NOW + MINUTE)) == 1
    assert store.history(message_id)[-1] == ("FALL_BACK", "ACCEPTED", "in time")
    assert goes_as_sms(store, message_id, "S1") is State.SUBMITTED


def test_what_waits_for_a_messenger_that_is_down_goes_as_an_sms(store, account):
    [message_id] = store.accept(account, a_draft_with_two_ways())
    assert store.claim(lane=SMS) == []
    assert store.run(fall_back(store.platform, MINUTE, NOW + MINUTE)) == 1
    assert goes_as_sms(store, message_id, "S1") is State.SUBMITTED


def test_what_is_in_doubt_at_the_messenger_goes_as_an_sms_after_the_time(store, account):
    message_id = sending(store, account)
    assert answered(store, message_id, Outcome.UNKNOWN) is State.UNCERTAIN
    assert store.run(fall_back(store.platform, MINUTE, NOW + MINUTE)) == 1
    assert goes_as_sms(store, message_id, "S1") is State.SUBMITTED


def test_what_is_in_a_link_s_hands_is_left_there(store, account):
    message_id = sending(store, account)
    assert store.run(fall_back(store.platform, MINUTE, NOW + MINUTE)) == 0
    assert store.state(message_id) is State.SENDING


def test_the_time_of_a_deferred_message_is_counted_from_when_it_is_due(store, account):
    store.accept(account, a_draft_with_two_ways(send_at=NOW + 5 * MINUTE))
    assert store.run(fall_back(store.platform, MINUTE, NOW + 2 * MINUTE)) == 0


@pytest.mark.parametrize("then", ["waiting", "claimed", "taken"])
def test_the_messenger_may_deliver_it_after_all(store, account, prices, then):
    message_id = at_the_messenger(store, account, prices)
    store.run(fall_back(store.platform, MINUTE, NOW + MINUTE))
    if then == "claimed":
        store.claim(link_id=SMS_LINK, now=NOW + MINUTE)
    elif then == "taken":
        goes_as_sms(store, message_id, "S1")
    assert viber(store)
    assert store.state(message_id) is State.DELIVERED
    assert paid(store, account) == prices[0]
    if then == "claimed":  # the SMS went out nevertheless; nothing more is charged, nothing comes back
        store.submitted(message_id, taken("S1"), msisdn=A, link_id=SMS_LINK)
    store.receipt("S1", msisdn=A)
    assert store.state(message_id) is State.DELIVERED
    assert paid(store, account) == prices[0]


def test_what_expires_at_the_messenger_costs_what_the_messenger_costs(store, account, prices):
    message_id = at_the_messenger(store, account, prices, ttl=MINUTE)
    store.run(expire_messages(store.platform, NOW + 3 * MINUTE))
    assert store.state(message_id) is State.UNDELIVERED
    assert paid(store, account) == prices[0]


def test_what_expires_before_any_carrier_took_it_costs_nothing(store, account):
    store.accept(account, a_draft_with_two_ways(ttl=MINUTE))
    store.run(expire_messages(store.platform, NOW + MINUTE))
    assert paid(store, account) == 0


# Parts


def test_a_long_sms_has_its_parts_beside_the_messenger_s(store, account, prices):
    message_id = at_the_messenger(store, account, prices, parts=3)
    store.run(fall_back(store.platform, MINUTE, NOW + MINUTE))
    assert goes_as_sms(store, message_id, "S1", "S2", "S3") is State.SUBMITTED
    assert [part["part"] for part in store.dossier(message_id).parts] == [1, 2, 3, MESSENGER]
    for smsc_id in ("S1", "S2"):
        store.receipt(smsc_id, msisdn=A)
    assert viber(store, state=PartState.FAILED)
    assert store.state(message_id) is State.SUBMITTED
    store.receipt("S3", msisdn=A)
    assert store.state(message_id) is State.DELIVERED
    assert paid(store, account) == prices[1]


def test_the_sms_may_go_over_http_too(store, account):
    message_id = at_the_messenger(store, account, parts=3)
    store.run(fall_back(store.platform, MINUTE, NOW + MINUTE))
    store.claim(link_id=SMS_LINK, now=NOW + MINUTE)
    assert store.submitted(message_id, taken("W1", WHOLE), msisdn=A, link_id=SMS_LINK) is State.SUBMITTED
    store.do(record_receipts, a_receipt("W1", msisdn=A, link_id=SMS_LINK)._replace(whole=True))
    assert store.state(message_id) is State.DELIVERED


@pytest.mark.parametrize("msisdn", [A, ""], ids=["with its phone", "without"])
def test_a_receipt_of_the_whole_ends_all_parts(store, account, msisdn):
    [message_id] = store.sending(account, a_draft(A, parts=4, price=4 * DEAR))
    assert store.submitted(message_id, taken("W1", WHOLE), msisdn=A) is State.SUBMITTED
    receipt = a_receipt("W1", msisdn=msisdn)._replace(whole=True)
    assert store.do(record_receipts, receipt, receipt) == [True, True]
    assert store.do(record_receipts, receipt) == [True]
    assert store.state(message_id) is State.DELIVERED


def test_a_receipt_without_a_phone_is_not_believed_in_another_spelling_of_its_id(store, account):
    [message_id] = store.sending(account, a_draft(A))
    store.submitted(message_id, taken("10"), msisdn=A)
    assert store.do(record_receipts, a_receipt("16", msisdn="")) == [False]
    assert store.state(message_id) is State.SUBMITTED


@pytest.mark.parametrize("parts", [1, 4])
def test_a_receipt_of_the_whole_ends_a_doubt(store, account, parts):
    [message_id] = store.sending(account, a_draft(A, parts=parts))
    assert store.submitted(message_id, unknown(WHOLE), msisdn=A) is State.UNCERTAIN
    assert all(store.do(record_receipts, a_receipt("W1", msisdn=A)._replace(whole=True)))
    assert store.state(message_id) is State.DELIVERED


def test_a_stray_receipt_of_the_whole_ends_the_doubt_that_comes_after_it(store, account):
    [message_id] = store.sending(account, a_draft(A, parts=4))
    assert store.do(record_receipts, a_receipt("W1", msisdn=A)._replace(whole=True)) == [False]
    assert store.submitted(message_id, unknown(WHOLE), msisdn=A) is State.DELIVERED


def test_a_failure_ends_a_doubt_at_the_messenger_as_an_sms(store, account):
    message_id = sending(store, account)
    answered(store, message_id, Outcome.UNKNOWN)
    assert viber(store, "whatever", PartState.FAILED)
    assert (store.state(message_id), store.message(message_id)["lane"]) == (State.ACCEPTED, SMS)


# All together


def test_many_at_once_are_as_right_as_one(store, account):
    drafts = [a_draft_with_two_ways(msisdn=a_phone(n)) for n in range(40)]
    ids = store.accept(account, *drafts, link_id=MESSENGER_LINK)
    submissions = [
        store.submission(
            message_id,
            PartOutcome(MESSENGER, Outcome.TURNED_DOWN, "", 603) if n % 4 == 0 else taken(f"V{n}", MESSENGER),
            msisdn=a_phone(n), link_id=MESSENGER_LINK,
        )
        for n, message_id in enumerate(ids)
    ]  # fmt: skip
    store.do(record_submissions, *submissions)
    receipts = [
        a_receipt(
            f"V{n}", msisdn=a_phone(n), state=PartState.FAILED if n % 4 == 1 else PartState.DELIVERED,
            link_id=MESSENGER_LINK,
        )
        for n in range(40) if n % 4
    ]  # fmt: skip
    assert all(store.do(record_receipts, *receipts))
    assert store.states(ids[2::4] + ids[3::4]) == {State.DELIVERED}
    assert store.states(ids[0::4] + ids[1::4]) == {State.ACCEPTED}
    assert paid(store, account) == 20 * CHEAP + 20 * DEAR


def test_what_has_ended_is_forgotten(store, account):
    done = at_the_messenger(store, account)
    viber(store)
    waits = at_the_messenger(store, account, smsc_id="V2")
    assert store.run(forget_ended_fallbacks(store.platform, NOW)) == 0
    assert store.run(forget_ended_fallbacks(store.platform, NOW + 1)) == 1
    assert store.read(lambda c: c.scalars(sa.select(fallbacks.c.message_id)).all()) == [waits]
    assert viber(store)  # late and once more
    assert store.state(done) is State.DELIVERED


def test_a_row_that_was_not_admitted_has_no_other_way(store, account):
    bad = a_draft_with_two_ways(error=Refusal.PHONE_BLACKLISTED.code)
    store.accept(account, bad, a_draft())
    assert store.read(lambda c: c.scalars(sa.select(fallbacks.c.message_id)).all()) == []


def test_changed_routes_leave_what_fell_back_an_sms(store, account):
    [fell] = store.accept(account, a_draft_with_two_ways())
    [waits] = store.accept(
        account, a_draft_with_two_ways(msisdn=a_phone(2), now=NOW + MINUTE), at=NOW + MINUTE
    )
    assert store.run(fall_back(store.platform, MINUTE, NOW + MINUTE)) == 1
    links = {1: LinkTerms(1, "tower", ("sms",)), 2: LinkTerms(2, "chat", ("vibersms",))}
    route = Route("sms by tower", 1, Match(services=("sms",)), (Step((Member(1),)),))
    store.platform.routing = RoutingTable([route], links)
    assert store.run(reroute_waiting(store.platform, NOW + MINUTE)) == 1
    assert [store.message(each)["lane"] for each in (fell, waits)] == ["1", VIBER_SMS]
