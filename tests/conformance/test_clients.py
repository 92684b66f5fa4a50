"""Clients that other people wrote for the original service, unmodified, against a listening node of ours.

sms-pilot-py speaks API-1 where it sends one message, asks for HLR or PING and checks them; the rest of it is API-2.
pySMSPilot speaks API-2 and was written for Python 2: it is given the two names that Python 3 lacks.
"""

import importlib
import sys
import types
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from sms_pilot import Callback, SmsPilot
from sms_pilot.exception import ApiKeyBlocked, NoMoneyError, SenderNotRegistered, SmsPilotAPIError

from stand.door_node import DoorNode
from stand.doors import KEYS


@pytest.fixture(scope="module")
def node(prepared, tmp_path_factory):
    with DoorNode(prepared, tmp_path_factory.mktemp("clients")) as running:
        yield running


@pytest.fixture
def sms_pilot(node, monkeypatch):
    """`sms_pilot(whose, …)`: its client for one of our customers; only the address of the service is another."""
    monkeypatch.setitem(SmsPilot.api_urls, 1, f"http://127.0.0.1:{node.port}/api.php")
    monkeypatch.setitem(SmsPilot.api_urls, 2, f"http://127.0.0.1:{node.port}/api2.php")
    monkeypatch.setenv("NO_PROXY", "*")
    return lambda whose, **options: SmsPilot(KEYS.get(whose, whose), **options)


def test_sms_pilot_py_finds_the_emulator_as_its_own_tests_do(sms_pilot):
    client = sms_pilot("emulator")
    sent = client.send_message(79201112223, "Привет, мир!")
    assert (sent.server_id, sent.phone, sent.status, sent.get_status_verbose()) == (
        10000,
        79201112223,
        0,
        "Новое",
    )
    assert sent.cost == sent.price > 0
    assert sent.is_success()
    checked = client.check_ping_hlr(10000)
    assert (checked.server_id, checked.status, checked.phone) == (10000, -2, None)
    assert client.send_hlr(79201112223).server_id == 10000
    assert client.ping(79201112223).get_verbose_status() == "Запрос принят"


def test_sms_pilot_py_sends_with_all_its_options(sms_pilot):
    client = sms_pilot(
        "customer", callback=Callback("https://example.com/status", "POST"), debug="me@example.com"
    )
    sent = client.send_message("79087964781", "Привет", "test", ttl=60)
    assert (sent.server_id, sent.price, sent.cost, sent.balance) == (1_000_001, 2.5, 2.5, 997.5)
    later = client.send_message(79161231212, "Позже", send_datetime=datetime.now(UTC) + timedelta(days=1))
    assert (later.status, later.get_status_verbose(), later.balance) == (3, "Отложено", 994.8)
    checked = client.check_ping_hlr([str(sent.server_id), str(later.server_id)])
    assert (checked.server_id, checked.phone, checked.price, checked.status) == (
        later.server_id,
        79161231212,
        2.7,
        3,
    )


def test_sms_pilot_py_knows_our_errors(sms_pilot):
    with pytest.raises(SenderNotRegistered, match="204: Sender"):
        sms_pilot("customer").send_message(79087964781, "Привет", "Stranger")
    with pytest.raises(NoMoneyError, match="112: No money"):
        sms_pilot("poor").send_message(77011234567, "Привет")
    with pytest.raises(ApiKeyBlocked, match="106: "):
        sms_pilot("blocked-106").send_message(79087964781, "Привет")
    with pytest.raises(SmsPilotAPIError, match="101: APIKEY is invalid"):
        sms_pilot("эмулятор").send_message(79087964781, "Привет")
    with pytest.raises(SmsPilotAPIError, match="220: TEXT is required"):
        sms_pilot("customer").send_message(79087964781, "")


