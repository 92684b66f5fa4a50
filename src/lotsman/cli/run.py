"""lotsman up, serve, init, simulator: processes."""

import asyncio
import contextlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from lotsman.cli import demo
from lotsman.cli.session import fail, fail_unanswered, settings
from lotsman.dispatch.wire_journal import NodeIsRunning
from lotsman.node import clock, process, wiring
from lotsman.node.settings import Settings, SettingsError, reason
from lotsman.simulator.http_face import HttpFace
from lotsman.simulator.scenario import Scenario, ScenarioError
from lotsman.simulator.smsc import Simulator
from lotsman.usecases import StoreUnavailable


def up() -> None:
    """Everything in one process: database, demo account, built-in SMSC, API. Ctrl-C drains and stops."""
    found = settings()
    own = f"{found.callback_allow},127.0.0.0/8,::1/128"  # a developer's receiver runs on the same machine
    found = found.model_copy(update={"emulator": True, "callback_allow": own})
    _check_alone(found)
    _prepare(found)

    async def run() -> None:
        simulator = await _simulator(found) if found.simulator else None
        face = await _http_face(found) if found.simulator else None

        async def started() -> None:
            demo.greet(found)

        try:
            await process.run(found, frozenset(process.ROLES), started)
        finally:
            if simulator is not None:
                await simulator.stop()
            if face is not None:
                await face.stop()

    _run(run())


def serve(
    role: Annotated[
        list[str] | None,
        typer.Option(
            help="api, carrier, courier, upkeep; repeat it. Default: all. Apart only on PostgreSQL."
        ),
    ] = None,
) -> None:
    """One node for production: no demo account, no built-in SMSC, the public emulator key is off."""
    found = settings()
    roles = frozenset(role or process.ROLES)
    if unknown := roles - set(process.ROLES):
        fail(f"no role {', '.join(sorted(unknown))}; roles are {', '.join(process.ROLES)}")
    if roles != set(process.ROLES) and found.database.startswith("sqlite"):
        fail("roles run apart only on PostgreSQL; set LOTSMAN_DATABASE_URL, or leave --role out")
    _run(process.run(found, roles))


def init() -> None:
    """Create the database and the demo account; write its key to demo.env. Repeating it changes nothing."""
    found = settings()
    _prepare(found)
    print(f"{found.data / 'demo.env'} has the address, the key and the login")


def simulator(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 2775,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    script: Annotated[Path | None, typer.Option(help="Scenario file (docs/simulator.md).")] = None,
    system_id: Annotated[str, typer.Option(help="Only this login may bind; empty: any.")] = "",
    password: Annotated[str, typer.Option(help="Its password.")] = "",
    http_port: Annotated[
        int, typer.Option(help="Also a carrier and messenger over HTTP, on this port; 0: none.")
    ] = 0,
) -> None:
    """An SMSC to develop against: accepts binds, takes submits, sends receipts, misbehaves by script."""
    settings()

    async def run() -> None:
        smsc = Simulator(
            _scenario(script), host=host, port=port, system_id=system_id, password=password, clock=clock.now
        )
        face = HttpFace(host, http_port) if http_port else None
        try:
            await smsc.start()
            if face is not None:
                await face.start()
        except OSError as error:
            raise SettingsError(f"cannot listen on {host}: {reason(error)}") from None
        over_http = f", over HTTP http://{host}:{http_port}/send" if face is not None else ""
        print(f"SMSC simulator on {host}:{smsc.port}{over_http}; Ctrl-C stops it", flush=True)
        try:
            await asyncio.Event().wait()
        finally:
            await smsc.stop()
            if face is not None:
                await face.stop()

    _run(run())


def _check_alone(found: Settings) -> None:
    """Before anything is written: the process that runs here keeps its demo.env, and its port is not the problem."""
    try:
        wiring.make_journal(found).close()
    except (SettingsError, NodeIsRunning) as error:
        fail(str(error))


def _prepare(found: Settings) -> None:
    try:
        found.data.mkdir(parents=True, exist_ok=True)
        wiring.upgrade_schema(found)
        asyncio.run(demo.prepare(found))
    except SettingsError as error:
        fail(str(error))
    except StoreUnavailable as error:
        fail_unanswered(error)
    except OSError as error:
        fail(
            f"cannot write to {found.data.resolve()}: {error.strerror}; set LOTSMAN_DATA to a directory of yours"
        )


async def _simulator(found: Settings) -> Simulator:
    smsc = Simulator(_scenario(found.simulator_script), port=found.simulator_port, clock=clock.now)
    try:
        await smsc.start()
    except OSError as error:
        why = f"cannot start the built-in SMSC on port {found.simulator_port}: {reason(error)}"
        raise SettingsError(f"{why}; set LOTSMAN_SIMULATOR_PORT") from None
    return smsc


async def _http_face(found: Settings) -> HttpFace:
    face = HttpFace(port=found.simulator_http_port)
    try:
        await face.start()
    except OSError as error:
        why = f"cannot start the built-in messenger on port {found.simulator_http_port}: {reason(error)}"
        raise SettingsError(f"{why}; set LOTSMAN_SIMULATOR_HTTP_PORT") from None
    return face


def _scenario(script: Path | None) -> Scenario:
    if script is None:
        return Scenario()
    try:
        return Scenario.parse(script.read_text())
    except OSError as error:
        raise SettingsError(f"cannot read {script}: {error.strerror}") from None
    except ScenarioError as error:
        raise SettingsError(f"{script}: {error}") from None


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        with (
            contextlib.suppress(KeyboardInterrupt),
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(work)
    except (SettingsError, NodeIsRunning) as error:
        fail(str(error))
    except StoreUnavailable as error:
        fail_unanswered(error)
