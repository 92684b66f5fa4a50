"""Values survive their way into a set of rows and out again, on both databases."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lotsman.store.database import Tx
from lotsman.store.engine import connect_writer
from lotsman.store.rowset import INT, TEXT, Query, Rowset
from lotsman.store.tables.messages import stray_receipts

ODD = [
    "", " ", "NULL", "null", "{}", "{a,b}", '"', '""', '","', '\\"', "\\", "\\\\", "\\N", "'", "''", "a,b", ",",
    "a\nb", "\r\n", "\t", "%s", "%(n)s", ":name", "?", "?1", "$1", "--", "/*", "😀", "👩‍👩‍👧‍👦", "é", "é", "Привет",
    "\u202e", "\u200b", "\ufeff", "\uffff", "\x01\x1f\x7f", "\x85", "\u2028", "x" * 10_000, "[1,2]", '{"a": 1}',
]  # fmt: skip
SIZES = [1, 2, 3, 7, 1000]
BIGGEST = 2**63 - 1

ECHO = Rowset(
    "SELECT v.n AS n, v.word AS word, v.number AS number FROM {v} ORDER BY v.n",
    (("n", INT), ("word", TEXT), ("number", INT)),
    yields=("n", "word", "number"),
)
KEEP = Rowset(
    """INSERT INTO stray_receipts (link_id, smsc_id, msisdn, state, error, carrier_error, received_at)
    SELECT n, word, word, 2, 0, word, n FROM {v} WHERE true RETURNING link_id, smsc_id, carrier_error""",
    (("n", INT), ("word", TEXT)),
    returning=True,
)
CHANGE = Rowset(
    "UPDATE stray_receipts SET carrier_error = v.word FROM {v} WHERE stray_receipts.link_id = v.n",
    (("n", INT), ("word", TEXT)),
)
LATER_THAN = Query(
    "SELECT link_id, smsc_id FROM stray_receipts WHERE link_id > {p} AND smsc_id <> {p} ORDER BY link_id",
    yields=("link_id", "smsc_id"),
    lock="FOR UPDATE",
)

words = st.sampled_from(ODD) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)
numbers = st.none() | st.integers(-BIGGEST - 1, BIGGEST)
few = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def tx(store):
    with connect_writer(store.database.engine) as connection, connection.begin() as transaction:
        yield Tx(connection, sqlite=store.database.sqlite)
        transaction.rollback()


def plain(rows):
    return [tuple(row) for row in rows]


@given(st.lists(st.tuples(words, numbers), min_size=1, max_size=8), st.sampled_from(SIZES))
@few
def test_any_text_and_number_come_back_as_they_were(tx, values, size):
    rows = [(n, *values[n % len(values)]) for n in range(size)]
    assert plain(ECHO.run(tx, rows)) == rows


@pytest.mark.parametrize("size", SIZES)
def test_each_odd_text_comes_back_at_every_size(tx, size):
    for start in range(len(ODD)):
        rows = [(n, ODD[(start + n) % len(ODD)], None) for n in range(min(size, len(ODD)))]
        assert plain(ECHO.run(tx, rows)) == rows
    rows = [(n, ODD[n % len(ODD)], n if n % 2 else None) for n in range(size)]
    assert plain(ECHO.run(tx, rows)) == rows


@pytest.mark.parametrize("size", [*SIZES, 511, 512, 513, 2000])
def test_what_is_written_comes_back_at_once_and_later(tx, size):
    rows = [(n, ODD[n % len(ODD)]) for n in range(size)]
    returned = sorted(plain(KEEP.run(tx, rows)))
    assert returned == [(n, word, word) for n, word in rows]
    query = sa.select(stray_receipts.c.link_id, stray_receipts.c.smsc_id).order_by(stray_receipts.c.link_id)
    assert plain(tx.connection.execute(query)) == rows


@pytest.mark.parametrize("size", [0, *SIZES])
def test_the_rows_that_were_changed_are_counted(tx, size):
    KEEP.run(tx, [(n, "x") for n in range(size)])
    asked = [(n, "y") for n in range(size + 5)]  # five more than there are
    assert CHANGE.count(tx, asked) == size
    query = sa.select(sa.func.count()).where(stray_receipts.c.carrier_error == "y")
    assert tx.connection.execute(query).scalar() == size


def test_nothing_in_is_nothing_out(tx):
    assert ECHO.run(tx, []) == []
    assert KEEP.run(tx, []) == []
    assert CHANGE.count(tx, []) == 0


def test_zero_and_negative_first_columns_are_rows_like_any_other(tx):
    rows = [(-1, "a", None), (0, "", 0)]
    assert plain(ECHO.run(tx, rows)) == rows


@given(words)
@few
def test_a_query_with_parameters_says_the_same_on_both(tx, word):
    tx.connection.execute(sa.delete(stray_receipts))
    KEEP.run(tx, [(1, "kept"), (2, word), (3, "other" + word)])
    assert plain(LATER_THAN.run(tx, (1, word))) == [(3, "other" + word)]
    assert plain(LATER_THAN.run(tx, (9, word))) == []
