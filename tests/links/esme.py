"""A simulator and clients of it: our own sessions, whose owner acknowledges (or not) and keeps what it got."""

import asyncio
import contextlib

from lotsman.simulator.scenario import Scenario
from lotsman.simulator.smsc import Simulator
from lotsman.smpp import commands as c
from lotsman.smpp import events as e
from lotsman.smpp import receipt_text
from lotsman.smpp.pdu import ESM_RECEIPT, Bind, Sm
from unit.smpp.loopback import Owner, a_client, run


class Esme(Owner):
    """`acknowledges` is the status deliver_sm is answered; None: it is not answered"""

    acknowledges = 0

    def on_events(self, events):
        for event in events:
            if isinstance(event, e.Request) and self.acknowledges is not None:
                self.protocol.answer(event.pdu, self.acknowledges)
        super().on_events(events)

    def submit(self, *destinations, **values):
        for destination in destinations:
            values = {"source_addr": "SHOP", "short_message": b"hello", "registered_delivery": 1} | values
            self.protocol.send(Sm(c.SUBMIT_SM, destination_addr=destination, **values), destination)

    async def ask(self, request):
        """The response to it"""
        self.protocol.send(request, request)
        await self.until(lambda o: any(x.context is request for x in o.of(e.Response)))
        return next(x.pdu for x in self.of(e.Response) if x.context is request)

    @property
    def delivered(self):
        return [event.pdu for event in self.of(e.Request)]

    @property
    def receipts(self):
        return [
            receipt_text.parse(pdu.short_message.decode())
            for pdu in self.delivered
            if pdu.esm_class == ESM_RECEIPT
        ]

    @property
    def answers(self):
        """Of submits: destination and status"""
        return [(event.context, event.status) for event in self.of(e.Response)]

    @property
    def ids(self):
        return [event.pdu.message_id for event in self.of(e.Response)]

    async def leave(self):
        """Gone without acknowledging what came last"""
        self.protocol.abort()
        await self.until(lambda o: o.closed)


@contextlib.asynccontextmanager
async def a_simulator(script="receipt 1ms", **options):
    simulator = Simulator(Scenario.parse(script), port=0, **options)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()


async def an_esme(
    simulator, bind=c.BIND_TRANSCEIVER, *, acknowledges=0, system_id="shop", password="secret", **options
):
    esme = await a_client(simulator, bind=False, owner=Esme, **options)
    esme.acknowledges = acknowledges
    esme.protocol.bind(Bind(bind, system_id=system_id, password=password))
    await esme.until(lambda o: o.of(e.Bound) or o.of(e.BindRefused))
    return esme


def scene(script="receipt 1ms", *, loop=asyncio.new_event_loop, **options):
    """Runs the test at once with a simulator that plays the script"""

    def play(test):
        async def main():
            async with a_simulator(script, **options) as simulator:
                await test(simulator)

        run(main(), loop)

    return play
