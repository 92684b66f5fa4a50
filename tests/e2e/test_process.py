"""One process: from nothing to a delivered message, through restarts, Ctrl-C and everything that keeps it from starting."""

import json
import re
import socket
import subprocess
import time

import pytest

from e2e.audit import audit, waiting
from e2e.load import Load
from lotsman.domain.lifecycle import State
from stand.node import RunningNode, free_port

PHONES = [f"7916555{n:04d}" for n in range(20)]
UNREACHABLE = "postgresql://lotsman@127.0.0.1:1/lotsman"


def pasted(line):
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True, timeout=30)
    return done.stdout


def printed_lines(output):
    """The lines to paste, by their first word."""
    return dict(re.findall(r"^(send|check|balance) +(curl .*)$", output, re.MULTILINE))


def statuses(node, ids):
    answer = node.api(check=",".join(map(str, ids)))
    return {message["status"] for message in answer["check"]}


def send(node, recipients, text="Through the narrows", **more):
    answer = node.api(send=text, to=",".join(recipients), from_="INFORM", **more)
    return [int(message["server_id"]) for message in answer["send"]]


def complaint(node, *command, wrapper=()):
    """What a command that cannot go on says: one line on stderr, exit code 1, and no traceback."""
    done = node.cli(*command, exit_code=1, wrapper=wrapper)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("lotsman: ")
    return done.stderr.strip()


# From nothing


def test_up_from_nothing_prints_what_a_newcomer_needs_and_it_works_when_pasted(new_node):
    node = new_node(simulator="on")
    node.start("up")
    key = node.demo["LOTSMAN_APIKEY"]
    assert f"API: http://127.0.0.1:{node.port}/api.php" in node.output
    assert f"apikey: {key}" in node.output
    lines = printed_lines(node.output)
    assert set(lines) == {"send", "check", "balance"}

    before = float(pasted(lines["balance"]))
    sent = json.loads(pasted(lines["send"]))["send"][0]
    assert sent["status"] == "0"
    node.wait_until(lambda: statuses(node, [sent["server_id"]]) == {"2"}, "delivered")
    found = json.loads(pasted(lines["check"]))["check"]
    assert [(message["server_id"], message["status"]) for message in found] == [(sent["server_id"], "2")]
    assert float(pasted(lines["balance"])) == pytest.approx(before - float(sent["price"]))


def test_a_second_start_keeps_data_and_key(new_node):
    node = new_node(simulator="on")
    node.start("up")
    ids = send(node, PHONES[:1])
    node.wait_until(lambda: statuses(node, ids) == {"2"}, "delivered")
    demo, balance = node.demo, node.get(f"/api.php?balance=rur&apikey={node.demo['LOTSMAN_APIKEY']}")
    assert node.terminate() == 0

    node.start("up")
    assert node.demo == demo
    assert statuses(node, ids) == {"2"}
    assert node.get(f"/api.php?balance=rur&apikey={demo['LOTSMAN_APIKEY']}") == balance


def test_the_built_in_message_centre_may_move_to_another_port(new_node, directory):
    node = new_node(simulator="on")
    node.start("up")
    assert node.terminate() == 0
    with RunningNode(node.data, simulator="on") as moved:
        moved.start("up")
        ids = send(moved, PHONES[:1])
        moved.wait_until(lambda: statuses(moved, ids) == {"2"}, "delivered")


def test_demo_env_is_for_its_owner_alone(new_node):
    node = new_node()
    node.cli("init")
    assert (node.data / "demo.env").stat().st_mode & 0o777 == 0o600


# To an end


def test_ctrl_c_awaits_what_is_on_the_wire_and_keeps_the_rest_for_the_next_start(new_node, new_smsc, connect):
    smsc, node = new_smsc("latency 500ms"), new_node()
    connect(node, smsc, window=5)
    node.start("serve")
    ids = send(node, PHONES)
    node.wait_until(lambda: len(smsc.seen) >= 5, "the first submits")
    assert node.interrupt() == 0

    sent = len(smsc.seen)
    assert sent < len(PHONES)
    # Receipts of what went out may have come in time; nothing is in doubt, and nothing is held.
    left = waiting(node.database_url)
    assert left[State.ACCEPTED] == len(PHONES) - sent
    assert set(left) <= {State.ACCEPTED, State.SUBMITTED}

    smsc.play("")
    node.start("serve")
    node.wait_until(lambda: statuses(node, ids) == {"2"}, "delivered")
    assert sorted(seen.msisdn for seen in smsc.seen) == PHONES


