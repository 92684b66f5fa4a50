import pytest

from lotsman.domain.text_class import MANY, TextClass, classify


@pytest.mark.parametrize(
    "text",
    [
        "Ваш код 1234",
        "1234",
        "Your verification code is 123-456",
        "Пароль для входа: 12345678. Никому не говорите",
        "OTP 0042 valid for 5 min",
        "G-918273 is your code",
    ],
)
def test_a_text_with_a_one_time_code_is_known(text):
    assert classify(text, 1) is TextClass.CODE


@pytest.mark.parametrize(
    "text",
    [
        "Hello",
        "Заказ 12345 готов к выдаче",
        "Скидка 5000 руб",
        "код внутри",
        "Ваш код " + "1" * 9,
        "код 1234 " + "я" * 200,
    ],
)
def test_other_texts_are_single_messages(text):
    assert classify(text, 1) is TextClass.SINGLE


def test_many_recipients_make_a_mailing_whatever_the_text():
    assert classify("Ваш код 1234", MANY + 1) is TextClass.BULK
    assert classify("Hello", MANY) is TextClass.SINGLE
