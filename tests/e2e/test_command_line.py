"""Every command of an operator, against both databases: what it prints, what it changes, how it exits."""

import re

import pytest

PHONE = "79165550001"


@pytest.fixture
def node(new_node, any_database):
    return new_node(database_url=any_database)


def complaint(node, *command):
    """One line on stderr, exit code 1, nothing on stdout, no traceback."""
    done = node.cli(*command, exit_code=1)
    assert done.stdout == ""
    assert done.stderr.startswith("lotsman: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def said(node, *command):
    done = node.cli(*command)
    assert done.stderr == ""
    return done.stdout


def shown(text, name):
    """`name   value` as `account add` prints it."""
    return re.search(rf"^{name} +(\S+)$", text, re.MULTILINE)[1]


def test_the_schema_is_made_once_and_making_it_again_changes_nothing(node):
    first = said(node, "db", "upgrade")
    assert first.startswith("schema: empty -> ")
    assert said(node, "db", "upgrade") == f"schema {first.split()[-1]} is current\n"


@pytest.mark.parametrize(
    "command",
    [
        "account list",
        "account add a@b.ru",
        "carrier list",
        "carrier status",
        "message list",
        "message send 79165550001 Hi",
    ],
)
def test_a_command_on_a_database_without_schema_says_what_to_do(node, command):
    assert "lotsman db upgrade" in complaint(node, *command.split())


def test_an_account_from_its_opening_to_its_first_message(node):
    node.cli("init")
    opened = said(
        node, "account", "add", "pilot@example.ru", "--name", "Pilot", "--sender", "PILOT", "--credit", "5"
    )
    account, key = shown(opened, "account"), shown(opened, "apikey")
    assert len(key) == 64
    assert shown(opened, "login") == "pilot@example.ru"
    assert "already" in complaint(node, "account", "add", "pilot@example.ru") or "exists" in complaint(
        node, "account", "add", "pilot@example.ru"
    )

    assert said(node, "account", "top-up", "pilot", "100.50") == "balance 100.50\n"
    assert said(node, "account", "top-up", account, "--note", "mistake", "--", "-0.50") == "balance 100.00\n"
    assert "no account nobody" in complaint(node, "account", "top-up", "nobody", "1")
    complaint(node, "account", "top-up", "pilot", "much")
    listed = said(node, "account", "list")
    assert re.search(rf"^ *{account}  pilot@example\.ru +100\.00  active  ", listed, re.MULTILINE)
    assert key not in listed

    second = said(node, "account", "key", "pilot").strip()
    node.start("serve", ready=False)
    node.wait_for_output('"started"')
    assert [balance(node, k) for k in (key, second)] == ["100.00", "100.00"]
    third = said(node, "account", "key", "pilot", "--replace").strip()
    node.wait_until(lambda: "ERROR" in balance(node, key), "the old key to end")
    assert "ERROR" in balance(node, second)
    assert balance(node, third) == "100.00"

    assert "sender HARBOUR" in said(node, "sender", "add", "pilot", "HARBOUR", "--default")
    complaint(node, "sender", "add", "pilot", "ab")
    complaint(node, "sender", "add", "nobody", "HARBOUR")
    sent = said(node, "message", "send", PHONE, "Ready", "--account", "pilot")
    assert "accepted" in sent
    assert "from      HARBOUR" in said(node, "message", "show", sent.split()[0])


def balance(node, key):
    return node.get(f"/api.php?balance=rur&apikey={key}")[1].strip()


def test_a_link_from_its_first_day_to_its_last(node, new_smsc):
    smsc = new_smsc()
    node.cli("init")
    at = ["--host", "127.0.0.1", "--port", smsc.port]
    assert re.fullmatch(
        rf"link \d+ north: 127\.0\.0\.1:{smsc.port}\n",
        said(
            node,
            "carrier",
            "add",
            "north",
            *at,
            "--system-id",
            "north",
            "--password",
            "Geheim77",
            "--window",
            7,
        ),
    )
    assert "exists" in complaint(node, "carrier", "add", "north", *at)
    assert "window" in complaint(node, "carrier", "add", "south", *at, "--window", 0)
    assert "hold or resend" in complaint(node, "carrier", "add", "south", *at, "--in-doubt", "perhaps")
    assert "no link south" in complaint(node, "carrier", "disable", "south")
    listed = said(node, "carrier", "list")
    assert re.search(r"north +smpp +on .*window=7", listed)
    assert "Geheim77" not in listed

    assert "not running on any node" in node.cli("carrier", "status", exit_code=1).stdout
    node.start("serve")
    node.wait_until(lambda: node.cli("carrier", "status", exit_code=None).returncode == 0, "all links up")
    assert re.search(r"^north +bound +in flight 0/7 ", said(node, "carrier", "status"), re.MULTILINE)

    assert said(node, "carrier", "disable", "north") == "north is off\n"
    node.wait_until(lambda: smsc.sessions == 0, "the end of the session")
    assert re.search(r"^north +off$", said(node, "carrier", "status"), re.MULTILINE)
    assert said(node, "carrier", "enable", "north") == "north is on\n"
    node.wait_until(lambda: smsc.sessions == 1, "a new session")


def test_a_message_sent_from_the_command_line_is_delivered_by_the_running_node(node, new_smsc, connect):
    smsc = new_smsc("receipt 50ms")
    connect(node, smsc)
    node.start("serve")
    sent = said(node, "message", "send", f"{PHONE},12", "Два слова")
    accepted, refused = sent.splitlines()[:2]
    assert accepted.endswith("accepted")
    assert not refused.endswith("accepted")
    message_id = accepted.split()[0]
    whole = said(node, "message", "show", message_id, "--wait", "15")
    for told in (
        f"to        {PHONE}",
        "from      INFORM",
        "'Два слова'",
        "DELIVERED (status 2)",
        "part 1: DELIVERED",
    ):
        assert told in whole
    assert [seen.text for seen in smsc.seen] == ["Два слова"]

    assert re.search(rf"^{message_id} .* {PHONE} +DELIVERED ", said(node, "message", "list"), re.MULTILINE)
    assert message_id in said(
        node, "message", "list", "--state", "delivered", "--account", "demo", "--limit", "1"
    )
    assert said(node, "message", "list", "--state", "deferred") == ""
    assert "no state sunk" in complaint(node, "message", "list", "--state", "sunk")
    assert "no account nobody" in complaint(node, "message", "list", "--account", "nobody")
    assert "no message 7" in complaint(node, "message", "show", "7")
    assert "no account nobody" in complaint(node, "message", "send", PHONE, "Hi", "--account", "nobody")
    assert complaint(node, "message", "send", PHONE, "Hi", "--sender", "STRANGER").startswith("lotsman: 204 ")


def test_a_test_message_costs_nothing_and_never_leaves_the_house(node, new_smsc, connect):
    smsc = new_smsc()
    connect(node, smsc)
    node.start("serve")
    before = balance(node, node.demo["LOTSMAN_APIKEY"])
    sent = said(node, "message", "send", PHONE, "Only a drill", "--test")
    assert "DELIVERED" in said(node, "message", "show", sent.split()[0], "--wait", "15")
    assert balance(node, node.demo["LOTSMAN_APIKEY"]) == before
    assert not smsc.seen


def test_the_doctor_is_content_with_a_healthy_node_and_names_what_is_wrong(node, new_smsc, connect):
    smsc = new_smsc()
    connect(node, smsc)
    ill = node.cli("doctor", exit_code=1).stdout
    assert f"FAIL  API answers on 127.0.0.1:{node.port}" in ill or "FAIL  no node is running there" in ill
    assert "FAIL  link smsc" in ill

    node.start("serve")
    node.wait_until(lambda: node.cli("doctor", exit_code=None).returncode == 0, "a healthy node")
    well = said(node, "doctor")
    assert "FAIL" not in well
    assert "ledger: every balance is the sum of its entries" in well
    assert "waiting: nothing" in well

    smsc.stop()
    node.wait_until(lambda: node.cli("doctor", exit_code=None).returncode == 1, "a link that is down")
    assert "FAIL  link smsc" in node.cli("doctor", exit_code=1).stdout


def test_help_is_there_for_every_command(node):
    for command in ("", "account", "sender", "carrier", "message", "db"):
        text = said(node, *command.split(), "--help")
        assert "Usage: lotsman" in text
