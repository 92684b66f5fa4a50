"""Whatever arrives at api2.php is answered: HTTP 200, well-formed JSON or XML, never error 110; and money adds up."""

import json
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lotsman.usecases.inspect import find_account
from lotsman.usecases.top_up_account import top_up_account
from stand.doors import CUSTOMERS, KEYS, NOON, PASSWORD, Answer, DoorStand, prepared

__all__ = ["prepared"]

KEY = KEYS["customer"]
COMMANDS = {"send", "check", "balance", "info", "inbound", "cost", "error"}


@pytest.fixture(scope="module")
def stand(prepared, tmp_path_factory):
    with DoorStand(prepared, tmp_path_factory.mktemp("api-2")) as doors:
        account_id = doors.run(find_account(doors.platform, CUSTOMERS["customer"].login))
        doors.run(top_up_account(doors.platform, account_id, 10**12, "enough for every example", NOON))
        yield doors


def well_formed(answer: Answer):
    """The answer as a tree; an error 110 would be an exception that nobody expected."""
    assert answer.status == 200
    assert int(answer.headers["content-length"]) == len(answer.body)
    if answer.headers["content-type"] == "text/xml; charset=utf-8":
        root = ET.fromstring(answer.body)
        assert root.tag in COMMANDS
        assert root.findtext("code") != "110"
        return root
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    found = json.loads(answer.text, parse_float=Decimal)
    assert len(found.keys() & COMMANDS) >= 1
    assert found.get("error", {}).get("code") != "110"
    return found


# ---- hostile values in the places that are read ----------------------------------------------------------------------

scalar = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["", "0", "1", "79087964781", "7908796478" + "1" * 5000, "INFORM", "HLR", "\ud800", "\0", "1000001"]
    ),
    st.sampled_from(
        [79087964781, 1e400, 10**400, "2025-06-15 12:30:00", "1749990000", "sms", "PING", "GOLOS"]
    ),
)
value = st.recursive(
    scalar,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["id", "to", "text", "from", "send_datetime", "ttl", "callback", "callback_method", "server_id"]
item = st.dictionaries(st.sampled_from(NAMES), scalar | value, max_size=6)
items = (
    st.lists(item | value, max_size=4)
    | item
    | st.dictionaries(st.sampled_from("0123"), item, max_size=3)
    | value
)
ROOT = dict.fromkeys((*NAMES, "test", "cost", "login", "password", "server_packet_id", "balance", "info", "since", "format", "debug"), scalar | value)  # fmt: skip
who = st.sampled_from(
    [*[{"apikey": KEYS[name]} for name in ("customer", "emulator", "poor", "no-name")],
     {"login": "customer@example.com", "password": PASSWORD}, {}]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.fixed_dictionaries({}, optional={**ROOT, "send": items, "check": items}), who)
def test_any_json_in_the_places_that_are_read(stand, root, caller):
    well_formed(stand.ask("", json.dumps({**root, **caller}), path="/api2.php"))


attribute = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n"), max_size=12)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["send", "check", "balance", "info", "inbound", "x"]),
    st.dictionaries(st.sampled_from([name for name in ROOT if name != "password"]), attribute, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(NAMES), attribute, max_size=4), max_size=3),
    attribute,
    who,
)
def test_any_xml_in_the_places_that_are_read(stand, command, root, rows, text, caller):
    element = ET.Element(command, {**root, **caller})
    for row in rows:
        ET.SubElement(element, "sms", row).text = text
    if not rows:
        element.text = text
    answer = stand.ask("", ET.tostring(element), path="/api2.php")
    assert answer.headers["content-type"].startswith("text/xml")
    well_formed(answer)


# ---- any bytes at all ------------------------------------------------------------------------------------------------

words = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b":", b",", b"<", b">", b"/", b"=", b"&", b"<send", b"<sms", b"</send>", b"<!DOCTYPE",
     b"<![CDATA[", b"<?xml", b"json=", b"xml=", b'"send"', b'"to"', b"apikey=", b"&#0;", b"\0", b"\xff", b"\xef\xbb\xbf",
     b"null", b"1e999", b"\\ud800", KEY.encode(), "я".encode(), b"79087964781", b" ", b"\n"]
)  # fmt: skip
any_bytes = st.one_of(st.binary(max_size=200), st.lists(words, max_size=25).map(b"".join))
LINE_ENDS = str.maketrans("\r\n\0", "...")


@settings(max_examples=400, deadline=None)
@given(
    any_bytes,
    any_bytes,
    st.sampled_from(["", "application/json", "multipart/form-data; boundary=x", "text/xml"]),
)
def test_any_bytes_in_the_query_and_in_the_body(stand, query, body, kind):
    line = query.decode("latin-1").translate(LINE_ENDS).encode("latin-1")
    well_formed(stand.ask(line, body, kind, path="/api2.php"))


# ---- money -----------------------------------------------------------------------------------------------------------

good = st.fixed_dictionaries(
    {"to": st.sampled_from(["79087964781", "79161231212", "77011234567", "123", "14155552671"]),
     "text": st.sampled_from(["x", "y", "", "Я" * 100, "HLR"])},
    optional={"from": st.sampled_from(["INFORM", "test", "Stranger", "!"]), "ttl": st.sampled_from([5, 5000])},
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(good, min_size=1, max_size=6))
def test_what_cost_says_is_what_a_packet_is_charged(stand, packet):
    def ask(**more):
        return well_formed(
            stand.ask("", json.dumps({"apikey": KEY, "send": packet, **more}), path="/api2.php")
        )

    before = stand.balance()
    cost = ask(cost=1)["cost"]
    assert stand.balance() == before
    sent = ask()
    charged = Decimal(before - stand.balance()) / 100
    assert cost == sent["cost"] == charged == sum(row["price"] for row in sent["send"])
    assert sent["balance"] * 100 == stand.balance()
    assert [(row["to"], row["text"]) for row in sent["send"]] == [
        (item["to"], item["text"]) for item in packet
    ]
    assert all((row["price"] == 0) == (row["status"] == -2) == (row["error"] != 0) for row in sent["send"])
