"""Writes that come together share one transaction; each caller hears of its own, after the commit."""

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from lotsman.domain.lane import SMS
from lotsman.domain.refusals import Refusal
from lotsman.store.database import ACCEPT, CARRIER, Database, Overloaded, unit
from lotsman.store.engine import open_engine
from lotsman.store.messages import Accepted, accept
from lotsman.store.tables.messages import messages
from lotsman.usecases import NoHandoff
from lotsman.usecases.send_messages import send_messages
from stand.builders import NOW, a_draft, a_phone, an_order
from stand.open_store import LINK
from store.gate import SECONDS, busy_writer, carriers_wait_at_gate, held

MANY = 6000  # more writes than may wait


@unit(order=30, lane=ACCEPT)
def how_many(tx, items):
    return [len(items)] * len(items)


@unit(order=30, lane=CARRIER)
def carriers_how_many(tx, items):
    return how_many.run(tx, items)


def count_messages(connection):
    return connection.execute(sa.select(sa.func.count(messages.c.id))).scalar()


class Answers(list):
    """The results of writes that nobody awaits."""

    def __init__(self):
        self._awaited, self._complete = 0, asyncio.Event()

    def add(self, result):
        self.append(result)
        if len(self) == self._awaited:
            self._complete.set()

    async def when(self, count):
        self._awaited = count
        if len(self) < count:
            await asyncio.wait_for(self._complete.wait(), SECONDS)
        return self


def put_many(database, what, item, answers):
    for _ in range(MANY):
        database.submit(what, item, answers.add)


async def as_one_group(store, what, items):
    async with busy_writer(store):
        futures = [asyncio.ensure_future(store.database.write(what, item)) for item in items]
    return await asyncio.gather(*futures, return_exceptions=True)


def test_writes_that_come_together_run_as_one(store):
    assert store.run(as_one_group(store, how_many, range(50))) == [50] * 50


def test_a_group_has_a_limit(store):
    assert sorted(store.run(as_one_group(store, how_many, range(1500)))) == [500] * 500 + [1000] * 1000


def test_one_bad_item_fails_alone(store):
    account = store.account(balance=100_000)
    items = [store.acceptance(account, a_draft(a_phone(n))) for n in range(10)]
    items[4] = items[4]._replace(account_id=999_999)  # nobody's
    items[7] = items[7]._replace(drafts=[a_draft(price=-5)], cost=0)  # what the database refuses
    results = store.run(as_one_group(store, accept, items))
    assert [isinstance(result, Accepted) for result in results] == [n not in {4, 7} for n in range(10)]
    assert isinstance(results[4], KeyError)
    assert "price_not_negative" in str(results[7])
    assert store.read(count_messages) == 8
    assert store.balance(account) == 100_000 - 8 * 289
    assert store.books_agree()


def test_the_answer_comes_after_the_commit(store):
    account = store.account()
    seen = []

    async def send():
        answered = asyncio.Event()

        def done(_result):
            seen.append(store.read(count_messages))
            answered.set()

        store.database.submit(accept, store.acceptance(account, a_draft()), done)
        await answered.wait()

    store.run(send())
    assert seen == [1]


def test_a_callback_that_fails_takes_nobody_with_it(store):
    async def send():
        answered = asyncio.get_running_loop().create_future()

        def broken(_result):
            raise ZeroDivisionError

        async with busy_writer(store):
            store.database.submit(how_many, 1, broken)
            store.database.submit(how_many, 2, answered.set_result)
        return await answered

    assert store.run(send()) == 2


def test_whoever_stops_waiting_does_not_undo_the_write(store):
    account = store.account()

    async def send_and_leave():
        async with busy_writer(store):
            task = asyncio.ensure_future(send_messages(store.platform, account, an_order(), NOW))
            await asyncio.sleep(0)
            task.cancel()
        await store.database.write(how_many, 0)

    store.run(send_and_leave())
    assert store.read(count_messages) == 1
    assert store.balance(account) == 1_000_000 - 289


