"""The composition root: settings become objects, and every object gets what it may use. Settings stop here."""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from email.utils import parseaddr
from pathlib import Path
from typing import Final

from lotsman.api.app import Doors
from lotsman.api.beside import Beside
from lotsman.api.debug_mail import DebugMail
from lotsman.api.proxies import Proxies
from lotsman.api.receipts import ReceiptDoor
from lotsman.api.referrals import Referrals
from lotsman.api.server import DoorServer
from lotsman.callbacks.caller import Caller
from lotsman.callbacks.courier import PER_HOST, Courier
from lotsman.callbacks.url_guard import UrlGuard
from lotsman.carriers.registry import services
from lotsman.dispatch.circuit import Circuit
from lotsman.dispatch.dispatcher import Dispatcher
from lotsman.dispatch.inlet import LinkInlet
from lotsman.dispatch.link_keeper import LinkKeeper
from lotsman.dispatch.port_book import PortBook
from lotsman.dispatch.trace_keeper import TraceKeeper
from lotsman.dispatch.upkeep import Upkeep
from lotsman.dispatch.wire_journal import WireJournal
from lotsman.domain.def_plan import BadLine, PlanRange, read
from lotsman.domain.lane import SMS
from lotsman.domain.numbering import Numbering
from lotsman.domain.outgoing_mail import address
from lotsman.domain.trace import Trace
from lotsman.mail import relay
from lotsman.mail.postman import Postman
from lotsman.node.clock import now
from lotsman.node.health import Health
from lotsman.node.settings import Settings, SettingsError
from lotsman.store import migrations
from lotsman.store.database import Database
from lotsman.store.directory import Directory
from lotsman.store.wakeups import Listener
from lotsman.usecases import NoHandoff, Platform
from lotsman.usecases.hold_links import LinkRow

_DAY: Final = 24 * 60 * 60 * 1000  # ms


class SchemaIsOld(SettingsError):
    """The database needs `lotsman db upgrade`."""


class Carrier:
    """The part of a node that holds links."""

    def __init__(self, platform: Platform, journal: WireJournal) -> None:
        self.journal = journal
        self.inlet = LinkInlet(platform, journal, now)
        self.dispatcher = Dispatcher(platform, now)
        self.inlet.listen(self.dispatcher)
        self.keeper = LinkKeeper(platform, self.dispatcher, self.inlet, now)
        platform.handoff = self.dispatcher


def open_database(settings: Settings) -> Database:
    """Raises SettingsError when the URL is wrong or the directory cannot be written."""
    try:
        return Database(settings.database)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    except OSError as error:
        raise _unwritable(settings, error) from None


def upgrade_schema(settings: Settings) -> tuple[str | None, str]:
    """-> (revision before, revision after)."""
    database = open_database(settings)
    try:
        return migrations.upgrade(database.engine)
    finally:
        database.close()


def check_schema(database: Database) -> None:
    if not migrations.is_current(database.engine):
        raise SchemaIsOld(
            "the database is empty or of an older version; run `lotsman db upgrade` (or `lotsman init`)"
        )


def make_platform(
    database: Database, settings: Settings, loop: asyncio.AbstractEventLoop | None = None
) -> Platform:
    """A platform for a node (with its loop) or for the command line (without)."""

    def later(_seconds: float, _call: object) -> object:
        raise RuntimeError("no event loop")

    call_later = loop.call_later if loop is not None else later
    directory = Directory(database, now, settings.currency)
    return Platform(database, directory, Numbering(plan_ranges(settings)), 0, call_later, NoHandoff())


def make_journal(settings: Settings) -> WireJournal:
    """Raises SettingsError when the directory cannot be written, NodeIsRunning when another node uses it."""
    try:
        return WireJournal(settings.data / "wire.journal")
    except OSError as error:
        raise _unwritable(settings, error) from None


def make_upkeep(platform: Platform, settings: Settings) -> Upkeep:
    return Upkeep(platform, now, settings.viber_seconds * 1000, mails=bool(settings.smtp_url))


