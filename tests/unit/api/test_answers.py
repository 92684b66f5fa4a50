import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotsman.api import charset as charsets
from lotsman.api.v1.answers.render import RENDERERS, RULES, Style, render
from lotsman.api.v1.answers.shapes import Failure, Listing, Record, Registered, Scalar
from lotsman.domain.refusals import Refusal

DEFAULT_COLUMNS = ("server_id", "phone", "price", "status")
FORMATS = ("text", "xml", "json", "v")


def said(answer, form, lang="en", charset="utf-8"):
    """The body as text"""
    found = charsets.find(charset)
    return found.decode(render(answer, Style(form, lang, found))[1])


def sent(*rows, cost, balance):
    return Listing(
        "send",
        DEFAULT_COLUMNS,
        rows,
        value="\n".join(row[0] for row in rows),
        headline=f"SUCCESS=SMS SENT {cost}/{balance}",
        totals=[("balance", balance), ("cost", cost)],
    )


def checked(*rows, columns=DEFAULT_COLUMNS):
    return Listing("check", columns, rows, value="\n".join(row[-1] for row in rows))


INFO = (
    ("id", "5671"),
    ("tariff_id", "5"),
    ("email", "info@example.com"),
    ("name", "Иванов Сергей Николаевич"),
    ("phone", "79087964781"),
    ("balance", "2934.76"),
    ("date", "2010-06-03 09:45:41"),
    ("default_sender", "INFORM"),
    ("senders", "79021121075,79087964781,INFORM,test"),
)


def info(*fields):
    return Record("info", "SUCCESS=APIKEY INFO", fields, value=dict(fields)["email"])


def inbound(*rows):
    return Listing(
        "inbound",
        ("id", "phone", "num", "text", "created", "seen"),
        rows,
        value="\n".join(row[3] for row in rows),
        body="text",
        quoted=frozenset({"text", "created"}),
    )


# ---- API-1 §1: send --------------------------------------------------------------------------------------------------


def test_send_in_text():
    answer = sent(
        ("4566", "79087964782", "0.60", "0"),
        ("4568", "79161231212", "0.29", "0"),
        cost="0.89",
        balance="320.50",
    )
    assert (
        said(answer, "text")
        == "SUCCESS=SMS SENT 0.89/320.50\n4566,79087964782,0.60,0\n4568,79161231212,0.29,0"
    )


def test_send_in_xml():
    answer = sent(("9316848", "79087964781", "0.43", "0"), cost="0.43", balance="2936.81")
    assert said(answer, "xml") == (
        '<send balance="2936.81" cost="0.43">\n'
        '<sms server_id="9316848" phone="79087964781" price="0.43" status="0"/>\n'
        "</send>"
    )


def test_send_in_json():
    answer = sent(("9316849", "79087964781", "1.31", "0"), cost="1.31", balance="2935.50")
    assert said(answer, "json") == (
        '{"send":[{"server_id":"9316849","phone":"79087964781","price":"1.31","status":"0"}],'
        '"balance":"2935.50","cost":"1.31"}'
    )


def test_send_as_a_value():
    answer = sent(("9316849", "79087964781", "1.31", "0"), cost="1.31", balance="2935.50")
    assert said(answer, "v") == "9316849"


def test_send_to_many_as_a_value_is_one_id_per_line():
    answer = sent(
        ("1", "79087964781", "1.00", "0"), ("2", "79087964782", "1.00", "0"), cost="2.00", balance="5.00"
    )
    assert said(answer, "v") == "1\n2"


def test_an_unregistered_sender_in_text():
    assert said(Failure(Refusal.SENDER_UNREGISTERED), "text") == "ERROR=204: SENDER (FROM) UNREGISTERED"


def test_an_invalid_phone_in_every_format():
    answer = Failure(Refusal.PHONE_INVALID)
    assert said(answer, "xml") == (
        "<error><code>111</code><description>Invalid phone</description>"
        "<description_ru>Неправильный номер телефона</description_ru></error>"
    )
    assert said(answer, "json") == (
        '{"error":{"code":"111","description":"Invalid phone","description_ru":"Неправильный номер телефона"}}'
    )
    assert said(answer, "v", "ru") == "Неправильный номер телефона"
    assert said(answer, "v", "en") == "Invalid phone"
    assert said(answer, "text", "ru") == "ERROR=111: Неправильный номер телефона"


def test_no_money_as_a_value():
    assert said(Failure(Refusal.NO_MONEY), "v", "ru") == "Нет денег"


