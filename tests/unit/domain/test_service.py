import pytest

from lotsman.domain.service import WITHOUT_TEXT, Service, which


@pytest.mark.parametrize(
    ("text", "sender", "service"),
    [
        ("Hello", "INFORM", Service.SMS),
        ("Hello", "", Service.SMS),
        ("HLR", "", Service.HLR),
        ("", "HLR", Service.HLR),
        ("HLRVIP", "INFORM", Service.HLR_VIP),
        ("", "HLRVIP", Service.HLR_VIP),
        ("PING", "", Service.PING),
        ("Hello", "PING", Service.PING),
        ("Hello", "GOLOS", Service.VOICE),
        ("Hello", "GOLOSM", Service.VOICE),
        ("Hello", "2WAY", Service.TWO_WAY),
        ("Hello", "VIBER", Service.VIBER),
        ("Hello", "VIBERSMS", Service.VIBER_SMS),
        ("1234", "FLASHCALL", Service.FLASHCALL),
    ],
)
def test_text_and_sender_choose_the_service(text, sender, service):
    assert which(text, sender) is service


def test_a_reserved_sender_outranks_a_reserved_text():
    assert which("PING", "GOLOS") is Service.VOICE


def test_a_reserved_sender_counts_in_any_case():
    assert which("Hello", " golos ") is Service.VOICE


def test_spaces_around_a_reserved_text_do_not_matter():
    assert which(" HLR\n", "") is Service.HLR


@pytest.mark.parametrize("text", ["ping", "Hlr", "HLR please", "PING PONG", "GOLOS", "2WAY", "VIBER"])
def test_a_text_that_only_looks_reserved_is_a_message(text):
    assert which(text, "INFORM") is Service.SMS


def test_the_stored_numbers_never_move():
    assert [(service.value, service.name) for service in Service] == [
        (1, "SMS"),
        (2, "HLR"),
        (3, "PING"),
        (4, "VOICE"),
        (5, "TWO_WAY"),
        (6, "FLASHCALL"),
        (7, "VIBER"),
        (8, "HLR_VIP"),
        (9, "VIBER_SMS"),
        (10, "VOICE_MINUTE"),
    ]


def test_only_services_that_show_nothing_do_without_a_text():
    assert {Service.HLR, Service.HLR_VIP, Service.PING} == WITHOUT_TEXT
