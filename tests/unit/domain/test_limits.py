import pytest

from lotsman.domain import visitor
from lotsman.domain.limits import EACH_KEY, Layers, Limits, guard, read, resolved


def test_an_account_for_which_nobody_set_anything_has_no_guard():
    assert guard(Layers(), (), 0) is None
    assert guard(Layers(own={"per_hour": "0"}), ("KZ",), 5) is None


def test_an_accounts_own_value_replaces_that_of_the_installation_one_by_one():
    found = guard(Layers(house={"per_hour": "100", "per_day": "500"}, own={"per_hour": "7"}), (), 0)
    assert (found.limits.per_hour, found.limits.per_day) == (7, 500)


def test_a_key_has_limits_beside_those_of_its_account():
    found = guard(
        Layers(own={"per_hour": "9"}, own_keys={EACH_KEY: {"per_hour": "5"}, "k1": {"per_hour": "3"}}), (), 0
    )
    assert [(s, caps[0].messages) for s, caps in found.of_key("k1").scopes] == [("", 9), ("k1", 3)]
    assert [(s, caps[0].messages) for s, caps in found.of_key("k2").scopes] == [("", 9), ("k2", 5)]


def test_open_countries_are_those_of_home_and_those_that_were_opened():
    found = guard(Layers(house={"countries": "hold", "home": "ru, by"}), ("KZ",), 0)
    assert found.open == {"RU", "BY", "KZ"}


def test_money_is_typed_in_roubles():
    assert read("spend_hour", "150.50") == 15050


@pytest.mark.parametrize(
    ("name", "text"),
    [("per_year", "1"), ("per_hour", "-1"), ("per_hour", "many"), ("spend_day", "-5"), ("countries", "on"),
     ("home", "Russia"), ("fresh", "100001"), ("per_day", "9" * 10), ("per_hour", "٣")],
)  # fmt: skip
def test_what_cannot_be_is_said_to_be_wrong(name, text):
    with pytest.raises(ValueError, match=r"\w"):
        read(name, text)


def test_what_only_a_newer_version_understands_is_passed_over():
    assert resolved({"per_hour": "5", "per_century": "1", "countries": "ask"}) == Limits(per_hour=5)


@pytest.mark.parametrize(
    ("text", "ip"),
    [(" 203.0.113.7 ", "203.0.113.7"), ("2001:DB8::1", "2001:db8::1"), ("::ffff:203.0.113.7", "203.0.113.7"),
     ("203.0.113", None), ("fe80::1%eth0", None), ("shop.example", None), ("1.2.3.4, 5.6.7.8", None)],
)  # fmt: skip
def test_an_end_user_is_an_address_in_its_one_spelling(text, ip):
    assert visitor.parse(text) == ip


def test_a_home_is_one_ipv4_address_or_64_bits_of_ipv6():
    assert visitor.home("203.0.113.7") == "203.0.113.7"
    assert visitor.home("2001:db8:1:2:3::1") == visitor.home("2001:db8:1:2::9") == "2001:db8:1:2::/64"


def test_a_screen_shows_no_whole_address():
    assert visitor.masked("203.0.113.7") == "203.0.113.x"
    assert visitor.masked("2001:db8:1:2:3::1") == "2001:db8:1::x"
