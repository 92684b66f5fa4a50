"""PDUs -> a capture file (pcap) that Wireshark and tshark open: each link a TCP connection to port 2775.

Addresses and ports are made up: the carrier is 10.0.0.2, we are 10.0.0.1. Format: draft-ietf-opsawg-pcap; LINKTYPE_RAW
(packets begin with IPv4).
"""

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

SMPP_PORT: Final = 2775  # what dissectors take for SMPP
_FIRST_PORT: Final = 40_000
_US: Final = bytes((10, 0, 0, 1))
_CARRIER: Final = bytes((10, 0, 0, 2))
_LINKTYPE_RAW: Final = 101
_FILE: Final = struct.Struct("<IHHiIII")
_PACKET: Final = struct.Struct("<IIII")
_IP: Final = struct.Struct(">BBHHHBBH4s4s")
_TCP: Final = struct.Struct(">HHIIBBHHH")
_TCP_PROTOCOL: Final = 6
_PUSH_ACK: Final = 0x18
_SNAP: Final = 0x40000
_MOST: Final = 65_535 - _IP.size - _TCP.size  # octets of a packet's payload


class Captured(NamedTuple):
    at: int  # ms since the epoch
    link: int  # one connection for each
    outbound: bool
    data: bytes  # one PDU


def pcap(pdus: Iterable[Captured]) -> bytes:
    """In the order given."""
    packets = [_FILE.pack(0xA1B2C3D4, 2, 4, 0, 0, _SNAP, _LINKTYPE_RAW)]
    sent: dict[tuple[int, bool], int] = {}
    for pdu in pdus:
        for start in range(0, len(pdu.data), _MOST):
            packet = _packet(pdu, pdu.data[start : start + _MOST], sent)
            packets.append(_PACKET.pack(pdu.at // 1000, pdu.at % 1000 * 1000, len(packet), len(packet)))
            packets.append(packet)
    return b"".join(packets)


def _packet(pdu: Captured, payload: bytes, sent: dict[tuple[int, bool], int]) -> bytes:
    ours = _FIRST_PORT + pdu.link % 20_000
    source, target = (ours, SMPP_PORT) if pdu.outbound else (SMPP_PORT, ours)
    here, there = (_US, _CARRIER) if pdu.outbound else (_CARRIER, _US)
    sequence = sent.get((pdu.link, pdu.outbound), 1)
    acknowledged = sent.get((pdu.link, not pdu.outbound), 1)
    sent[pdu.link, pdu.outbound] = sequence + len(payload)
    tcp = (source, target, sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF, 5 << 4, _PUSH_ACK, 0xFFFF)
    pseudo = struct.pack(">4s4sBBH", here, there, 0, _TCP_PROTOCOL, _TCP.size + len(payload))
    checksum = _checksum(pseudo + _TCP.pack(*tcp, 0, 0) + payload)
    length = _IP.size + _TCP.size + len(payload)
    ip = (0x45, 0, length, 0, 0x4000, 64, _TCP_PROTOCOL)
    header = _IP.pack(*ip, _checksum(_IP.pack(*ip, 0, here, there)), here, there)
    return header + _TCP.pack(*tcp, checksum, 0) + payload


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    total: int = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
