"""Callbacks as a customer's script hears them: a real node, real SMPP, a real receiver."""

import threading

import pytest

from stand.receiver import Receiver

PHONE = "79087964781"
LOOPBACK = "127.0.0.0/8"


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


@pytest.fixture
def node(new_node, new_smsc, connect, any_database):
    node = new_node(database_url=any_database, callback_allow=LOOPBACK)
    connect(node, new_smsc("receipt 50ms"))
    return node


def sent(node, **parameters):
    return node.api(send="Hello", to=PHONE, from_="INFORM", **parameters)["send"][0]["server_id"]


def test_the_script_of_a_request_hears_how_its_message_ends(node, receiver):
    node.start("serve")
    server_id = sent(node, callback=f"{receiver.url}/st.php?x=1&fields=country,message")
    node.wait_until(lambda: "2" in receiver.statuses(server_id), "the end")
    last = receiver.told[-1]
    assert last.method == "GET"
    assert last.path == f"/st.php?x=1&server_id={server_id}&status=2&error=0&country=RU&message=Hello"
    assert receiver.statuses(server_id) in (["1", "2"], ["2"])
    node.wait_until(lambda: node.cli("callback", "list").stdout == "", "nothing waits")


def test_the_script_hears_of_the_way_and_of_the_end(new_node, new_smsc, connect, receiver):
    node = new_node(callback_allow=LOOPBACK)
    connect(node, new_smsc("receipt 1500ms"))
    node.start("serve")
    server_id = sent(node, callback=receiver.url)
    node.wait_until(lambda: "2" in receiver.statuses(server_id), "the end")
    assert receiver.statuses(server_id) == ["1", "2"]


def test_the_account_s_script_hears_of_all_the_others_by_post(node, receiver):
    node.cli("account", "set", "demo", f"callback=POST {receiver.url}/all")
    node.start("serve")
    server_id = sent(node)
    node.wait_until(lambda: "2" in receiver.statuses(server_id), "the end")
    assert receiver.told[-1].method == "POST"
    assert receiver.told[-1].path == "/all"
    assert receiver.told[-1].pairs == {"server_id": server_id, "status": "2", "error": "0"}


def test_a_call_survives_kill_9_of_the_node(node, receiver):
    node.start("serve")
    receiver.answer = lambda _told: (500, b"later")
    server_id = sent(node, callback=receiver.url)
    node.wait_until(lambda: "2" in receiver.statuses(server_id), "the first try")
    node.kill9()
    receiver.told.clear()
    receiver.answer = lambda _told: (200, b"OK")
    node.restart()
    node.cli("callback", "replay", *ids_of(node))
    node.wait_until(lambda: receiver.statuses(server_id) == ["2"], "the call after the crash")
    node.wait_until(lambda: node.cli("callback", "list").stdout == "", "nothing waits")


def test_kill_9_between_the_change_and_the_call_loses_nothing(node, receiver):
    node.start("serve")
    killed = threading.Event()
    receiver.answer = lambda _told: (200, b"OK") if killed.wait(30) else (500, b"")
    ids = [sent(node, callback=receiver.url) for _ in range(30)]  # more than are under way at once
    node.wait_until(lambda: receiver.told, "the first call")
    node.wait_until(lambda: delivered(node, ids), "the changes are on disk")
    node.kill9()
    killed.set()
    receiver.told.clear()
    receiver.answer = lambda _told: (200, b"OK")
    node.restart()
    node.cli("callback", "replay", *ids_of(node))  # instead of waiting for the end of the leases
    node.wait_until(lambda: all("2" in receiver.statuses(id_) for id_ in ids), "all of them")
    node.wait_until(lambda: node.cli("callback", "list").stdout == "", "nothing waits")


def test_replay_wants_to_know_which(node):
    for which in ((), ("--account", "demo"), ("1", "--dead"), ("1", "--account", "demo")):
        assert node.cli("callback", "replay", *which, exit_code=None).returncode == 1
    assert node.cli("callback", "replay", "--dead", "--account", "demo").stdout == "0 calls are due again\n"


def delivered(node, ids):
    return {row["status"] for row in node.api(check=",".join(ids))["check"]} == {"2"}


def ids_of(node):
    return [line.split()[0] for line in node.cli("callback", "list", "--limit", 1000).stdout.splitlines()]


def test_nobody_is_called_in_a_private_network_unless_it_is_allowed(new_node, new_smsc, connect, receiver):
    node = new_node()
    connect(node, new_smsc("receipt 50ms"))
    node.start("serve")
    for address in (receiver.url, f"http://localhost:{receiver.port}/"):
        sent(node, callback=address)

    def refused():
        return node.cli("callback", "list").stdout.count("this address may not be called") >= 2

    node.wait_until(refused, "both were refused")
    assert receiver.told == []