# ---- API-1 §1.3, §3: one value ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "body"),
    [("text", "0.89"), ("xml", "<cost>0.89</cost>"), ("json", '{"cost":"0.89"}'), ("v", "0.89")],
)
def test_cost(form, body):
    assert said(Scalar("cost", "0.89"), form) == body


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("text", "2934.76"),
        ("xml", "<balance>2934.76</balance>"),
        ("json", '{"balance":"2934.76"}'),
        ("v", "2934.76"),
    ],
)
def test_balance(form, body):
    assert said(Scalar("balance", "2934.76"), form) == body


# ---- API-1 §2, §6.2: check -------------------------------------------------------------------------------------------


def test_check_in_text():
    answer = checked(("4566", "79087964782", "0.29", "-1"), ("4567", "79131231212", "1.20", "2"))
    assert said(answer, "text") == "4566,79087964782,0.29,-1\n4567,79131231212,1.20,2"


def test_check_in_xml_and_json():
    answer = checked(("4566", "79131437355", "1.31", "1"), ("4577", "79087964781", "0.00", "-2"))
    assert said(answer, "xml") == (
        "<check>\n"
        '<sms server_id="4566" phone="79131437355" price="1.31" status="1"/>\n'
        '<sms server_id="4577" phone="79087964781" price="0.00" status="-2"/>\n'
        "</check>"
    )
    assert said(answer, "json") == (
        '{"check":[{"server_id":"4566","phone":"79131437355","price":"1.31","status":"1"},'
        '{"server_id":"4577","phone":"79087964781","price":"0.00","status":"-2"}]}'
    )


def test_check_as_a_value():
    assert said(checked(("4566", "79131437355", "1.31", "2")), "v") == "2"


def test_an_unknown_message_as_a_value():
    assert said(Failure(Refusal.SERVER_ID_NOT_FOUND), "v") == "SMS server_id not found"


def test_check_of_an_hlr_request_has_its_attributes():
    columns = (*DEFAULT_COLUMNS, "imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet")
    row = (
        "4566", "79131437355", "0.17", "2", "250203122060176", "790434", "250", "20", "Russia", "Tele2", "", ""
    )  # fmt: skip
    assert said(checked(row, columns=columns), "json") == (
        '{"check":[{"server_id":"4566","phone":"79131437355","price":"0.17","status":"2",'
        '"imsi":"250203122060176","msc":"790434","mcc":"250","mnc":"20","cn":"Russia","net":"Tele2",'
        '"rcn":"","rnet":""}]}'
    )


def test_nothing_to_list():
    assert said(checked(), "text") == ""
    assert said(checked(), "xml") == "<check>\n</check>"
    assert said(checked(), "json") == '{"check":[]}'
    assert said(checked(), "v") == ""


# ---- API-1 §4: info --------------------------------------------------------------------------------------------------


def test_info_in_text():
    answer = info(*INFO[:8], ("any_sender", "0"), INFO[8])
    assert said(answer, "text") == (
        "SUCCESS=APIKEY INFO\n"
        "id=5671\n"
        "tariff_id=5\n"
        "email=info@example.com\n"
        "name=Иванов Сергей Николаевич\n"
        "phone=79087964781\n"
        "balance=2934.76\n"
        "date=2010-06-03 09:45:41\n"
        "default_sender=INFORM\n"
        "any_sender=0\n"
        "senders=79021121075,79087964781,INFORM,test"
    )


def test_info_in_xml():
    assert said(info(*INFO), "xml") == (
        "<info>\n"
        "<id>5671</id>\n"
        "<tariff_id>5</tariff_id>\n"
        "<email>info@example.com</email>\n"
        "<name>Иванов Сергей Николаевич</name>\n"
        "<phone>79087964781</phone>\n"
        "<balance>2934.76</balance>\n"
        "<date>2010-06-03 09:45:41</date>\n"
        "<default_sender>INFORM</default_sender>\n"
        "<senders>79021121075,79087964781,INFORM,test</senders>\n"
        "</info>"
    )


def test_info_in_json_stands_without_a_name_around_it():
    assert said(info(*INFO), "json") == (
        '{"id":"5671","tariff_id":"5","email":"info@example.com","name":"Иванов Сергей Николаевич",'
        '"phone":"79087964781","balance":"2934.76","date":"2010-06-03 09:45:41","default_sender":"INFORM",'
        '"senders":"79021121075,79087964781,INFORM,test"}'
    )


def test_info_as_a_value():
    assert said(info(*INFO), "v") == "info@example.com"


# ---- API-1 §5: inbound -----------------------------------------------------------------------------------------------

INBOUND = inbound(
    ("6061", "79087964781", "79021121075", "5671 test", "2014-10-20 19:11:21", "0"),
    ("6060", "79087964781", "79021121075", "5671 test\nLine2", "2014-10-20 19:10:30", "1"),
)


