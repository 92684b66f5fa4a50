"""What an account chooses is kept as JSON of what differs, and is changed as people type it."""

import pytest

from lotsman.domain.account_settings import AccountSettings, changed, dump, parse


def test_settings_come_back_as_they_were_written():
    settings = AccountSettings(callback="GET http://a.example/", allowed_ips=("10.0.0.0/8",), loop_minutes=5)
    assert parse(dump(settings)) == settings


def test_only_what_differs_is_written():
    assert dump(AccountSettings()) == "{}"


def test_a_name_of_a_newer_version_is_ignored():
    assert parse('{"loop_minutes": 3, "of_tomorrow": 1}') == AccountSettings(loop_minutes=3)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ({"loop_minutes": "15"}, AccountSettings(loop_minutes=15)),
        ({"callback": "post https://a.example/s"}, AccountSettings(callback="POST https://a.example/s")),
        ({"callback": "https://a.example/"}, AccountSettings(callback="GET https://a.example/")),
        (
            {"inbound_callback": "GET  http://a.example/"},
            AccountSettings(inbound_callback="GET http://a.example/"),
        ),
        ({"callback": ""}, AccountSettings()),
        ({"spam_protection": "on"}, AccountSettings(spam_protection=True)),
        ({"shared_senders": "off"}, AccountSettings(shared_senders=False)),
        (
            {"allowed_ips": "10.1.2.3, 192.0.2.0/24"},
            AccountSettings(allowed_ips=("10.1.2.3", "192.0.2.0/24")),
        ),
        ({"allowed_ips": ""}, AccountSettings()),
    ],
)
def test_values_are_read_as_a_person_types_them(typed, meant):
    assert changed(AccountSettings(), typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        {"callback": "https:/a.example"},
        {"callback": "PUT https://a.example/"},
        {"callback": "GET http://a.example:99999/"},
        {"callback": "olga@example.org"},
        {"inbound_callback": "POST"},
    ],
)
def test_nobody_is_called_at_what_is_no_address(typed):
    with pytest.raises(ValueError, match="callback is GET or POST and a full http or https address"):
        changed(AccountSettings(), typed)


@pytest.mark.parametrize("typed", [{"loop": "1"}, {"loop_minutes": "soon"}, {"spam_protection": "maybe"}])
def test_what_cannot_be_says_why(typed):
    with pytest.raises(ValueError, match=r"no setting|whole number|on or off"):
        changed(AccountSettings(), typed)
