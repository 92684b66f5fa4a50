import pytest

from stand.mail_server import MailServer


@pytest.fixture
def server():
    with MailServer() as running:
        yield running
