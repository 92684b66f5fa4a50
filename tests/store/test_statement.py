"""An account's statement, from the ledger as it is"""

import pytest

from lotsman.domain.ledger import EntryKind
from lotsman.usecases.account_statement import account_statement
from lotsman.usecases.top_up_account import correct_account, top_up_account
from stand.builders import NOW, a_draft, a_phone

DAY = 24 * 60 * 60 * 1000
FIRST, LAST = "2023-11-15", "2023-11-16"  # NOW is 2023-11-14 22:13 UTC, the 15th in Moscow


def stated(store, account, first=FIRST, last=LAST, *, every_entry=False):
    return store.run(account_statement(store.platform, account.id, first, last, every_entry=every_entry))


def test_opening_and_entries_make_the_closing_balance(store):
    account, other = store.account(balance=1_000), store.account()
    run, platform = store.run, store.platform
    for day in range(4):
        at = NOW + day * DAY
        store.accept(account, a_draft(a_phone(1), price=100), a_draft(a_phone(2), price=50), at=at)
        run(top_up_account(platform, account.id, 200, f"invoice {day}", at + 1))
    run(correct_account(platform, other.id, 5, "not ours", NOW + DAY))
    found = stated(store, account, "2023-11-16", "2023-11-17")
    assert (found.opening, found.closing) == (1_000 - 150 + 200, 1_000 - 3 * 150 + 3 * 200)
    assert [(line.day, line.kind, line.amount) for line in found.lines] == [
        (day, kind, amount)
        for day in ("2023-11-16", "2023-11-17")
        for kind, amount in ((EntryKind.TOP_UP, 200), (EntryKind.CHARGE, -150))
    ]
    assert stated(store, account, FIRST, "2030-01-01").closing == store.balance(account)
    assert len(stated(store, account, FIRST, "2030-01-01", every_entry=True).lines) == 9


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2023-11-16", "2023-11-15", "is before"),
        ("today", LAST, "days are written"),
        (FIRST, "soon", "days are written"),
    ],
)
def test_days_that_are_none_are_refused(store, first, last, says):
    account = store.account()
    with pytest.raises(ValueError, match=says):
        stated(store, account, first, last)
