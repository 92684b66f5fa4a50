"""What a link's receipts have in common."""

import pytest

from lotsman.dispatch.receipt_tally import ReceiptTally
from lotsman.domain.smsc_id import Match, compare


def a_tally(**counts):
    tally = ReceiptTally()
    for name, count in counts.items():
        for _ in range(count):
            tally.add(Match[name])
    return tally


def test_nothing_is_said_of_a_link_without_receipts():
    assert ReceiptTally().sentence() == ""


def test_most_receipts_decide_how_the_carrier_spells_ids():
    said = a_tally(AS_WRITTEN=3, HEX_THEN_DECIMAL=40, BY_PHONE=99).sentence()
    assert said == "ids hexadecimal in responses, decimal in receipts"


@pytest.mark.parametrize(
    ("matched", "unmatched", "alarming"), [(999, 1, False), (998, 2, True), (0, 1, True), (5000, 0, False)]
)
def test_more_than_one_in_a_thousand_is_an_alert(matched, unmatched, alarming):
    tally = a_tally(AS_WRITTEN=matched, NONE=unmatched)

    assert tally.alarming is alarming
    assert ("ALERT" in tally.sentence()) is alarming
    assert ("match nothing" in tally.sentence()) is (unmatched > 0)


def test_a_receipt_that_overtook_its_response_is_no_stray():
    tally = a_tally(NONE=3)
    tally.adopt(2)
    assert tally.unmatched == 1
    tally.adopt(2)
    assert (tally.unmatched, tally.sentence()) == (0, "")


@pytest.mark.parametrize(
    ("in_response", "in_receipt", "match"),
    [
        ("abc-1", "abc-1", Match.AS_WRITTEN),
        ("7F000001", "7f000001", Match.OTHER_CASE),
        ("7F000001", "2130706433", Match.HEX_THEN_DECIMAL),
        ("0000abcd", "43981", Match.HEX_THEN_DECIMAL),
        ("2130706433", "7F000001", Match.DECIMAL_THEN_HEX),
        ("0000012345", "12345", Match.PADDED),
        ("12345", "0000012345", Match.PADDED),
        ("00ABCDEF", "abcdef", Match.PADDED),
    ],
)
def test_two_spellings_of_one_id_differ_in_one_way(in_response, in_receipt, match):
    assert compare(in_response, in_receipt) is match
