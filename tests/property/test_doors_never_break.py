"""Whatever arrives at api.php is answered: HTTP 200, well-formed in the format that was asked for, never error 110.

110 stands for an exception that nobody expected, so an answer with it is a defect, not an answer.
"""

import json
import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lotsman.api.charset import find
from lotsman.domain.refusals import Refusal
from lotsman.usecases.inspect import find_account
from lotsman.usecases.top_up_account import top_up_account
from stand.doors import CUSTOMERS, KEYS, NOON, PASSWORD, Answer, DoorStand, prepared

__all__ = ["prepared"]

TYPES = {"text": "text/plain", "v": "text/plain", "xml": "text/xml", "json": "application/json"}
FORMS = {"text/plain": "text", "text/xml": "xml", "application/json": "json"}
SENTENCES = {said for refusal in Refusal for said in (refusal.en, refusal.ru)}
CELL = r'(?:[^,"\r\n]*|"(?:[^"\r\n]|"")*")'
NAME = r"[A-Za-z0-9._-]{3,14}"
REGISTRATION = {"sender", "senders", "template"}
ROWS = rf"{CELL}(,{CELL})*(\n{CELL}(,{CELL})*)*"  # of a check; one value (balance, cost) is a row, too
TEXT_FORMS = re.compile(
    rf"ERROR=\d+: [^\r\n]+"
    rf"|SUCCESS=SMS SENT \d+\.\d\d/-?\d+\.\d\d\n{ROWS}"
    rf"|SUCCESS=APIKEY INFO(\n[a-z_]+=[^\r\n]*){{10}}"
    rf"|(?!SUCCESS|ERROR){ROWS}"
    r"|SUCCESS=(SENDER|TEMPLATE) ADDED"
    rf"|({NAME}(\n{NAME})*)?"
)
UNEXPECTED = ("ERROR=110:", Refusal.SYSTEM_ERROR.en, Refusal.SYSTEM_ERROR.ru)


@pytest.fixture(scope="module")
def stand(prepared, tmp_path_factory):
    with DoorStand(prepared, tmp_path_factory.mktemp("never-break")) as doors:
        account_id = doors.run(find_account(doors.platform, CUSTOMERS["customer"].login))
        doors.run(top_up_account(doors.platform, account_id, 10**12, "enough for every example", NOON))
        yield doors


def assert_well_formed(answer: Answer, form: str, charset: str = ""):
    assert answer.status == 200
    assert answer.headers["content-type"].partition(";")[0] == TYPES[form]
    assert int(answer.headers["content-length"]) == len(answer.body)
    said = find(charset).decode(answer.body)
    if form == "json":
        assert_json(said)
    elif form == "xml":
        assert_xml(said)
    elif form == "text":
        assert TEXT_FORMS.fullmatch(said), said
        assert not said.startswith(UNEXPECTED)
    else:
        sentences = {find(charset).decode(find(charset).encode(sentence)) for sentence in SENTENCES}
        for line in said.split("\n"):
            assert line in sentences or re.fullmatch(rf"-?\d*(\.\d\d)?|\S+@\S+|{NAME}(,{NAME})*", line)
        assert not said.startswith(UNEXPECTED)


def assert_json(said: str):
    found = json.loads(said)
    assert len(found.keys() & {"error", "send", "check", "balance", "cost", "id", *REGISTRATION}) >= 1
    if "error" in found:
        assert found.keys() == {"error"}
        assert found["error"].keys() == {"code", "description", "description_ru"}
        assert found["error"]["code"] != "110"
    lists = [name for name, value in found.items() if isinstance(value, list)]
    rows = [row for name in lists for row in found.pop(name)]
    rows += [found.pop(name, {}) for name in ("error", "sender", "template")]
    assert all(isinstance(value, str) for row in [found, *rows] for value in row.values())


def assert_xml(said: str):
    root = ET.fromstring(re.sub(r"^<\?xml[^>]*\?>\n", "", said))
    assert root.tag in {"error", "send", "check", "balance", "cost", "info", *REGISTRATION}
    assert root.findtext("code") != "110"


# ---- plausible names, hostile values ---------------------------------------------------------------------------------

