"""Wireshark's dissector as a judge of our PDUs: octets go into a capture file of our own making, and it says what it sees.

Nothing is captured from the network: that would need privileges. Each PDU is the payload of one TCP segment.
"""

import shutil
import struct
import subprocess

import pytest

SMSC_PORT = 2775
_FIELDS = (
    "command_id", "command_status", "sequence_number", "service_type", "source_addr_ton", "source_addr_npi",
    "source_addr", "dest_addr_ton", "dest_addr_npi", "destination_addr", "esm.submit.features", "protocol_id",
    "priority_flag", "schedule_delivery_time", "validity_period", "validity_period_r", "regdel.receipt",
    "replace_if_present_flag", "data_coding", "sm_default_msg_id", "sm_length", "message", "message_payload",
    "sar_msg_ref_num", "sar_total_segments", "sar_segment_seqnum", "opt_param_tag", "opt_param_len", "system_id",
    "system_type", "interface_version", "addr_ton", "addr_npi", "address_range", "user_message_reference",
    "message_id",
)  # fmt: skip
_BETWEEN = "\x1f"


def judge(folder, pdus):
    """What it reads of each PDU: field -> text as tshark prints it; `malformed` and `warned` are its complaints."""
    if shutil.which("tshark") is None:
        pytest.fail("tshark is missing: install the Debian package tshark")
    capture = folder / "pdus.pcap"
    capture.write_bytes(_pcap(pdus))
    names = [f"smpp.{name}" for name in _FIELDS] + ["_ws.malformed", "_ws.expert.message"]
    command = ["tshark", "-r", capture, "-d", f"tcp.port=={SMSC_PORT},smpp", "-Y", "smpp", "-T", "fields"]
    command += ["-E", f"separator={_BETWEEN}", "-E", "occurrence=a", "-E", "aggregator=,"]
    command += [word for name in names for word in ("-e", name)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    rows = [line.split(_BETWEEN) for line in done.stdout.split("\n") if line]
    return [dict(zip([*_FIELDS, "malformed", "warned"], row, strict=True)) for row in rows]


def _pcap(pdus):
    """Libpcap, link type 101: raw IP"""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101)]
    sequence = 1
    for n, pdu in enumerate(pdus):
        tcp = struct.pack(">HHIIBBHHH", 40_000, SMSC_PORT, sequence, 1, 5 << 4, 0x18, 65_535, 0, 0)
        length = 20 + len(tcp) + len(pdu)
        ip = struct.pack(
            ">BBHHHBBH4s4s", 0x45, 0, length, n & 0xFFFF, 0, 64, 6, 0, b"\x7f\0\0\1", b"\x7f\0\0\1"
        )
        out += [struct.pack("<IIII", 1_767_225_600 + n, 0, length, length), ip, tcp, pdu]
        sequence += len(pdu)
    return b"".join(out)
