"""Messages from phones, the whole way: SMPP in, HTTP out, the script told, STOP heard."""

import pytest

from stand.receiver import Receiver

PHONE, LONG, NUMBER = "79087964781", "79087964787", "79021121075"
WHOLE = (  # two parts
    "Спасибо, обязательно приду. Подскажите, пожалуйста, можно ли прийти вдвоём и во сколько лучше?"
)


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


def texts(node, what="all"):
    return [message["text"] for message in node.api(inbound=what)["inbound"]]


def test_a_newcomer_asks_and_is_answered(new_node, receiver):
    node = new_node(simulator="on").start("up")
    node.cli(
        "account", "set", "demo", f"inbound_callback={receiver.url}/in".replace("=http", "=POST http", 1)
    )
    for phone in (PHONE, LONG):
        node.api(send="Придёте?", to=phone, from_="2WAY")
    node.wait_until(lambda: len(texts(node)) == 2, "both answers")
    assert sorted(texts(node, "new"), key=len) == ["Да", WHOLE]
    assert texts(node, "new") == []
    node.wait_until(lambda: len(receiver.told) == 2, "the script is told")
    told = next(each for each in receiver.told if each.pairs["phone"] == PHONE)
    assert (told.method, told.pairs["num"], told.pairs["text"]) == ("POST", NUMBER, "Да")


def test_stop_is_heard_and_kept(new_node, new_smsc, connect, any_database):
    node, smsc = new_node(database_url=any_database), new_smsc("answers 50ms Стоп for *1\nreceipt 50ms")
    connect(node, smsc)
    node.start("serve")
    assert node.api(send="Реклама", to=PHONE, from_="2WAY")["send"][0]["status"] == "0"
    node.wait_until(lambda: texts(node) == ["Стоп"], "STOP")

    def refused():
        return node.api(send="Ещё", to=PHONE, from_="2WAY", cost=1).get("error", {}).get("code") == "212"

    node.wait_until(refused, "the phone is on the black list")
    assert node.cli("inbound", "list").stdout.count("Стоп") == 1
