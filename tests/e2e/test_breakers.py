"""A leaked key, pumped over HTTP at real nodes: where it stops, what it costs, and what the operator does then."""

import json
import threading
import urllib.parse
import urllib.request

import pytest

KZ_PRICE = 9.0  # of the demo tariff
SHARE = 20  # docs/breakers.md: a twentieth of a limit for each further node


def pump(nodes, key, numbers, at_once=8):
    """Every number once, to the nodes in turn; -> the answers."""
    answers, waiting = [], list(enumerate(numbers))

    def worker():
        while waiting:
            try:
                place, number = waiting.pop()
            except IndexError:
                return
            query = urllib.parse.urlencode(
                {
                    "send": f"Your code is {place:04d}",
                    "to": number,
                    "from": "INFORM",
                    "apikey": key,
                    "format": "json",
                }
            )
            port = nodes[place % len(nodes)].port
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api.php?{query}", timeout=30) as found:
                answers.append(json.loads(found.read()))

    threads = [threading.Thread(target=worker) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def passed(answers):
    return [a["send"][0] for a in answers if "send" in a and not a["send"][0].get("error")]


def errors(answers):
    found = [a["error"]["code"] if "error" in a else a["send"][0].get("error", "0") for a in answers]
    return {int(code): found.count(code) for code in set(found)}


@pytest.fixture
def node(new_node, new_smsc, connect):
    smsc = new_smsc("receipt 10ms")
    node = new_node()
    connect(node, smsc)
    node.smsc = smsc
    return node


def test_a_leaked_key_that_pumps_a_new_country_stops_before_a_single_message_leaves(node):
    node.cli("breaker", "set", "demo", "countries=hold", "home=RU", "held=20")
    node.start("serve")
    key = node.demo["LOTSMAN_APIKEY"]
    pumped = [f"7701{n * 7919 % 10**7:07d}" for n in range(200)]
    answers = pump([node], key, pumped)
    assert errors(answers) == {809: 20, 811: 180}
    assert not any(node.smsc.of(number) for number in pumped)
    assert passed(pump([node], key, ["79165550001"]))  # customers at home notice nothing

    node.wait_until(lambda: "countries KZ" in node.cli("breaker", "list").stdout, "the trip is on record")
    assert "20 x country KZ" in node.cli("held", "list", "demo").stdout
    balance = float(node.api(balance="rur")["balance"])
    assert node.cli("held", "reject", "demo").stdout == "20 rejected\n"
    assert float(node.api(balance="rur")["balance"]) == balance + 20 * KZ_PRICE
    node.wait_until(lambda: node.smsc.of("79165550001"), "sent")
    node.cli("breaker", "open", "demo", "KZ")
    node.wait_until(lambda: passed(pump([node], key, ["77012345678"])), "open")
    node.wait_until(lambda: node.smsc.of("77012345678"), "sent to the open country")
    assert "released" in node.cli("breaker", "release", "demo", "--comment", "a sale").stdout
    assert "a sale" in node.cli("breaker", "list", "--all").stdout


def test_a_sequence_is_held_until_the_operator_lets_it_go(node):
    node.cli("breaker", "set", "demo", "sequence=5")
    node.start("serve")
    numbers = [f"7900000{n:04d}" for n in range(1, 11)]
    answers = [answer for number in numbers for answer in pump([node], node.demo["LOTSMAN_APIKEY"], [number])]
    assert errors(answers) == {0: 4, 809: 6}
    assert answers[-1]["send"][0]["status"] == "3"
    node.wait_until(lambda: all(node.smsc.of(number) for number in numbers[:4]), "the first are sent")
    assert not any(node.smsc.of(number) for number in numbers[4:])
    assert node.cli("held", "release", "demo").stdout == "6 released\n"
    node.wait_until(lambda: all(node.smsc.of(number) for number in numbers), "all are sent")


def test_the_panic_button_withdraws_what_waits_and_pays_back(node):
    node.start("serve")
    node.cli("carrier", "disable", "smsc")
    node.wait_for_output('"link_stopped"')
    key = node.demo["LOTSMAN_APIKEY"]
    assert len(passed(pump([node], key, [f"7916555{n:04d}" for n in range(50)]))) == 50
    said = node.cli("account", "pause", "demo").stdout
    assert "withdrawn 50," in said
    assert errors(pump([node], key, ["79165550001"])) == {122: 1}
    assert node.cli("doctor", exit_code=None).stdout.count("every balance is the sum of its entries")
    node.cli("account", "unblock", "demo")
    node.wait_until(lambda: passed(pump([node], key, ["79165550001"])), "it goes on")


def test_end_users_are_told_apart_by_ip_and_what_is_none_is_said_to_be(node):
    node.cli("breaker", "set", "all", "ip_hour=2")
    node.start("serve")

    def send(ip):
        answer = node.api(send="Code", to="79165550001", from_="INFORM", ip=ip)
        return int(answer["error"]["code"]) if "error" in answer else 0

    assert [send("203.0.113.7") for _ in range(3)] == [0, 0, 806]
    assert [send("203.0.113.8"), send("localhost"), send("")] == [0, 807, 0]
    assert "203.0.113.x" in node.cli("message", "show", "1000001").stdout
    assert "203.0.113.7" not in node.cli("message", "show", "1000001").stdout


def test_several_nodes_together_let_pass_what_one_may_and_the_stated_slack(new_node, postgres):
    shared, limit = postgres.create_database(empty=True), 100
    nodes = [new_node(f"node{n}", database_url=shared) for n in range(3)]
    nodes[0].cli("init")
    nodes[0].cli("breaker", "set", "demo", f"per_hour={limit}")
    for node in nodes:
        node.start("serve", "--role", "api")
    key = nodes[0].demo["LOTSMAN_APIKEY"]
    answers = pump(nodes, key, [f"7916{n:07d}" for n in range(400)], at_once=24)
    assert limit * 9 // 10 <= len(passed(answers)) <= limit + 2 * (limit // SHARE)
    assert set(errors(answers)) == {0, 802}
