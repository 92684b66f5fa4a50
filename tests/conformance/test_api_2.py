"""api2.php asked as its clients ask it: real doors over a real store. Packets: test_api_2_packets.py; envelopes alone:
tests/unit/api/test_envelope.py.
"""

import json
import xml.etree.ElementTree as ET

import pytest

from conformance.api_2 import CHECKED, PHONE, ask, code, send
from lotsman.usecases.change_account import change_account
from stand.doors import CUSTOMERS, KEYS, PASSWORD, DoorStand

# ---- check -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def sent(stand: DoorStand) -> DoorStand:
    send(stand, {"id": 5, "to": PHONE, "text": "x"}, {"id": 6, "to": "123", "text": "x"})
    return stand


@pytest.mark.parametrize(
    "asked",
    [
        [{"server_id": 1_000_001}, {"server_id": "1000002"}, {"server_id": 77}],
        [1_000_001, "1000002", 77],
        {"0": {"server_id": 1_000_001}, "2": {"server_id": 1_000_002}, "3": {"server_id": "77"}},
        "1000001, 1000002,77",
    ],
)
def test_as_many_rows_as_ids_were_asked_for(sent: DoorStand, asked):
    modified = "2025-06-15 15:00:00"  # in Moscow
    assert ask(sent, check=asked)["check"] == [
        dict(zip(CHECKED, row, strict=True))
        for row in (
            (5, "1000001", 0, modified, 0, 2.5, PHONE),
            (6, "1000002", -2, modified, 215, 0, "123"),
            (0, "77", -2, "", 302, 0, ""),
        )
    ]


@pytest.mark.parametrize("asked", [{"server_id": 1_000_001}, 1_000_001, "1000001", [1_000_001]])
def test_one_id_in_every_way_of_writing_it(sent: DoorStand, asked):
    assert [row["id"] for row in ask(sent, check=asked)["check"]] == [5]


def test_an_id_that_is_none_is_a_row_too(sent: DoorStand):
    rows = ask(sent, check=["x", {}, "9" * 19, -1])["check"]
    assert [(row["status"], row["error"]) for row in rows] == [(-2, 301), (-2, 300), (-2, 301), (-2, 301)]
    assert [row["server_id"] for row in rows] == ["x", "", "9" * 19, "-1"]


def test_a_packet_is_checked_by_its_id(sent: DoorStand):
    send(sent, {"id": 9, "to": PHONE, "text": "another"})
    for packet in (
        {"server_packet_id": "1000001"},
        {"server_packet_id": 1_000_001},
        {"server_pocket_id": 1_000_001},
    ):
        assert [row["id"] for row in ask(sent, check=True, **packet)["check"]] == [5, 6]
    assert [row["id"] for row in ask(sent, server_packet_id=1_000_003)["check"]] == [9]


@pytest.mark.parametrize("packet", ["1000002", "77", "x", 1.5])
def test_a_packet_that_is_none_is_304(sent: DoorStand, packet):
    assert code(ask(sent, check=True, server_packet_id=packet)) == "304"


def test_nothing_to_check_is_300_and_too_much_is_303(stand: DoorStand):
    assert [code(ask(stand, check=nothing)) for nothing in (True, [], "", {})] == ["300"] * 4
    assert code(ask(stand, check=[1] * 10_001)) == "303"


def test_another_accounts_messages_and_packets_do_not_exist(sent: DoorStand):
    assert ask(sent, "neighbour", check=[1_000_001])["check"][0]["status"] == -2
    assert code(ask(sent, "neighbour", check=True, server_packet_id=1_000_001)) == "304"


def test_messages_of_both_doors_are_the_same(sent: DoorStand):
    key = KEYS["customer"]
    assert sent.ask(f"check=1000001,1000002&apikey={key}").text == (
        f"1000001,{PHONE},2.50,0\n1000002,123,0.00,-2"
    )
    assert sent.ask(f"send=x&to={PHONE}&format=v&apikey={key}").text == "1000003"
    assert ask(sent, check=1_000_003)["check"][0]["id"] == 0


