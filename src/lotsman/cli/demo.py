"""The demo that `lotsman up` and `lotsman init` set up: an account with money, prices, a link to the built-in SMSC."""

import asyncio
import secrets
from pathlib import Path
from typing import Final

from lotsman.domain.inbound import UNCLAIMED
from lotsman.domain.lane import MESSENGERS, WORDS
from lotsman.domain.period import ALWAYS, FOREVER, Period, price_at
from lotsman.domain.prices import Destination, PriceKey
from lotsman.domain.service import Service
from lotsman.domain.tariff import LANDLINE
from lotsman.node import wiring
from lotsman.node.clock import now
from lotsman.node.settings import Settings
from lotsman.usecases import Platform
from lotsman.usecases.configure_carrier import add_link, change_link, list_links
from lotsman.usecases.configure_tariff import Whose, find_prices, replace_prices, save_tariff
from lotsman.usecases.inspect import find_account
from lotsman.usecases.open_account import issue_key, open_account
from lotsman.usecases.route_inbound import add_number, inbound_numbers
from lotsman.usecases.top_up_account import top_up_account

_SERVES: Final = [
    word for word in WORDS if word not in MESSENGERS
]  # the built-in SMSC answers everything else
EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 compared with, never bound
LOGIN: Final = "demo@lotsman.local"
SENDERS: Final = ("INFORM", "SMSPILOT", "LOTSMAN", "test")
MONEY: Final = 10_000_00  # kopecks
# Kopecks for one part; "" is any country or any operator.
PRICES: Final[dict[Destination, int]] = {
    (Service.SMS, "RU", ""): 250,
    (Service.SMS, "RU", "MTS"): 270,
    (Service.SMS, "RU", "BEELINE"): 265,
    (Service.SMS, "RU", "MEGAFON"): 270,
    (Service.SMS, "KZ", ""): 900,
    (Service.SMS, "BY", ""): 800,
    (Service.SMS, "UZ", ""): 1_200,
    (Service.SMS, "", ""): 1_500,
    (Service.HLR, "", ""): 17,
    (Service.HLR_VIP, "", ""): 35,
    (Service.PING, "", ""): 17,
    (Service.TWO_WAY, "", ""): 350,
    (Service.VIBER, "", ""): 190,
    (Service.VOICE_MINUTE, "RU", ""): 600,
    (Service.VOICE_MINUTE, "RU", LANDLINE): 400,
    (Service.VOICE_MINUTE, "", ""): 2_500,
    (Service.FLASHCALL, "RU", ""): 60,
}
TWO_WAY_NUMBER: Final = "79021121075"  # shared: messages that can be answered go out from it


async def prepare(settings: Settings) -> None:
    """Create what is missing; keep what is there."""
    database = wiring.open_database(settings)
    loop = asyncio.get_running_loop()
    database.start(loop)
    try:
        platform = wiring.make_platform(database, settings, loop)
        await _prices(platform)
        await _links(platform, settings)
        if not await inbound_numbers(platform):
            await add_number(platform, TWO_WAY_NUMBER, UNCLAIMED, two_way=True)
        account_id = await find_account(platform, LOGIN)
        path = settings.data / "demo.env"
        if account_id is None:
            opened = await open_account(
                platform,
                login=LOGIN,
                name="Demo",
                phone="79000000000",
                senders=SENDERS,
                tariff="demo",
                now=now(),
            )
            await top_up_account(platform, opened.account_id, MONEY, "demo money", now())
            _write(path, settings, opened.apikey, opened.password)
        else:
            kept = read(path)
            apikey = kept.get("LOTSMAN_APIKEY") or await issue_key(platform, account_id, now())
            _write(path, settings, apikey, kept.get("LOTSMAN_PASSWORD", ""))
    finally:
        database.close()


def read(path: Path) -> dict[str, str]:
    """NAME=value lines."""
    if not path.exists():
        return {}
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def url(settings: Settings) -> str:
    scheme = "https" if settings.tls_cert else "http"
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    return f"{scheme}://{host}:{settings.port}"


def greet(settings: Settings) -> None:
    """What a newcomer needs: where it listens, the key, three lines to paste, where the data lies."""
    found = read(settings.data / "demo.env")
    api = f"{url(settings)}/api.php"
    key = found.get("LOTSMAN_APIKEY", "")
    print(
        f"""
Lotsman is running.  API: {api}   data: {settings.data.resolve()}
apikey: {key}

send     curl '{api}?send=Hello+from+Lotsman&to=79087964781&from=INFORM&apikey={key}&format=json'
check    curl '{api}?check=recent&apikey={key}&fields=all&format=json'
look up  curl '{api}?send=HLR&to=79087964781&apikey={key}&format=json'
balance  curl '{api}?balance=rur&apikey={key}'

Key and login for scripts: {settings.data / "demo.env"}.  Ctrl-C drains and stops.
""",
        flush=True,
    )


async def _prices(platform: Platform) -> None:
    """The list, or what it lacks of services that came with a newer version."""
    kept = (await find_prices(platform, Whose.TARIFF, "demo")).prices
    services = {key.service for key, periods in kept.items() if price_at(periods, now()) is not None}
    lacking = {key: price for key, price in PRICES.items() if key[0] not in services}
    if lacking and not kept:
        await save_tariff(platform, "demo", PRICES)
    elif lacking:
        added = {PriceKey(*key): [Period(ALWAYS, FOREVER, price)] for key, price in lacking.items()}
        await replace_prices(
            platform, Whose.TARIFF, "demo", {**kept, **added}, currency="", start=None, now=now(), apply=True
        )


async def _links(platform: Platform, settings: Settings) -> None:
    names = {view.link.name for view in await list_links(platform)}
    if "emulator" not in names:
        await add_link(platform, name="emulator", kind="emulator", settings={})
    if settings.simulator and "simulator" not in names:
        link = {
            "host": "127.0.0.1", "port": settings.simulator_port, "system_id": "lotsman", "password": "lotsman",
            "window": 100, "serves": _SERVES,
        }  # fmt: skip
        await add_link(platform, name="simulator", settings=link)
    elif settings.simulator:
        await change_link(platform, "simulator", {"port": settings.simulator_port, "serves": _SERVES})
    if settings.simulator:
        await _messenger(platform, settings, known="messenger" in names)


async def _messenger(platform: Platform, settings: Settings, *, known: bool) -> None:
    link = {
        "url": f"http://127.0.0.1:{settings.simulator_http_port}/send", "receipts_at": url(settings),
    }  # fmt: skip
    if known:
        await change_link(platform, "messenger", link)
        return
    fixed = {
        "profile": "json", "serves": sorted(MESSENGERS), "sender": "Lotsman", "words": {"apikey": "lotsman"},
        "secret": secrets.token_hex(16),
    }  # fmt: skip
    await add_link(platform, name="messenger", kind="upstream", settings=fixed | link)


def _write(path: Path, settings: Settings, apikey: str, password: str) -> None:
    path.touch(mode=0o600)
    path.write_text(
        f"LOTSMAN_URL={url(settings)}\nLOTSMAN_APIKEY={apikey}\nLOTSMAN_LOGIN={LOGIN}\nLOTSMAN_PASSWORD={password}\n"
    )
