"""Kill -9 under load, again and again, and then the books: `make crash KILLS=100 SEED=7 DATABASE=postgresql`.

In: how often, which dice, which database, which policy for messages in doubt. Out: one line, and exit code 0 when no
accepted message was lost, none went out twice, and every kopeck is where it belongs.
Strategy: real nodes, real sockets. The message centre and the customers live in this process and survive every kill.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from e2e.audit import Findings, audit, waiting
from e2e.load import Load
from lotsman.domain.lifecycle import State
from stand.node import NodeError, RunningNode
from stand.postgres import Postgres
from stand.smsc import Smsc

# What e2e/audit.py expects of the numbers' ends; the rest of the trouble is for the program to survive.
SCENARIO: Final = """
subscribers ordinary
reject for *97
throttle 0.2%
latency 5..40ms
fails UNDELIV err 001 for *98
receipts early for *93
receipts twice for *94
receipt 50..400ms
"""
SETTLED: Final = 3.0  # seconds without a change: longer than a refused receipt waits to be sent again
SECONDS_TO_DRAIN: Final = 90
EARLY_KILLS: Final = 0.35  # share of kills while the node starts
LONGEST_LIFE: Final = 1.2  # seconds from ready to the kill
START_WITH_UP: Final = 0.2  # share of starts by `lotsman up`


class Plan(NamedTuple):
    kills: int
    seed: int
    database: str = "sqlite"
    policy: str = "hold"
    window: int = 50


def main(arguments: Sequence[str] | None = None) -> int:
    plan = _plan(arguments)
    print(f"seed {plan.seed}", flush=True)
    line, findings = crash(plan)
    for problem in findings.problems:
        print(problem)
    print(line)
    return 1 if findings.problems else 0


def crash(plan: Plan, database_url: str = "") -> tuple[str, Findings]:
    """Run the plan; the line that sums it up, and what was found. The data stays when something is wrong."""
    directory = Path(tempfile.mkdtemp(prefix="lotsman-crash-"))
    cluster = Postgres.start() if plan.database == "postgresql" and not database_url else None
    try:
        url = cluster.create_database(empty=True) if cluster is not None else database_url
        findings = _run(plan, directory, url)
    except NodeError as error:
        findings = Findings()
        findings.add("the node", [str(error)])
    finally:
        if cluster is not None:
            cluster.stop()
    if findings.problems:
        findings.problems.append(f"data and output of the node: {directory}")
    else:
        shutil.rmtree(directory)
    line = (
        f"kills {plan.kills} accepted {findings.accepted} lost {findings.lost} duplicates {findings.duplicates} "
        f"ledger {'ok' if findings.ledger else 'WRONG'} stuck {findings.stuck} in_doubt {findings.in_doubt} "
        f"seed {plan.seed} database {plan.database} policy {plan.policy}"
    )
    return line, findings


def _run(plan: Plan, directory: Path, database_url: str) -> Findings:
    dice = random.Random(plan.seed)
    with (
        Smsc.start(SCENARIO, system_id="crash") as smsc,
        RunningNode(directory / "data", database_url=database_url) as node,
    ):
        _prepare(node, smsc, plan)
        load = Load(node.port, node.demo["LOTSMAN_APIKEY"], plan.seed)
        load.start()
        try:
            _kill_again_and_again(node, plan.kills, dice)
        finally:
            load.stop()
        node.start("serve")
        undrained = _drain(node, smsc)
        exit_code = node.terminate()
        findings = audit(
            node.database_url, load.requests, smsc.seen, plan.policy, time.time_ns() // 1_000_000
        )
        findings.add("drain", undrained)
        findings.add("exit code", [str(exit_code)] if exit_code else [])
        findings.add("errors in the log", _errors(node.output))
        findings.add("doctor", _doctor(node))
        if not findings.accepted:
            findings.add("test", ["nothing was accepted"])
    return findings


def _prepare(node: RunningNode, smsc: Smsc, plan: Plan) -> None:
    node.cli("init")
    bind = ["--host", "127.0.0.1", "--port", smsc.port, "--system-id", "crash", "--password", "crash"]
    node.cli("carrier", "add", "smsc", *bind, "--window", plan.window, "--in-doubt", plan.policy)
    node.cli("account", "top-up", "demo", "100000000")


def _kill_again_and_again(node: RunningNode, kills: int, dice: random.Random) -> None:
    started = time.monotonic()
    node.start("serve")
    startup = time.monotonic() - started
    time.sleep(dice.uniform(0.2, LONGEST_LIFE))
    node.kill9()
    for _ in range(kills - 1):
        early, moment = dice.random() < EARLY_KILLS, dice.random()
        node.start("up" if dice.random() < START_WITH_UP else "serve", ready=not early)
        # The interesting part of a start, rescue and first binds, is its second half.
        time.sleep(startup * (0.4 + 0.7 * moment) if early else LONGEST_LIFE * moment)
        node.kill9()


def _drain(node: RunningNode, smsc: Smsc) -> list[str]:
    """Wait until nothing waits but messages in doubt, and no receipt comes any more; else what still waits."""
    deadline = time.monotonic() + SECONDS_TO_DRAIN
    before: object = None
    since = time.monotonic()
    while time.monotonic() < deadline:
        now = waiting(node.database_url)
        if set(now) <= {State.UNCERTAIN} and (now, len(smsc.seen)) == before:
            if time.monotonic() - since > SETTLED:
                return []
        else:
            before, since = (now, len(smsc.seen)), time.monotonic()
        time.sleep(0.2)
    return [f"{state.name} {count}" for state, count in waiting(node.database_url).items()]


def _errors(output: str) -> list[str]:
    return [line for line in output.splitlines() if '"level": "error"' in line or "Traceback" in line]


def _doctor(node: RunningNode) -> list[str]:
    """The operator's own audit has to agree: run against a live node, every line is fine."""
    try:
        node.start("serve")
        done = node.cli("doctor", exit_code=None)
    except NodeError as error:
        return [str(error)]
    return done.stdout.splitlines() if done.returncode else []


def _plan(arguments: Sequence[str] | None) -> Plan:
    parser = argparse.ArgumentParser(prog="crash", description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None, help="of the dice; default: another one each time")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--policy", choices=["hold", "resend"], default="hold")
    parser.add_argument("--window", type=int, default=50)
    found = parser.parse_args(arguments)
    seed = found.seed if found.seed is not None else random.SystemRandom().randrange(10**6)
    return Plan(found.kills, seed, found.database, found.policy, found.window)


if __name__ == "__main__":
    sys.exit(main())
