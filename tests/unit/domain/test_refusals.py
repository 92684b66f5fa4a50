import pytest

from lotsman.domain.refusals import Refusal, Refused, by_code

CODES = [
    0, 10, 11, 12, 13, 14,
    100, 101, 102, 103, 104, 105, 106, 107, 108, 110, 111, 112, 113, 115, 116, 117, 118, 122,
    200, 201, 202, 204, 210, 211, 212, 213, 214, 215, 220, 221, 223, 224, 225, 226, 230, 231, 232,
    240, 241, 242, 243, 247, 248, 250, 260, 270, 275,
    300, 301, 302, 303, 304, 400, 401, 500,
    600, 601, 602, 603, 604, 605, 630, 631, 632, 633, 634, 640, 641, 642, 643, 644, 645,
    720, 721, 722, 723, 724, 725, 726,
    800, 801, 802, 803, 804, 805, 806, 807, 808, 809, 810, 811,
]  # fmt: skip

API_1_ENGLISH = {  # §1.5 and §2.3
    100: "APIKEY is required",
    101: "APIKEY is invalid",
    102: "APIKEY not found",
    106: "APIKEY is blocked (spam)",
    220: "TEXT is required",
    108: "Phone is required",
    110: "System error",
    111: "Invalid phone",
    112: "No money",
    113: "IP restriction",
    115: "Invalid sender",
    204: "Sender (from) unregistered",
    215: "Invalid phone length",
    223: "Spam protection",
    243: "Loop protection, blacklist",
    250: "Invalid SEND_DATETIME",
    260: "Invalid callback URL",
    270: "Invalid ttl",
    400: "User not found",
    401: "Invalid login details",
    300: "SMS server_id is required",
    301: "SMS server_id is invalid",
    302: "SMS server_id not found",
    303: "Invalid IDs list",
}


def test_the_catalogue_is_complete_and_in_order():
    assert [refusal.code for refusal in Refusal] == CODES


def test_no_line_of_the_catalogue_was_swallowed_as_an_alias():
    assert len(Refusal.__members__) == len(CODES)


@pytest.mark.parametrize(("code", "english"), API_1_ENGLISH.items())
def test_the_english_is_that_of_the_api_document(code, english):
    assert by_code(code).en == english


def test_the_russian_is_that_of_the_wire():
    assert Refusal.APIKEY_INVALID.ru == "Неправильный API-ключ (см. настройки API в личном кабинете)"
    assert Refusal.PHONE_INVALID.ru == "Неправильный номер телефона"
    assert Refusal.NO_MONEY.ru == "Нет денег"
    assert Refusal.USER_NOT_FOUND.ru == "Пользователь не найден"
    assert Refusal.SUCCESS.ru == "Нет ошибок"


@pytest.mark.parametrize("refusal", Refusal, ids=lambda refusal: refusal.name)
def test_every_refusal_says_what_is_wrong_and_what_to_do_on_one_line(refusal):
    for text in (refusal.en, refusal.ru, refusal.help_en, refusal.help_ru):
        assert text == text.strip() != ""
        assert text.isprintable()
    for text in (refusal.en, refusal.help_en):
        assert text.isascii()
    assert refusal.help_en.endswith(".")
    assert refusal.help_ru.endswith(".")
    refusal.ru.encode("cp1251")  # the charset that old clients ask for has all of it


def test_obsolete_codes_are_marked():
    obsolete = {refusal.code for refusal in Refusal if refusal.obsolete}
    assert obsolete == {103, 104, 116, 117, 118, 202, 241, 242}


def test_an_unknown_code_reads_as_a_system_error():
    assert by_code(715) is Refusal.SYSTEM_ERROR
    assert by_code(-1) is Refusal.SYSTEM_ERROR


def test_a_refusal_is_said_in_english_unless_russian_is_asked_for():
    assert Refusal.NO_MONEY.said_in("ru") == "Нет денег"
    assert Refusal.NO_MONEY.said_in("en") == "No money"
    assert Refusal.NO_MONEY.said_in("de") == "No money"


def test_a_refused_request_carries_its_refusal_and_a_detail_for_the_log():
    refused = Refused(Refusal.NO_MONEY, "balance 3.10, needs 4.81")
    assert refused.refusal is Refusal.NO_MONEY
    assert str(refused) == "112 No money: balance 3.10, needs 4.81"
    assert str(Refused(Refusal.NO_MONEY)) == "112 No money"
