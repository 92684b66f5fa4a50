import pytest

from lotsman.domain.parts import PartState
from lotsman.domain.receipt import Verdict, verdict
from lotsman.domain.refusals import Refusal

DELIVERED = Verdict(PartState.DELIVERED, 0)


def failed(refusal):
    return Verdict(PartState.FAILED, refusal.code)


@pytest.mark.parametrize(
    ("stat", "message_state", "expected"),
    [
        ("DELIVRD", 2, DELIVERED),
        ("EXPIRED", 3, failed(Refusal.EXPIRED)),
        ("DELETED", 4, failed(Refusal.CANCELLED)),
        ("UNDELIV", 5, failed(Refusal.UNDELIVERABLE)),
        ("UNKNOWN", 7, failed(Refusal.UNDELIVERABLE)),
        ("REJECTD", 8, failed(Refusal.REJECTED)),
    ],
)
def test_the_text_and_the_parameter_say_the_same(
    stat, message_state, expected
):  # SMPP 3.4 §5.2.28, appendix B
    assert verdict(stat, None) == expected
    assert verdict("", message_state) == expected


@pytest.mark.parametrize("stat", ["ENROUTE", "ACCEPTD", "SCHEDULED", "BUFFERED"])
def test_what_is_not_an_end_is_nothing(stat):
    assert verdict(stat, None) is None
    assert verdict(stat, 2) is None  # the text is what the carrier's people look at


@pytest.mark.parametrize("message_state", [0, 1, 6, 9, 255, None])
def test_a_parameter_that_is_not_an_end_is_nothing(message_state):
    assert verdict("", message_state) is None


@pytest.mark.parametrize("stat", ["delivrd", "Delivered", "DELIVERED"])
def test_the_text_counts_in_any_case_and_written_out(stat):
    assert verdict(stat, None) == DELIVERED


def test_a_word_nobody_knows_is_left_to_the_parameter():
    assert verdict("ARRIVED", 2) == DELIVERED
    assert verdict("ARRIVED", None) is None
