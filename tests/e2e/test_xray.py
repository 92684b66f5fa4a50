"""The x-ray of a message as its operator reads it: a real node, real SMPP, a real receiver, both databases."""

import json
import subprocess
import time

import pytest

from stand.receiver import Receiver

PHONE = "79087964781"
LOOPBACK = "127.0.0.0/8"


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


def shown(node, server_id, *options):
    return node.cli("message", "show", server_id, *options).stdout


def steps_of(node, server_id):
    return json.loads(shown(node, server_id, "--json"))["steps"]


def traced(node, server_id, *, until):
    """The steps, as soon as the trace of that second is on disk."""
    node.wait_until(lambda: until in shown(node, server_id), f"{until!r} in the x-ray", every=0.2)
    return steps_of(node, server_id)


def sent(node, text="Hello", **parameters):
    return node.api(send=text, to=PHONE, from_="INFORM", **parameters)["send"][0]["server_id"]


@pytest.fixture
def node(new_node, new_smsc, connect):
    return started(new_node(callback_allow=LOOPBACK), new_smsc, connect)


@pytest.fixture
def any_node(new_node, new_smsc, connect, any_database):
    return started(new_node(database_url=any_database, callback_allow=LOOPBACK), new_smsc, connect)


def started(node, new_smsc, connect):
    connect(node, new_smsc("receipt 50ms"))
    return node.start("serve")


def test_the_time_line_has_every_step_from_the_request_to_the_answer_of_the_customer(any_node, receiver):
    server_id = sent(any_node, callback=receiver.url)
    any_node.wait_until(lambda: "2" in receiver.statuses(server_id), "the end")
    steps = traced(any_node, server_id, until="answer = 'OK'")
    titles = [(step["what"], step["title"].split(" #")[0].split(" ->")[0].split()[0]) for step in steps]
    order = [
        ("request", "API-1"), ("state", "ACCEPTED"), ("money", "CHARGE"), ("-> smsc", "submit_sm"),
        ("<- smsc", "submit_sm_resp"), ("<- smsc", "deliver_sm"), ("-> smsc", "deliver_sm_resp"),
    ]  # fmt: skip
    assert [title for title in titles if title in order] == order
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    by_title = {step["title"].split(" #")[0]: step for step in steps}
    request = next(step for step in steps if step["what"] == "request")
    assert "from 127.0.0.1" in request["title"]
    assert {"apikey = ***", f"to = {PHONE}", "send = Hello"} <= set(request["lines"])
    submit = by_title["submit_sm"]["lines"]
    assert f"destination_addr = '{PHONE}'" in submit
    assert submit[-1] == "text = 'Hello'"
    assert by_title["submit_sm_resp"]["title"].endswith("ESME_ROK")
    assert "stat:DELIVRD" in by_title["deliver_sm"]["lines"][-1]
    calls = [step for step in steps if step["what"] == "callback"]
    assert any("HTTP 200" in call["title"] and "status = 2" in call["lines"] for call in calls)


def test_octets_are_shown_when_they_are_asked_for(node):
    server_id = sent(node)
    traced(node, server_id, until="deliver_sm_resp")
    assert "0000  00 00 00" in shown(node, server_id, "--hex")
    assert "0000  00 00 00" not in shown(node, server_id)


def test_the_key_is_nowhere_in_the_trace(node):
    server_id = sent(node)
    traced(node, server_id, until="request")
    assert node.demo["LOTSMAN_APIKEY"] not in shown(node, server_id, "--hex") + shown(
        node, server_id, "--json"
    )


def test_a_message_of_several_parts_shows_each_of_them(node):
    server_id = sent(node, "я" * 100)
    node.wait_until(
        lambda: shown(node, server_id).count("deliver_sm_resp #") == 2, "both receipts", every=0.2
    )
    steps = steps_of(node, server_id)
    assert [s["title"].split(" #")[0] for s in steps].count("submit_sm") == 2
    assert any(line.startswith("part 2 of 2") for step in steps for line in step["lines"])


def test_messages_of_one_request_share_it_and_nothing_else(node):
    rows = node.api(send="Hello", to=f"{PHONE},79087964782", from_="INFORM")["send"]
    for row in rows:
        steps = traced(node, row["server_id"], until="deliver_sm_resp")
        assert [step["what"] for step in steps].count("request") == 1
        submits = [step for step in steps if step["title"].startswith("submit_sm #")]
        assert [f"destination_addr = '{row['phone']}'" in submit["lines"] for submit in submits] == [True]


