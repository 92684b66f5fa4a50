"""API-1 §6.2: what is said of a look-up that was answered, in every format. test=1 asks the emulator, which answers with
the subscriber of the document's sample.
"""

import pytest

from stand.doors import KEYS, DoorStand

KEY = f"apikey={KEYS['customer']}"
HOME, ABSENT, REFUSED = "79131437355", "79131437399", "79131437398"

TEXT = f"1000001,{HOME},0.17,2"
XML = f"""<check>
<sms server_id="1000001" phone="{HOME}" price="0.17" status="2" imsi="250203122060176" msc="790434" mcc="250" mnc="20" \
cn="Russia" net="Tele2" rcn="" rnet=""/>
</check>"""
JSON = (
    f'{{"check":[{{"server_id":"1000001","phone":"{HOME}","price":"0.17","status":"2","imsi":"250203122060176",'
    '"msc":"790434","mcc":"250","mnc":"20","cn":"Russia","net":"Tele2","rcn":"","rnet":""}]}'
)


def looked_up(stand: DoorStand, to: str, text: str = "HLR") -> None:
    stand.start_links()
    assert stand.ask(f"send={text}&to={to}&test=1&format=v&{KEY}").text == "1000001"
    end = {HOME: "2", ABSENT: "-1", REFUSED: "-2"}[to]
    assert stand.ask_until(f"check=1000001&format=v&{KEY}", end).text == end


@pytest.mark.parametrize(("form", "answer"), [("text", TEXT), ("xml", XML), ("json", JSON), ("v", "2")])
@pytest.mark.parametrize("text", ["HLR", "HLRVIP"])
def test_a_number_that_is_served(stand: DoorStand, text: str, form: str, answer: str):
    looked_up(stand, HOME, text)
    said = stand.ask(f"check=1000001&format={form}&{KEY}").text
    assert said == (answer if text == "HLR" else answer.replace("0.17", "0.35"))


@pytest.mark.parametrize(("to", "status", "error"), [(ABSENT, "-1", "601"), (REFUSED, "-2", "603")])
def test_a_number_that_is_not(stand: DoorStand, to: str, status: str, error: str):
    looked_up(stand, to)
    assert stand.ask(f"check=1000001&format=json&{KEY}").text == (
        f'{{"check":[{{"server_id":"1000001","phone":"{to}","price":"0.17","status":"{status}","imsi":"","msc":"",'
        f'"mcc":"","mnc":"","cn":"","net":"","rcn":"","rnet":"","error":"{error}"}}]}}'
    )


@pytest.mark.parametrize(("to", "status"), [(HOME, "2"), (ABSENT, "-1")])
def test_a_ping_has_a_status_and_no_attributes(stand: DoorStand, to: str, status: str):
    looked_up(stand, to, "PING")
    assert stand.ask(f"check=1000001&{KEY}").text == f"1000001,{to},0.17,{status}"
    assert "imsi" not in stand.ask(f"check=1000001&format=json&{KEY}").text


def test_the_message_of_a_look_up_is_what_it_found(stand: DoorStand):
    looked_up(stand, HOME)
    said = stand.ask(f"check=1000001&fields=server_id,status,message&{KEY}").text
    assert said == '1000001,2,"Russia, Tele2, imsi 250203122060176, msc 790434"'


def test_the_message_of_one_that_found_nothing_is_its_text(stand: DoorStand):
    looked_up(stand, ABSENT)
    assert stand.ask(f"check=1000001&fields=message&{KEY}").text == "HLR"


def test_fields_choose_among_the_attributes(stand: DoorStand):
    looked_up(stand, HOME)
    assert stand.ask(f"check=1000001&fields=mcc,mnc,imsi&{KEY}").text == "250,20,250203122060176"
    json = stand.ask(f"check=1000001&fields=status,mnc&format=json&{KEY}").text
    assert json == '{"check":[{"status":"2","mnc":"20"}]}'


def test_all_fields_are_all_of_a_message_and_behind_them_all_of_a_look_up(stand: DoorStand):
    looked_up(stand, HOME)
    assert stand.ask(f"check=1000001&fields=all&{KEY}").text.endswith('msc 790434"')
    said = stand.ask(f"check=1000001&fields=all&format=json&{KEY}").text
    assert said.endswith(
        '"msc":"790434","mcc":"250","mnc":"20","cn":"Russia","net":"Tele2","rcn":"","rnet":""}]}'
    )
    assert said.count('"error":') == 1


def test_recent_has_look_ups_among_others(stand: DoorStand):
    looked_up(stand, HOME)
    stand.ask(f"send=Hello&to=79161231212&{KEY}")
    recent = stand.ask(f"check=recent&format=json&{KEY}").text
    assert recent.count("imsi") == 1
    assert recent.startswith(
        '{"check":[{"server_id":"1000002","phone":"79161231212","price":"2.70","status":"0"},'
    )


def test_no_money_moves_for_a_test(stand: DoorStand):
    looked_up(stand, REFUSED)
    assert stand.ask(f"balance=rur&{KEY}").text == "1000.00"
    assert stand.books_agree()
