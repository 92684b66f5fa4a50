"""Receipts as carriers spell them."""

import pytest

from lotsman.smpp import receipt_text
from lotsman.smpp.receipt_text import Receipt, moment, parse, stamp, write

D = "2401011200"
SPELLINGS = [
    # the text, and what must be understood; of the fields not named, nothing is demanded
    ("id:7F000001 sub:001 dlvrd:001 submit date:2401011200 done date:2401011201 stat:DELIVRD err:000 text:hello",
     {"id": "7F000001", "sub": "001", "dlvrd": "001", "submit_date": D, "done_date": "2401011201",
      "stat": "DELIVRD", "err": "000", "text": "hello"}),
    ("id:0123456789 sub:001 dlvrd:001 submit date:240101120059 done date:240101120101 stat:DELIVRD err:000 Text:",
     {"id": "0123456789", "submit_date": "240101120059", "done_date": "240101120101", "text": ""}),
    (("id:a29f6845555647139e5c8f3b817f2c9a sub:001 dlvrd:001 submit date:141023215253 done date:141023215259 "
     "stat:DELIVRD err:000 text:"), {"id": "a29f6845555647139e5c8f3b817f2c9a"}),
    (("id:ce5bc5a9-4f7d-4282-9244-2e1022a9335c sub:000 dlvrd:000 submit date:180903120815 done date:180903120816 "
     "DELIVRD err:000 Text:"), {"stat": "DELIVRD", "done_date": "180903120816", "err": "000", "text": ""}),
    ("id:dbd1d8e8-d2a4-4efe-b508-60761b1ae484 submit date:201906190720 done date:201906190720 stat:EXPIRED err:030",
     {"stat": "EXPIRED", "err": "030", "submit_date": "201906190720", "sub": "", "text": ""}),
    (("id:rdwjwxns18krxr9936ey96ymcw sub:000 dlvrd:000 submit date:180711070003912+ done date:180711070000012+ "
     "stat:UNDELIV err:000"), {"submit_date": "180711070003912+", "stat": "UNDELIV"}),
    ("id:1526758174 submit date:1701240904 done date:1701240904 stat:DELIVRD err:000 text:hellow",
     {"id": "1526758174", "dlvrd": "", "text": "hellow"}),
    ("id:0654354026 submit date:2302101454 done date:2302101454 stat:DELIVRD err:000",
     {"id": "0654354026", "err": "000"}),
    (("id:117062714244798261 sub:001 dlvrd:001 submit date:1706271624 done date:1706271624 stat:DELIVRD err:0000 "
     "text:H\x1bello world"), {"err": "0000", "text": "H\x1bello world"}),
    ("ID:123 SUB:001 DLVRD:001 SUBMIT DATE:2401011200 DONE DATE:2401011201 STAT:DELIVRD ERR:000 TEXT:HI",
     {"id": "123", "submit_date": D, "stat": "DELIVRD", "text": "HI"}),
    ("Id:123 Sub:001 Dlvrd:001 Submit Date:2401011200 Done Date:2401011201 Stat:delivrd Err:000 Text:hi",
     {"id": "123", "stat": "DELIVRD"}),
    ("id: 123 sub: 001 dlvrd: 001 submit date: 2401011200 done date: 2401011201 stat: DELIVRD err: 0 text: hi",
     {"id": "123", "submit_date": D, "stat": "DELIVRD", "err": "0", "text": "hi"}),
    ("id :123 stat :DELIVRD err :000", {"id": "123", "stat": "DELIVRD", "err": "000"}),
    ("id:123  sub:001  dlvrd:001  submit date:2401011200  done date:2401011201  stat:DELIVRD  err:000  text:hi ",
     {"id": "123", "sub": "001", "text": "hi"}),
    ("id:123\nsub:001\ndlvrd:001\nsubmit date:2401011200\ndone date:2401011201\nstat:DELIVRD\nerr:000\ntext:hi",
     {"id": "123", "sub": "001", "stat": "DELIVRD", "text": "hi"}),
    ("id:123,sub:001,dlvrd:001,submit date:2401011200,done date:2401011201,stat:DELIVRD,err:000,text:hi",
     {"id": "123", "sub": "001", "stat": "DELIVRD", "err": "000"}),
    ("id:123;stat:DELIVRD;err:000;", {"id": "123", "stat": "DELIVRD", "err": "000"}),
    ("id:123 submit_date:2401011200 done_date:2401011201 stat:DELIVRD err:000",
     {"submit_date": D, "done_date": "2401011201"}),
    ("id:123 submitdate:2401011200 donedate:2401011201 stat:DELIVRD err:000",
     {"submit_date": D, "done_date": "2401011201"}),
    ("id:123 submit date:2024-01-01 12:00:00 done date:2024-01-01 12:01:00 stat:DELIVRD err:000",
     {"submit_date": "2024-01-01 12:00:00", "done_date": "2024-01-01 12:01:00", "stat": "DELIVRD"}),
    ("stat:UNDELIV err:001 id:123 text:hi", {"id": "123", "stat": "UNDELIV", "err": "001", "text": "hi"}),
    ("text:hi id:123 stat:DELIVRD err:000", {"id": "123", "stat": "DELIVRD", "text": "hi"}),
    ("id:123 text:well, hello: world text:2 stat:REJECTD err:011",
     {"id": "123", "text": "well, hello: world text:2", "stat": "REJECTD", "err": "011"}),
    ("id:123 id:456 stat:DELIVRD stat:REJECTD err:000", {"id": "123", "stat": "DELIVRD", "err": "000"}),
    ("id:123 stat:DELIVRD (ok) err:000", {"stat": "DELIVRD", "err": "000"}),
    ("id:123 text:hello: world stat:REJECTD err:011",
     {"id": "123", "text": "hello: world", "stat": "REJECTD", "err": "011"}),
    (("id:123 sub:001 dlvrd:001 submit date:2401011200 done date:2401011201 stat:DELIVRD err:000 "
     "Text:id:999 stat:REJECTD err:777"), {"id": "123", "stat": "DELIVRD", "text": "id:999 stat:REJECTD err:777"}),
    ("id:123 stat:DELIVRD err:000 text:Ваш код: 1234 err:5", {"err": "000", "text": "Ваш код: 1234 err:5"}),
    (("id:123 sub:001 dlvrd:001 submit date:2401011200 done date:2401011201 stat:DELIVRD err:000 network:25001 "
     "price:0.5 text:hi"), {"err": "000", "text": "hi", "extra": {"network": "25001", "price": "0.5"}}),
    (("id:855469 stat:DELIVRD err:000 imsi:250023012345678 msc:79232510066 mcc:250 mnc:02 cn:Russian+Federation "
     "net:MegaFON+open+Joint+Stock+Company rcn: rnet:"),
     {"id": "855469", "stat": "DELIVRD", "extra": {
         "imsi": "250023012345678", "msc": "79232510066", "mcc": "250", "mnc": "02", "cn": "Russian Federation",
         "net": "MegaFON open Joint Stock Company", "rcn": "", "rnet": ""}}),
    (("id:855470 stat:DELIVRD err:000 imsi: msc: mcc:250 mnc:99 cn:%D0%A0%D0%BE%D1%81%D1%81%D0%B8%D1%8F "
     "net:%D0%91%D0%B8%D0%BB%D0%B0%D0%B9%D0%BD rcn:Turkey rnet:Turkcell"),
     {"extra": {"imsi": "", "msc": "", "mcc": "250", "mnc": "99", "cn": "Россия", "net": "Билайн", "rcn": "Turkey",
                "rnet": "Turkcell"}}),
    ("id:123 stat:DELIVERED err:0", {"stat": "DELIVRD"}),
    ("id:123 stat:Undelivered err:17", {"stat": "UNDELIV"}),
    ("id:123 status:REJECTED error:17", {"stat": "REJECTD", "err": "17"}),
    ("id:123 stat:FAILED err:17", {"stat": "FAILED"}),
    ("stat:DELIVRD err:000", {"id": "", "stat": "DELIVRD"}),
    ("id:123 err:000", {"id": "123", "stat": "", "err": "000"}),
    ("id:123 sub:001 dlvrd:001 submit date: done date: stat:DELIVRD err: text:",
     {"id": "123", "submit_date": "", "done_date": "", "stat": "DELIVRD", "err": ""}),
    ("id:123 sub:001 dlvrd:000 submit date:2401011200 done date:2401011201 stat:UNDELIV err:0x1F text:hi",
     {"err": "0x1F", "stat": "UNDELIV"}),
    ("id:smsc1:00:7F sub:001 dlvrd:001 submit date:2401011200 done date:2401011201 stat:DELIVRD err:000 text:hi",
     {"id": "smsc1:00:7F", "stat": "DELIVRD"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "understood"), SPELLINGS)
def test_a_receipt_is_understood_however_it_is_spelt(text, understood):
    receipt = parse(text)
    assert receipt is not None
    assert {name: getattr(receipt, name) for name in understood} == understood


@pytest.mark.parametrize(
    "text",
    ["", "hello", "Ваш код: 1234", "STOP", "sub:001 dlvrd:001", "id:", "see http://example.com", ": : :", "\0" * 9],
)  # fmt: skip
def test_what_names_neither_an_id_nor_a_state_is_no_receipt(text):
    assert parse(text) is None


def test_the_usual_spelling_means_the_same_by_either_way():
    usual = SPELLINGS[0][0]
    assert parse(usual) == receipt_text._parse_unusual(usual)


def test_what_is_written_is_read_back():
    receipt = Receipt("7F000001", "UNDELIV", "011", D, "2401011201", "001", "000", "id:9 stat:DELIVRD")
    assert parse(write(receipt)) == receipt
    assert write(receipt).startswith(
        "id:7F000001 sub:001 dlvrd:000 submit date:2401011200 done date:2401011201 "
    )


def test_a_look_up_is_written_and_read_back():
    receipt = Receipt("855469", "DELIVRD", "000", extra={"mcc": "250", "cn": "Россия и Ко", "rcn": ""})
    assert write(receipt) == (
        "id:855469 stat:DELIVRD err:000 mcc:250 cn:%D0%A0%D0%BE%D1%81%D1%81%D0%B8%D1%8F+%D0%B8+%D0%9A%D0%BE rcn:"
    )
    assert parse(write(receipt)) == receipt


def test_only_twenty_characters_of_the_text_are_written():
    receipt = Receipt("1", "DELIVRD", "000", D, D, "001", "001", "x" * 50)
    assert write(receipt).endswith(" text:" + "x" * 20)


@pytest.mark.parametrize(
    "receipt",
    [
        Receipt("", "DELIVRD", "000", D, D, "001", "001"),
        Receipt("1 2", "DELIVRD", "000", D, D, "001", "001"),
        Receipt("1:2", "DELIVRD", "000", D, D, "001", "001"),
        Receipt("1", "DELIVRD", "000", "yesterday", D, "001", "001"),
        Receipt("1", "DELIVRD", "000", D, D, "", "001"),
    ],
)
def test_what_would_not_be_understood_is_not_written(receipt):
    with pytest.raises(ValueError, match="cannot stand in a receipt"):
        write(receipt)


@pytest.mark.parametrize(
    ("date", "iso"),
    [
        ("2401011200", "2024-01-01T12:00:00"),
        ("240101120030", "2024-01-01T12:00:30"),
        ("201906190720", "2019-06-19T07:20:00"),
        ("20240101120030", "2024-01-01T12:00:30"),
        ("2024-01-01 12:00:30", "2024-01-01T12:00:30"),
    ],
)
def test_dates_of_receipts_have_four_lengths(date, iso):
    from datetime import datetime

    expected = int(datetime.fromisoformat(iso + "+00:00").timestamp()) * 1000
    assert moment(date) == expected
    assert moment(date, offset_minutes=180) == expected - 3 * 3600 * 1000


@pytest.mark.parametrize("date", ["", "0", "2413011200", "000000000000", "yesterday", "2" * 30])
def test_what_is_no_date_is_none(date):
    assert moment(date) is None


def test_a_stamp_is_a_date_of_a_receipt():
    assert stamp(1_704_110_400_000) == "2401011200"
    assert stamp(1_704_110_400_000, 180) == "2401011500"
    assert moment(stamp(1_704_110_400_000)) == 1_704_110_400_000


def test_a_long_hostile_text_takes_no_long_time():
    for text in (
        "id:" * 20_000,
        "a " * 30_000,
        "submit " * 9_000,
        "x" * 60_000,
        " :" * 30_000,
        "text:" * 12_000,
    ):
        parse(text)
