"""What may be registered, and which of the errors 630 to 645 says why not."""

import pytest

from lotsman.domain.refusals import Refusal
from lotsman.domain.registration import SenderWish, TemplateWish, sender_wish, template_wish

URL = "https://example.com/told?x=1"


@pytest.mark.parametrize(
    "callback", [URL, "http://example.com", "owner@example.com", "o.w+n@mail.example.com"]
)
def test_a_name_with_a_description_and_somebody_to_tell_may_be_asked_for(callback):
    notify = callback if "@" in callback else f"GET {callback}"
    assert sender_wish("SHOP", "shop.example", callback) == SenderWish("SHOP", "shop.example", notify)


@pytest.mark.parametrize(
    ("name", "description", "callback", "refusal"),
    [
        ("", "", "", Refusal.SENDER_NAME_REQUIRED),
        ("ab", "", "", Refusal.SENDER_NAME_INVALID),
        ("2way", "", "", Refusal.SENDER_NAME_INVALID),
        ("SHOP", "", "", Refusal.DESCRIPTION_REQUIRED),
        ("SHOP", "d", "", Refusal.SENDER_CALLBACK_REQUIRED),
        ("SHOP", "d", "ftp://example.com", Refusal.SENDER_CALLBACK_INVALID),
        ("SHOP", "d", "owner@localhost", Refusal.SENDER_CALLBACK_INVALID),
        ("SHOP", "d", "a@b.example\nBcc: c@d.example", Refusal.SENDER_CALLBACK_INVALID),
    ],
)
def test_what_is_wrong_with_a_name(name, description, callback, refusal):
    assert sender_wish(name, description, callback) is refusal


@pytest.mark.parametrize(
    ("text", "callback", "refusal"),
    [
        (" \r\n ", "", Refusal.TEMPLATE_REQUIRED),
        ("Я" * 671, "", Refusal.TEMPLATE_TOO_LONG),
        ("Код: __", "", Refusal.TEMPLATE_CALLBACK_REQUIRED),
        ("Код: __", "owner@example.com", Refusal.TEMPLATE_CALLBACK_INVALID),
    ],
)
def test_what_is_wrong_with_a_template(text, callback, refusal):
    assert template_wish(text, callback) is refusal


def test_a_template_is_kept_as_texts_are_compared_with_it():
    assert template_wish(" Код: __\r\nСайт\n", URL) == TemplateWish("Код: __\nСайт", f"GET {URL}")
