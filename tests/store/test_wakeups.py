"""PostgreSQL tells the nodes that hold links when there is work. On SQLite the one process tells itself."""

import threading

import psycopg
import pytest

from lotsman.store.wakeups import Listener
from lotsman.usecases.release_deferred import release_deferred
from stand.builders import NOW, a_draft
from stand.open_store import LINK, OpenStore, put_back

SECONDS = 20
CHANNEL = "lotsman_due"


@pytest.fixture
def url(postgres):
    borrowed = postgres.borrow()
    yield borrowed
    postgres.give_back(borrowed)


@pytest.fixture
def store(url, runner):
    opened = OpenStore(url, runner)
    yield opened
    opened.close()


@pytest.fixture
def announcements(url):
    """-> how often work was announced since the last call."""
    with psycopg.connect(url, autocommit=True) as listening, psycopg.connect(url, autocommit=True) as other:
        listening.execute(f"LISTEN {CHANNEL}")

        def count():
            other.execute(f"NOTIFY {CHANNEL}, 'the end'")  # notifications come in the order of commits
            heard = iter(listening.notifies(timeout=SECONDS))
            return sum(1 for _ in iter(lambda: next(heard).payload, "the end"))

        yield count


def test_messages_that_wait_for_a_link_are_announced_once_for_each_group(store, announcements):
    account = store.account()
    assert announcements() == 0
    store.accept(account, a_draft(), a_draft())
    assert announcements() == 1


def test_a_deferred_message_is_announced_when_its_time_has_come(store, announcements):
    account = store.account()
    store.accept(account, a_draft(send_at=NOW + 1))
    announcements()
    store.run(release_deferred(store.platform, NOW + 1))
    assert announcements() == 1


def test_a_message_that_has_its_link_wakes_nobody(store, announcements):
    [message_id] = store.accept(store.account(), a_draft(), link_id=LINK)
    store.submitted(message_id, put_back(retry_at=NOW + 60_000))
    assert announcements() == 0


def test_a_listener_calls_whoever_waits_and_stops_when_told(store, url):
    called = threading.Event()
    listener = Listener(store.database.engine, called.set)
    with psycopg.connect(url, autocommit=True) as connection:
        while not called.wait(0.05):  # it may not be listening yet
            connection.execute(f"NOTIFY {CHANNEL}")
    listener.stop()
    assert called.is_set()
