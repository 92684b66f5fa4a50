"""History: finished messages put into the tables in bulk, as if they had been sent during the last month.

In: the URL of a database that `lotsman init` made, a count. Out: so many delivered messages, with their parts, charges
and one top-up that pays for them: balance and ledger still agree, and the next message id comes after them.
Rule 1: plain SQL that mentions columns by name; whoever changes src/lotsman/store/tables changes this file too.
"""

import sqlite3
import time

import psycopg

CHUNK = 500_000  # rows of one transaction
MONTH_MS = 30 * 24 * 60 * 60 * 1000
DAY_MS = 24 * 60 * 60 * 1000
PRICE = 168  # kopecks
FIRST_MESSAGE_ID = 1_000_001
FIRST_SMSC_ID = 10**15  # sixteen digits, as the sink's, and before them
TEXT = "Your code is 123456. Keep it to yourself"

# i counts the rows; {at} is when message i was accepted. A literal line end is part of the history's format.
AT = "({start} + i * {step})"
STATEMENTS = (
    f"""
    INSERT INTO messages (id, account_id, batch_id, service, lane, msisdn, sender, sender_asked, text, parts, price,
        country, operator, state, error, created_at, modified_at, send_at, expires_at, due_at, link_id, node_id, history)
    SELECT {{first}} + i, {{account}}, {{first}} + i, 1, 'sms', CAST(79010000000 + i AS TEXT), 'INFORM', 'INFORM', '{TEXT}',
        1, {PRICE}, 'RU', 'MTS', 10, 0, {AT}, {AT} + 2000, NULL, {AT} + {DAY_MS}, NULL, {{link}}, NULL,
        {AT} || ' ACCEPTED SENDING\n' || {AT} || ' TAKEN SUBMITTED sink\n' || {AT} || ' RECEIPT_GOOD DELIVERED sink\n'
    FROM {{rows}}""",
    f"""
    INSERT INTO parts (message_id, part, link_id, smsc_id, state, error, carrier_error, taken_at, done_at)
    SELECT {{first}} + i, 1, {{link}}, CAST({FIRST_SMSC_ID} + i AS TEXT), 2, 0, '000', {AT} + 10, {AT} + 2000
    FROM {{rows}}""",
    f"""
    INSERT INTO ledger (kind, cause, account_id, at, amount, note)
    SELECT 2, {{first}} + i, {{account}}, {AT}, -{PRICE}, ''
    FROM {{rows}}""",
)
TOP_UP = "INSERT INTO ledger (kind, cause, account_id, at, amount, note) VALUES (1, {cause}, {account}, {start}, {sum}, '')"
NEXT_TOP_UP = """
    INSERT INTO counters (name, value) VALUES ('ledger', 1)
    ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value"""


def preload(database_url, count):
    if database_url.startswith("sqlite:///"):
        _into_sqlite(database_url.removeprefix("sqlite:///"), count)
    else:
        _into_postgresql(database_url, count)


def _into_sqlite(path, count):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")  # the file is closed before anybody measures
    db.execute("PRAGMA cache_size = -262144")
    last = db.execute("SELECT max(value) FROM counters WHERE name = 'message'").fetchone()[0]
    first = (last or FIRST_MESSAGE_ID - 1) + 1

    def rows(start, size):
        counted = f"WITH RECURSIVE n(i) AS (SELECT {start} UNION ALL SELECT i + 1 FROM n LIMIT {size})"
        return f"({counted} SELECT i FROM n)"

    _fill(db.execute, rows, first, count, begin="BEGIN IMMEDIATE")
    db.execute(
        "INSERT INTO counters (name, value) VALUES ('message', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1",
        (first + count - 1,),
    )
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _into_postgresql(url, count):
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SET synchronous_commit = off")
        db.execute(
            "SET session_replication_role = replica"
        )  # the references are right: no look-up for each row
        first = db.execute("SELECT nextval('message_ids')").fetchone()[0]

        def rows(start, size):
            return f"generate_series({start}::bigint, {start + size - 1}::bigint) AS n(i)"

        _fill(db.execute, rows, first, count, begin="BEGIN")
        db.execute(f"SELECT setval('message_ids', {first + count - 1})")
        for statement in (
            "VACUUM ANALYZE messages",
            "VACUUM ANALYZE parts",
            "VACUUM ANALYZE ledger",
            "CHECKPOINT",
        ):
            db.execute(statement)  # or they would run in the middle of the measurement


def _fill(execute, rows, first, count, *, begin):
    """Both databases: `rows(start, size)` is an SQL table of one column i."""
    account = execute("SELECT min(id) FROM accounts").fetchone()[0]
    link = execute("SELECT min(id) FROM links WHERE kind = 'smpp'").fetchone()[0]
    start = int(time.time() * 1000) - MONTH_MS
    facts = {
        "first": first,
        "account": account,
        "link": link,
        "start": start,
        "step": (MONTH_MS - DAY_MS) // count,
    }
    for begun in range(0, count, CHUNK):
        execute(begin)
        for statement in STATEMENTS:
            execute(statement.format(rows=rows(begun, min(CHUNK, count - begun)), **facts))
        execute("COMMIT")
    cause = execute(NEXT_TOP_UP).fetchone()[0]
    execute(TOP_UP.format(cause=cause, sum=PRICE * count, **facts))
