"""PostgreSQL cuts its connections under load, again and again: whatever was answered is true, and nothing is held for ever."""

import time

import psycopg

from e2e.audit import audit, waiting
from e2e.load import Load
from lotsman.domain.lifecycle import State
from stand.lossy import LossyLine

CUTS = 12
SYSTEM_ERROR = '"110"'


def test_cut_connections_lose_and_double_nothing(new_node, new_smsc, connect, postgres):
    url = postgres.create_database(empty=True)
    smsc, node = new_smsc("latency 1..20ms\nreceipt 50ms\nsubscribers ordinary"), new_node(database_url=url)
    connect(node, smsc)
    node.cli("account", "top-up", "demo", "100000000")
    node.start("serve")
    load = Load(node.port, node.demo["LOTSMAN_APIKEY"], seed=4, customers=8)
    load.start()
    try:
        for _ in range(CUTS):
            goal = load.accepted + 60
            node.wait_until(lambda goal=goal: load.accepted > goal, "accepted messages")
            _cut(url)
    finally:
        load.stop()
    node.wait_until(lambda: set(waiting(url)) <= {State.UNCERTAIN}, "everything at an end", 60)
    found = audit(url, load.requests, smsc.seen, "hold", time.time_ns() // 1_000_000, ordinary=True)
    assert not found.problems, "\n".join(found.problems)
    assert node.terminate() == 0


def test_a_commit_whose_answer_was_lost_leaves_no_message_behind(new_node, new_smsc, connect, postgres):
    url = postgres.create_database(empty=True)
    smsc = new_smsc("latency 1..20ms\nreceipt 50ms\nsubscribers ordinary")
    with LossyLine(url.rpartition("=")[2]) as line:
        node = new_node(database_url=url.rpartition("=")[0] + "=" + line.directory)
        connect(node, smsc)
        node.cli("account", "top-up", "demo", "100000000")
        node.start("serve")
        load = Load(node.port, node.demo["LOTSMAN_APIKEY"], seed=5, customers=8)
        load.start()
        try:
            for lost in range(1, CUTS + 1):
                goal = load.accepted + 60
                node.wait_until(lambda goal=goal: load.accepted > goal, "accepted messages")
                line.lose(1)
                node.wait_until(lambda lost=lost: line.lost == lost, "a lost answer")
        finally:
            load.stop()
        node.wait_until(lambda: set(waiting(url)) <= {State.UNCERTAIN}, "everything at an end", 60)
        for request in load.requests:
            if SYSTEM_ERROR in request.refusal:  # "try again" says nothing about whether it was stored
                request.refusal = ""
        found = audit(url, load.requests, smsc.seen, "hold", time.time_ns() // 1_000_000, ordinary=True)
        assert not found.problems, "\n".join(found.problems)
        assert node.terminate() == 0


def _cut(url):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
