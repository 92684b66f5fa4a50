"""Whatever a carrier writes into a receipt, reading it never fails, and what the simulator writes is read back."""

from hypothesis import example, given
from hypothesis import strategies as st

from lotsman.carriers.links import http_words, lookup_text
from lotsman.carriers.links import smpp_mapping as mapping
from lotsman.carriers.links.smpp_lookup import Lookups, LookupSettings
from lotsman.carriers.links.smpp_settings import SmppSettings
from lotsman.domain.lookup import CODES, NAMES, attributes, load
from lotsman.domain.receipt import kept
from lotsman.smpp import commands, receipt_text
from lotsman.smpp.pdu import Sm

KEYS = [*NAMES, *CODES, "id", "stat", "err", "text", "submit date"]
SCRAPS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [f"{key}:" for key in KEYS] + ["%D0", "%", "+", "%00", ":", " ", "\0", "DELIVRD", "250", "é"]
    ),
)
texts = st.lists(SCRAPS, max_size=40).map(" ".join) | st.lists(SCRAPS, max_size=40).map("".join)
LINK = Lookups(LookupSettings(tlvs={"0x1403": "mccmnc", "0x1490": "imsi:bcd", "0x1503": "mcc:number"}))
READER = mapping.Reader(SmppSettings("smsc.example"), 1, LINK)


@given(texts)
@example("net:" * 1000)
@example("imsi:" + " " * 4000 + "x")
def test_any_text_is_read(text):
    found = attributes(lookup_text.parse(text))
    assert load(kept(found)) == found
    assert all(value.isprintable() and len(value) <= 100 for value in found)


@given(
    st.binary(max_size=300),
    st.lists(st.tuples(st.sampled_from([0x1403, 0x1490, 0x1503, 7]), st.binary(max_size=40))),
)
def test_any_receipt_is_read(octets, tlvs):
    sm = Sm(
        commands.DELIVER_SM, tlvs=tuple(tlvs), source_addr="79161234567", esm_class=4, short_message=octets
    )
    receipt = READER.receipt(sm, 0)
    assert receipt is None or receipt.found is None or any(receipt.found)


@given(st.fixed_dictionaries({name: st.text(max_size=30) for name in NAMES}))
def test_what_is_written_as_smsc_ru_does_is_read_back(values):
    cleaned = {name: " ".join(value.replace("\0", " ").split()) for name, value in values.items()}
    written = receipt_text.write(receipt_text.Receipt(id="7", stat="DELIVRD", err="000", extra=cleaned))
    assert lookup_text.parse(written) == cleaned


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc01"), inner, max_size=3),
)


@given(JSON, st.text(alphabet="abc01.²", max_size=8))
def test_any_path_in_any_json_leads_to_a_text(said, path):
    assert isinstance(http_words.text(http_words.node(said, path)), str)
