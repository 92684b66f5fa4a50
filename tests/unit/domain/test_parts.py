import pytest

from lotsman.domain.lifecycle import Event
from lotsman.domain.parts import Outcome, PartState, fold_outcomes, fold_receipts

TAKEN, BACK, DOWN, UNKNOWN, LATE, _ = Outcome  # the last is settled before parts are folded


@pytest.mark.parametrize(
    ("outcomes", "events"),
    [
        ([TAKEN], [Event.TAKEN]),
        ([TAKEN, TAKEN, TAKEN], [Event.TAKEN]),
        ([BACK], [Event.PUT_BACK]),
        ([TAKEN, BACK], [Event.PUT_BACK]),
        ([DOWN], [Event.TURNED_DOWN]),
        ([DOWN, DOWN], [Event.TURNED_DOWN]),
        ([DOWN, BACK], [Event.TURNED_DOWN]),
        ([UNKNOWN], [Event.LOST]),
        ([LATE], [Event.EXPIRED]),
        ([LATE, BACK], [Event.EXPIRED]),
        ([LATE, DOWN], [Event.TURNED_DOWN]),
    ],
)
def test_outcomes_of_one_kind_are_the_event_of_that_kind(outcomes, events):
    assert fold_outcomes(outcomes) == events


@pytest.mark.parametrize("other", [DOWN, LATE])
def test_some_taken_and_some_not_is_taken_and_then_failed(other):
    assert fold_outcomes([TAKEN, other]) == [Event.TAKEN, Event.RECEIPT_BAD]
    assert fold_outcomes([other, BACK, TAKEN]) == [Event.TAKEN, Event.RECEIPT_BAD]


@pytest.mark.parametrize("others", [[TAKEN], [BACK], [DOWN], [LATE], [TAKEN, BACK, DOWN, LATE]])
def test_one_unanswered_part_leaves_the_whole_message_in_doubt(others):
    assert fold_outcomes([*others, UNKNOWN]) == [Event.LOST]


def test_a_message_is_delivered_when_every_part_is():
    assert fold_receipts([PartState.DELIVERED], 1) is Event.RECEIPT_GOOD
    assert fold_receipts([PartState.DELIVERED] * 3, 3) is Event.RECEIPT_GOOD


@pytest.mark.parametrize("states", [[], [PartState.DELIVERED], [PartState.DELIVERED, PartState.TAKEN]])
def test_a_message_waits_for_the_receipts_of_all_its_parts(states):
    assert fold_receipts(states, 2) is None


@pytest.mark.parametrize("bad", [PartState.FAILED, PartState.REFUSED])
def test_the_first_bad_part_fails_the_message_however_many_are_awaited(bad):
    assert fold_receipts([bad], 5) is Event.RECEIPT_BAD
    assert fold_receipts([PartState.DELIVERED, bad, PartState.TAKEN], 3) is Event.RECEIPT_BAD
