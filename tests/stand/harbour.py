"""The carrier half of a node in the test's own process: real store on disk, real dispatcher, real links.

    async with harbour(tmp_path, a_link(smsc.port, window=5)) as stand:
        message = await stand.send(to="79001234567", text="Привет")
        await stand.until(message, State.DELIVERED)

Strategy: everything is put together as node/wiring.py and node/process.py do it, with two differences: the clock can be
put forward (`advance`), and the clockwork looks for work every few milliseconds instead of every second.
Rule 1: whatever a test does, the ledger agrees with the balances when the stand is left.
"""

import asyncio
import atexit
import contextlib
import functools
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import uvloop

from lotsman.dispatch.dispatcher import Dispatcher
from lotsman.dispatch.inlet import LinkInlet
from lotsman.dispatch.link_keeper import LinkKeeper
from lotsman.dispatch.upkeep import Upkeep
from lotsman.dispatch.wire_journal import WireJournal
from lotsman.domain import price_list
from lotsman.domain.admission import Order
from lotsman.domain.lifecycle import State
from lotsman.domain.message import DEFAULT_TTL
from lotsman.domain.numbering import Numbering
from lotsman.domain.price_list import PURCHASE
from lotsman.domain.service import Service
from lotsman.node.clock import now as wall_clock
from lotsman.simulator.scenario import Scenario
from lotsman.simulator.smsc import Simulator
from lotsman.store import migrations
from lotsman.store.database import Database
from lotsman.store.directory import Directory
from lotsman.store.messages import dossier
from lotsman.store.tables.messages import messages
from lotsman.usecases import NoHandoff, Platform
from lotsman.usecases.configure_carrier import add_link, expect_receipts, list_links
from lotsman.usecases.configure_routes import put_route
from lotsman.usecases.configure_tariff import Whose, replace_prices, save_tariff
from lotsman.usecases.hold_links import join
from lotsman.usecases.inspect import audit, find_account
from lotsman.usecases.open_account import open_account
from lotsman.usecases.read_balance import read_balance
from lotsman.usecases.read_routing import read_routing
from lotsman.usecases.reroute_waiting import reroute_waiting
from lotsman.usecases.rescue_held import rescue_own
from lotsman.usecases.send_messages import send_messages
from lotsman.usecases.top_up_account import top_up_account

HOST = "127.0.0.1"
PRICE = 250  # kopecks for one part, to anywhere
MONEY = 10_000_000
LOGIN = "captain@lotsman.test"
SENDER = "LOTSMAN"
PATIENCE = 10.0  # seconds: how long anything may take before the test gives up
_TICK = 0.01


def on_a_loop(test):
    """Run an async test on the loop that a node runs on"""

    @functools.wraps(test)
    def run(*args, **kwargs):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(test(*args, **kwargs))

    return run


@dataclass
class LinkPlan:
    name: str
    priority: int
    in_doubt: str
    settings: dict[str, Any] = field(default_factory=dict)
    kind: str = "smpp"


def a_link(port, *, name="carrier", priority=100, in_doubt="hold", **settings):
    """An SMPP link to this machine that tries again at once when it is refused or broken"""
    quick = {"host": HOST, "port": port, "system_id": "lotsman", "password": "secret"}
    quick |= {"reconnect_first": 0.02, "reconnect_most": 0.1}
    return LinkPlan(name, priority, in_doubt, quick | settings)


