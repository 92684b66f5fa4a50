"""Several processes on one PostgreSQL: roles apart, and a link that outlives the node that held it."""

import time

import pytest

from e2e.audit import audit, waiting
from e2e.load import Load
from lotsman.domain.lifecycle import State

SECONDS_TO_TAKE_OVER = 15


@pytest.fixture
def shared(postgres):
    return postgres.create_database(empty=True)


def holder(node):
    """The directory of the node that runs the link, as `carrier status` tells it; empty: nobody does."""
    lines = node.cli("carrier", "status", exit_code=None).stdout.splitlines()
    line = next(line for line in lines if line.startswith("smsc "))
    return line.split(":", 1)[1].split()[0] if " bound " in line else ""


def test_a_message_sent_to_the_api_node_is_delivered_by_the_carrier_node(new_node, new_smsc, connect, shared):
    smsc = new_smsc("receipt 50ms")
    api, carrier = new_node("api", database_url=shared), new_node("carrier", database_url=shared)
    connect(api, smsc)
    api.start("serve", "--role", "api")
    sent = api.api(send="Over there", to="79165550001", from_="INFORM")["send"][0]
    assert not smsc.sessions

    carrier.start("serve", "--role", "carrier", "--role", "upkeep", "--role", "courier", ready=False)
    carrier.wait_for_output('"started"')
    assert carrier.get("/healthz")[0] == 0
    dossier = f"check={sent['server_id']}&apikey={api.demo['LOTSMAN_APIKEY']}&format=v"
    api.wait_until(lambda: "2" in api.get(f"/api.php?{dossier}")[1].split(), "delivered")
    # The second one is not found by looking every second alone: the carrier node is told.
    again = api.api(send="And once more", to="79165550002", from_="INFORM")["send"][0]
    api.wait_until(lambda: smsc.of("79165550002"), "sent")
    assert carrier.cli("message", "show", again["server_id"], "--wait", "10").stdout.count("DELIVERED") >= 1
    assert carrier.terminate() == 0
    assert api.terminate() == 0


def test_a_killed_node_s_link_is_taken_over_and_nothing_is_lost_or_doubled(
    new_node, new_smsc, connect, shared
):
    smsc = new_smsc("latency 5..40ms\nreceipt 50..400ms\nsubscribers ordinary")
    nodes = [new_node(name, database_url=shared) for name in ("first", "second")]
    connect(nodes[0], smsc, window=30)
    nodes[0].cli("account", "top-up", "demo", "100000000")
    for node in nodes:
        node.start("serve", ready=False)
        node.wait_for_output('"started"')
    nodes[0].wait_until(lambda: holder(nodes[0]), "somebody holds the link")
    held = holder(nodes[0])
    killed, survivor = sorted(nodes, key=lambda node: str(node.data) != held)
    assert str(killed.data) == held
    assert smsc.sessions == 1

    load = Load(survivor.port, nodes[0].demo["LOTSMAN_APIKEY"], seed=3, customers=3)
    load.start()
    try:
        survivor.wait_until(lambda: len(smsc.seen) > 150, "messages on their way")
        killed.kill9()
        at = time.monotonic()
        survivor.wait_until(lambda: not smsc.sessions, "the end of the session")
        before = len(smsc.seen)
        survivor.wait_until(
            lambda: len(smsc.seen) > before, "the other node to take over", SECONDS_TO_TAKE_OVER
        )
        assert time.monotonic() - at < SECONDS_TO_TAKE_OVER
        survivor.wait_until(lambda: holder(survivor) == str(survivor.data), "its name in the status")
        survivor.wait_until(lambda: len(smsc.seen) > before + 150, "messages on their way")
    finally:
        load.stop()
    survivor.wait_until(lambda: set(waiting(shared)) <= {State.UNCERTAIN}, "everything at an end", 60)
    found = audit(shared, load.requests, smsc.seen, "hold", time.time_ns() // 1_000_000, ordinary=True)
    assert not found.problems, "\n".join(found.problems)
    assert (found.lost, found.duplicates, found.stuck) == (0, 0, 0)

    # Whoever was killed comes back as the second, and takes over in its turn.
    killed.start("serve", ready=False)
    killed.wait_until(lambda: killed.output.count('"started"') == 2, "the second start")
    assert survivor.terminate() == 0
    killed.wait_until(lambda: smsc.sessions == 1, "the link to come back", SECONDS_TO_TAKE_OVER)
    killed.wait_until(lambda: holder(killed) == str(killed.data), "the link to come back")


def test_a_node_that_stops_gives_its_link_away_at_once(new_node, new_smsc, connect, shared):
    smsc = new_smsc()
    first, second = new_node("first", database_url=shared), new_node("second", database_url=shared)
    connect(first, smsc)
    first.start("serve")
    second.start("serve", ready=False)
    second.wait_for_output('"started"')
    assert holder(second) == str(first.data)
    assert first.terminate() == 0
    at = time.monotonic()
    second.wait_until(lambda: smsc.sessions == 1, "the other node to take over", SECONDS_TO_TAKE_OVER)
    assert time.monotonic() - at < 5  # a lease that lapses would take ten
