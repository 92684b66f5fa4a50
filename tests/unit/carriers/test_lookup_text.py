import pytest

from lotsman.carriers.links.lookup_text import parse
from lotsman.domain.lookup import NAMES

SMSC_RU = (
    "id:855469 stat:DELIVRD err:000 imsi:250023012345678 msc:79232510066 mcc:250 mnc:02 cn:Russian+Federation "
    "net:MegaFON+open+Joint+Stock+Company rcn: rnet:"
)


def test_smsc_rus_own_example():
    assert parse(SMSC_RU) == {
        "imsi": "250023012345678", "msc": "79232510066", "mcc": "250", "mnc": "02", "cn": "Russian Federation",
        "net": "MegaFON open Joint Stock Company", "rcn": "", "rnet": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("imsi:250 mcc:250", {"imsi": "250", "mcc": "250"}),
        ("net:%D0%A2%D0%B5%D0%BB%D0%B52 rnet:", {"net": "Теле2", "rnet": ""}),
        ("net:%D2%E5%EB%E52", {"net": "Теле2"}),
        ("net:A%2BB", {"net": "A+B"}),
        ("net:MTS: the best rcn:", {"net": "MTS: the best", "rcn": ""}),
        ("cn:United States of America net:AT&T", {"cn": "United States of America", "net": "AT&T"}),
        ("cn:Russia, net:MTS; mcc:250", {"cn": "Russia", "net": "MTS", "mcc": "250"}),
        ("IMSI:1 Mcc:2", {"imsi": "1", "mcc": "2"}),
        ("mcc:250 mcc:401", {"mcc": "250"}),
        ("net:first imsi:", {"net": "first", "imsi": ""}),
        ("rnet:MTS net:", {"rnet": "MTS", "net": ""}),
        ("mccmnc:25001 rmccmnc:40101", {"mccmnc": "25001", "rmccmnc": "40101"}),
        ("net:Tele2 text:hello", {"net": "Tele2"}),
        ("net:x id:7 stat:DELIVRD", {"net": "x"}),
        ("mcc:250\r\nmnc:01\0", {"mcc": "250"}),
        ("internet:fast", {}),
        ("id:1 stat:DELIVRD err:000", {}),
        ("", {}),
        ("net:%", {"net": "%"}),
        ("net:%D0%", {"net": "Р%"}),
        ("::: net:: :mcc:", {"net": ": :mcc:"}),
    ],
)
def test_however_it_is_written(text, said):
    assert parse(text) == said


def test_a_message_that_quotes_an_answer_does_not_overrule_it():
    assert parse(f"{SMSC_RU} text:mcc:401 imsi:1")["mcc"] == "250"


@pytest.mark.parametrize("key", ["text:", "Text:", "TEXT:", "text: "])
def test_nobody_moves_a_number_by_what_he_writes_to_it(key):
    receipt = f"id:1 sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:DELIVRD err:000 {key}"
    assert parse(f"{receipt}mcc:250 mnc:20") == {}
    assert parse(f"{receipt}a mccmnc:25020 b") == {}


def test_an_endless_text_is_read_as_far_as_a_receipt_reaches():
    assert set(parse("net:" + "x" * 1_000_000 + " mcc:250")) <= set(NAMES)
