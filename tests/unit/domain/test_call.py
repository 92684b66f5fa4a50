import pytest

from lotsman.domain.call import (
    UNANSWERED,
    CallRecord,
    Cause,
    End,
    Fate,
    caller_ending_in,
    load,
    unanswered,
)
from lotsman.domain.receipt import found_in, kept
from lotsman.domain.refusals import Refusal


@pytest.mark.parametrize(
    ("status", "fate", "refusal"),
    [
        (486, Fate.AGAIN, Refusal.BUSY),
        (600, Fate.AGAIN, Refusal.BUSY),
        (408, Fate.AGAIN, Refusal.NO_ANSWER),
        (480, Fate.AGAIN, Refusal.NO_ANSWER),
        (487, Fate.AGAIN, Refusal.NO_ANSWER),
        (603, Fate.OVER, Refusal.CALL_DECLINED),
        (404, Fate.BAD_NUMBER, Refusal.UNDELIVERABLE),
        (484, Fate.BAD_NUMBER, Refusal.UNDELIVERABLE),
        (604, Fate.BAD_NUMBER, Refusal.UNDELIVERABLE),
        (401, Fate.TRUNK_FAULT, Refusal.UNREACHABLE),
        (403, Fate.TRUNK_FAULT, Refusal.UNREACHABLE),
        (407, Fate.TRUNK_FAULT, Refusal.UNREACHABLE),
        (488, Fate.TRUNK_FAULT, Refusal.UNREACHABLE),
        (500, Fate.TRUNK_FAULT, Refusal.UNREACHABLE),
        (503, Fate.TRUNK_FAULT, Refusal.UNREACHABLE),
        (699, Fate.TRUNK_FAULT, Refusal.UNREACHABLE),
    ],
)
def test_the_status_says_what_a_refused_call_means(status, fate, refusal):
    assert unanswered(End(Cause.REFUSED, status)) == (fate, refusal.code)


def test_a_trunk_that_says_nothing_is_at_fault_and_a_phone_that_rings_is_alone():
    assert unanswered(End(Cause.SILENCE)).fate is Fate.TRUNK_FAULT
    assert unanswered(End(Cause.OURSELVES)) == (Fate.AGAIN, Refusal.NO_ANSWER.code)


def test_what_is_paid_back_is_what_nobody_answered():
    assert {Refusal.BUSY.code, Refusal.NO_ANSWER.code, Refusal.CALL_DECLINED.code} == UNANSWERED


def test_a_record_is_kept_and_found_again():
    record = CallRecord(17, "15#")
    assert found_in(kept(record)) == load(kept(record)) == record
    assert load("") == (0, "")


@pytest.mark.parametrize(
    ("code", "caller"),
    [
        ("4321", "74951114321"),
        ("0000", "74957770000"),
        ("21432", None),
        ("114321", "74951114321"),
        ("14321", "74951114321"),
        ("74951114321", None),
        ("321", None),
    ],
)
def test_a_caller_ends_in_the_code(code, caller):
    assert caller_ending_in(code, ["74957770000", "7495111****"]) == caller
