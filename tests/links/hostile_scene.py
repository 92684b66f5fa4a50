"""One bound client of ours and the hostile message centre it is bound to: the scene of every such test."""

import asyncio
import contextlib
import functools

from links.hostile import HostileSmsc, pdu
from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp.pdu import Bind
from lotsman.smpp.states import State
from unit.smpp.connection_pair import a_submit
from unit.smpp.loopback import Owner, a_client


class Client(Owner):
    """Answers what it is sent, as a gateway does, and can be asked what became of its submits"""

    def on_events(self, events):
        for event in events:
            if isinstance(event, e.Request):
                self.protocol.answer(event.pdu)
        super().on_events(events)

    def submit(self, *contexts):
        for context in contexts:
            self.protocol.send(a_submit(), context)

    @property
    def alive(self):
        return self.protocol.session.state is State.BOUND_TRX and not self.closed

    @property
    def outcomes(self):
        return [
            (event.context, event.pdu.message_id if not event.status else event.status)
            for event in self.of(e.Response)
        ]

    @property
    def reasons(self):
        return [event.reason for event in self.of(e.ProtocolError)]


def over_a_socket(test):
    """The test gets a bound client and the peer it is bound to; the client may have options"""
    options = getattr(test, "options", {})

    @functools.wraps(test)
    def run():
        async def main():
            async with HostileSmsc() as smsc, an_unbound_client(smsc, **options) as client:
                peer = await smsc.accept()
                client.protocol.bind(a_bind())
                await peer.take_bind()
                await client.until(lambda o: o.of(e.Bound))
                await test(client, peer)

        asyncio.run(main())

    del run.__wrapped__  # or else pytest takes the arguments for fixtures
    return run


def with_options(**options):
    def mark(test):
        test.options = options
        return test

    return mark


def a_bind():
    return Bind(c.BIND_TRANSCEIVER, system_id="shop", password="secret")


@contextlib.asynccontextmanager
async def an_unbound_client(smsc, **options):
    client = await a_client(smsc, bind=False, owner=Client, **options)
    try:
        yield client
    finally:
        client.protocol.abort()
        await client.until(lambda o: o.closed)


async def still_works(client, peer):
    """The session lives: a message goes through it"""
    client.submit("afterwards")
    frame = await peer.take()
    while frame.command != c.SUBMIT_SM:
        frame = await peer.take()
    peer.say(pdu(c.SUBMIT_SM_RESP, 0, frame.sequence, b"after\0"))
    await client.until(lambda o: ("afterwards", "after") in o.outcomes)
    assert client.alive