def make_trace_keeper(platform: Platform, settings: Settings) -> TraceKeeper:
    """From here on the platform is traced, if the settings want it."""
    platform.trace = Trace(on=settings.trace_days > 0, texts=settings.trace_texts)
    kept, most = settings.trace_days * _DAY, settings.trace_megabytes * 1024 * 1024
    return TraceKeeper(platform, now, kept=kept, most=most)


def make_postman(platform: Platform, settings: Settings) -> Postman | None:
    """None when mail is off; raises SettingsError when it cannot be sent like this."""
    if not settings.smtp_url:
        return None
    if address(parseaddr(settings.mail_from)[1]) is None:
        raise SettingsError("LOTSMAN_MAIL_FROM: an e-mail address, or Name <address>, is needed to send mail")
    try:
        server = relay.parse(settings.smtp_url)
    except ValueError as error:
        raise SettingsError(f"LOTSMAN_SMTP_URL: {error}") from None
    return Postman(platform, server, " ".join(settings.mail_from.split()), now)


def make_circuit(platform: Platform, settings: Settings) -> Circuit:
    """Raises SettingsError when alerts cannot be sent like this."""
    operator = address(settings.operator_mail) if settings.operator_mail else ""
    if operator is None:
        raise SettingsError("LOTSMAN_OPERATOR_MAIL: an e-mail address, or empty")
    return Circuit(platform, now, operator, mails=bool(settings.smtp_url))


def make_port_book(platform: Platform, settings: Settings) -> PortBook:
    return PortBook(platform, now, settings.portability_days * _DAY)


def make_doors(platform: Platform, settings: Settings, health: Health) -> DoorServer:
    proxies = Proxies(settings.proxies)
    beside: Beside = {"r": Referrals().see_to}
    if settings.smtp_url:
        beside = {**beside, "debug": DebugMail().see_to}
    doors = Doors(
        platform,
        now,
        emulated=settings.emulator,
        pages=health.pages(),
        proxies=proxies,
        beside=beside,
        receipts=ReceiptDoor(platform, now).page,
    )
    return DoorServer(doors.answer)


def make_courier(platform: Platform, settings: Settings) -> tuple[Courier, Caller]:
    """Raises SettingsError for networks that are none."""
    try:
        guard = UrlGuard(settings.callback_allow.split(","))
    except ValueError as error:
        raise SettingsError(f"LOTSMAN_CALLBACK_ALLOW: {error}") from None
    caller = Caller(guard, per_host=PER_HOST)
    return Courier(platform, caller, now), caller


def takes_sms(row: LinkRow) -> bool:
    """Whether it is a carrier's link for messages, not the emulator's or one that only looks up."""
    try:
        return SMS in services(row.name, row.kind, row.settings)
    except (LookupError, TypeError, ValueError):  # misconfigured: nobody starts it
        return True


def start_listening(platform: Platform, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
    """Wake-ups from other nodes (on SQLite there are none); call the result to stop."""
    if platform.database.sqlite:
        return lambda: None
    return Listener(platform.database.engine, lambda: loop.call_soon_threadsafe(platform.handoff.wake)).stop


def make_tls(settings: Settings) -> ssl.SSLContext | None:
    """Raises SettingsError when certificate and key cannot be used."""
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"LOTSMAN_TLS_CERT and LOTSMAN_TLS_KEY cannot be used: {error}") from None
    return context


def numbering_plan(settings: Settings) -> Path:
    """Where the official plan of Russian mobile numbers lies, if the operator has imported it."""
    return settings.data / "DEF-9xx.csv"


def plan_ranges(settings: Settings) -> Iterable[PlanRange]:
    path = numbering_plan(settings)
    if not path.exists():
        return []
    bad: list[BadLine] = []
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        return list(read(lines, bad))


def _unwritable(settings: Settings, error: OSError) -> SettingsError:
    path = settings.data.resolve()
    return SettingsError(
        f"cannot write to {path}: {error.strerror}; set LOTSMAN_DATA to a directory of yours"
    )