def test_what_a_look_up_found_stands_behind_the_other_columns(sent: DoorStand):
    found = '{"imsi": "250017712345678", "net": "MTS"}'
    sent.change("UPDATE messages SET attributes = ? WHERE id = 1000001", found)
    first, second = ask(sent, check=[1_000_001, 1_000_002])["check"]
    assert list(first) == list(second) == [*CHECKED, "imsi", "net"]
    assert (first["imsi"], second["imsi"]) == ("250017712345678", "")


# ---- the rest --------------------------------------------------------------------------------------------------------


def test_balance(stand: DoorStand):
    assert [ask(stand, balance=asked) for asked in (True, "rur", 1, [{"balance": True}])] == [
        {"balance": 1000}
    ] * 4
    assert ask(stand, balance="sms") == {"balance": 400}
    assert (
        stand.ask("", f'{{"apikey":"{KEYS["poor"]}","balance":true}}', path="/api2.php").text
        == '{"balance":5.00}'
    )


def test_info_is_one_level_deeper_than_in_api_1(stand: DoorStand):
    assert ask(stand, info=True) == {
        "info": {
            "id": "1001", "tariff_id": "1", "email": "customer@example.com", "phone": "79087964781",
            "name": "Иванов Сергей Николаевич", "balance": 1000.0, "date": "2010-06-03 10:45:41",
            "senders": "79021121075,INFORM,test", "default_sender": "INFORM", "any_sender": "0",
        }
    }  # fmt: skip


def test_before_version_2_5_everything_was_text(stand: DoorStand):
    account = stand.run(stand.platform.directory.by_key(KEYS["customer"]))
    stand.run(change_account(stand.platform, account.id, {"legacy_strings": "on"}))
    stand.run(stand.platform.directory.refresh())

    def texts(**root):
        answer = stand.ask("", json.dumps({"apikey": KEYS["customer"], **root}), path="/api2.php")
        return json.loads(answer.text)

    found = texts(send=[{"to": PHONE, "text": "x"}])
    (row,) = found.pop("send")
    assert found == {"server_packet_id": "1000001", "balance": "997.50", "cost": "2.50"}
    assert (row["id"], row["parts"], row["status"], row["error"], row["price"]) == (
        "0",
        "1",
        "0",
        "0",
        "2.50",
    )
    assert texts(check=1_000_001)["check"][0]["status"] == "0"
    assert texts(balance="sms") == {"balance": "399"}
    assert texts(info=True)["info"]["balance"] == "997.50"


def test_who_asks(stand: DoorStand):
    def said(**root):
        answer = stand.ask("", json.dumps({"balance": True, **root}), path="/api2.php")
        return json.loads(answer.text)

    login = CUSTOMERS["customer"].login
    assert said(login=login, password=PASSWORD) == {"balance": 1000}
    assert said(apikey=KEYS["poor"], login=login, password="wrong") == {"balance": 5}
    assert code(said(login=login, password="wrong")) == "400"
    assert code(said(login=login)) == "401"
    assert code(said()) == "100"
    assert code(said(apikey="XYZ")) == "101"
    assert code(said(apikey="Z" * 64)) == "102"
    assert code(said(apikey=KEYS["blocked-106"])) == "106"
    beside = stand.ask(f"apikey={KEYS['poor']}", '{"balance":true}', path="/api2.php")
    assert beside.text == '{"balance":5.00}'


def test_an_unknown_command_is_14_and_an_envelope_that_is_none_10_to_13(stand: DoorStand):
    assert code(ask(stand, sendd=[])) == "14"
    answers = [stand.ask("", body, path="/api2.php").text for body in ("", "hello", "{", "<send")]
    assert answers == [
        '{"error":{"code":"10","description":"INPUT data is required","description_ru":"Нет входных данных"}}',
        '{"error":{"code":"11","description":"Unknown INPUT format","description_ru":"Неизвестный формат"}}',
        '{"error":{"code":"13","description":"JSON structure is invalid","description_ru":"Ошибка JSON"}}',
        "<error><code>12</code><description>XML structure is invalid</description>"  # noqa: ISC004
        "<description_ru>Ошибка XML</description_ru></error>",
    ]


def test_preflights_other_methods_and_a_slash_too_many(stand: DoorStand):
    preflight = stand.ask("", path="/api2.php", method="OPTIONS")
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (200, "*")
    assert stand.ask("", path="/api2.php", method="DELETE").status == 405
    assert stand.ask("json={}", path="/api2.php/").text.startswith('{"error":{"code":"100"')
    assert stand.ask("json={}", path="/api2.php", method="HEAD").body == b""