def test_inbound_in_text_is_one_line_per_message_with_seen_outside_the_quotes():
    assert said(INBOUND, "text") == (
        '6061,79087964781,79021121075,"5671 test","2014-10-20 19:11:21",0\n'
        '6060,79087964781,79021121075,"5671 test\\nLine2","2014-10-20 19:10:30",1'
    )


def test_inbound_in_xml_has_the_text_inside_the_element():
    assert said(INBOUND, "xml") == (
        "<inbound>\n"
        '<sms id="6061" phone="79087964781" num="79021121075" created="2014-10-20 19:11:21" seen="0">'
        "5671 test</sms>\n"
        '<sms id="6060" phone="79087964781" num="79021121075" created="2014-10-20 19:10:30" seen="1">'
        "5671 test\nLine2</sms>\n"
        "</inbound>"
    )


def test_inbound_in_json():
    assert said(INBOUND, "json") == (
        '{"inbound":[{"id":"6061","phone":"79087964781","num":"79021121075","text":"5671 test",'
        '"created":"2014-10-20 19:11:21","seen":"0"},'
        '{"id":"6060","phone":"79087964781","num":"79021121075","text":"5671 test\\nLine2",'
        '"created":"2014-10-20 19:10:30","seen":"1"}]}'
    )


# ---- values that hold anything ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("plain text; 100%", "plain text; 100%"),
        ("", ""),
        ("a,b", '"a,b"'),
        ('say "hi"', '"say ""hi"""'),
        ("two\nlines", '"two\\nlines"'),
        ("two\r\nlines", '"two\\nlines"'),
        ("old\rmac", '"old\\nmac"'),
    ],
)
def test_a_text_row_quotes_only_what_needs_it(value, cell):
    answer = checked(("1", value, "0"), columns=("server_id", "message", "status"))
    assert said(answer, "text") == f"1,{cell},0"


def test_a_name_with_a_line_break_adds_no_line_to_the_info():
    answer = Record("info", "SUCCESS=APIKEY INFO", [("name", "Evil\r\nbalance=1000000")], value="")
    assert said(answer, "text") == "SUCCESS=APIKEY INFO\nname=Evil\\nbalance=1000000"


def test_xml_escapes_markup_quotes_and_line_breaks():
    answer = checked(("""<&>"'\t\r\n""",), columns=("message",))
    assert said(answer, "xml") == ('<check>\n<sms message="&lt;&amp;&gt;&quot;\'&#9;&#13;&#10;"/>\n</check>')


def test_percent_signs_are_only_percent_signs():
    answer = checked(("100% %s",), columns=("message",))
    assert 'message="100% %s"' in said(answer, "xml")
    assert '"message":"100% %s"' in said(answer, "json")


ANYTHING = st.text(st.characters(exclude_categories=[]) | st.sampled_from('\x00\x1b"<&>\r\n\t\\,%\ufffe'))
CHARSETS = st.sampled_from(["utf-8", "windows-1251", "koi8-r", "utf-16le", "utf-16", "us-ascii", "big5"])
PRINTED = st.text(st.characters(exclude_categories=["C"]))


@given(ANYTHING, CHARSETS)
def test_xml_is_well_formed_whatever_it_holds(value, charset):
    row = ("7", value, value)
    answer = Listing("inbound", ("id", "text", "num"), [row], "", totals=[("note", value)], body="text")
    for some in (answer, Record("info", "", [("name", value)], ""), Scalar("cost", value)):
        ET.fromstring(said(some, "xml", "en", charset).split("?>\n")[-1])


@given(PRINTED, CHARSETS)
def test_xml_gives_back_what_it_was_given(value, charset):
    answer = Listing("inbound", ("id", "text"), [(value, value)], "", body="text")
    sms = ET.fromstring(said(answer, "xml", "en", charset).split("?>\n")[-1])[0]
    assert (sms.get("id"), sms.text or "") == (value, value)


@given(ANYTHING, CHARSETS)
def test_json_gives_back_what_it_was_given(value, charset):
    answer = Listing(
        "check", ("id", "text"), [("7", value)], "", totals=[("balance", value)], trailer=[("last", value)]
    )
    body = said(answer, "json", "en", charset)
    printed = value.encode("utf-8", "replace").decode()  # halves of surrogate pairs need not survive
    if printed == value:
        assert json.loads(body) == {"check": [{"id": "7", "text": value}], "balance": value, "last": value}
    else:
        json.loads(body)