class Harbour:
    def __init__(self, folder):
        self.folder = Path(folder)
        self._ahead = 0
        self._duties = []

    # What a customer does

    async def send(self, to, text="hello", *, ttl=DEFAULT_TTL, send_at=None, sender=SENDER):
        """The message's id; of a list of recipients, a list of ids"""
        order = Order(text, sender, [to] if isinstance(to, str) else to, ttl, send_at)
        sent = await send_messages(self.platform, self.account, order, self.clock())
        return sent.ids[0] if isinstance(to, str) else list(sent.ids)

    async def balance(self):
        return await read_balance(self.platform, self.account)

    # What an operator does

    async def route(self, *wishes):
        """Routes as they are from now on, for what comes and for what waits"""
        for wish in wishes:
            await put_route(self.platform, wish)
        await self.learn()

    async def expect_receipts(self, name, within):
        """Seconds within which some receipt comes from that link"""
        await expect_receipts(self.platform, name, within)
        await self.keeper.tend()

    async def buy(self, name, *rows):
        """What that link takes: rows of a price list"""
        listed = price_list.read("\n".join(["service,country,operator,price", *rows]), PURCHASE)
        await replace_prices(
            self.platform, Whose.LINK, name, listed, currency="", start=None, now=self.clock(), apply=True
        )
        await self.learn()

    async def learn(self):
        """What a node does every second: see what was changed"""
        await self.platform.directory.refresh()
        await read_routing(self.platform)
        self.account = await self.platform.directory.by_id(self.account.id)
        await reroute_waiting(self.platform, self.clock())

    # What everybody may look at

    def message(self, message_id):
        """Its row and its parts, as they are on disk now"""
        with self.database.engine.connect() as connection:
            row = dossier(connection, message_id)
        assert row is not None, f"no message {message_id}"
        return row

    def state(self, message_id):
        return State(self.message(message_id).message["state"])

    def history(self, message_id):
        """The names of its events, in order"""
        return [line.split()[1] for line in self.message(message_id).message["history"].splitlines()]

    def link_states(self, name="carrier"):
        """(state, detail) of a link, all that it has been through"""
        return [(state, detail) for link, state, detail in self.inlet.changes if link == name]

    def link(self, name="carrier"):
        """The running link of that name"""
        return next(link for link in self.dispatcher.links if link.config.name == name)

    async def published(self, name="carrier"):
        """What `lotsman carrier list` would say of a link"""
        await self.keeper.tend()
        return next(view.status for view in await list_links(self.platform) if view.link.name == name)

    async def until(self, wanted, state, patience=PATIENCE):
        """Returns when the message, or every message of a list, is in that state"""
        ids = [wanted] if isinstance(wanted, int) else list(wanted)
        states = Counter()

        async def reached():
            nonlocal states
            states = Counter(await self.database.read(_states, ids))
            return states[state] == len(ids)

        try:
            await self.until_true(reached, patience)
        except TimeoutError:
            tale = self.message(ids[0]).message["history"] if len(ids) == 1 else ""
            raise AssertionError(
                f"not {state.name} within {patience} s: {_named(states)} {self._links()}\n{tale}"
            ) from None

    async def until_true(self, asked, patience=PATIENCE):
        """Asks again and again, until the answer is yes"""
        async with asyncio.timeout(patience):
            while True:
                answer = asked()
                if await answer if asyncio.iscoroutine(answer) else answer:
                    return
                await asyncio.sleep(_TICK)

    async def until_link(self, state, name="carrier", patience=PATIENCE):
        try:
            await self.until_true(lambda: self.link(name).state == state, patience)
        except TimeoutError:
            raise AssertionError(f"not {state} within {patience} s: {self._links()}") from None

    # Time

    def clock(self):
        return wall_clock() + self._ahead

    def advance(self, seconds):
        """Put the node's clock forward"""
        self._ahead += int(seconds * 1000)

    # Start and stop

    async def start(self, *links):
        path = self.folder / "lotsman.db"
        await _new_database(path)
        self.platform = _open(path)
        self.database = self.platform.database
        self.account = await self.platform.directory.by_id(await find_account(self.platform, LOGIN))
        for link in links:
            await add_link(
                self.platform, name=link.name, kind=link.kind, priority=link.priority, in_doubt=link.in_doubt,
                settings=link.settings,
            )  # fmt: skip
        await self._start_carrier()

    async def stop_carrier(self):
        """As a stopping node does it: drain the links, give back what they held"""
        for duty in self._duties:
            duty.cancel()
        await asyncio.gather(*self._duties, return_exceptions=True)
        self._duties = []
        self.dispatcher.close()
        await self.keeper.stop()

    async def restart(self):
        """A clean stop of the carrier's half, and a new start over what is on disk"""
        await self.stop_carrier()
        self.journal.close()
        await self._start_carrier()

    async def stop(self):
        await self.stop_carrier()
        found = await audit(self.platform, self.clock())
        await asyncio.to_thread(self.database.close)
        await asyncio.sleep(0)  # what the last commits have to say
        self.journal.close()
        assert found.ledger_deviations == 0

    async def _start_carrier(self):
        platform = self.platform
        self.journal = WireJournal(self.folder / "wire.journal")
        platform.node_id = await join(platform, "harbour", self.clock())
        await rescue_own(platform, {}, self.clock())
        self.inlet = _Inlet(platform, self.journal, self.clock)
        self.dispatcher = Dispatcher(platform, self.clock)
        self.inlet.listen(self.dispatcher)
        self.keeper = LinkKeeper(platform, self.dispatcher, self.inlet, self.clock)
        platform.handoff = self.dispatcher
        await self.keeper.tend()
        upkeep = Upkeep(platform, self.clock)
        self._duties = [
            asyncio.create_task(_again_and_again(duty))
            for duty in (upkeep.look_for_work, upkeep.release, upkeep.expire)
        ]

    def _links(self):
        return [(link.config.name, link.state, link.detail, link.in_flight) for link in self.dispatcher.links]