# ---- XML -------------------------------------------------------------------------------------------------------------


def xml(stand: DoorStand, document: str) -> str:
    answer = stand.ask("", document, "text/xml", path="/api2.php")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    ET.fromstring(answer.text)
    return answer.text


def test_the_commands_in_xml(stand: DoorStand):
    key = f'apikey="{KEYS["customer"]}"'
    document = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<send {key}>\n'
        f'<sms id="5" from="test" to="{PHONE}">Привет &lt;мир&gt;</sms>\n<sms to="123">x</sms>\n</send>'
    )
    assert xml(stand, document) == (
        '<send server_packet_id="1000001" balance="997.50" cost="2.50">\n'
        f'<sms id="5" server_id="1000001" from="test" to="{PHONE}" parts="1" status="0" error="0" send_datetime="" '
        'country="RU" operator="TELE2" price="2.50">Привет &lt;мир&gt;</sms>\n'
        '<sms id="1" server_id="1000002" from="" to="123" parts="0" status="-2" error="215" send_datetime="" '
        'country="" operator="" price="0.00">x</sms>\n</send>'
    )
    rows = (
        f'<sms id="5" server_id="1000001" status="0" modified="2025-06-15 15:00:00" error="0" price="2.50" to="{PHONE}"/>\n'
        '<sms id="1" server_id="1000002" status="-2" modified="2025-06-15 15:00:00" error="215" price="0.00" to="123"/>'
    )
    assert xml(stand, f'<check {key} server_packet_id="1000001"/>') == f"<check>\n{rows}\n</check>"
    ids = '<sms server_id="1000001"/><sms server_id="1000002"/>'
    assert xml(stand, f"<check {key}>{ids}</check>") == f"<check>\n{rows}\n</check>"
    assert xml(stand, f"<check {key}>1000001,1000002</check>") == f"<check>\n{rows}\n</check>"
    assert xml(stand, f"<balance {key}/>") == "<balance>997.50</balance>"
    assert xml(stand, f"<balance {key}>sms</balance>") == "<balance>399</balance>"
    assert xml(stand, f'<send {key} cost="1"><sms to="{PHONE}">x</sms></send>') == "<cost>2.50</cost>"


def test_info_in_xml_as_the_page_asks_for_it(stand: DoorStand):
    info = ET.fromstring(xml(stand, f'<info login="customer@example.com" password="{PASSWORD}" />'))
    assert (info.tag, info.findtext("email"), info.findtext("balance")) == (
        "info",
        "customer@example.com",
        "1000.00",
    )


def test_errors_in_xml(stand: DoorStand):
    assert xml(stand, "<send/>") == (
        "<error><code>100</code><description>APIKEY is required</description>"
        "<description_ru>Не указан API-ключ (параметр apikey)</description_ru></error>"
    )
    assert ET.fromstring(xml(stand, f'<hello apikey="{KEYS["customer"]}"/>')).findtext("code") == "14"


# ---- the public emulator key -----------------------------------------------------------------------------------------


def test_the_public_emulator_key(stand: DoorStand):
    items = [
        {"id": 1, "to": 79201112223, "text": "Первое", "from": "internet"},
        {"to": "123", "text": "Второе"},
    ]
    answer = ask(stand, "emulator", send=items)
    assert [(row["server_id"], row["status"], row["error"]) for row in answer["send"]] == [
        ("10000", 0, 0),
        ("10001", -2, 215),
    ]
    assert (answer["server_packet_id"], answer["balance"], answer["cost"]) == ("10000", 20006.97, 4.81)
    assert [row["status"] for row in ask(stand, "emulator", check={"server_id": 10_000})["check"]] == [-2]
    assert len(ask(stand, "emulator", check=True, server_packet_id=10_000)["check"]) == 1
    assert ask(stand, "emulator", balance="rur") == {"balance": 20006.97}
    assert ask(stand, "emulator", info=True)["info"]["name"] == "Букин Геннадий"
    assert ask(stand, "emulator", send=items, cost=1) == {"cost": 4.81}
    assert stand.stored() == 0
