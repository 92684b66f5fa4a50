import pytest

from lotsman.domain.speech import has_code, language, minutes, seconds, spoken, started_minutes


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Ваш код 1234", "Ваш код 1, 2, 3, 4"),
        ("Код: 0457, до 12:30", "Код: 0, 4, 5, 7, до 12:30"),
        ("PIN 98765.", "PIN 9, 8, 7, 6, 5."),
        ("007", "0, 0, 7"),
        ("через 15 минут, 100 рублей", "через 15 минут, 100 рублей"),
        ("две\nстроки\tи \u200b пробелы", "две строки и пробелы"),
        ("\x00\x07звонок", "звонок"),
    ],
)
def test_codes_are_read_digit_by_digit_and_the_rest_as_it_stands(text, read):
    assert spoken(text) == read


@pytest.mark.parametrize(
    ("text", "tongue"),
    [
        ("Привет", "ru"),
        ("Hello", "en"),
        ("1234", "ru"),
        ("Код от Google 1234", "en"),
        ("Ваш код от VK", "ru"),
        ("", "ru"),
    ],
)
def test_the_letters_choose_the_language(text, tongue):
    assert language(text) == tongue


def test_only_a_text_with_a_code_has_a_code():
    assert has_code("Код 1234")
    assert not has_code("Приходите в 12")


def test_the_estimate_is_for_both_readings_and_counts_digits_apart():
    assert seconds("1234") == pytest.approx(2 * 4 * 0.7 + 4)
    assert seconds("а" * 110) == pytest.approx(2 * 10 + 4)


@pytest.mark.parametrize(("text", "count"), [("Код 1234", 1), ("а" * 300, 1), ("а" * 320, 2), ("а" * 800, 3)])
def test_a_longer_text_may_last_more_minutes(text, count):
    assert minutes(text) == count


@pytest.mark.parametrize(
    ("duration", "count"), [(0, 1), (0.2, 1), (59, 1), (60, 1), (60.1, 2), (61, 2), (120, 2), (121, 3)]
)
def test_a_begun_minute_counts(duration, count):
    assert started_minutes(duration) == count