class _Inlet(LinkInlet):
    """Remembers what its links said of themselves"""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.changes = []

    def changed(self, link):
        self.changes.append((link.config.name, link.state, link.detail))
        super().changed(link)


@contextlib.asynccontextmanager
async def harbour(folder, *links, bound=True):
    """A running stand; `bound`: wait until its links are up"""
    stand = Harbour(folder)
    await stand.start(*links)
    try:
        if bound:
            for link in links:
                await stand.until_link("bound", link.name)
        yield stand
    finally:
        await stand.stop()


@contextlib.asynccontextmanager
async def an_smsc(script="", *, receipt="10ms", port=0, **options):
    """The simulator on a free port, playing a script in which receipts come soon"""
    scenario = Scenario.parse(f"{script}\nreceipt {receipt}")
    simulator = Simulator(scenario, host=HOST, port=port, **options)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()


def phones(count, first=79_000_000_000):
    """Numbers that no rule of the simulator's subscribers cares for"""
    return [str(first + 100 * number) for number in range(count)]


async def _again_and_again(duty):
    while True:
        await duty()
        await asyncio.sleep(_TICK)


def _states(connection, ids):
    query = sa.select(messages.c.state).where(messages.c.id.in_(ids))
    return [State(state) for state in connection.scalars(query)]


def _named(states):
    return {state.name: count for state, count in sorted(states.items())}


def _open(path):
    """A database that works, and the platform on it"""
    loop = asyncio.get_running_loop()
    database = Database(f"sqlite:///{path}")
    migrations.upgrade(database.engine)
    database.start(loop)
    return Platform(database, Directory(database, wall_clock), Numbering([]), 0, loop.call_later, NoHandoff())


async def _prepare(path):
    """One account with a tariff, senders and money"""
    platform = _open(path)
    now = wall_clock()
    await save_tariff(platform, "flat", {(service, "", ""): PRICE for service in Service})
    opened = await open_account(
        platform, login=LOGIN, name="Captain", phone="79000000000", senders=[SENDER], tariff="flat", now=now
    )  # fmt: skip
    await top_up_account(platform, opened.account_id, MONEY, "money", now)
    await asyncio.to_thread(platform.database.close)


async def _new_database(path):
    """A copy of a database that was prepared once: migrations and passwords take their time"""
    if not _prepared:
        folder = tempfile.mkdtemp(prefix="lotsman-harbour-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        first = Path(folder) / "prepared.db"
        await _prepare(first)
        _prepared.append(first)
    shutil.copyfile(_prepared[0], path)


_prepared = []
