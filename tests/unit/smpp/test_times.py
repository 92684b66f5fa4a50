import pytest

from lotsman.smpp.times import absolute, parse, relative

NOW = 1_704_110_400_000  # 2024-01-01 12:00:00 UTC


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "000000000000000R"),
        (1, "000000000001000R"),
        (60_000, "000000000100000R"),
        (90 * 60_000, "000000013000000R"),
        (86_400_000, "000001000000000R"),
        (40 * 86_400_000, "000110000000000R"),
        (400 * 86_400_000, "010105000000000R"),
    ],
)
def test_relative_times(milliseconds, text):
    assert relative(milliseconds) == text
    assert parse(text, NOW) == NOW + -(-milliseconds // 1000) * 1000


def test_absolute_times_are_utc_to_a_tenth_of_a_second():
    assert absolute(NOW) == "240101120000000+"
    assert absolute(NOW + 370) == "240101120000300+"
    assert parse("240101120000300+", 0) == NOW + 300


def test_the_example_of_the_standard_is_understood():
    # SMPP 3.4 §7.1.1: two years, six months, ten days, 23 hours, 34 minutes and 29 seconds from now
    days = 2 * 365 + 6 * 30 + 10
    assert parse("020610233429000R", NOW) == NOW + (days * 86_400 + 23 * 3600 + 34 * 60 + 29) * 1000


def test_a_zone_ahead_of_utc_is_taken_off_and_one_behind_is_added():
    assert parse("240101150000012+", 0) == NOW
    assert parse("240101070000020-", 0) == NOW


@pytest.mark.parametrize(
    "text",
    ["", "0", "240101120000000", "241301120000000+", "240230120000000+", "240101240000000+",
     "24010112000000xR", "240101120000000*", "٢٤٠١٠١١٢٠٠٠٠٠٠٠+", "0" * 40],
)  # fmt: skip
def test_what_is_no_time_is_none(text):
    assert parse(text, NOW) is None


@pytest.mark.parametrize("milliseconds", [-1, 100 * 365 * 86_400_000, 100 * 365 * 86_400_000 - 1])
def test_a_span_that_cannot_be_written(milliseconds):
    with pytest.raises(ValueError):
        relative(milliseconds)


@pytest.mark.parametrize("epoch_ms", [0, 4_102_444_800_000])
def test_a_moment_of_another_century_cannot_be_written(epoch_ms):
    with pytest.raises(ValueError):
        absolute(epoch_ms)
