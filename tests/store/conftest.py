import asyncio

import pytest

from stand.open_store import OpenStore


@pytest.fixture
def runner():
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
