import asyncio

import pytest

from stand.mail_server import MailServer
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
def server():
    with MailServer() as running:
        yield running
