"""Sessions over loopback sockets: a server, clients bound to it, and owners that keep what they are told."""

import asyncio
import contextlib

import pytest
import uvloop

from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp.pdu import Bind
from lotsman.smpp.session import Session
from lotsman.smpp.states import Role
from lotsman.smpp.transport import connect, serve
from unit.smpp.connection_pair import a_deliver

HOST = "127.0.0.1"
LOOPS = [pytest.param(asyncio.new_event_loop, id="asyncio"), pytest.param(uvloop.new_event_loop, id="uvloop")]


def clock():
    return int(asyncio.get_running_loop().time() * 1000)


class Owner:
    """Keeps what it is told, and lets a test wait for it"""

    def __init__(self, protocol):
        self.protocol = protocol
        self.events = []
        self.batches = []
        self.written = []
        self.closed = []
        self.changed = asyncio.Event()

    def on_events(self, events):
        self.batches.append(len(events))
        self.events += events
        self.changed.set()

    def before_write(self, contexts):
        self.written.append(contexts)
        self.changed.set()

    def on_writable(self):
        self.changed.set()

    def on_closed(self, error):
        self.closed.append(error)
        self.changed.set()

    async def until(self, true):
        async with asyncio.timeout(10):
            while not true(self):
                self.changed.clear()
                await self.changed.wait()

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


class Smsc(Owner):
    """Accepts every bind; numbers and answers every submit_sm at once, and sends its receipt"""

    def on_events(self, events):
        for event in events:
            if not isinstance(event, e.Request):
                continue
            if event.pdu.command in c.BINDS:
                self.protocol.answer(event.pdu, system_id="smsc")
            elif event.pdu.command == c.SUBMIT_SM:
                self.protocol.answer(event.pdu, message_id=f"{event.pdu.sequence:08X}")
                if event.pdu.registered_delivery:
                    self.protocol.send(a_deliver(esm_class=4), event.pdu.sequence)
        super().on_events(events)


class Stand:
    """A server on a free port and one client bound to it"""

    def __init__(self, server, smscs):
        self.server = server
        self.smscs = smscs
        self.port = server.sockets[0].getsockname()[1]

    @property
    def smsc(self):
        return self.smscs[-1]


@contextlib.asynccontextmanager
async def a_server(*, tls=None, smsc=Smsc, timeouts=None):
    smscs = []

    def listener(protocol):
        smscs.append(smsc(protocol))
        return smscs[-1]

    server = await serve(
        HOST, 0, lambda: Session(Role.SMSC, timeouts=timeouts, window=1000), listener, clock, ssl=tls
    )
    try:
        yield Stand(server, smscs)
    finally:
        for owner in smscs:
            owner.protocol.abort()
        server.close()
        await server.wait_closed()


async def a_client(stand, *, tls=None, bind=True, owner=Owner, **options):
    session = Session(Role.ESME, **options)
    protocol = await connect(
        HOST, stand.port, session, owner, clock, ssl=tls, server_hostname=tls and "smsc.test"
    )
    client = protocol._listener
    if bind:
        protocol.bind(Bind(c.BIND_TRANSCEIVER, system_id="shop", password="secret"))
        await client.until(lambda o: o.of(e.Bound))
    return client


def run(main, loop=asyncio.new_event_loop):
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main)