def test_sms_pilot_py_sends_packets_and_checks_them(sms_pilot):
    client = sms_pilot("neighbour", callback=Callback("https://example.com/status"), debug="me@example.com")
    client.add_message(79087964781, "Первое", "test", ttl=60).add_message("79161231212", "Второе", id=77)
    client.add_message(79087964782, "Третье", "Stranger", send_datetime=datetime.now(UTC) + timedelta(days=1))
    sent = client.send_messages()
    assert [(m.id, m.to, m.text, m.from_, m.status, m.error, m.price) for m in sent.send] == [
        (1, 79087964781, "Первое", "test", 0, 0, 2.5),
        (77, 79161231212, "Второе", "INFORM", 0, 0, 2.7),
        (3, 79087964782, "Третье", "Stranger", -2, 204, 0.0),
    ]
    assert sent.send[2].send_datetime is not None
    assert (sent.cost, sent.balance, sent.server_packet_id) == (5.2, 994.8, sent.send[0].server_id)
    checked = client.check_by_server_pocket_id(sent.server_packet_id)
    assert [(m.id, m.status) for m in checked.check] == [(1, 0), (77, 0), (3, -2)]
    (row,) = client.check_by_server_id(sent.send[1].server_id)["check"]
    assert (row["id"], row["server_id"], row["status"]) == (77, str(sent.send[1].server_id), 0)
    assert client.get_balance() == 994.8
    assert client.get_balance(in_rur=False) == 397
    info = client.user_info()
    assert (info.name, info.email, info.balance) == (
        "Иванов Сергей Николаевич",
        "neighbour@example.com",
        994.8,
    )


def test_sms_pilot_py_finds_the_emulator_of_api_2_as_its_own_tests_do(sms_pilot):
    client = sms_pilot("emulator")
    client.add_message(79201112223, "Первое").add_message(79201112223, "Второе").add_message(
        79201112224, "Третье"
    )
    sent = client.send_messages()
    assert len(sent) == 3
    assert sent.send[0].server_id == 10000
    assert client.check_by_server_id(10000)["check"][0]["status"] == -2
    assert client.user_info().name == "Букин Геннадий"
    assert client.get_balance() > 0


@pytest.fixture
def py_sms_pilot(node, monkeypatch):
    """`py_sms_pilot(whose, …)`: its client for one of our customers."""
    urllib2 = types.ModuleType("urllib2")
    urllib2.Request = lambda url, data, headers: urllib.request.Request(url, data.encode(), headers)
    urllib2.urlopen = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    monkeypatch.setitem(sys.modules, "urllib2", urllib2)
    monkeypatch.delitem(sys.modules, "pySMSPilot.sender", raising=False)
    sender = importlib.import_module("pySMSPilot.sender")
    monkeypatch.setattr(sender, "unicode", str, raising=False)
    monkeypatch.setattr(sender.Sender, "service_url", f"http://127.0.0.1:{node.port}/api2.php")
    return lambda whose, **options: sender.Sender(KEYS[whose], **options)


@pytest.mark.parametrize("whose", ["any-name", "emulator"])
def test_py_sms_pilot_does_what_its_own_tests_do(py_sms_pilot, whose):
    client = py_sms_pilot(whose, callback="http://ya.ru/", callback_method="post")
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    client.addSMS(1, "79201234567", "Some text body").addSMS(2, "79201234568", "Happy!", None, later, 1440)
    client.addSMS(3, "79201234569", "Later", "test", "20.12.2013")  # what is no date it sends as null
    rows = client.send()["send"]
    assert [(row["id"], row["to"], row["text"], row["send_datetime"]) for row in rows] == [
        (1, "79201234567", "Some text body", ""),
        (2, "79201234568", "Happy!", later),
        (3, "79201234569", "Later", ""),
    ]
    assert [(row["from"], row["error"]) for row in rows] == [("Friend", 0), ("Friend", 0), ("test", 0)]
    ids = [int(row["server_id"]) for row in rows]
    checked = client.checkStatus(ids)["check"]
    assert [int(row["server_id"]) for row in checked] == ids
    statuses = {row["status"] for row in client.checkPacketStatus(str(ids[0]))["check"]}
    if whose == "emulator":
        assert statuses == {-2}
    else:
        assert statuses == {0, 3}
    assert client.checkBalance()["balance"] > 0
    assert client.userinfo()["info"]["senders"]
