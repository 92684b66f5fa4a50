"""A carrier's list against the parts of its link"""

import pytest

from lotsman.domain.reconciliation import CarrierLine, Verdict
from lotsman.usecases.configure_carrier import add_link
from lotsman.usecases.reconcile_carrier import reconcile
from stand.builders import NOW, a_draft, a_phone
from stand.open_store import taken

HOUR = 3_600_000


@pytest.fixture
def link(store):
    return store.run(add_link(store.platform, name="north", settings={"host": "127.0.0.1"}))


def sent(store, link, number, smsc_id, *, delivered=True, at=NOW):
    [message_id] = store.accept(store.account(), a_draft(a_phone(number)), at=at, link_id=link)
    store.submitted(message_id, taken(smsc_id), msisdn=a_phone(number), link_id=link, at=at)
    if delivered:
        store.receipt(smsc_id, msisdn=a_phone(number), link_id=link, at=at)
    return message_id


def compared(store, lines, *, name="north", start=NOW - HOUR, end=NOW + HOUR):
    found = store.run(reconcile(store.platform, name, iter(lines), start, end))
    return found, [
        (d.verdict, d.theirs.number if d.theirs else None, d.ours.message_id if d.ours else None)
        for d in found.differences
    ]


def test_what_both_know_agrees_however_ids_are_spelled(store, link):
    sent(store, link, 1, "7F000001")
    sent(store, link, 2, "A2")
    lines = [
        CarrierLine(2, "2130706433", a_phone(1), delivered=True, price=None),
        CarrierLine(3, "A2", "", delivered=True, price=None),
    ]
    found, differences = compared(store, lines)
    assert (found.agrees, differences, found.counts[Verdict.SAME]) == (True, [], 2)


def test_what_only_one_side_knows_is_named(store, link):
    ours = sent(store, link, 1, "A1")
    sent(store, link, 2, "OLD", at=NOW - 2 * HOUR)  # not of that time
    sent(store, link + 1, 3, "OTHER")  # not of that link
    found, differences = compared(store, [CarrierLine(2, "B1", a_phone(9), delivered=True, price=500)])
    assert differences == [(Verdict.ONLY_THEIRS, 2, None), (Verdict.ONLY_OURS, None, ours)]
    assert (found.agrees, found.their_money, found.our_money) == (False, 500, 0)


def test_another_form_of_an_id_counts_for_the_same_phone_only(store, link):
    ours = sent(store, link, 1, "10")
    _, differences = compared(store, [CarrierLine(2, "16", a_phone(2), delivered=True, price=None)])
    assert differences == [(Verdict.ONLY_THEIRS, 2, None), (Verdict.ONLY_OURS, None, ours)]


def test_a_line_that_comes_twice_is_known_once(store, link):
    sent(store, link, 1, "A1")
    line = CarrierLine(2, "A1", a_phone(1), delivered=True, price=None)
    _, differences = compared(store, [line, line._replace(number=3)])
    assert differences == [(Verdict.ONLY_THEIRS, 3, None)]


def test_states_that_differ_are_named(store, link):
    ours = sent(store, link, 1, "A1", delivered=False)
    _, differences = compared(store, [CarrierLine(2, "A1", a_phone(1), delivered=True, price=None)])
    assert differences == [(Verdict.STATUS, 2, ours)]


def test_thousands_of_lines_are_compared_in_stretches(store, link):
    account = store.account(balance=10**9)
    ids = store.accept(account, *(a_draft(a_phone(n)) for n in range(1_200)), link_id=link)
    for n, message_id in enumerate(ids):
        store.submitted(message_id, taken(f"A{n}"), msisdn=a_phone(n), link_id=link)
    lines = [CarrierLine(n + 2, f"A{n}", a_phone(n), delivered=None, price=None) for n in range(1_199)]
    found, differences = compared(store, lines)
    assert found.counts[Verdict.SAME] == 1_199
    assert differences == [(Verdict.ONLY_OURS, None, ids[-1])]


def test_a_link_that_there_is_not(store):
    with pytest.raises(LookupError, match="no link nowhere"):
        compared(store, [], name="nowhere")
