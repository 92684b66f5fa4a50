import json

import pytest

from lotsman.domain.lookup import NAMES, NOTHING, Attributes, attributes, load, told
from lotsman.domain.receipt import kept


def test_the_documents_sample_is_what_comes_out():
    found = attributes(
        {
            "imsi": "250203122060176",
            "msc": "790434",
            "mcc": "250",
            "mnc": "20",
            "cn": "Russia",
            "net": "Tele2",
        }
    )
    assert found == ("250203122060176", "790434", "250", "20", "Russia", "Tele2", "", "")


@pytest.mark.parametrize(
    "said",
    [
        {"imsi": "250203122060176"},
        {"mcc": "250", "mnc": "20"},
        {"mccmnc": "25020"},
        {"imsi": "25020"},
    ],
    ids=["an imsi", "two codes", "one code", "an imsi cut for privacy"],
)
def test_names_come_from_the_codes_when_the_carrier_sends_no_more(said):
    found = attributes(said)
    assert (found.mcc, found.mnc, found.cn, found.net) == ("250", "20", "Russia", "Tele2")


def test_the_carriers_own_names_are_kept():
    found = attributes({"mccmnc": "25020", "cn": "Россия", "net": "Теле2"})
    assert (found.cn, found.net) == ("Россия", "Теле2")


def test_a_network_code_keeps_its_leading_zero():
    assert attributes({"mcc": "250", "mnc": "02"}).mnc == "02"
    assert attributes({"mcc": "250", "mnc": "2"}).mnc == "02"
    assert attributes({"mccmnc": "310004"}).mnc == "004"


def test_who_is_abroad_has_a_country_and_a_network_of_roaming():
    found = attributes({"mccmnc": "25001", "rmccmnc": "40101"})
    assert (found.rcn, found.rnet) == ("Kazakhstan", "Beeline")


def test_who_is_at_home_does_not_roam():
    found = attributes({"mcc": "250", "mnc": "01", "rmcc": "250", "rmnc": "1"})
    assert (found.rcn, found.rnet) == ("", "")


@pytest.mark.parametrize("junk", ["", "null", "2502031220601761234567", "25O20", "²⁵⁰", "-1", "250 20"])
def test_what_cannot_be_digits_is_left_out(junk):
    assert attributes(dict.fromkeys(("imsi", "mcc", "mnc"), junk)) == NOTHING


def test_names_are_one_line_of_bearable_length():
    found = attributes({"net": "Mega\0Fon\r\n\x1b[2J" + "x" * 500})
    assert found.net.startswith("Mega Fon [2Jxx")
    assert len(found.net) == 100


def test_what_is_kept_is_json_with_all_eight_names_in_order():
    text = kept(Attributes(mcc="250", cn="Россия"))
    assert list(json.loads(text)) == list(NAMES)
    assert "Россия" in text
    assert load(text) == Attributes(mcc="250", cn="Россия")


def test_nothing_was_found_where_nothing_was_kept():
    assert load("") == NOTHING


def test_people_read_it_in_one_line():
    roaming = attributes({"imsi": "250013122060176", "msc": "7705", "rmccmnc": "40101"})
    assert told(roaming) == "Russia, MTS, roaming in Kazakhstan, Beeline, imsi 250013122060176, msc 7705"
    assert told(attributes({"mccmnc": "25020"})) == "Russia, Tele2"
    assert told(NOTHING) == ""


def test_a_network_is_known_only_by_both_codes():
    assert attributes({"mccmnc": "25020"}).mccmnc == "25020"
    assert Attributes(mcc="250").mccmnc == ""
