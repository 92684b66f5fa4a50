"""Clients that other people wrote for the original service, unmodified, against a listening node of ours.

sms-pilot-py speaks API-1 where it sends one message, asks for HLR or PING and checks them; the rest of it is API-2.
"""

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
