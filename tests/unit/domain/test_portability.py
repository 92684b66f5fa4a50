import pytest

from lotsman.domain.admission import admit
from lotsman.domain.numbering import Numbering
from lotsman.domain.portability import Port, Ported, place_in
from lotsman.domain.service import Service
from stand.builders import NOW, PHONE, a_phone, an_account, an_order

DAY = 24 * 60 * 60 * 1000
MTS, TELE2 = "25001", "25020"


@pytest.fixture
def numbering():
    return Numbering()


def learn(numbering, ported, msisdn, mccmnc, at=NOW):
    ported.learn(Port(msisdn, mccmnc, "hlr", at), numbering.planned(msisdn))


def test_a_ported_number_is_in_its_new_network(numbering):
    learn(numbering, Ported(numbering.ported), PHONE, TELE2)
    place = numbering.place(PHONE)
    assert (place.country, place.operator, place.mccmnc, place.source) == ("RU", "TELE2", TELE2, "hlr")
    assert numbering.planned(PHONE).operator == "MTS"


def test_a_number_where_the_plan_says_costs_no_memory(numbering):
    learn(numbering, Ported(numbering.ported), PHONE, MTS)
    assert numbering.ported == {}


def test_a_number_that_came_home_is_forgotten(numbering):
    ported = Ported(numbering.ported)
    learn(numbering, ported, PHONE, TELE2)
    learn(numbering, ported, PHONE, MTS, NOW + 1)
    assert numbering.ported == {}
    ported.forget(NOW + DAY)


def test_a_network_without_a_name_here_changes_nothing_in_its_country(numbering):
    learn(numbering, Ported(numbering.ported), PHONE, "25088")
    assert numbering.place(PHONE).operator == "MTS"


def test_a_look_up_names_the_operator_of_a_foreign_number(numbering):
    learn(numbering, Ported(numbering.ported), "380501234567", "25503")
    assert numbering.place("380501234567").operator == "KYIVSTAR"


def test_nobody_believes_a_country_that_does_not_exist(numbering):
    learn(numbering, Ported(numbering.ported), PHONE, "99901")
    assert numbering.place(PHONE).operator == "MTS"
    assert place_in("99901", "hlr") is None


def test_the_oldest_is_forgotten_when_there_is_no_room(numbering):
    ported = Ported(numbering.ported, most=2)
    for n in (1, 2, 1, 3):
        learn(numbering, ported, a_phone(n), TELE2)
    assert sorted(numbering.ported) == [a_phone(1), a_phone(3)]


def test_what_was_learned_too_long_ago_is_forgotten(numbering):
    ported = Ported(numbering.ported)
    learn(numbering, ported, a_phone(1), TELE2, NOW)
    learn(numbering, ported, a_phone(2), TELE2, NOW + 5)
    ported.forget(NOW + 5)
    assert list(numbering.ported) == [a_phone(2)]
    ported.forget(NOW + 6)
    assert numbering.ported == {}


def test_admission_prices_a_ported_number_by_its_new_network(numbering):
    learn(numbering, Ported(numbering.ported), PHONE, TELE2)
    prices = {(Service.SMS, "RU", "MTS"): 270, (Service.SMS, "RU", "TELE2"): 230}
    [draft] = admit(an_order("Привет", PHONE), an_account(prices=prices), numbering, NOW).drafts
    assert (draft.operator, draft.price) == ("TELE2", 230)
