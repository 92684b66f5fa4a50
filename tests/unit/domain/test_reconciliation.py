import pytest

from lotsman.domain.parts import PartState
from lotsman.domain.reconciliation import BadList, CarrierLine, OurPart, Verdict, compare, read


def lines(text, **columns):
    return list(read(text.splitlines(keepends=True), columns))


def ours(state=PartState.DELIVERED, cost=1_500_000):
    return OurPart("A1", 1_000_001, 1, "79161234567", state, cost)


def test_columns_are_found_by_their_usual_names():
    assert lines("Message_ID,MSISDN,Status,Cost\nA1,+79161234567,DELIVRD,1.50\n") == [
        CarrierLine(2, "A1", "79161234567", True, 1_500_000)
    ]


def test_a_list_as_russian_spreadsheets_write_it():
    text = "\ufeffИдентификатор;Телефон;Статус;Цена\nA1;7 (916) 123-45-67;Не доставлено;1,5\n;;;\n"
    assert lines(text) == [CarrierLine(2, "A1", "79161234567", False, 1_500_000)]


def test_columns_of_other_names_are_named_by_whoever_asks():
    assert lines("a\tb\nX\tok\n", id="A", status="b") == [CarrierLine(2, "X", "", True, None)]


@pytest.mark.parametrize(
    ("text", "columns", "says"),
    [
        ("phone,status\n", {}, "line 1: no column of message ids"),
        ("id,status\n", {"price": "sum of it"}, "line 1: no column sum of it; there are id, status"),
        ("id,price\nA,1\n,2\n", {}, "line 3: no message id"),
        ("id,price\nA,much\n", {}, "line 2: not an amount"),
        ("", {}, "line 1: no column"),
    ],
)
def test_a_list_that_cannot_be_read_says_where(text, columns, says):
    with pytest.raises(BadList, match=says):
        lines(text, **columns)


@pytest.mark.parametrize(
    ("delivered", "price", "part", "verdict"),
    [
        (True, 1_500_000, ours(), Verdict.SAME),
        (True, 1_500_001, ours(), Verdict.SAME),  # rounded
        (True, 1_500_002, ours(), Verdict.PRICE),
        (True, None, ours(), Verdict.SAME),
        (True, 5, ours(cost=None), Verdict.SAME),
        (None, None, ours(PartState.TAKEN), Verdict.SAME),
        (False, 1_500_000, ours(), Verdict.STATUS),
        (True, 1_500_000, ours(PartState.FAILED), Verdict.STATUS),
        (True, 1_500_000, ours(PartState.TAKEN), Verdict.STATUS),  # its receipt never came
        (False, 1_500_000, ours(PartState.TAKEN), Verdict.SAME),
        (True, 1_500_000, None, Verdict.ONLY_THEIRS),
    ],
)
def test_a_line_is_compared_with_what_we_know(delivered, price, part, verdict):
    assert compare(CarrierLine(2, "A1", "79161234567", delivered, price), part) is verdict


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("1,50", 1_500_000),
        ("1 234,50", 1_234_500_000),
        ("1.50 руб.", 1_500_000),
        ('"1,234.50"', 1_234_500_000),
        ("", None),
    ],
)
def test_a_price_is_read_however_it_is_written(text, price):
    [line] = read(["id;price", f"A;{text}"], {})
    assert line.price == price


def test_a_number_that_means_another_state_at_another_carrier_is_no_delivery():
    [line] = read(["id;status", "A;1"], {})
    assert line.delivered is None
