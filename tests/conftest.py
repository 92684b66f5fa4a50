"""Fixtures of every test: a fresh database, on SQLite and on PostgreSQL; how hard Hypothesis tries."""

import asyncio
import os
import shutil

import pytest
from hypothesis import settings

from lotsman.store import migrations
from lotsman.store.engine import open_engine
from stand.open_store import OpenStore
from stand.postgres import Postgres

# No deadlines: the tests share their processors. In CI the examples are the same each time, and twice as many.
settings.register_profile("dev", deadline=None)
settings.register_profile(
    "ci", deadline=None, max_examples=200, derandomize=True, database=None, print_blob=True
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(scope="session")
def postgres():
    """A server for the whole session (of each worker, when there are several); started by the first who asks."""
    cluster = Postgres.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A file with the schema in it."""
    path = tmp_path_factory.mktemp("template") / "lotsman.db"
    engine = open_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request):
    return request.param


@pytest.fixture
def database_url(database_kind, request, tmp_path):
    """A database with the schema in it, and nothing else."""
    if database_kind == "postgresql":
        cluster = request.getfixturevalue("postgres")
        url = cluster.borrow()
        yield url
        cluster.give_back(url)
    else:
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "lotsman.db")
        yield f"sqlite:///{tmp_path}/lotsman.db"


@pytest.fixture
def empty_database_url(database_kind, request, tmp_path):
    """A database without any schema."""
    if database_kind == "postgresql":
        cluster = request.getfixturevalue("postgres")
        url = cluster.create_database(empty=True)
        yield url
        cluster.drop_database(url)
    else:
        yield f"sqlite:///{tmp_path}/lotsman.db"


@pytest.fixture
def runner():
    """The loop of a test that is no coroutine itself."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def store(database_url, runner):
    opened = OpenStore(database_url, runner)
    yield opened
    opened.close()


@pytest.fixture
def other(database_url, runner):
    """Another node on the same database and the same loop."""
    opened = OpenStore(database_url, runner, node_id=2)
    yield opened
    opened.close()
