"""debug=address: what was understood and what was answered, by mail; the answer itself is the same. API-1 §1."""

import json
from urllib.parse import quote

import pytest

from lotsman.api.debug_mail import MOST_AN_HOUR
from stand.doors import KEYS, PASSWORD, DoorStand

KEY = f"apikey={KEYS['customer']}"
TO = "debug=olga@example.org"
SEND = "send=Привет&to=79087964781"


def the_mail(stand):
    [(to, subject, body)] = stand.mails(wanted=1)
    assert to == "olga@example.org"
    return subject, body


def test_the_request_and_its_answer_are_mailed_and_the_answer_is_the_same(stand: DoorStand):
    answer = stand.ask(f"{SEND}&{KEY}&{TO}")
    assert answer.text == "SUCCESS=SMS SENT 2.50/997.50\n1000001,79087964781,2.50,0"
    subject, body = the_mail(stand)
    assert subject == "Lotsman debug: GET /api.php"
    lines = body.splitlines()
    assert "send = Привет" in lines
    assert "to = 79087964781" in lines
    assert "apikey = ***" in lines
    assert body.rstrip().endswith(answer.text)
    assert KEYS["customer"] not in body


def test_an_error_is_mailed_too(stand: DoorStand):
    answer = stand.ask(f"send=Hello&to=123&format=json&{KEY}&{TO}")
    assert answer.text in the_mail(stand)[1]


def test_parameters_and_answer_are_read_in_their_charset(stand: DoorStand):
    query = f"send={quote('Привет', encoding='cp1251')}&to=123&charset=windows-1251&lang=ru&{KEY}&{TO}"
    answer = stand.ask(query)
    _, body = the_mail(stand)
    assert "send = Привет" in body
    assert answer.body.decode("cp1251") in body
    assert "charset windows-1251" in body


def test_passwords_and_keys_are_masked_wherever_they_stand(stand: DoorStand):
    who = f"login=customer@example.com&password={quote(PASSWORD)}"
    stand.ask(f"balance=rur&{who}&{TO}&APIKEY={KEYS['poor']}&callback=http://a.example/?key={KEYS['poor']}")
    _, body = the_mail(stand)
    assert "password = ***" in body
    assert PASSWORD not in body
    assert KEYS["poor"] not in body
    assert "login = customer@example.com" in body


@pytest.mark.parametrize(
    "query",
    [
        f"balance=rur&{TO}",
        f"balance=rur&apikey={'X' * 64}&{TO}",
        f"balance=rur&login=customer@example.com&password=wrong&{TO}",
        f"balance=rur&apikey={KEYS['emulator']}&{TO}",
        f"balance=rur&apikey={KEYS['blocked-106']}&{TO}",
        f"balance=rur&{KEY}&debug=",
        f"balance=rur&{KEY}&debug=1",
        f"balance=rur&{KEY}&debug=olga@example.org,eve@example.org",
        f"balance=rur&{KEY}&debug=olga@example.org%0D%0ABcc:eve@example.org",
    ],
)
def test_strangers_and_wrong_addresses_get_their_answer_and_no_mail(stand: DoorStand, query: str):
    assert stand.ask(query).status == 200
    stand.ask(f"balance=rur&{KEY}&debug=last@example.org")
    assert [to for to, _, _ in stand.mails(wanted=1)] == ["last@example.org"]


def test_an_account_gets_so_many_an_hour_and_so_does_an_address(stand: DoorStand):
    for number in range(MOST_AN_HOUR + 5):
        stand.ask(f"balance=rur&{KEY}&debug={number}@example.org")
    other = f"balance=rur&apikey={KEYS['neighbour']}"
    for _ in range(MOST_AN_HOUR + 5):
        stand.ask(f"{other}&debug=Olga@example.org")
    stand.clock.now += 60 * 60_000
    stand.ask(f"{other}&debug=olga@example.org")
    found = [to for to, _, _ in stand.mails(wanted=2 * MOST_AN_HOUR + 1)]
    assert found == [
        *(f"{number}@example.org" for number in range(MOST_AN_HOUR)),
        *["Olga@example.org"] * MOST_AN_HOUR,
        "olga@example.org",
    ]


@pytest.mark.parametrize("where", ["query", "document"])
def test_a_packet_of_api_2_may_ask_for_it_beside_or_inside_its_document(stand: DoorStand, where: str):
    packet = {"apikey": KEYS["customer"], "send": [{"to": "79087964781", "text": "Привет", "id": "7"}]}
    if where == "document":
        packet["debug"] = "olga@example.org"
    query = TO if where == "query" else ""
    answer = stand.ask(query, json.dumps(packet), "application/json", path="/api2.php")
    assert json.loads(answer.text)["send"]
    subject, body = the_mail(stand)
    assert subject == "Lotsman debug: POST /api2.php"
    assert "apikey = ***" in body
    assert '"text": "Привет"' in body
    assert answer.text in body
    assert KEYS["customer"] not in body


def test_a_document_deeper_than_anybody_can_write_is_answered_and_mailed(stand: DoorStand):
    packet = '{"balance":"rur","x":' + "[" * 800 + "]" * 800 + "}"
    answer = stand.ask(f"{KEY}&{TO}", packet, "application/json", path="/api2.php")
    assert answer.text in the_mail(stand)[1]


def test_a_huge_request_makes_a_mail_of_bounded_size(stand: DoorStand):
    many = "&".join(f"p{number}={'x' * 60}" for number in range(900))
    stand.ask("", f"{KEY}&{TO}&balance=rur&{many}&send={'y' * 1_000_000}")
    assert len(the_mail(stand)[1]) < 60_000
