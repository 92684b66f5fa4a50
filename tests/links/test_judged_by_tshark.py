"""What we write, read by Wireshark: every setting that changes a PDU, and nothing malformed anywhere."""

import asyncio

import pytest

from links.hostile import HostileSmsc, pdu
from links.tshark import judge
from lotsman.carriers.links.smpp_lookup import Lookups, LookupSettings
from lotsman.carriers.links.smpp_settings import SmppSettings
from lotsman.carriers.links.smpp_submits import Submits
from lotsman.domain.lifecycle import State
from lotsman.domain.message import Outgoing
from lotsman.domain.service import Service
from lotsman.gsm.segmentation import measure
from lotsman.smpp.writer import encode
from stand.harbour import a_link, harbour, on_a_loop

NOW = 1_767_225_600_000  # 2026-01-01
LONG_LATIN = "a" * 152 + "€" + "b" * 100
LONG_CYRILLIC = "Ж" * 66 + "😀" * 40
TEN_LONG_PARTS = "Щ" * 670
FULL_PARTS = "x" * 306  # two parts of 153: no room for a longer header
MESSAGE = 0x12_3456  # its id

HELLO = b"hello".hex()
# name: (text, settings, what tshark reads in each submit)
CASES = {
    "as it comes": ("hello", {}, [{
        "command_id": "0x00000004", "source_addr": "LOTSMAN", "source_addr_ton": "0x05", "source_addr_npi": "0x00",
        "destination_addr": "79161234567", "dest_addr_ton": "0x01", "dest_addr_npi": "0x01", "data_coding": "0x00",
        "esm.submit.features": "0x00", "regdel.receipt": "0x01", "protocol_id": "0x00", "priority_flag": "0x00",
        "validity_period_r": "3600.000000000", "replace_if_present_flag": "0x00", "sm_length": "5",
        "message": HELLO, "opt_param_tag": "", "service_type": "(Default)",
    }]),
    "absolute validity": ("hello", {"validity": "absolute"}, [{"validity_period": "Jan  1, 2026 01:00:00.000000000 UTC"}]),
    "no validity": ("hello", {"validity": "none"}, [{"validity_period": "", "validity_period_r": "0.000000000"}]),
    "fixed types of number": (
        "hello", {"source_ton": 0, "source_npi": 1, "dest_ton": 2, "dest_npi": 8},
        [{"source_addr_ton": "0x00", "source_addr_npi": "0x01", "dest_addr_ton": "0x02", "dest_addr_npi": "0x08"}],
    ),
    "numbers with a plus": ("hello", {"number_format": "plus"}, [{"destination_addr": "+79161234567"}]),
    "national numbers": ("hello", {"number_format": "7>8"}, [{"destination_addr": "89161234567"}]),
    "flags": (
        "hello", {"service_type": "CMT", "protocol_id": 0x41, "priority_flag": 3, "registered_delivery": 2},
        [{"service_type": "CMT", "protocol_id": "0x41", "priority_flag": "0x03", "regdel.receipt": "0x02"}],
    ),
    "Latin-1": (
        "a_b@ £", {"alphabet": "latin1", "coding_gsm": 3},
        [{"data_coding": "0x03", "message": "a_b@ £".encode("latin-1").hex()}],
    ),
    "the GSM alphabet": ("a_b@ £", {}, [{"data_coding": "0x00", "message": "6111620020" + "01"}]),
    "UCS-2": ("Привет 😀", {}, [{"data_coding": "0x08", "message": "Привет 😀".encode("utf-16-be").hex()}]),
    "UCS-2 by another number": ("Привет", {"coding_ucs2": 24}, [{"data_coding": "0x18", "sm_length": "12"}]),
    "UCS-2 for everything": (
        "hello", {"alphabet": "ucs2"}, [{"data_coding": "0x08", "message": "hello".encode("utf-16-be").hex()}],
    ),
    "UCS-2 for everything, and more than was charged for": (
        "y" * 100, {"alphabet": "ucs2"},
        [{"data_coding": "0x08", "sm_length": "0", "message_payload": ("y" * 100).encode("utf-16-be").hex()}],
    ),
    "headers with 8 bits": (LONG_LATIN, {}, [
        {"esm.submit.features": "0x01", "message": f"0500035602{part:02x}"} for part in (1, 2)
    ]),
    "headers with 16 bits": (LONG_CYRILLIC, {"long": "udh16"}, [
        {"esm.submit.features": "0x01", "data_coding": "0x08", "message": f"060804345603{part:02x}"} for part in (1, 2, 3)
    ]),
    "no room for 16 bits": (FULL_PARTS, {"long": "udh16"}, [
        {"esm.submit.features": "0x01", "sm_length": "159", "message": f"0500035602{part:02x}"} for part in (1, 2)
    ]),
    "sar": (LONG_LATIN, {"long": "sar"}, [
        {"esm.submit.features": "0x00", "sar_msg_ref_num": str(0x3456), "sar_total_segments": "2",
         "sar_segment_seqnum": str(part), "opt_param_tag": "0x020c,0x020e,0x020f", "opt_param_len": "2,1,1"}
        for part in (1, 2)
    ]),
    "payload": (TEN_LONG_PARTS, {"long": "payload"}, [
        {"esm.submit.features": "0x00", "sm_length": "0", "data_coding": "0x08",
         "message_payload": TEN_LONG_PARTS.encode("utf-16-be").hex(), "opt_param_tag": "0x0424", "opt_param_len": "1340"},
    ]),
    "ten parts": (TEN_LONG_PARTS, {}, [
        {"esm.submit.features": "0x01", "sm_length": "140", "message": f"050003560a{part:02x}"} for part in range(1, 11)
    ]),
    "TLVs": (
        "hello",
        {"tlvs": {"0x1400": "text:110011", "0x1401": "cstring:{sender}", "0x1402": "hex:0a0b",
                  "user_message_reference": "int2:{id}", "0x1403": "int4:{msisdn}"}},
        [{"opt_param_tag": "0x1400,0x1402,0x1401,0x0204,0x1403", "opt_param_len": "6,2,8,2,4",
          "user_message_reference": "0x3456"}],
    ),
    "TLVs with sar": (
        LONG_LATIN, {"long": "sar", "tlvs": {"0x1400": "text:{id}/{part}/{parts}"}},
        [{"opt_param_tag": "0x020c,0x020e,0x020f,0x1400", "opt_param_len": "2,1,1,11"}] * 2,
    ),
    "TLVs with a payload": (
        LONG_LATIN, {"long": "payload", "tlvs": {"0x1400": "text:x"}}, [{"opt_param_tag": "0x0424,0x1400"}],
    ),
}  # fmt: skip


