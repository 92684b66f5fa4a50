"""The official Russian numbering plan: text lines of DEF-9xx.csv (and ABC-3xx, 4xx, 8xx) -> exact ranges with a brand.

The file: UTF-8 with or without a byte order mark, `;` between cells, blanks or tabs around them, and one header:
    АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН
Older files end at Регион, newer ones may grow to the right. Company names carry bare quotes (ООО "Т2 Мобайл").

Rule 1: a bad line never raises and never stops the rest: it goes to `bad` with its number and the reason.
Rule 2: a company without a known brand keeps its own name, transliterated: upper-case Latin like every operator name,
without the legal form, at most 32 characters, with no comma or quote that would break a text answer.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_BAD = 1000  # a file of another kind is bad from end to end; nobody reads further


class PlanRange(NamedTuple):
    start: int  # first number, eleven digits
    end: int  # last number, included
    operator: str
    region: str  # as the file has it, in Russian; "" when it has none


class BadLine(NamedTuple):
    number: int  # from 1
    reason: str


def read(lines: Iterable[str], bad: list[BadLine]) -> Iterator[PlanRange]:
    brands: dict[str, str] = {}  # some forty thousand lines name a few hundred companies
    for number, line in enumerate(lines, 1):
        cells = _cells(line)
        if not any(cells) or _is_header(cells):  # files glued together carry several headers
            continue
        found = _range(cells, brands)
        if isinstance(found, PlanRange):
            yield found
        elif len(bad) < MAX_BAD:
            bad.append(BadLine(number, found))


def brand(company: str) -> str:
    """The name on the wire: ПАО "Мобильные ТелеСистемы" -> MTS, ООО "Миател" -> MIATEL."""
    name = _trade_name(company[:_LONGEST_COMPANY])
    for known, pattern in _BRANDS:
        if pattern.fullmatch(name):
            return known
    return _latin(name)


_LONGEST_COMPANY = 200  # the longest real one has 108
_CODE, _FROM, _TO, _OPERATOR, _REGION, _TERRITORY = 0, 1, 2, 4, 5, 6
_DIGITS_OF_A_CODE = 3
_DIGITS_AFTER_IT = 7


def _cells(line: str) -> list[str]:
    line = line.lstrip("\ufeff").rstrip("\r\n")
    if line.startswith('"') or ';"' in line:  # a spreadsheet saved it again and quoted whole cells
        try:
            return [cell.strip() for cell in next(csv.reader([line], delimiter=";"), [])]
        except csv.Error:
            pass
    return [cell.strip() for cell in line.split(";")]


def _is_header(cells: list[str]) -> bool:
    return "DEF" in cells[0].upper() and not any(character.isdigit() for character in cells[0])


def _range(cells: list[str], brands: dict[str, str]) -> PlanRange | str:
    if len(cells) <= _OPERATOR:
        return f"{len(cells)} cells, at least {_OPERATOR + 1} expected"
    code, first, last, company = cells[_CODE], cells[_FROM], cells[_TO], cells[_OPERATOR]
    if not (_is_digits(code, _DIGITS_OF_A_CODE) and len(code) == _DIGITS_OF_A_CODE):
        return f"code {code[:20]!r} is not three digits"
    # A spreadsheet drops leading zeros: "0" stands for 0000000.
    if not (_is_digits(first, _DIGITS_AFTER_IT) and _is_digits(last, _DIGITS_AFTER_IT)):
        return f"range {first[:20]!r} - {last[:20]!r} is not two numbers of up to seven digits"
    base = int("7" + code) * 10**_DIGITS_AFTER_IT
    start, end = base + int(first), base + int(last)
    if end < start:
        return f"range {first} - {last} ends before it starts"
    operator = brands.get(company)
    if operator is None:
        operator = brands[company] = brand(company)
    if not operator:
        return "operator is empty"
    return PlanRange(start, end, operator, _region(cells))


def _is_digits(cell: str, longest: int) -> bool:
    return 0 < len(cell) <= longest and cell.isascii() and cell.isdecimal()


def _region(cells: list[str]) -> str:
    for column in (_REGION, _TERRITORY):  # newer files put "-" into the first for a tenth of the lines
        if column < len(cells) and cells[column] not in ("", "-"):
            return cells[column]
    return ""


_QUOTED = re.compile(r'["«“„](.+)["»”]')
_QUOTES = re.compile(r'["«»“”„\']')
_LEGAL_FORM = re.compile(
    r"\b(?:ПУБЛИЧНОЕ |ЗАКРЫТОЕ |ОТКРЫТОЕ |НЕПУБЛИЧНОЕ )?АКЦИОНЕРНОЕ ОБЩЕСТВО\b"
    r"|\bОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ\b|\b(?:ПАО|ОАО|ЗАО|НАО|АО|ООО|ФГУП|ГУП|ИК|НПО)\b"
)
_HYPHEN = re.compile(r"\s*[-‐‑–—]\s*")


def _trade_name(company: str) -> str:
    name = company.upper().replace("Ё", "Е")
    quoted = _QUOTED.search(name)
    name = quoted[1] if quoted else _LEGAL_FORM.sub(" ", name)
    return " ".join(_HYPHEN.sub("-", _QUOTES.sub(" ", name)).split())


# Brand, and the trade names that are it: present companies and those they grew out of.
_BRANDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (known, re.compile(pattern))
    for known, pattern in (
        ("MTS", r"МТС|МОБИЛЬНЫЕ ТЕЛЕСИСТЕМЫ"),
        ("BEELINE", r"ВЫМПЕЛКОМ|ВЫМПЕЛ-КОММУНИКАЦИИ"),
        ("MEGAFON", r"МЕГАФОН|МОБИКОМ.*|СОНИК ДУО"),
        ("YOTA", r"СКАРТЕЛ|ЙОТА"),
        ("TELE2", r"Т2 МОБАЙЛ|Т2 РТК ХОЛДИНГ|РТ-МОБАЙЛ|ТЕЛЕ2.*|ТЕЛЕКОМ ЕВРАЗИЯ|СКАЙ ЛИНК"),
        ("MOTIV", r"ЕКАТЕРИНБУРГ-2000"),
        ("ROSTELECOM", r"РОСТЕЛЕКОМ"),
        ("SBERMOBILE", r"СБЕРБАНК-ТЕЛЕКОМ|СБЕРМОБАЙЛ"),
        ("TINKOFF", r"ТИНЬКОФФ МОБАЙЛ|Т-МОБАЙЛ"),
        ("VTB MOBILE", r"ВТБ МОБАЙЛ"),
        ("GAZPROMBANK MOBILE", r"ГПБ МОБАЙЛ|ГАЗПРОМБАНК МОБАЙЛ"),
        ("ALFA-MOBILE", r"АЛЬФА-МОБАЙЛ"),
        ("LETAI", r"ТАТТЕЛЕКОМ"),
        ("VAINAH", r"ВАЙНАХ ТЕЛЕКОМ"),
        ("MTT", r"МТТ|МЕЖРЕГИОНАЛЬНЫЙ ТРАНЗИТТЕЛЕКОМ"),
        ("WIN MOBILE", r"К-ТЕЛЕКОМ"),
        ("VOLNA", r"КТК ТЕЛЕКОМ"),
        ("SEVMOBILE", r"СЕВАСТОПОЛЬ ТЕЛЕКОМ"),
        ("KRYMTELECOM", r"КРЫМТЕЛЕКОМ"),
        ("MIRANDA", r"МИРАНДА-МЕДИА"),
        ("MIRTELECOM", r"МИРТЕЛЕКОМ"),
        ("PHOENIX", r"РЕСПУБЛИКАНСКИЙ ОПЕРАТОР СВЯЗИ"),
        ("GLOBALSTAR", r"ГЛОБАЛТЕЛ"),
        ("IRIDIUM", r"ИРИДИУМ КОММЬЮНИКЕШЕНС"),
        ("GLONASS", r"ГЛОНАСС"),
        ("MATRIX", r"МАТРИКС ТЕЛЕКОМ"),
        ("LYCAMOBILE", r"ЛАЙКАМОБАЙЛ"),
    )
)

_LONGEST_NAME = 32
_TRANSLITERATION = str.maketrans("АБВГДЕЗИЙКЛМНОПРСТУФЫЭ", "ABVGDEZIYKLMNOPRSTUFYE") | str.maketrans(
    {
        "Ж": "ZH",
        "Х": "KH",
        "Ц": "TS",
        "Ч": "CH",
        "Ш": "SH",
        "Щ": "SCH",
        "Ъ": "",
        "Ь": "",
        "Ю": "YU",
        "Я": "YA",
    }
)
_UNSPEAKABLE = re.compile(r"[^A-Z0-9.&+-]+")


def _latin(name: str) -> str:
    spoken = _UNSPEAKABLE.sub(" ", name.translate(_TRANSLITERATION))
    return " ".join(spoken.split())[:_LONGEST_NAME].rstrip()
