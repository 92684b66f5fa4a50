"""Look-ups as a customer and an operator have them: real processes, real HTTP, real SMPP."""

import time

import pytest

from lotsman.domain.lane import WORDS
from stand.node import free_port

HOME, PORTED, ABSENT = "79087964781", "79161231213", "79161231214"


@pytest.fixture
def demo(new_node):
    return new_node(simulator="on").start("up")


def checked(node, server_id):
    return node.api(check=server_id)["check"][0]


def look_up(node, to, text="HLR"):
    """The answer to `check` as soon as it is final."""
    server_id = node.api(send=text, to=to)["send"][0]["server_id"]
    node.wait_until(lambda: checked(node, server_id)["status"] in {"2", "-1", "-2"}, "an answer")
    return checked(node, server_id)


def test_a_newcomers_look_up_is_answered_within_a_second(demo):
    started = time.monotonic()
    found = look_up(demo, HOME)
    assert time.monotonic() - started < 1.5
    assert found | {"server_id": "", "price": ""} == {
        "server_id": "", "phone": HOME, "price": "", "status": "2", "imsi": "250209087964781", "msc": "79043490000",
        "mcc": "250", "mnc": "20", "cn": "Russia", "net": "Tele2", "rcn": "", "rnet": "",
    }  # fmt: skip


def test_the_operator_sees_what_was_found(demo):
    shown = demo.cli("message", "show", look_up(demo, HOME)["server_id"]).stdout
    assert "found     Russia, Tele2, imsi 250209087964781, msc 79043490000\n" in shown
    assert "(HLR, packet" in shown


def test_an_older_demo_gets_the_prices_it_lacks_and_keeps_its_own(demo, tmp_path):
    prices = tmp_path / "prices.csv"
    prices.write_text("service,country,operator,price\nSMS,,,9.99\n")
    demo.cli("tariff", "import", "demo", prices, "--apply")
    demo.terminate()
    demo.start("up")
    assert look_up(demo, HOME)["price"] == "0.17"
    assert demo.api(send="Hello", to=HOME, cost=1) == {"cost": "9.99"}


def test_a_ping_tells_who_is_there(demo):
    assert look_up(demo, HOME, "PING")["status"] == "2"
    assert look_up(demo, ABSENT, "PING")["status"] == "-1"


def test_a_number_found_ported_is_known_to_prices_and_to_the_operator(demo):
    def operator():
        sent = demo.api(send="Hello", to=PORTED, from_="INFORM", fields="operator,price")["send"][0]
        return sent["operator"], sent["price"]

    assert operator() == ("MTS", "2.70")
    assert look_up(demo, PORTED)["net"] == "Tele2"
    demo.wait_until(lambda: operator() == ("TELE2", "2.50"), "the operator that was found")
    plan, found = demo.cli("numbering", "where", f"+{PORTED}").stdout.splitlines()
    assert plan == f"{PORTED}  RU MTS  25001  (plan)"
    assert found.startswith(f"{PORTED}  RU TELE2  25020  (hlr)  on 20")


def test_where_a_number_is_can_be_asked_before_there_is_a_database(new_node):
    assert new_node().cli("numbering", "where", PORTED).stdout == f"{PORTED}  RU MTS  25001  (plan)\n"


def test_an_operator_adds_links_that_look_up(new_node, new_smsc, any_database):
    node, smsc = new_node(database_url=any_database), new_smsc()
    node.cli("init")
    address = ["--host", "127.0.0.1", "--port", smsc.port, "--system-id", "x", "--password", "secret77"]
    ways = ["--lookup", "ping=silent", "--lookup", "ping_dcs=0xC0", "--lookup", "tlv.0x1403=mccmnc"]
    node.cli("carrier", "add", "texts", *address)
    node.cli("carrier", "add", "numbers", *address, "--serves", "hlr,ping", *ways)
    header = ["--header", "Authorization=Bearer abcdef"]
    node.cli("carrier", "add-http", "web", "--url", "http://127.0.0.1:9/{msisdn}", "--field", "imsi=a.b", "--serves",
             "hlrvip", *header)  # fmt: skip
    listed = node.cli("carrier", "list").stdout
    assert "serves=hlr,ping" in listed
    assert "ping_dcs=192" in listed
    assert "http://127.0.0.1:9/{msisdn}" in listed
    assert "secret77" not in listed
    assert "abcdef" not in listed
    node.start("serve")
    assert look_up(node, HOME)["net"] == "Tele2"
    assert look_up(node, HOME, "PING")["status"] == "2"
    waiting = node.api(send="HLRVIP", to=HOME)["send"][0]["server_id"]

    def status():
        return node.cli("carrier", "status", exit_code=None).stdout

    node.wait_until(lambda: "throttled" in status(), "a provider that is not there")
    assert checked(node, waiting)["status"] == "0"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--serves", "fax"], f"a link serves some of {', '.join(WORDS)}; not fax"),
        (["--serves", ""], f"a link serves some of {', '.join(WORDS)}; not nothing"),
        (["--alphabet", "koi8"], "alphabet is gsm, latin1 or ucs2"),
        (["--lookup", "hlr=phone"], "hlr is text or bind"),
        (["--lookup", "hlr"], "expected NAME=VALUE"),
        (["--lookup", "colour=red"], "unexpected keyword argument 'colour'"),
        (["--lookup", "ping_pid=x"], "ping_pid is a number, not x"),
        (["--lookup", "tlv.0x1403=colour"], "TLV 0x1403=colour"),
    ],
)
def test_settings_that_no_link_can_use_are_one_clear_line(initialised, options, said):
    done = initialised.cli("carrier", "add", "x", "--host", "127.0.0.1", *options, exit_code=1)
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


@pytest.fixture(scope="module")
def initialised(tmp_path_factory):
    from stand.node import RunningNode

    with RunningNode(tmp_path_factory.mktemp("initialised") / "data") as node:
        node.cli("init")
        yield node


def test_a_node_that_can_only_look_up_is_not_ready_for_messages(new_node, new_smsc):
    node, smsc = new_node(), new_smsc()
    node.cli("init")
    login = ["--host", "127.0.0.1", "--system-id", "lotsman", "--password", "Geheim77"]
    node.cli("carrier", "add", "asks", *login, "--port", smsc.port, "--serves", "hlr")
    node.cli("carrier", "add", "sends", *login, "--port", free_port())
    node.start("serve", ready=False)
    node.wait_until(lambda: "bound" in node.cli("carrier", "status", exit_code=1).stdout, "one link is up")
    status, why = node.get("/readyz")
    assert (status, "link sends" in why, "link asks" in why) == (503, True, False)
