import pytest

from lotsman.domain import networks
from lotsman.domain.networks import country_of, home_of, name_of


@pytest.mark.parametrize(
    ("mcc", "iso", "name"),
    [
        ("250", "RU", "Russia"),
        ("401", "KZ", "Kazakhstan"),
        ("311", "US", "United States"),
        ("655", "ZA", "South Africa"),
    ],
)
def test_a_country_has_a_code_and_a_name(mcc, iso, name):
    assert country_of(mcc) == (iso, name)


@pytest.mark.parametrize("mcc", ["", "000", "999", "25", "2500", "RU"])
def test_nobody_knows_other_countries(mcc):
    assert country_of(mcc) is None


@pytest.mark.parametrize(
    ("mccmnc", "name"),
    [
        ("25002", "MegaFon"),
        ("25001", "MTS"),
        ("25020", "Tele2"),
        ("25702", "MTS"),
        ("26201", "Telekom"),
        ("310410", "AT&T"),
    ],
)
def test_a_network_is_called_what_its_subscribers_call_it(mccmnc, name):
    assert name_of(mccmnc) == name


def test_a_network_that_nobody_knows_has_no_name():
    assert name_of("25088") == ""
    assert name_of("") == ""


@pytest.mark.parametrize(
    ("imsi", "codes"),
    [
        ("250203122060176", ("250", "20")),
        ("310410123456789", ("310", "410")),
        ("25002", ("250", "02")),
        ("31041", ("", "")),
        ("2500", ("", "")),
        ("999011234567890", ("", "")),
        ("", ("", "")),
    ],
)
def test_an_imsi_begins_with_its_network(imsi, codes):
    assert home_of(imsi) == codes


def test_every_network_is_in_a_country():
    assert {code[:3] for code in networks._names()} <= networks._countries().keys()