def test_too_many_waiting_writes_are_refused_and_nothing_of_them_is_stored(store):
    account = store.account(balance=100_000_000)

    async def flood():
        answers = Answers()
        item = store.acceptance(account, a_draft())
        async with busy_writer(store):
            with pytest.raises(Overloaded):
                put_many(store.database, accept, item, answers)
            waiting = store.database.waiting
        return await answers.when(waiting)

    accepted = store.run(flood())
    assert 1000 <= len(accepted) < MANY
    assert store.read(count_messages) == len(accepted)
    assert store.books_agree()


def test_the_words_of_carriers_are_never_refused(store):
    async def flood():
        answers = Answers()
        async with busy_writer(store, carriers_wait_at_gate):
            put_many(store.database, carriers_how_many, 1, answers)
        return await answers.when(MANY)

    assert len(store.run(flood())) == MANY


def test_the_event_loop_goes_on_while_another_process_locks_the_database(store, database_kind):
    if database_kind != "sqlite":
        return  # PostgreSQL's writer is a thread whatever it waits for

    async def turns_while_locked():
        turns = 0
        async with busy_writer(store):
            waiting = asyncio.ensure_future(store.database.write(how_many, 0))
            for turns in range(1, 101):  # noqa: B007 counted
                await asyncio.sleep(0)
            assert not waiting.done()
        return turns, await waiting

    assert store.run(turns_while_locked()) == (100, 1)


def test_closing_finishes_what_is_queued(database_url, runner):
    answers = []

    async def work():
        database = Database(database_url)
        database.start(asyncio.get_running_loop())
        async with held(database):
            for _ in range(1500):
                database.submit(how_many, 0, answers.append)
            closing = asyncio.create_task(asyncio.to_thread(database.close))
        await closing
        await asyncio.sleep(0)

    runner.run(work())
    assert len(answers) == 1500
    assert not [answer for answer in answers if isinstance(answer, Exception)]


class Hands(NoHandoff):
    """A link with room for everything."""

    reserved = 0
    delivered = ()

    def reserve(self, lane, parts):
        assert lane == SMS
        self.reserved += parts
        return LINK

    def release(self, link_id, parts):
        assert link_id == LINK
        self.reserved -= parts

    def deliver(self, link_id, parts, messages):
        assert (link_id, parts) == (LINK, self.reserved)
        self.delivered = messages

    def wake(self, lane=None):  # noqa: ARG002
        raise AssertionError("nothing waits for a link")


def test_a_node_in_trouble_gives_the_room_of_its_link_back(store):
    """A link's room is reserved before the write; every way out of the write must return it."""

    hands = store.platform.handoff = Hands()
    poor, nobody = store.account(balance=0), store.account()
    nobody = replace(nobody, id=999_999)
    for account, expected in ((poor, "No money"), (nobody, "999999")):
        with pytest.raises(Exception, match=expected):
            store.run(send_messages(store.platform, account, an_order(), NOW))
        assert hands.reserved == 0
    rich = store.account()
    sent = store.run(send_messages(store.platform, rich, an_order("a", a_phone(1), "12", a_phone(2)), NOW))
    assert hands.reserved == 2
    assert [message.id for message in hands.delivered] == [sent.ids[0], sent.ids[2]]
    assert [message.msisdn for message in hands.delivered] == [a_phone(1), a_phone(2)]


def test_a_refusal_is_an_answer_and_no_failure(store):
    poor = store.account(balance=0)
    answer = store.run(store.database.write(accept, store.acceptance(poor, a_draft())))
    assert answer is Refusal.NO_MONEY


def test_a_commit_is_on_disk_when_it_returns(store, database_kind):
    with store.database.engine.connect() as connection:
        if database_kind == "sqlite":
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        else:
            assert connection.exec_driver_sql("SHOW fsync").scalar() == "on"
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


@pytest.mark.parametrize("url", ["mysql://host/db", "oracle://host/db", "sqlite+pysqlcipher:///x"])
def test_another_kind_of_database_is_refused_by_name(url):
    with pytest.raises(ValueError, match="LOTSMAN_DATABASE_URL"):
        open_engine(url)