def the_submits(text, settings):
    parts = measure(text)[1]
    message = Outgoing(MESSAGE, Service.SMS, "79161234567", "LOTSMAN", text, parts, NOW + 3_600_000)
    made = SmppSettings("smsc.example", **settings)
    made.check()
    flights = Submits(made, Lookups(LookupSettings())).of(message, 3_600_000)
    told = [part for flight in flights for part in (flight.part, *flight.riders)]
    assert told == list(range(1, parts + 1))  # every part has its place in exactly one submit
    octets = []
    for n, flight in enumerate(flights, 2):
        flight.sm.sequence = n
        octets.append(encode(flight.sm))
    return octets


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """name of a case -> what tshark reads in each of its submits"""
    made = {name: the_submits(text, settings) for name, (text, settings, _) in CASES.items()}
    rows = judge(tmp_path_factory.mktemp("tshark"), [octets for each in made.values() for octets in each])
    assert len(rows) == sum(map(len, made.values()))
    found = iter(rows)
    return {name: [next(found) for _ in each] for name, each in made.items()}


@pytest.mark.parametrize("name", CASES)
def test_tshark_reads_what_was_meant(read, name):
    _, _, expected = CASES[name]
    rows = read[name]

    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert (row["malformed"], row["warned"]) == ("", "")
        seen = {field: row[field] for field in wanted}
        if "message" in wanted and row["esm.submit.features"] == "0x01":  # the header is what it is about
            seen["message"] = seen["message"][: len(wanted["message"])]
        assert seen == wanted


def test_tshark_would_notice_a_damaged_pdu(tmp_path):
    [good] = the_submits("hello", {})
    short = (len(good) - 3).to_bytes(4, "big") + good[4:-3]  # the text is shorter than its length says

    whole, damaged = judge(tmp_path, [good, short])

    assert whole["malformed"] == ""
    assert damaged["malformed"] or damaged["warned"] or damaged["message"] != whole["message"]


@on_a_loop
async def test_a_whole_session_has_nothing_malformed(tmp_path):
    """Bind, submit, the answer to a receipt, enquire_link, unbind: as they went over a socket."""
    settings = {
        "system_type": "VMA",
        "addr_ton": 1,
        "addr_npi": 1,
        "address_range": "^79",
        "enquire_every": 0.3,
    }
    octets = []
    async with HostileSmsc() as smsc, harbour(tmp_path, a_link(smsc.port, **settings), bound=False) as stand:
        peer = await smsc.accept()

        async def take():
            frame = await peer.take()
            octets.append(pdu(frame.command, frame.status, frame.sequence, frame.body))
            return frame

        bind = await take()
        peer.say(pdu(0x80000009, 0, bind.sequence, b"smsc\0"))
        await stand.until_link("bound")
        message = await stand.send(to="79001234567", text="Привет")
        submit = await take()
        peer.say(pdu(0x80000004, 0, submit.sequence, b"abc\0"))
        await stand.until(message, State.SUBMITTED)
        peer.say(pdu(0x15, 0, 9))
        await take()
        asked = await take()
        peer.say(pdu(0x80000015, 0, asked.sequence))
        stopping = asyncio.create_task(stand.stop_carrier())
        unbind = await take()
        peer.say(pdu(0x80000006, 0, unbind.sequence))
        await stopping

    rows = judge(tmp_path, octets)

    assert [row["command_id"] for row in rows] == [
        "0x00000009", "0x00000004", "0x80000015", "0x00000015", "0x00000006",
    ]  # fmt: skip
    assert [(row["malformed"], row["warned"]) for row in rows] == [("", "")] * len(rows)
    first = rows[0]
    assert (first["system_id"], first["system_type"], first["interface_version"]) == (
        "lotsman",
        "VMA",
        "52",
    )
    assert (first["addr_ton"], first["addr_npi"], first["address_range"]) == ("0x01", "0x01", "^79")