def test_a_message_that_is_throttled_while_the_node_stops_is_sent_by_the_next_one(
    new_node, new_smsc, connect
):
    smsc, node = new_smsc("latency 500ms\nthrottle"), new_node()
    connect(node, smsc)
    node.start("serve")
    ids = send(node, PHONES)
    node.wait_until(lambda: len(smsc.seen) == len(PHONES), "the submits")
    assert node.interrupt() == 0
    assert waiting(node.database_url) == {State.ACCEPTED: len(PHONES)}

    smsc.play("")
    node.start("serve")
    node.wait_until(lambda: statuses(node, ids) == {"2"}, "delivered", 30)
    assert len([seen for seen in smsc.seen if seen.taken]) == len(PHONES)


def test_a_stop_under_load_answers_everything_that_it_stores(new_node, new_smsc, connect, any_database):
    smsc, node = new_smsc("latency 1..20ms\nsubscribers ordinary"), new_node(database_url=any_database)
    connect(node, smsc)
    node.cli("account", "top-up", "demo", "100000000")
    node.start("serve")
    load = Load(node.port, node.demo["LOTSMAN_APIKEY"], seed=1, customers=8)
    load.start()
    try:
        for stop in (node.terminate, node.interrupt, node.terminate):
            goal = load.accepted + 300
            node.wait_until(lambda goal=goal: load.accepted > goal, "accepted messages")
            assert stop() == 0
            node.start("serve")
    finally:
        load.stop()
    node.wait_until(lambda: not waiting(node.database_url), "everything at an end", 30)
    assert node.terminate() == 0
    found = audit(
        node.database_url, load.requests, smsc.seen, "hold", time.time_ns() // 1_000_000, ordinary=True
    )
    assert not found.problems, "\n".join(found.problems)
    assert found.duplicates == 0
    assert not [seen for seen in smsc.seen if seen.msisdn in _unanswered(load)]


def _unanswered(load):
    return {msisdn for request in load.requests if not request.answered for msisdn in request.recipients}


def test_a_link_that_is_turned_off_under_load_leaves_nothing_in_its_hands(new_node, new_smsc, connect):
    smsc, node = new_smsc("latency 1..20ms\nsubscribers ordinary"), new_node()
    connect(node, smsc)
    node.cli("account", "top-up", "demo", "100000000")
    node.start("serve")
    load = Load(node.port, node.demo["LOTSMAN_APIKEY"], seed=2, customers=8)
    load.start()
    try:
        for _ in range(2):
            goal = load.accepted + 200
            node.wait_until(lambda goal=goal: load.accepted > goal, "accepted messages")
            node.cli("carrier", "disable", "smsc")
            node.wait_until(lambda: not smsc.sessions, "the link to end")
            node.wait_until(lambda: not waiting(node.database_url)[State.SENDING], "nothing held")
            node.cli("carrier", "enable", "smsc")
    finally:
        load.stop()
    node.wait_until(lambda: not waiting(node.database_url), "everything at an end", 30)
    found = audit(
        node.database_url, load.requests, smsc.seen, "hold", time.time_ns() // 1_000_000, ordinary=True
    )
    assert not found.problems, "\n".join(found.problems)


# What keeps it from starting


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_port_that_is_taken(new_node, command):
    node = new_node()
    node.cli("init")
    with socket.create_server(("127.0.0.1", node.port)):
        said = complaint(node, command)
    assert f"cannot listen on 127.0.0.1:{node.port}: address already in use" in said.lower()


def test_a_start_that_fails_for_its_port_touches_no_carrier(new_node, new_smsc, connect):
    smsc, node = new_smsc(), new_node()
    connect(node, smsc)
    node.cli("message", "send", PHONES[0], "Wait for me")
    with socket.create_server(("127.0.0.1", node.port)):
        complaint(node, "serve")
    assert not smsc.seen
    assert waiting(node.database_url) == {State.ACCEPTED: 1}


def test_a_port_of_the_built_in_message_centre_that_is_taken(new_node):
    node = new_node(simulator="on")
    with socket.create_server(("127.0.0.1", int(node.environment["LOTSMAN_SIMULATOR_PORT"]))):
        said = complaint(node, "up")
    assert "built-in SMSC" in said
    assert "set LOTSMAN_SIMULATOR_PORT" in said