any_text = st.one_of(st.text(max_size=30), st.text("абвABC 1%&+<>\"'\\\n\r\t,;€😀{}[]", max_size=200))
phone = st.one_of(
    st.sampled_from(
        ["79087964781", "+7 (916) 123-12-12", "77011234567", "14155552671", "123", "", "+", "00"]
    ),
    st.integers(0, 10**16).map(str),
    st.text(max_size=12),
)
flag = st.sampled_from(["0", "1", "", "yes", "off", "-1", "١"])
whole = st.one_of(st.integers(-(10**20), 10**20).map(str), st.text(max_size=8), st.just("9" * 5000))
charset = st.sampled_from(
    ["", "utf-8", "windows-1251", "koi8-r", "cp866", "utf-16", "UTF-16LE", "ucs-2", "utf-7", "utf7-imap", "base64",
     "html", "qprint", "hz", "iso-2022-jp", "sjis", "gb18030", "euc-kr", "ascii", "klingon"]
)  # fmt: skip
column = st.sampled_from(
    ["server_id", "phone", "price", "status", "sender", "created", "error_ru", "message", "color", "", " "]
)
VALUES = {
    "send": any_text | st.sampled_from(["HLR", "PING", "", "Hello"]),
    "to": st.lists(phone, max_size=4).map(",".join),
    "from": any_text | st.sampled_from(["INFORM", "test", "GOLOS", "2WAY", "79021121075", "inform"]),
    "check": st.lists(whole, max_size=3).map(",".join)
    | st.sampled_from(["recent", "1000001", ",", "1000001,5"]),
    "balance": st.sampled_from(["rur", "sms", "", "true"]) | any_text,
    "fields": st.lists(column, max_size=4).map(",".join) | st.just("all"),
    "ttl": whole | st.integers(0, 1441).map(str),
    "send_datetime": whole
    | st.datetimes().map(lambda at: at.strftime("%Y-%m-%d %H:%M:%S"))
    | st.sampled_from(["2025-06-15 12:30:00", "0000-00-00 00:00:00", "2025-02-30 00:00:00", "1749990000"]),
    "cost": flag,
    "test": flag,
    "lang": st.sampled_from(["ru", "en", "RU", "xx"]),
    "callback": any_text | st.sampled_from(["http://example.com/x", "owner@example.com"]),
    "r": whole,
    "add_sender": any_text | st.sampled_from(["SHOP", "INFORM", ""]),
    "add_template": any_text | st.sampled_from(["Код: ____", ""]),
    "description": any_text,
    "list": st.sampled_from(["senders", "SENDERS", "", "x"]),
}
key = st.sampled_from(
    [*[{"apikey": KEYS[name]} for name in ("customer", "emulator", "poor", "no-name", "blocked-106", "strict", "careful", "by-template")],
     {"apikey": "XYZ"}, {}, {"login": "customer@example.com", "password": PASSWORD}, {"password": "x"}]
)  # fmt: skip
parameters = st.fixed_dictionaries({}, optional=VALUES)


@settings(max_examples=400, deadline=None)
@given(parameters, key, st.sampled_from(sorted(TYPES)), charset, st.sampled_from(["query", "form", "json"]))
def test_hostile_values_of_known_parameters(stand, values, who, form, charset, where):
    pairs = {**values, **who, "format": form, "charset": charset}
    if where == "json":
        answer = stand.ask("", json.dumps(pairs), "application/json")
    else:
        written = encoded(pairs, charset)
        answer = stand.ask(written) if where == "query" else stand.ask("", written)
    assert_well_formed(answer, form, charset)


def encoded(pairs: dict[str, str], name: str) -> str:
    written = find(name)
    text = "&send=" + quote_from_bytes(written.encode(pairs["send"])) if "send" in pairs else ""
    return urlencode({key: value for key, value in pairs.items() if key != "send"}) + text


# ---- any bytes at all ------------------------------------------------------------------------------------------------

words = st.sampled_from(
    [*(name.encode() + b"=" for name in (*VALUES, "apikey", "login", "password")), b"&", b"=", b"%", b"[]", b"%00",
     b"{", b"}", b'"', b":", b"--x", b"\n", b"\r\n", b"Content-Disposition: form-data; name=", b"\xff", b"\xd0", b",",
     KEYS["customer"].encode(), "Привет".encode(), b"79087964781", b"recent", b"1", b"all"]
)  # fmt: skip
any_bytes = st.one_of(st.binary(max_size=200), st.lists(words, max_size=25).map(b"".join))
kinds = st.sampled_from(["", "application/json", "multipart/form-data; boundary=x", "text/xml", "a/b"])
LINE_ENDS = str.maketrans("\r\n\0", "...")


@settings(max_examples=400, deadline=None)
@given(any_bytes, any_bytes, kinds, st.sampled_from(["customer", "emulator", ""]))
def test_any_bytes_in_the_query_and_in_the_body(stand, query, body, kind, who):
    line = query.decode("latin-1").translate(LINE_ENDS).encode("latin-1")
    answer = stand.ask(line + b"&apikey=" + KEYS[who].encode() if who else line, body, kind)
    assert answer.status == 200
    kind, _, written_in = answer.headers["content-type"].partition("; charset=")
    if written_in == "utf-8":
        assert_well_formed(answer, FORMS[kind])


# ---- money -----------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(VALUES["send"], st.lists(phone, max_size=6).map(",".join), VALUES["from"] | st.just(""))
def test_what_cost_says_is_what_sending_charges(stand, text, to, sender):
    asked = urlencode({"send": text, "to": to, "from": sender, "apikey": KEYS["customer"], "format": "json"})
    before = stand.balance()
    cost = json.loads(stand.ask(asked + "&cost=1").text)
    assert stand.balance() == before
    sent = json.loads(stand.ask(asked).text)
    charged = Decimal(before - stand.balance()) / 100
    if "error" in cost:
        assert (sent, charged) == (cost, 0)
        return
    assert Decimal(cost["cost"]) == Decimal(sent["cost"]) == charged
    assert Decimal(sent["cost"]) == sum(Decimal(row["price"]) for row in sent["send"])
    assert Decimal(sent["balance"]) * 100 == stand.balance()
    assert all((row["price"] == "0.00") == (row["status"] == "-2") for row in sent["send"])
