import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.domain.def_plan import MAX_BAD, BadLine, PlanRange, brand, read

HEADER = "\ufeffАВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН"


def read_all(*lines):
    bad = []
    return list(read(lines, bad)), bad


def test_a_file_of_today_is_read():
    ranges, bad = read_all(
        HEADER + "\r\n",
        '900;0000000;0061999;62000;ООО "Т2 МОБАЙЛ";Краснодарский край;Краснодарский край;7743895280\r\n',
        '900;0300000;0499999;200000;ООО "ЕКАТЕРИНБУРГ-2000";Свердловская обл.;Свердловская область;6661079603\r\n',
        '986;3319000;3329999;11000;ООО "МИАТЕЛ";-;Город Москва, Московская область;7841482919\r\n',
    )
    assert bad == []
    assert ranges == [
        PlanRange(79000000000, 79000061999, "TELE2", "Краснодарский край"),
        PlanRange(79000300000, 79000499999, "MOTIV", "Свердловская обл."),
        PlanRange(79863319000, 79863329999, "MIATEL", "Город Москва, Московская область"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        '916;0000000;9999999;10000000;ПАО "Мобильные ТелеСистемы";г. Москва',  # before 2020: six columns
        '916\t;\t0000000\t;\t9999999\t;\t10000000\t;\tОАО "Мобильные ТелеСистемы"\t;\tг. Москва\t',
        '916;0;9999999;10000000;ПАО "МТС";г. Москва',  # leading zeros lost in a spreadsheet
        '"916";"0000000";"9999999";"10000000";"ПАО ""МТС""";"г. Москва"',
        '916;0000000;9999999;;ПАО "МТС";г. Москва;x;y;z;and;more',
        "916;0000000;9999999;1;ПАО «МТС»;г. Москва",
    ],
)
def test_older_and_resaved_files_say_the_same(line):
    ranges, bad = read_all("АВС/ DEF;От;До;Емкость;Оператор;Регион", line)
    assert bad == []
    assert ranges == [PlanRange(79160000000, 79169999999, "MTS", "г. Москва")]


def test_files_glued_together_and_files_without_a_header_are_read():
    line = '916;0000000;0000009;10;ПАО "МТС";Москва'
    assert len(read_all(HEADER, line, "", HEADER, line, "   ")[0]) == 2
    assert len(read_all("\ufeff" + line)[0]) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("<html>", "1 cells, at least 5 expected"),
        ("91;0;9;10;МТС;Москва", "code '91' is not three digits"),
        ("9I6;0;9;10;МТС;Москва", "code '9I6' is not three digits"),
        ("٩١٦;0;9;10;МТС;Москва", "code '٩١٦' is not three digits"),
        ("916;0;12345678;10;МТС;Москва", "range '0' - '12345678' is not two numbers of up to seven digits"),
        ("916;;9;10;МТС;Москва", "range '' - '9' is not two numbers of up to seven digits"),
        ("916;-1;9;10;МТС;Москва", "range '-1' - '9' is not two numbers of up to seven digits"),
        ("916;9;0;10;МТС;Москва", "range 9 - 0 ends before it starts"),
        ("916;0;9;10; ;Москва", "operator is empty"),
        ('916;0;9;10;"";Москва', "operator is empty"),
        ("916;0;9;10;№;Москва", "operator is empty"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_rest_is_read(line, reason):
    good = '916;0000000;0000009;10;ПАО "МТС";Москва'
    ranges, bad = read_all(HEADER, good, line, good)
    assert len(ranges) == 2
    assert bad == [BadLine(3, reason)]


def test_an_unclosed_quote_spoils_its_own_line_only():
    good = '916;0000000;0000009;10;ПАО "МТС";Москва'
    ranges, bad = read_all(HEADER, '916;0;9;10;"ПАО МТС;Москва', '"916;0;9;10;МТС;Москва', good)
    assert ranges[-1] == PlanRange(79160000000, 79160000009, "MTS", "Москва")
    assert [line.number for line in bad] == [3]


def test_a_quoted_cell_too_large_for_the_csv_reader_is_read_without_it():
    ranges, bad = read_all('916;0;9;10;"' + "x" * 200_000)
    assert ranges[0].operator == "X" * 32
    assert bad == []


def test_a_file_of_another_kind_does_not_fill_the_memory():
    ranges, bad = read_all(*["not a plan"] * (MAX_BAD + 500))
    assert ranges == []
    assert len(bad) == MAX_BAD


@pytest.mark.parametrize(
    ("company", "operator"),
    [
        ('ПАО "Мобильные ТелеСистемы"', "MTS"),
        ("ПУБЛИЧНОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО МТС", "MTS"),
        ('ПАО "Вымпел-Коммуникации"', "BEELINE"),
        ('ПАО "Вымпел - Коммуникации"', "BEELINE"),
        ('ПАО "ВЫМПЕЛКОМ"', "BEELINE"),
        ('ПАО "МегаФон"', "MEGAFON"),
        ('АО "МОБИКОМ ВОЛГА"', "MEGAFON"),
        ('ООО "Скартел"', "YOTA"),
        ('ООО "Т2 Мобайл"', "TELE2"),
        ('АО "РТ-Мобайл"', "TELE2"),
        ('АО "Теле2-Санкт-Петербург"', "TELE2"),
        ("Телеком Евразия", "TELE2"),
        ("ЕКАТЕРИНБУРГ-2000", "MOTIV"),
        ('ООО"ЕКАТЕРИНБУРГ-2000"', "MOTIV"),
        ('ООО "Тинькофф Мобайл"', "TINKOFF"),
        ('ООО "Сбербанк-Телеком"', "SBERMOBILE"),
        ('ПАО "Ростелеком"', "ROSTELECOM"),
        (
            "ГОСУДАРСТВЕННОЕ УНИТАРНОЕ ПРЕДПРИЯТИЕ ДОНЕЦКОЙ НАРОДНОЙ РЕСПУБЛИКИ «РЕСПУБЛИКАНСКИЙ ОПЕРАТОР СВЯЗИ»",
            "PHOENIX",
        ),
    ],
)
def test_a_company_is_called_by_its_brand(company, operator):
    assert brand(company) == operator


@pytest.mark.parametrize(
    ("company", "operator"),
    [
        ('ООО "СИМ ТЕЛЕКОМ"', "SIM TELEKOM"),
        ('ООО ИК "СИБИНТЕК"', "SIBINTEK"),
        ("МИНЦИФРЫ РОССИИ", "MINTSIFRY ROSSII"),
        ('ООО "Центр 2М"', "TSENTR 2M"),
        ('АО "Ёлка, ёлка; и Co"', "ELKA ELKA I CO"),
        ('ООО "Мегафонщик"', "MEGAFONSCHIK"),  # looks like a brand and is not
    ],
)
def test_an_unknown_company_keeps_its_own_name_in_latin_letters(company, operator):
    assert brand(company) == operator


def test_a_name_stays_short_however_long_the_company():
    assert len(brand("А Б" * 100_000)) <= 32
    assert len(brand("«" * 1_000_000 + "А")) <= 32


@given(st.lists(st.text(alphabet=st.sampled_from('916 ;0"«»\t,-АяZ\x00\ufeff'))))
def test_any_lines_are_read_without_raising(lines):
    ranges, bad = read_all(*lines)
    assert len(ranges) + len(bad) <= len(lines)
    for start, end, operator, _region in ranges:
        assert 70000000000 <= start <= end <= 79999999999
        assert operator.isascii()
        assert "," not in operator
