"""What a carrier's errors mean, by default and as an operator says."""

import pytest

from lotsman.carriers.links.smpp_errors import DEFAULTS, ErrorMap, ReceiptErrors, status_of
from lotsman.domain.parts import Outcome
from lotsman.smpp import commands

NOW = 1_767_225_600_000


@pytest.mark.parametrize(
    ("named", "status"),
    [
        ("ESME_RTHROTTLED", 0x58),
        ("esme_rsyserr", 8),
        ("0x0400", 0x400),
        ("1025", 1025),
        ("0xFFFFFFFF", 0xFFFFFFFF),
    ],
)
def test_a_status_is_a_name_or_a_number(named, status):
    assert status_of(named) == status


@pytest.mark.parametrize("named", ["", "ESME_NONSENSE", "0", "ESME_ROK", "-1", "0x100000000", "45h"])
def test_what_is_no_status_is_refused(named):
    with pytest.raises(ValueError, match="no command_status"):
        ErrorMap({named: "slow"})


def test_retry_here_next_route_and_fail():
    errors = ErrorMap(
        {"0x45": "retry 30", "ESME_RINVSRCADR": "next 601", "0x0401": "next", "0x0402": "fail 605"}
    )

    again = errors.outcome(2, 0x45, NOW)
    assert (again.part, again.outcome, again.retry_at, again.error) == (2, Outcome.PUT_BACK, NOW + 30_000, 0)
    passed = [errors.outcome(1, status, NOW) for status in (commands.ESME_RINVSRCADR, 0x401)]
    assert [(each.outcome, each.error, each.retry_at) for each in passed] == [
        (Outcome.PASS_ON, 601, 0),
        (Outcome.PASS_ON, 603, 0),
    ]
    failed = errors.outcome(1, 0x402, NOW)
    assert (failed.outcome, failed.error, failed.carrier_error) == (Outcome.TURNED_DOWN, 605, "0x00000402")


def test_an_operators_word_stands_over_the_default_and_for_all_others():
    errors = ErrorMap({"ESME_RTHROTTLED": "fail 603", "0x0B": "slow", "*": "retry 5"})

    assert not errors.slows(commands.ESME_RTHROTTLED)
    assert errors.slows(commands.ESME_RINVDSTADR)
    assert errors.outcome(1, 0x7777, NOW).retry_at == NOW + 5_000
    assert errors.outcome(1, commands.ESME_RSYSERR, NOW).retry_at == NOW + 10_000


@pytest.mark.parametrize(
    "answer", ["", "perhaps", "retry", "retry 0", "retry 100000", "fail x", "next 1234", "slow 5"]
)
def test_an_answer_that_says_nothing_is_refused(answer):
    with pytest.raises(ValueError, match=r".+"):
        ErrorMap({"0x45": answer})


def test_every_default_can_be_read():
    assert ErrorMap(DEFAULTS).outcome(1, 0x7777, NOW).error == 603


def test_an_error_of_a_receipt_is_known_however_it_is_padded():
    errors = ReceiptErrors({"045": 605, "6b": 602, "REJECTD": 603, "0": 601})

    assert errors.code("45", "UNDELIV") == 605
    assert errors.code("00045", "") == 605
    assert errors.code("06B", "UNDELIV") == 602
    assert errors.code("999", "rejectd") == 603
    assert errors.code("000", "UNDELIV") == 601
    assert errors.code("", "UNDELIV") is None
    assert not ReceiptErrors({})


@pytest.mark.parametrize("table", [{"045": 1234}, {" ": 603}])
def test_a_table_that_means_nothing_is_refused(table):
    with pytest.raises(ValueError, match=r".+"):
        ReceiptErrors(table)
