import pytest

from lotsman.domain.smsc_id import candidates, normalise


@pytest.mark.parametrize(
    ("in_response", "form", "in_receipt", "receipt_form"),
    [
        ("7F000001", "hex", "2130706433", "dec"),
        ("7f000001", "hex", "2130706433", "dec"),
        ("2130706433", "dec", "7F000001", "hex"),
        ("0000012345", "dec", "12345", "dec"),
        ("00003039", "hex", "0000012345", "dec"),
        ("ab-12_X", "as-is", "ab-12_X", "as-is"),
        ("abc ", "as-is", "abc\0", "as-is"),
        ("0", "dec", "000", "hex"),
    ],
)
def test_both_sides_meet_in_one_spelling(in_response, form, in_receipt, receipt_form):
    assert normalise(in_response, form) == normalise(in_receipt, receipt_form)


def test_an_id_that_is_not_of_its_form_stays_as_it_is():
    assert normalise("not-hex", "hex") == "not-hex"
    assert normalise("7F", "dec") == "7F"
    assert normalise("1_000", "dec") == "1_000"
    assert normalise("٣", "dec") == "٣"
    assert normalise("", "dec") == ""
    assert normalise("9" * 5000, "dec") == "9" * 5000


def test_the_form_of_an_id_is_never_guessed_by_normalise():
    assert normalise("10", "hex") != normalise("10", "dec")
    with pytest.raises(ValueError):
        normalise("10", "octal")


@pytest.mark.parametrize(
    ("stored", "in_receipt"),
    [
        ("7F000001", "2130706433"),
        ("7f000001", "2130706433"),
        ("2130706433", "7F000001"),
        ("2130706433", "7f000001"),
        ("0012345", "12345"),
        ("12345", "0000012345"),
        ("0000012345", "12345"),
        ("0000ABCD", "43981"),
        ("43981", "0000abcd"),
        ("AB-12x", "ab-12x".upper()),
    ],
)
def test_the_other_spelling_is_among_the_candidates(stored, in_receipt):
    assert stored in candidates(in_receipt) or in_receipt in candidates(stored)


def test_as_it_came_is_the_likeliest_and_no_spelling_comes_twice():
    for message_id in ("2130706433", "7F000001", "x", "", "0"):
        found = candidates(message_id)
        assert found[0] == message_id
        assert len(found) == len(set(found))


def test_a_decimal_id_is_tried_in_hexadecimal_before_it_is_read_as_hexadecimal():
    found = candidates("2130706433")
    assert found.index("7F000001") < found.index(str(0x2130706433))


def test_an_endless_id_costs_nothing():
    assert candidates("f" * 10_000) == ("f" * 10_000, "F" * 10_000)
