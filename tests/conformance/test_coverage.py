"""No parameter of the document is forgotten: cases use each in all four formats, and what is answered fits every charset."""

import re
import tomllib
from collections import defaultdict
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest

from conformance.the_document import FORMATS, cases
from lotsman.api.charset import find
from lotsman.api.v1 import operations
from stand.doors import KEYS, DoorStand

PARAMETERS = tomllib.loads((Path(__file__).parent / "parameters.toml").read_text(encoding="utf-8"))

ASKED = {  # by operation: one request that succeeds, and one that is refused
    "send": (
        {"send": "Привет, мир", "to": "79087964781,123", "fields": "all"},
        {"send": "Привет", "to": "123"},
    ),
    "cost": (
        {"send": "Привет", "to": "79087964781,123", "cost": "1"},
        {"send": "", "to": "79087964781", "cost": "1"},
    ),
    "check": ({"check": "5,1000001"}, {"check": ""}),
    "balance": ({"balance": "sms"}, {"balance": "rur", "apikey": "X"}),
    "info": ({}, {"apikey": "X"}),
    "add_sender": (
        {"add_sender": "SHOP", "description": "Магазин", "callback": "a@b.example"},
        {"add_sender": "я"},
    ),
    "add_template": (
        {"add_template": "Код: ____, никому его не говорите", "callback": "http://a.example/"},
        {"add_template": ""},
    ),
    "inbound": ({"inbound": "all"}, {"inbound": "yesterday or so"}),
    "list": ({"list": "senders"}, {"list": "senders", "apikey": "X"}),
}
CHARSETS = (
    "utf-8",
    "windows-1251",
    "koi8-r",
    "cp866",
    "iso-8859-5",
    "utf-16",
    "UTF-16LE",
    "UCS-4",
    "utf-7",
    "gb18030",
    "sjis",
)


def test_every_parameter_of_the_document_is_asked_for_in_all_formats():
    used = defaultdict(set)
    for case in cases():
        for exchange in case.exchanges:
            for name, _ in parse_qsl(f"{exchange.query}&{exchange.body}", keep_blank_values=True):
                used[name].add(exchange.style.partition(" ")[0])
    documented = {name for names in PARAMETERS.values() for name in names}
    missing = {name: sorted(set(FORMATS) - used[name]) for name in documented if set(FORMATS) - used[name]}
    assert missing == {}


def test_every_operation_is_asked_in_every_charset():
    assert {operation.name for operation in operations.OPERATIONS} == ASKED.keys()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("which", [0, 1], ids=["succeeds", "refused"])
@pytest.mark.parametrize("name", ASKED)
def test_a_charset_changes_the_bytes_of_question_and_answer_and_nothing_else(
    prepared, tmp_path, name: str, which: int, form: str
):
    answers = {}
    for charset in CHARSETS:
        with DoorStand(prepared, tmp_path / charset) as stand:
            answer = stand.ask(question(ASKED[name][which], form, charset))
        assert answer.status == 200
        said = find(charset).decode(answer.body)
        answers[charset] = re.sub(r"^<\?xml[^>]*\?>\n", "", said) if form == "xml" else said
    failed = answers["utf-8"].startswith(("ERROR", "<error", '{"error"'))
    assert failed == bool(which) or form == "v"
    assert set(answers.values()) == {answers["utf-8"]}


def question(asked, form, charset):
    """Texts in the charset, everything else in plain ASCII, as clients write it."""
    texts = {"send", "description", "add_template", "add_sender"}
    encoding = find(charset)
    pairs = {
        name: encoding.encode(value) if name in texts and value else value for name, value in asked.items()
    }
    return urlencode({"apikey": KEYS["customer"], **pairs, "format": form, "charset": charset, "lang": "ru"})