def test_a_packet_of_api_2_is_shown_in_short(node):
    body = json.dumps({"apikey": node.demo["LOTSMAN_APIKEY"], "send": [{"to": PHONE, "text": "Hi"}] * 2})
    done = subprocess.run(
        ["curl", "-s", f"http://127.0.0.1:{node.port}/api2.php", "-d", body], capture_output=True, check=True
    )
    server_id = json.loads(done.stdout)["send"][1]["server_id"]
    [request] = [s for s in traced(node, server_id, until="API-2") if s["what"] == "request"]
    assert request["lines"] == ["apikey = ***", "send = 2 items"]


def test_a_refused_message_shows_who_asked_for_it_and_no_pdu(node):
    rows = node.api(send="Hello", to=f"{PHONE},7908", from_="INFORM")["send"]
    bad = next(row for row in rows if row["status"] == "-2")
    steps = traced(node, bad["server_id"], until="request")
    assert [step["what"] for step in steps] == ["request", "state", "money"]
    assert "REFUSED" in steps[1]["title"]


def test_a_carrier_s_refusal_is_shown_by_its_name(new_node, new_smsc, connect):
    node = new_node()
    connect(node, new_smsc("reject"))
    node.start("serve")
    server_id = sent(node)
    steps = traced(node, server_id, until="submit_sm_resp")
    assert any(step["title"].endswith("ESME_RINVDSTADR") for step in steps)


def test_texts_are_stars_when_the_operator_does_not_want_them(new_node, new_smsc, connect):
    node = new_node(trace_texts="off")
    connect(node, new_smsc("receipt 50ms"))
    node.start("serve")
    server_id = sent(node, "Secret words")
    steps = traced(node, server_id, until="deliver_sm_resp")
    everything = json.dumps(steps) + bytes.fromhex("".join(step.get("hex", "") for step in steps)).decode(
        "latin-1"
    )
    assert "Secret" not in everything
    assert f"to = {PHONE}" in everything


def test_nothing_is_traced_with_0_days(new_node, new_smsc, connect):
    node = new_node(trace_days=0)
    connect(node, new_smsc("receipt 50ms"))
    node.start("serve")
    server_id = sent(node)
    node.wait_until(lambda: "DELIVERED" in shown(node, server_id), "the end", every=0.2)
    assert "no trace" in shown(node, server_id)
    assert node.terminate() == 0
    assert "no trace" in shown(node, server_id)


def test_what_was_gathered_is_written_when_the_node_stops(node):
    server_id = sent(node)
    node.wait_until(lambda: "DELIVERED" in shown(node, server_id), "the end", every=0.05)
    assert node.terminate() == 0
    assert "deliver_sm #" in shown(node, server_id)


def test_kill_9_leaves_no_half_block(any_node):
    first = sent(any_node)
    traced(any_node, first, until="deliver_sm_resp")
    ids = [sent(any_node) for _ in range(20)]
    deadline = time.monotonic() + 1.2
    while time.monotonic() < deadline:
        ids.append(sent(any_node))
    any_node.kill9()
    for server_id in (first, ids[0], ids[-1]):
        assert "message   " in shown(any_node, server_id, "--hex")
    assert "deliver_sm #" in shown(any_node, first)


def test_tshark_reads_the_capture(node, directory):
    server_id = sent(node, "я" * 100)
    node.wait_until(
        lambda: shown(node, server_id).count("deliver_sm_resp #") == 2, "both receipts", every=0.2
    )
    file = directory / "message.pcap"
    assert "8 PDUs" in node.cli("message", "export-pcap", server_id, file).stdout
    fields = ["-e", "smpp.command_id", "-e", "smpp.destination_addr", "-e", "_ws.malformed"]
    done = subprocess.run(
        ["tshark", "-r", file, "-Y", "smpp", "-T", "fields", *fields],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert sorted(row[0] for row in rows) == sorted(
        ["0x00000004", "0x80000004", "0x00000005", "0x80000005"] * 2
    )
    assert {row[2] for row in rows} == {""}
    assert [row[1] for row in rows if row[0] == "0x00000004"] == [PHONE, PHONE]


def test_a_look_up_shows_what_was_asked_and_answered(new_node):
    node = new_node(simulator="on").start("up")
    server_id = node.api(send="HLR", to=PHONE)["send"][0]["server_id"]
    steps = traced(node, server_id, until="deliver_sm_resp")
    assert {"submit_sm", "submit_sm_resp", "deliver_sm"} <= {step["title"].split(" #")[0] for step in steps}
    assert "found     Russia, Tele2" in shown(node, server_id)
