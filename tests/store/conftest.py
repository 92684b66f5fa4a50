import pytest

from stand.open_store import OpenStore


@pytest.fixture
def store(database_url):
    opened = OpenStore(database_url)
    yield opened
    opened.close()


@pytest.fixture
def other(database_url):
    """Another node on the same database."""
    opened = OpenStore(database_url, node_id=2)
    yield opened
    opened.close()
