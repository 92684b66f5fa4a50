"""Lotsman behind another Lotsman, and a messenger before an SMS: real processes, real HTTP, real SMPP."""

import json
import threading
from http.client import HTTPConnection

import pytest

from stand.receiver import Receiver

PHONE, NO_PHONE = "79087964781", "79087964798"
LOOPBACK = "127.0.0.0/8"


def sent(node, to=PHONE, **parameters):
    return node.api(**{"send": "Hello", "to": to, "from_": "INFORM"} | parameters)["send"][0]["server_id"]


def status(node, server_id, fields="status"):
    return node.api(check=server_id, fields=fields)["check"][0]


def until(node, server_id, wanted):
    node.wait_until(lambda: status(node, server_id)["status"] == wanted, f"status {wanted}")


@pytest.fixture
def behind(new_node):
    """The node behind: it sends through its own simulator"""
    return new_node("behind", simulator="on").start("up")


def link_to(behind, node, *options, receipts_at=True):
    """`node` sends through `behind`"""
    own = ["--receipts-at", f"http://127.0.0.1:{node.port}"] if receipts_at else []
    return node.cli(
        "carrier", "add-upstream", "behind", "--profile", "smspilot", "--url", f"http://127.0.0.1:{behind.port}/api.php",
        "--apikey", behind.demo["LOTSMAN_APIKEY"], *own, *options,
    )  # fmt: skip


@pytest.fixture
def front(new_node):
    node = new_node("front")
    node.cli("init")
    return node


@pytest.fixture
def front_on_any_database(new_node, any_database):
    node = new_node("front", database_url=any_database)
    node.cli("init")
    return node


def test_a_message_goes_through_two_lotsmans_and_its_receipt_comes_back(front_on_any_database, behind):
    front = front_on_any_database
    link_to(behind, front)
    front.start("serve")
    good, bad, long = (
        sent(front),
        sent(front, NO_PHONE),
        sent(front, send="Привет, это длинное сообщение. " * 5),
    )
    until(front, good, "2")
    until(front, bad, "-1")
    until(front, long, "2")
    assert status(front, bad, "error") == {"error": "601"}
    shown = front.cli("message", "show", good).stdout
    texts = [row["message"] for row in behind.api(check="recent", fields="message")["check"]]
    assert sorted(texts) == ["Hello", "Hello", "Привет, это длинное сообщение. " * 5]
    there = [row["server_id"] for row in behind.api(check="recent", fields="server_id")["check"]]
    assert any(server_id in shown for server_id in there)


def test_without_callbacks_it_asks(front, behind):
    link_to(behind, front, "--poll", "1", "--serves", "sms,vibersms", receipts_at=False)
    front.start("serve")
    good, bad, chat = sent(front), sent(front, NO_PHONE), sent(front, from_="VIBERSMS")
    until(front, good, "2")
    until(front, bad, "-1")
    until(front, chat, "2")
    assert "messenger: DELIVERED" in front.cli("message", "show", chat).stdout
    assert behind.api(check="recent", fields="sender_orig")["check"][0] == {"sender_orig": "VIBERSMS"}


def test_any_node_of_a_cluster_takes_the_receipts(new_node, postgres, behind):
    database = postgres.create_database(empty=True)
    door, holder = new_node("door", database_url=database), new_node("holder", database_url=database)
    door.cli("init")
    link_to(behind, door)  # receipts come to the node that holds no link
    holder.start("serve", "--role", "carrier", "--role", "upkeep", ready=False)
    door.start("serve", "--role", "api")
    door.wait_until(lambda: "bound" in holder.cli("carrier", "status", exit_code=None).stdout, "the link")
    until(door, sent(door), "2")


