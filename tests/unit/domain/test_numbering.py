import random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain import russia
from lotsman.domain.def_plan import PlanRange
from lotsman.domain.numbering import NOWHERE, Numbering, Place, ask_library

OWN = Numbering()


@pytest.mark.parametrize(
    ("msisdn", "operator", "mccmnc"),
    [
        ("79087964781", "TELE2", "25020"),
        ("79161234567", "MTS", "25001"),
        ("79031234567", "BEELINE", "25099"),
        ("79251234567", "MEGAFON", "25002"),
        ("79998123456", "YOTA", "25011"),
        ("79991234567", "MEGAFON", "25002"),
        ("79781234567", "MTS", "25001"),
        ("79021234567", "TELE2", "25020"),
        ("79000300000", "MOTIV", "25035"),  # a piece cut out of Tele2's 900
        ("79000499999", "MOTIV", "25035"),
        ("79000500000", "TELE2", "25020"),
        ("79999299999", "TELE2", "25020"),
        ("79999300000", "YOTA", "25011"),
        ("79551234567", "", ""),  # shared out among dozens
        ("79071234567", "", ""),  # given to nobody yet
    ],
)
def test_a_russian_mobile_number_is_found_in_our_own_table(msisdn, operator, mccmnc):
    assert OWN.place(msisdn) == Place("RU", operator, mccmnc, "plan", "mobile")


@pytest.mark.parametrize(
    ("msisdn", "country", "operator", "kind"),
    [
        ("77011234567", "KZ", "KCELL", "mobile"),
        ("77771234567", "KZ", "BEELINE", "mobile"),
        ("77601234567", "KZ", "", "mobile"),
        ("77172123456", "KZ", "", "fixed"),
        ("79407123456", "AB", "AQUAFON", "mobile"),
        ("79409123456", "AB", "A-MOBILE", "mobile"),
        ("78402123456", "AB", "", "fixed"),
        ("74951234567", "RU", "", "fixed"),
        ("73431234567", "RU", "", "fixed"),
        ("78121234567", "RU", "", "fixed"),
        ("78001234567", "RU", "", "fixed"),
    ],
)
def test_the_rest_of_plus_seven_is_told_apart(msisdn, country, operator, kind):
    place = OWN.place(msisdn)
    assert (place.country, place.operator, place.kind) == (country, operator, kind)


def test_a_brand_has_the_code_of_its_own_country():
    assert OWN.place("77771234567").mccmnc == "40101"
    assert OWN.place("79031234567").mccmnc == "25099"


@pytest.mark.parametrize(
    ("msisdn", "country", "kind"),
    [
        ("380671234567", "UA", "mobile"),
        ("375291234567", "BY", "mobile"),
        ("998901234567", "UZ", "mobile"),
        ("996555123456", "KG", "mobile"),
        ("995555123456", "GE", "mobile"),
        ("84912345678", "VN", "mobile"),
        ("12125550123", "US", "unknown"),
        ("14165550123", "CA", "unknown"),
        ("447400123456", "GB", "mobile"),
        ("447781123456", "GG", "mobile"),
        ("39061234567", "IT", "fixed"),  # the zero belongs to the number
        ("393123456789", "IT", "mobile"),
        ("881612345678", NOWHERE, "mobile"),  # Iridium
    ],
)
def test_foreign_numbers_are_known_by_country(msisdn, country, kind):
    assert OWN.place(msisdn) == Place(country, "", "", "library", kind)


@pytest.mark.parametrize(
    "msisdn",
    [
        "76012345678",  # nobody's part of +7
        "71234567890",
        "99912345678",  # no such country
        "2101234567",
        "12125551",
        "10005550123",
        "3806712345678",  # one digit too many
        "4407400123456",  # a national zero after the country code
        "",
        "abc",
        "-5",
        "+",
        "7",
        "00000000",
        "9" * 5000,
        "٤٤٧٤٠٠١٢٣٤٥٦",
    ],
)
def test_what_no_plan_has_is_nowhere(msisdn):
    assert OWN.place(msisdn) is None


def test_an_imported_range_beats_our_own_table_to_the_digit():
    numbering = Numbering(
        [
            PlanRange(79161230000, 79161239999, "SIM TELEKOM", "Москва"),
            PlanRange(79090000000, 79099999999, "BEELINE", ""),
            PlanRange(74951110000, 74951119999, "MTS", "Москва"),
        ]
    )
    assert numbering.place("79161229999") == Place("RU", "MTS", "25001", "plan", "mobile")
    assert numbering.place("79161230000") == Place("RU", "SIM TELEKOM", "", "def", "mobile")
    assert numbering.place("79161239999") == Place("RU", "SIM TELEKOM", "", "def", "mobile")
    assert numbering.place("79161240000") == Place("RU", "MTS", "25001", "plan", "mobile")
    assert numbering.place("79091234567") == Place("RU", "BEELINE", "25099", "def", "mobile")
    assert numbering.place("74951115555") == Place("RU", "MTS", "25001", "def", "fixed")
    assert numbering.place("74951125555") == Place("RU", "", "", "library", "fixed")


