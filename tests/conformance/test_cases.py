"""Every case of the API document, asked of real doors over a real store. How a case is written: the_document.py."""

from decimal import Decimal

import pytest

from conformance.the_document import Case, Exchange, cases
from stand.doors import CUSTOMERS, MINUTE, DoorStand

EXCHANGES = [
    pytest.param(case, exchange, id=f"{case} [{exchange.style}]")
    for case in cases()
    for exchange in case.exchanges
]


@pytest.mark.parametrize(("case", "exchange"), EXCHANGES)
def test_the_answer_is_the_documents_to_the_byte(stand: DoorStand, case: Case, exchange: Exchange):
    for _, earlier in case.before:
        assert stand.ask(earlier).body.startswith(b"SUCCESS")
    if case.minutes_later:
        stand.clock.now += case.minutes_later * MINUTE
        stand.let_time_work()
    stored = stand.stored()
    balance = stand.balance(case.as_) if case.as_ in CUSTOMERS else None

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
    if case.refused:
        assert stand.stored() == stored
        assert balance is None or stand.balance(case.as_) == balance
    if case.stored is not None:
        assert stand.stored() == case.stored
    if case.balance is not None:
        assert Decimal(stand.balance(case.as_)) / 100 == Decimal(case.balance)
    assert stand.books_agree()