def test_what_the_operator_sees_has_no_secrets(front, behind):
    said = link_to(behind, front, "--word", "login=me", "--header", "X-Token=Geheim").stdout
    secret = said.splitlines()[1].rpartition("/")[2].split()[0]
    front.cli(
        "carrier", "add-upstream", "own", "--url", "http://u:pass@127.0.0.1:9/x?key=Schluessel&to={msisdn}", "--id", "id"
    )  # fmt: skip
    front.start("serve", ready=False)
    until_bound = "bound" in front.cli("carrier", "status", exit_code=None).stdout
    front.wait_until(
        lambda: until_bound or "bound" in front.cli("carrier", "status", exit_code=None).stdout, "up"
    )
    sent(front)
    listed = front.cli("carrier", "list").stdout
    assert "http://127.0.0.1:9/x?key=***&to={msisdn}" in listed
    for word in (behind.demo["LOTSMAN_APIKEY"], secret, "Geheim", "pass@", "Schluessel"):
        assert word not in listed + front.cli("carrier", "status", exit_code=None).stdout + front.output
    assert len(secret) == 32


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--profile", "morse"], "profile is one of smspilot, json"),
        (["--profile", "smspilot"], "nothing to fill in for {apikey}"),
        (["--profile", "json", "--apikey", "x", "--answer", "busy=perhaps"], "perhaps: taken, refused"),
        (["--profile", "json", "--apikey", "x", "--serves", "fax"], "a link serves some of"),
        (["--profile", "json", "--apikey", "x", "--receipt", "colour=red"], "--receipt colour"),
        (["--id", "id", "--header", "oops"], "expected NAME=VALUE"),
        ([], "id or error"),
    ],
)
def test_a_link_that_cannot_be_is_one_clear_line(initialised, options, said):
    done = initialised.cli(
        "carrier", "add-upstream", "x", "--url", "https://sms.example", *options, exit_code=1
    )
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_a_messenger_is_reached_over_http_only(initialised):
    done = initialised.cli("carrier", "add", "x", "--host", "127.0.0.1", "--serves", "sms,viber", exit_code=1)
    assert "viber: a messenger is reached over HTTP" in done.stderr


@pytest.fixture(scope="module")
def initialised(tmp_path_factory):
    from stand.node import RunningNode

    with RunningNode(tmp_path_factory.mktemp("initialised") / "data") as node:
        node.cli("init")
        yield node


# kill -9


def brought(node, path, **told):
    connection = HTTPConnection("127.0.0.1", node.port, timeout=10)
    connection.request("POST", path, json.dumps(told), {"Content-Type": "application/json"})
    try:
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_killed_before_the_answer_it_is_in_doubt_until_its_receipt_comes(front):
    answering = threading.Event()

    def hang(_told):
        answering.wait(30)
        return 200, b"{}"

    with Receiver(answer=hang) as carrier:
        said = front.cli(
            "carrier", "add-upstream", "slow", "--profile", "json", "--apikey", "x", "--url", carrier.url, "--receipts-at",
            f"http://127.0.0.1:{front.port}",
        ).stdout  # fmt: skip
        path = "/receipts/" + said.partition("/receipts/")[2].split()[0]
        front.start("serve")
        server_id = sent(front, send="Привет, это длинное сообщение. " * 5)
        front.wait_until(lambda: carrier.told, "the request")
        front.restart()
        assert "UNCERTAIN" in front.cli("message", "show", server_id).stdout
        assert len(carrier.told) == 1
        assert brought(front, path, id="M1", status="delivered", phone=PHONE) == (200, b"OK")
        until(front, server_id, "2")
        answering.set()


# The messenger of the demo


@pytest.fixture
def demo(new_node):
    return new_node(simulator="on", viber_seconds=1).start("up")


def balance(node):
    return node.api(balance="rur")["balance"]


@pytest.mark.parametrize(
    ("ending", "left"),
    [("81", "9998.10"), ("93", "9997.50"), ("94", "9997.50")],
    ids=["delivered by messenger", "has no messenger", "does not open it in time"],
)
def test_vibersms_is_delivered_and_paid_by_the_way_it_took(demo, ending, left):
    server_id = sent(demo, f"790879647{ending}", from_="VIBERSMS")
    until(demo, server_id, "2")
    assert balance(demo) == left
    demo.cli("doctor")


def test_viber_alone_has_no_other_way(demo):
    good, bad = sent(demo, from_="VIBER", send="Привет! " * 60), sent(demo, "79087964793", from_="VIBER")
    until(demo, good, "2")
    until(demo, bad, "-2")
    assert balance(demo) == "9998.10"
    assert status(demo, bad, "error") == {"error": "602"}
