"""Names that nobody answers for keep no other name waiting."""

import asyncio
import socket
import threading

import pytest

from lotsman.callbacks.names import Names


@pytest.fixture
def silent(monkeypatch):
    """Names that begin so are not answered before the end of the test."""
    end = threading.Event()
    asked = socket.getaddrinfo

    def ask(host, *rest):
        if host.startswith("silent"):
            end.wait(20)
            raise socket.gaierror(socket.EAI_AGAIN, "nobody answers")
        return asked(host, *rest)

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    yield
    end.set()


def test_many_silent_names_keep_nobody_waiting(silent):
    async def work():
        names = Names()
        waiting = [asyncio.ensure_future(names.resolve(f"silent{n}.example", 80)) for n in range(40)]
        await asyncio.sleep(0)
        found = await asyncio.wait_for(names.resolve("localhost", 80), 5)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return found

    assert "127.0.0.1" in {each["host"] for each in asyncio.run(work())}


@pytest.mark.parametrize("name", ["nobody.invalid", "x" * 70 + ".example", "a..b"])
def test_a_name_that_is_none_is_an_os_error(name):
    async def work():
        with pytest.raises(OSError):
            await Names().resolve(name, 80, socket.AF_INET)

    asyncio.run(work())