def test_where_imported_ranges_overlap_the_earlier_keeps_its_numbers():
    numbering = Numbering(
        [
            PlanRange(79160000500, 79160001999, "B", ""),
            PlanRange(79160000000, 79160000999, "A", ""),
            PlanRange(79160000100, 79160000200, "C", ""),
        ]
    )
    found = {
        tail: numbering.place(f"7916000{tail}").operator for tail in ("0150", "0999", "1000", "1999", "2000")
    }
    assert found == {"0150": "A", "0999": "A", "1000": "B", "1999": "B", "2000": "MTS"}


def test_ranges_outside_plus_seven_are_cut_off():
    numbering = Numbering([PlanRange(1, 70000000001, "A", ""), PlanRange(79999999999, 89999999999, "B", "")])
    assert numbering.place("70000000001").operator == "A"
    assert numbering.place("79999999999").operator == "B"
    assert numbering.place("380671234567").country == "UA"


def test_equal_neighbours_take_one_place_however_many_lines_the_file_has():
    lines = [
        PlanRange(79160000000 + at * 100, 79160000099 + at * 100, "MTS", str(at)) for at in range(100_000)
    ]
    assert len(Numbering(lines)) == len(OWN) + 2  # 916 apart from 910-915 and 917-919


RANGES = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 60), st.sampled_from("ABC")).map(
        lambda drawn: PlanRange(79160000000 + drawn[0], 79160000000 + drawn[0] + drawn[1], drawn[2], "")
    ),
    max_size=12,
)


@given(RANGES)
def test_painting_agrees_with_looking_through_the_ranges_one_by_one(ranges):
    numbering = Numbering(ranges)
    owner = {}
    for start, end, operator, _region in sorted(ranges):
        for number in range(start, end + 1):
            owner.setdefault(number, operator)
    for number in range(79159999999, 79160000400):
        assert numbering.place(str(number)).operator == owner.get(number, "MTS")


def test_our_own_table_says_nothing_twice():
    digits = [prefix.digits for prefix in russia.prefixes()]
    assert len(digits) == len(set(digits))


def test_every_own_prefix_is_what_a_number_under_it_gets():
    rows = {prefix.digits: prefix for prefix in russia.prefixes()}
    for digits, prefix in rows.items():
        number = digits.ljust(11, "5")
        longest = max((other for other in rows if number.startswith(other)), key=len)
        place = OWN.place(number)
        assert (place.country, place.operator, place.kind) == rows[longest][1:]
        assert prefix.operator == prefix.operator.upper()


def test_networks_are_known_by_code_and_brands_by_country():
    assert russia.network("25001") == russia.Network("RU", "MTS")
    assert russia.network("25702") == russia.Network("BY", "MTS")
    assert russia.network("00000") is None
    assert russia.mccmnc_of("RU", "MEGAFON") == "25002"  # the first of its two
    assert russia.mccmnc_of("RU", "") == ""


def mobile_examples():
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        if example is not None:
            yield phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[1:]


def test_neighbours_of_a_mobile_number_share_its_answer():
    chance = random.Random(7)
    checked = 0
    for example in mobile_examples():
        for _ in range(3):
            tail = str(chance.randrange(10**4)).zfill(4)
            number = example[:-4] + tail
            place = ask_library(number)
            if place is None or not (place.kind == "mobile" or number[0] == "1"):
                continue
            neighbour = number[:-2] + str(chance.randrange(100)).zfill(2)
            assert ask_library(neighbour) == place
            checked += 1
    assert checked > 300


def test_remembering_changes_no_answer():
    numbering = Numbering()
    for example in mobile_examples():
        for number in (example, example[:-1] + "0", example[:-2], example, example + "1"):
            if not number.startswith("7"):
                assert numbering.place(number) == ask_library(number)
                assert numbering.place(number) == ask_library(number)


@pytest.mark.parametrize("digits", ["380", "39", "44", "1", "1264", "882", "290", "49"])
def test_validity_is_that_of_the_library(digits):
    chance = random.Random(1)
    for _ in range(150):
        number = digits + "".join(chance.choices("0123456789", k=chance.randint(6, 11)))
        if not 7 <= len(number) <= 15:
            continue
        parsed = phonenumbers.parse("+" + number)
        same = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == "+" + number
        assert (ask_library(number) is not None) == (same and phonenumbers.is_valid_number(parsed))


@given(st.text())
def test_any_text_has_a_place_or_none(text):
    assert OWN.place(text) is None or isinstance(OWN.place(text), Place)
