"""An api.php to test against: the real doors over a real store on disk and the real emulator link, with customers in it.

In: requests as a client writes them. Out: answers to the byte; what is stored, what is left on an account.
Every stand starts from a copy of one prepared database, so ids, balances and times are the same each time: the first
message is 1000001, and it is noon of 15 June 2025, UTC, until a test moves the clock.
"""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
import uvloop

from lotsman.api.app import Doors
from lotsman.api.debug_mail import DebugMail
from lotsman.api.http1 import Reader, Request
from lotsman.api.referrals import Referrals
from lotsman.api.v1 import emulator
from lotsman.dispatch.dispatcher import Dispatcher
from lotsman.dispatch.inlet import LinkInlet
from lotsman.dispatch.link_keeper import LinkKeeper
from lotsman.dispatch.upkeep import Upkeep
from lotsman.dispatch.wire_journal import WireJournal
from lotsman.domain.account import Standing
from lotsman.domain.moderation import Verdict
from lotsman.domain.numbering import Numbering
from lotsman.domain.prices import Destination
from lotsman.domain.service import Service
from lotsman.store import accounts, migrations
from lotsman.store.accounts import NewKey
from lotsman.store.credentials import hash_key
from lotsman.store.database import Database
from lotsman.store.directory import Directory
from lotsman.usecases import NoHandoff, Platform
from lotsman.usecases.block_account import block_account
from lotsman.usecases.change_account import change_account
from lotsman.usecases.configure_carrier import add_link
from lotsman.usecases.configure_tariff import save_tariff
from lotsman.usecases.edit_phone_list import ListKind, add_to_list
from lotsman.usecases.edit_words import add_words
from lotsman.usecases.hold_links import join
from lotsman.usecases.inspect import audit
from lotsman.usecases.open_account import open_account, replace_keys
from lotsman.usecases.register_template import register_template
from lotsman.usecases.review_template import review_template
from lotsman.usecases.top_up_account import top_up_account

NOON = 1_749_988_800_000  # 2025-06-15 12:00:00 UTC, 15:00:00 in Moscow
OPENED = 1_275_547_541_000  # 2010-06-03 10:45:41 in Moscow, where it was summer time then
MINUTE = 60_000
PASSWORD = "пароль 123"
PATIENCE = 10.0  # seconds: how long anything may take before a test gives up

PRICES: dict[Destination, int] = {  # kopecks for one part; every other country is not served
    (Service.SMS, "RU", ""): 250,
    (Service.SMS, "RU", "MTS"): 270,
    (Service.SMS, "KZ", ""): 900,
    (Service.HLR, "RU", ""): 17,
    (Service.HLR_VIP, "RU", ""): 35,
    (Service.PING, "RU", ""): 17,
    (Service.VOICE_MINUTE, "RU", ""): 600,
    (Service.FLASHCALL, "RU", ""): 60,
}
NUMBERING = Numbering()


@dataclass(frozen=True)
class Customer:
    login: str
    balance: int = 0  # kopecks
    credit_limit: int = 0
    senders: tuple[str, ...] = ("INFORM", "test", "79021121075")
    any_sender: bool = False
    standing: int = 0
    keys_replaced: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    black: tuple[str, ...] = ()
    white: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()  # approved

    @property
    def key(self) -> str:
        """64 characters that a reader recognises."""
        name = "".join(c for c in self.login.partition("@")[0].upper() if c.isalnum())
        return (name + "0" * 64)[:64]


CUSTOMERS = {
    customer.login.partition("@")[0]: customer
    for customer in (
        Customer("customer@example.com", 100_000),
        Customer("neighbour@example.com", 100_000),
        Customer("poor@example.com", 500),
        Customer("on-credit@example.com", 0, credit_limit=500),
        Customer("any-name@example.com", 100_000, any_sender=True),
        Customer("no-name@example.com", 100_000, senders=()),
        Customer("with-new-key@example.com", 100_000, keys_replaced=True),
        *(Customer(f"blocked-{code}@example.com", 100_000, standing=code) for code in (105, 106, 107, 122)),
        Customer("fenced-in@example.com", 100_000, settings={"allowed_ips": "192.0.2.0/24"}),
        Customer("short@example.com", 100_000, settings={"most_parts": "1"}),
        Customer("strict@example.com", 100_000, settings={"alphabet_filter": "on"}, words=("казино",)),
        Customer("no-shared@example.com", 100_000, settings={"shared_senders": "off"}),
        Customer("careful@example.com", 100_000, settings={"loop_minutes": "10"}, black=("79087964700",)),
        Customer(
            "by-template@example.com",
            100_000,
            settings={"spam_protection": "on"},
            white=("79087964700",),
            templates=("Код: ____",),
        ),
    )
}
KEYS = {name: customer.key for name, customer in CUSTOMERS.items()} | {"emulator": emulator.KEY}