@pytest.mark.parametrize("command", ["up", "serve", "init"])
def test_a_data_directory_that_cannot_be_written(directory, command):
    (directory / "locked").mkdir()
    (directory / "locked").chmod(0o555)
    # Root, too, may write only where its capabilities say so.
    plain = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")
    node = RunningNode(directory / "locked" / "data")
    assert "LOTSMAN_DATA" in complaint(node, command, wrapper=plain)
    node = RunningNode(directory / "locked")
    assert "LOTSMAN_DATA" in complaint(node, command, wrapper=plain)


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_data_directory_that_another_process_uses(new_node, command):
    first = new_node(simulator="on")
    first.start("up")
    demo = first.demo
    same_ports = {"simulator": "on", "simulator_port": first.environment["LOTSMAN_SIMULATOR_PORT"]}
    for second in (RunningNode(first.data), RunningNode(first.data, port=first.port, **same_ports)):
        assert f"{first.data} is in use by another lotsman process" in complaint(second, command)
    assert first.demo == demo
    ids = send(first, PHONES[:1])
    first.wait_until(lambda: statuses(first, ids) == {"2"}, "delivered")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"port": "eighty"}, "LOTSMAN_PORT: "),
        ({"port": 70_000}, "LOTSMAN_PORT: "),
        ({"log_level": "loud"}, "LOTSMAN_LOG_LEVEL: "),
        ({"database_url": "mysql://root@localhost/sms"}, "LOTSMAN_DATABASE_URL must start with"),
        ({"database_url": "nonsense"}, "LOTSMAN_DATABASE_URL"),
        ({"database_url": UNREACHABLE}, "database"),
        ({"drain_seconds": 0}, "LOTSMAN_DRAIN_SECONDS: "),
        ({"tls_cert": "/nowhere.pem", "tls_key": "/nowhere.key"}, "LOTSMAN_TLS_CERT"),
        ({"simulator": "on", "simulator_script": "/nowhere.txt"}, "cannot read /nowhere.txt"),
        ({"simulator": "maybe"}, "LOTSMAN_SIMULATOR: "),
        ({"host": "192.0.2.1"}, "cannot listen on 192.0.2.1"),  # RFC 5737: nobody has it
    ],
)
def test_a_setting_that_is_wrong(directory, settings, said):
    node = RunningNode(directory / "data", **({"port": free_port()} | settings))
    assert said in complaint(node, "up")


def test_serve_wants_the_schema_to_be_there_and_current(new_node, any_database):
    node = new_node(database_url=any_database)
    assert "lotsman db upgrade" in complaint(node, "serve")
    node.cli("db", "upgrade")
    node.start("serve")
    assert node.terminate() == 0


@pytest.mark.parametrize("wrong", ["postman", "API"])
def test_a_role_that_there_is_not(new_node, wrong):
    assert "roles are api, carrier, courier, upkeep" in complaint(new_node(), "serve", "--role", wrong)


def test_roles_run_apart_only_on_postgresql(new_node):
    assert "only on PostgreSQL" in complaint(new_node(), "serve", "--role", "api")


# What it writes down


def test_the_log_of_a_busy_node_has_no_phone_number_text_key_or_password(
    new_node, new_smsc, connect, postgres
):
    url = postgres.create_database(empty=True).replace("lotsman@", "lotsman:Xdbpass9@")
    smsc = new_smsc("latency 1ms\nreject for *97\nthrottle every 7\nerror 0x08 every 9\ndrop after 10")
    node = new_node(database_url=url, log_level="debug")
    connect(node, smsc)
    node.start("serve")
    key, text = node.demo["LOTSMAN_APIKEY"], "Совершенно секретно: 4815162342"
    for phone in PHONES[:15]:
        send(node, [phone, f"791655{phone[-5:-2]}97"], text)
    login = {"login": node.demo["LOTSMAN_LOGIN"], "password": node.demo["LOTSMAN_PASSWORD"]}
    node.get(f"/api.php?send={PHONES[0]}&to={PHONES[0]}&apikey={'Z' * 64}")
    node.api(send=text, to="not a number", from_="x" * 99)
    node.api(balance="rur", apikey="", **login)
    node.api(balance="rur", apikey="", login=login["login"], password="Guessed-wrong-1")
    node.get("/\x7f?" + key)
    node.wait_until(lambda: len(smsc.seen) > 12, "a broken session and another one")
    node.kill9()
    node.start("serve")
    assert node.terminate() == 0

    log = node.output
    assert log.count('"started"') == 2
    assert "the carrier closed the connection" in log
    for secret in (key, "Z" * 64, text, "секретно", "4815162342", "Xdbpass9", "Geheim77", "Guessed-wrong-1"):
        assert secret not in log
    assert login["password"] not in log
    assert not [phone for phone in PHONES if phone in log or phone.lstrip("7") in log]
    assert "Traceback" not in log
