"""Every case of the API document, asked of real doors over a real store. How a case is written: the_document.py."""

from decimal import Decimal

import pytest

from conformance.the_document import Case, Exchange, cases
from stand.doors import CUSTOMERS, MINUTE, DoorStand

ANSWERED = [
    pytest.param(case, exchange, id=f"{case} [{exchange.style}]")
    for case in cases()
    if not case.refused
    for exchange in case.exchanges
]
REFUSED = [pytest.param(case, id=str(case)) for case in cases() if case.refused]


@pytest.mark.parametrize(("case", "exchange"), ANSWERED)
def test_the_answer_is_the_documents_to_the_byte(stand: DoorStand, case: Case, exchange: Exchange):
    for earlier in case.before:
        assert stand.ask(earlier).body.startswith(b"SUCCESS")
    if case.minutes_later:
        stand.clock.now += case.minutes_later * MINUTE
        stand.let_time_work()
    assert_answered(stand, exchange)
    if case.stored is not None:
        assert stand.stored() == case.stored
    if case.balance is not None:
        assert Decimal(stand.balance(case.as_)) / 100 == Decimal(case.balance)
    assert stand.books_agree()


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_why_in_every_format_and_both_languages_and_changes_nothing(
    stand: DoorStand, case: Case
):
    assert not case.before
    balances = [stand.balance(name) for name in CUSTOMERS]
    for exchange in case.exchanges:
        assert_answered(stand, exchange)
    assert stand.stored() == 0
    assert [stand.balance(name) for name in CUSTOMERS] == balances


def assert_answered(stand: DoorStand, exchange: Exchange):
    answer = stand.ask(exchange.query, exchange.body, exchange.content_type)
    assert answer.status == 200
    assert answer.body.decode(exchange.charset) == exchange.answer
    assert answer.body == exchange.answer.encode(exchange.charset)
    assert answer.headers == {
        "content-type": f"{exchange.answer_type}; charset={exchange.charset}",
        "content-length": str(len(answer.body)),
        "access-control-allow-origin": "*",
        "connection": "keep-alive",
    }
