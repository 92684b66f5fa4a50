from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.ledger import EntryKind, LedgerEntry
from lotsman.domain.statement import Statement, by_day, by_entry, midnight

NOON = 1_700_049_600_000  # 2023-11-15 12:00 UTC
HOUR = 3_600_000
MOSCOW = "Europe/Moscow"

entries = st.lists(
    st.builds(
        LedgerEntry, st.sampled_from(EntryKind), st.integers(1, 10**6), st.just(1),
        st.integers(NOON, NOON + 60 * 24 * HOUR), st.integers(-(10**9), 10**9), st.sampled_from(("", "why")),
    ),
    max_size=50,
).map(lambda found: sorted(found, key=lambda entry: entry.at))  # fmt: skip


def statement(lines, opening=0):
    return Statement(1, "Shop", "RUB", "2023-11-15", "2023-11-16", opening, lines)


def test_charges_and_refunds_of_a_day_are_one_line_each_and_all_else_stands_alone():
    found = by_day(
        [
            LedgerEntry(EntryKind.CHARGE, 1, 1, NOON, -250),
            LedgerEntry(EntryKind.TOP_UP, 2, 1, NOON + 1, 5_000, "invoice 7"),
            LedgerEntry(EntryKind.CHARGE, 3, 1, NOON + 2, -250),
            LedgerEntry(EntryKind.REFUND, 1, 1, NOON + 3, 250),
            LedgerEntry(EntryKind.CHARGE, 4, 1, NOON + 9 * HOUR, -100),  # midnight in Moscow
        ],
        MOSCOW,
    )
    assert [(line.day, line.kind.name, line.entries, line.amount, line.note) for line in found] == [
        ("2023-11-15", "TOP_UP", 1, 5_000, "invoice 7"),
        ("2023-11-15", "CHARGE", 2, -500, ""),
        ("2023-11-15", "REFUND", 1, 250, ""),
        ("2023-11-16", "CHARGE", 1, -100, ""),
    ]


@given(entries, st.integers(-(10**9), 10**9))
def test_by_day_or_by_entry_it_comes_to_the_same(found, opening):
    short, long = statement(by_day(found, MOSCOW), opening), statement(by_entry(found, MOSCOW), opening)
    assert short.closing == long.closing == opening + sum(entry.amount for entry in found)
    assert short.totals == long.totals
    assert sum(line.entries for line in short.lines) == len(long.lines) == len(found)


def test_a_day_begins_at_midnight_of_its_zone():
    assert midnight("2023-11-16", MOSCOW) == NOON + 9 * HOUR
