"""PostgreSQL goes away and comes back: writers are told, nothing is half stored, and the next write succeeds."""

import pytest
import sqlalchemy as sa

from lotsman.store.database import StoreUnavailable
from lotsman.store.messages import Accepted, accept
from stand.builders import a_draft, a_phone
from stand.open_store import OpenStore


@pytest.fixture
def store(postgres, runner):
    url = postgres.borrow()
    opened = OpenStore(url, runner)
    yield opened
    opened.close()
    postgres.give_back(url)


def cut_all_connections(store):
    """What a restart of the server does to its clients."""
    cut = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    engine = sa.create_engine(store.database.engine.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert all(row[0] for row in connection.exec_driver_sql(cut))
    engine.dispose()


async def write(store, item):
    return await store.database.write(accept, item)


def test_a_writer_tells_that_the_database_is_gone_and_then_goes_on(store):
    account = store.account(balance=10_000)
    items = [store.acceptance(account, a_draft(a_phone(n))) for n in range(3)]
    assert isinstance(store.run(write(store, items[0])), Accepted)
    cut_all_connections(store)
    try:
        second = store.run(write(store, items[1]))
    except StoreUnavailable:
        second = None
    third = store.run(write(store, items[2]))
    assert isinstance(third, Accepted)
    stored = 2 if second is None else 3
    assert store.balance(account) == 10_000 - stored * 289
    assert store.books_agree()


def test_readers_go_on_after_a_restart(store):
    account = store.account(balance=10_000)
    read = store.database.read
    assert store.run(read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())) == 1
    cut_all_connections(store)
    assert store.run(read(lambda connection: connection.exec_driver_sql("SELECT 2").scalar())) == 2
    assert store.balance(account) == 10_000
