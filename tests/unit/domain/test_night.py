from datetime import UTC, datetime

import pytest

from lotsman.domain.night import awake_at, zone_of

MOSCOW = "Europe/Moscow"
QUIET = "22:00-08:00"


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("msisdn", "zone"),
    [
        ("79161234567", MOSCOW),  # who knows where it is
        ("74951234567", MOSCOW),
        ("74012123456", "Europe/Kaliningrad"),
        ("74232123456", "Asia/Vladivostok"),
        ("77011234567", "Asia/Almaty"),
        ("375291234567", "Europe/Minsk"),
        ("4915112345678", MOSCOW),
    ],
)
def test_a_number_tells_its_zone_as_far_as_it_can(msisdn, zone):
    assert zone_of(msisdn, MOSCOW) == zone


@pytest.mark.parametrize(
    ("now", "awake"),
    [
        ("2025-06-15 12:00", "2025-06-15 12:00"),
        ("2025-06-15 18:59", "2025-06-15 18:59"),
        ("2025-06-15 19:00", "2025-06-16 05:00"),  # 22:00 in Moscow
        ("2025-06-15 22:30", "2025-06-16 05:00"),
        ("2025-06-16 04:59", "2025-06-16 05:00"),
        ("2025-06-16 05:00", "2025-06-16 05:00"),
    ],
)
def test_nobody_is_called_between_ten_and_eight(now, awake):
    assert awake_at("79161234567", QUIET, MOSCOW, at(now)) == at(awake)


def test_the_callee_s_clock_counts():
    assert awake_at("74232123456", QUIET, MOSCOW, at("2025-06-15 12:00")) == at("2025-06-15 22:00")
    assert awake_at("74012123456", QUIET, MOSCOW, at("2025-06-15 19:30")) == at("2025-06-15 19:30")


def test_quiet_hours_may_lie_within_a_day_or_not_be_at_all():
    assert awake_at("79161234567", "13:00-15:00", MOSCOW, at("2025-06-15 10:30")) == at("2025-06-15 12:00")
    assert awake_at("79161234567", "", MOSCOW, at("2025-06-15 00:30")) == at("2025-06-15 00:30")