@given(ANYTHING, CHARSETS)
def test_a_text_answer_has_one_line_per_row_whatever_it_holds(value, charset):
    answer = checked((value, "0"), (value, "1"), columns=("message", "status"))
    assert said(answer, "text", "en", charset).count("\n") == 1


# ---- charsets and content types --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "charset", "content_type"),
    [
        ("text", "utf-8", "text/plain; charset=utf-8"),
        ("v", "cp1251", "text/plain; charset=windows-1251"),
        ("xml", "utf-8", "text/xml; charset=utf-8"),
        ("json", "utf-8", "application/json; charset=utf-8"),
        ("json", "windows-1251", "application/json; charset=windows-1251"),
        ("text", "no such charset", "text/plain; charset=utf-8"),
    ],
)
def test_the_content_type_names_format_and_charset(form, charset, content_type):
    assert render(Scalar("cost", "1.00"), Style(form, "en", charsets.find(charset)))[0] == content_type


def test_without_a_word_about_style_the_answer_is_english_text_in_utf_8():
    assert render(Failure(Refusal.NO_MONEY), Style()) == ("text/plain; charset=utf-8", b"ERROR=112: NO MONEY")


def test_a_russian_error_comes_in_the_charset_asked_for():
    body = render(Failure(Refusal.NO_MONEY), Style("v", "ru", charsets.find("windows-1251")))[1]
    assert body == "Нет денег".encode("cp1251")


def test_xml_declares_its_charset_unless_it_is_utf_8():
    answer = Scalar("cost", "0.89")
    body = render(answer, Style("xml", "en", charsets.find("windows-1251")))[1]
    assert body == b'<?xml version="1.0" encoding="windows-1251"?>\n<cost>0.89</cost>'
    assert render(answer, Style("xml"))[1] == b"<cost>0.89</cost>"


@pytest.mark.parametrize(
    ("form", "body"), [("text", "Д?"), ("v", "Д?"), ("xml", "Д&#9731;"), ("json", '"Д\\u2603"')]
)
def test_a_character_that_the_charset_lacks_is_replaced_as_the_format_allows(form, body):
    assert body in said(Scalar("name", "Д☃"), form, "en", "windows-1251")


def test_a_character_outside_the_basic_plane_is_a_pair_of_escapes_in_json():
    assert said(Scalar("name", "🚀"), "json", "en", "windows-1251") == '{"name":"\\ud83d\\ude80"}'


# ---- names and templates ---------------------------------------------------------------------------------------------

REGISTERED = Registered(
    "template", "SUCCESS=TEMPLATE ADDED", (("id", "12"), ("status", "0"), ("text", '<"Я">')), "12"
)


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("text", "SUCCESS=TEMPLATE ADDED"),
        ("v", "12"),
        ("json", '{"template":{"id":"12","status":"0","text":"<\\"Я\\">"}}'),
        (
            "xml",
            '<template>\n<id>12</id>\n<status>0</status>\n<text>&lt;"Я"&gt;</text>\n</template>',
        ),
    ],
)
def test_what_was_registered_is_said_in_every_format(form, body):
    assert said(REGISTERED, form) == body


def test_a_listing_may_say_something_else_in_text_and_name_its_rows():
    listing = Listing("senders", ("sender",), [("A",), ("B",)], "A,B", element="sender", plain="A")
    assert said(listing, "text") == "A"
    assert said(listing, "xml") == '<senders>\n<sender sender="A"/>\n<sender sender="B"/>\n</senders>'


# ---- the tables are complete -----------------------------------------------------------------------------------------


def test_every_format_speaks_every_shape():
    shapes = (Scalar, Record, Listing, Registered, Failure)
    assert set(RENDERERS) == {(form, shape) for form in FORMATS for shape in shapes}
    assert len(set(RENDERERS.values())) == len(RENDERERS)
    assert set(RULES) == set(FORMATS)


@pytest.mark.parametrize("refusal", Refusal, ids=lambda refusal: refusal.name)
def test_every_refusal_is_said_in_every_format_and_language(refusal):
    answer, code = Failure(refusal), str(refusal.code)
    for lang, text, sentence in (("en", refusal.en.upper(), refusal.en), ("ru", refusal.ru, refusal.ru)):
        assert said(answer, "text", lang) == f"ERROR={code}: {text}"
        assert said(answer, "v", lang) == sentence
        error = ET.fromstring(said(answer, "xml", lang))
        assert [(child.tag, child.text) for child in error] == [
            ("code", code),
            ("description", refusal.en),
            ("description_ru", refusal.ru),
        ]
        assert json.loads(said(answer, "json", lang)) == {
            "error": {"code": code, "description": refusal.en, "description_ru": refusal.ru}
        }