@dataclass
class Clock:
    now: int = NOON

    def __call__(self) -> int:
        return self.now


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @classmethod
    def read(cls, data: bytes) -> "Answer":
        head, _, body = data.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        pairs = (header.partition(": ") for header in lines)
        return cls(int(line.split(" ")[1]), {name.lower(): value for name, _, value in pairs}, body)

    @property
    def text(self) -> str:
        return self.body.decode()


class DoorStand:
    """`ask` it, then look; it stands until `close`."""

    def __init__(self, template: Path, directory: Path, *, emulated: bool = True) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / "lotsman.db"
        shutil.copy(template, self.path)
        self.clock = Clock()
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.database, self.platform = _platform(self.path, self._runner.get_loop())
        beside = {"debug": DebugMail().see_to, "r": Referrals().see_to}
        self._doors = Doors(self.platform, self.clock, emulated=emulated, pages={}, beside=beside)
        self._links: tuple[WireJournal, Dispatcher, LinkKeeper] | None = None
        self._directory = directory

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._links is not None:
            journal, dispatcher, keeper = self._links
            dispatcher.close()
            self._runner.run(keeper.stop())
        self.database.close()
        self._runner.run(asyncio.sleep(0))  # what the last commits have to say
        if self._links is not None:
            journal.close()
        self._runner.close()

    # What a client does

    def ask(
        self,
        query: str | bytes,
        body: str | bytes = b"",
        content_type: str = "application/x-www-form-urlencoded",
        *,
        method: str = "",
        path: str = "/api.php",
    ) -> Answer:
        """The answer to one request; a body makes it a POST."""
        return self._runner.run(self.answer(an_http_request(query, body, content_type, method, path)))

    async def answer(self, data: bytes) -> Answer:
        """The answer to the bytes of one request."""
        reader = Reader()
        reader.feed(data)
        request = reader.next()
        if not isinstance(request, Request):
            raise TypeError(f"no request: {request}")
        return Answer.read(await self.answer_to(request))

    async def answer_to(self, request: Request) -> bytes:
        return await self._doors.answer(request)

    def ask_at_once(self, *queries: str) -> list[Answer]:
        """Answers to requests that are under way at the same time."""

        async def all_of_them() -> list[Answer]:
            return await asyncio.gather(*(self.answer(an_http_request(query)) for query in queries))

        return self._runner.run(all_of_them())

    # What a node does beside it

    def start_links(self) -> None:
        """From now on test=1 messages live their life; all others wait for a carrier that never comes."""
        journal = WireJournal(self._directory / "wire.journal")
        inlet = LinkInlet(self.platform, journal, self.clock)
        dispatcher = Dispatcher(self.platform, self.clock)
        inlet.listen(dispatcher)
        keeper = LinkKeeper(self.platform, dispatcher, inlet, self.clock)
        self.platform.handoff = dispatcher
        self._links = (journal, dispatcher, keeper)

        async def start() -> None:
            self.platform.node_id = await join(self.platform, "stand", self.clock())
            await keeper.tend()

        self._runner.run(start())

    def let_time_work(self) -> None:
        """What the clockwork does once: deferred messages are released, those past their time end."""
        upkeep = Upkeep(self.platform, self.clock)
        self._runner.run(upkeep.release())
        self._runner.run(upkeep.expire())

    def mails(self, wanted: int = 0) -> list[tuple[str, str, str]]:
        """(to, subject, body) of all that was queued; waits until there are so many, for they are queued after the answer."""
        query = "SELECT recipient, subject, body FROM mails ORDER BY id"

        async def poll() -> list[tuple[str, str, str]]:
            deadline = asyncio.get_running_loop().time() + PATIENCE
            while True:
                with contextlib.closing(sqlite3.connect(self.path)) as connection:
                    found = connection.execute(query).fetchall()
                if len(found) >= wanted or asyncio.get_running_loop().time() > deadline:
                    return found
                await asyncio.sleep(0.02)

        return self._runner.run(poll())

    def ask_until(self, query: str, wanted: str) -> Answer:
        """Ask again and again until the body is as wanted; the last answer, whatever it was."""

        async def poll() -> Answer:
            loop = asyncio.get_running_loop()
            deadline = loop.time() + PATIENCE
            while True:
                answer = await self.answer(an_http_request(query))
                if answer.text == wanted or loop.time() > deadline:
                    return answer
                await asyncio.sleep(0.02)

        return self._runner.run(poll())

    # What is true afterwards

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of anything else that a node or an operator may do."""
        return self._runner.run(work)

    def stored(self) -> int:
        """How many messages there are, of everybody."""
        return self.count("SELECT count(*) FROM messages")

    def balance(self, name: str = "customer") -> int:
        return self.count("SELECT balance FROM accounts WHERE login = ?", CUSTOMERS[name].login)

    def books_agree(self) -> bool:
        return not self._runner.run(audit(self.platform, self.clock())).ledger_deviations

    def change(self, query: str, *arguments: object) -> None:
        """What another process has written."""
        connection = sqlite3.connect(self.path)
        with connection:
            connection.execute(query, arguments)
        connection.close()

    def count(self, query: str, *arguments: object) -> int:
        """What the database says to a query for one number."""
        connection = sqlite3.connect(self.path)
        try:
            return int(connection.execute(query, arguments).fetchone()[0])
        finally:
            connection.close()


def an_http_request(
    query: str | bytes,
    body: str | bytes = b"",
    content_type: str = "application/x-www-form-urlencoded",
    method: str = "",
    path: str = "/api.php",
) -> bytes:
    query, body = (x.encode() if isinstance(x, str) else x for x in (query, body))
    head = [
        f"{method or ('POST' if body else 'GET')} {path}?".encode() + query + b" HTTP/1.1",
        b"Host: smspilot.ru",
    ]
    if body:
        head += [b"Content-Type: " + content_type.encode(), b"Content-Length: %d" % len(body)]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def _platform(path: Path, loop: asyncio.AbstractEventLoop) -> tuple[Database, Platform]:
    database = Database(f"sqlite:///{path}")
    database.start(loop)
    return database, Platform(
        database, Directory(database, lambda: OPENED), NUMBERING, 1, loop.call_later, NoHandoff()
    )


def prepare(path: Path) -> None:
    """The database that every stand copies: CUSTOMERS, one price list, the emulator link."""

    async def fill() -> None:
        database, platform = _platform(path, asyncio.get_running_loop())
        migrations.upgrade(database.engine)
        try:
            await save_tariff(platform, "stand", PRICES)
            await add_link(platform, name="emulator", kind="emulator", settings={})
            for customer in CUSTOMERS.values():
                await _open(platform, customer)
        finally:
            database.close()

    asyncio.run(fill())


async def _open(platform: Platform, customer: Customer) -> None:
    opened = await open_account(
        platform, login=customer.login, name="Иванов Сергей Николаевич", phone="79087964781",
        senders=customer.senders, tariff="stand", now=OPENED, password=PASSWORD,
        credit_limit=customer.credit_limit, any_sender=customer.any_sender,
    )  # fmt: skip
    new = NewKey(opened.account_id, hash_key(customer.key), "stand", OPENED)
    await platform.database.write(accounts.add_key, new)
    if customer.keys_replaced:
        await replace_keys(platform, opened.account_id, OPENED)
    if customer.balance:
        await top_up_account(platform, opened.account_id, customer.balance, "stand", OPENED)
    await _protect(platform, opened.account_id, customer)


async def _protect(platform: Platform, account_id: int, customer: Customer) -> None:
    await block_account(platform, account_id, Standing(customer.standing))
    await change_account(platform, account_id, customer.settings)
    for kind, numbers in ((ListKind.BLACK, customer.black), (ListKind.WHITE, customer.white)):
        if numbers:
            await add_to_list(platform, account_id, kind, numbers, "stand", OPENED)
    if customer.words:
        await add_words(platform, account_id, customer.words)
    account = await platform.directory.by_id(account_id)
    assert account is not None
    for text in customer.templates:
        template_id = await register_template(
            platform, account, text, "http://example.com/", OPENED, test=False
        )
        await review_template(platform, template_id, Verdict.APPROVED, "", OPENED)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "lotsman.db"
    prepare(path)
    return path


@pytest.fixture
def stand(prepared: Path, tmp_path: Path) -> Iterator[DoorStand]:
    with DoorStand(prepared, tmp_path) as doors:
        yield doors
