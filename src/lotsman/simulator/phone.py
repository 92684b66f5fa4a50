"""A message that a phone sends: text or octets to the deliver_sm of its parts.

In: addresses, a text or octets of any data_coding. Out: deliver_sm, concatenated by an 8-bit reference.
"""

from typing import Final

from lotsman.gsm import alphabet, segmentation, udh
from lotsman.smpp import commands, pdu, tlv
from lotsman.smpp.pdu import Sm


def of_text(text: str, data_coding: int | None, reference: int) -> tuple[int, list[tuple[bytes, bytes]]]:
    """The data_coding, and of each part its user data header and its octets"""
    if data_coding is None or data_coding in (segmentation.Encoding.GSM7, segmentation.Encoding.UCS2):
        coding, pieces = segmentation.split(text)
        if data_coding == segmentation.Encoding.UCS2 != coding:
            coding, pieces = segmentation.Encoding.UCS2, _cut(text.encode("utf-16-be"))
        elif data_coding not in (None, coding):
            raise ValueError(f"the GSM alphabet lacks {alphabet.foreign(text)!r}")
        return int(coding), _numbered(pieces, reference)
    codec = _CODECS.get(data_coding)
    if codec is None:
        raise ValueError(
            f"data_coding {data_coding}: give the octets; texts are written in {sorted(_CODECS)}"
        )
    return data_coding, _numbered(_cut(text.encode(codec)), reference)


def deliver(
    source: str, destination: str, data_coding: int, header: bytes, octets: bytes, *, payload: bool
) -> Sm:
    message = header + octets
    return Sm(
        commands.DELIVER_SM,
        tlvs=(tlv.make(tlv.MESSAGE_PAYLOAD, message),) if payload else (),
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=source,
        dest_addr_ton=0,
        dest_addr_npi=1,
        destination_addr=destination,
        esm_class=pdu.ESM_UDHI if header else 0,
        data_coding=data_coding,
        short_message=b"" if payload else message,
    )


def _numbered(pieces: list[bytes], reference: int) -> list[tuple[bytes, bytes]]:
    total = len(pieces)
    if total == 1:
        return [(b"", pieces[0])]
    return [(udh.concatenation8(reference, total, number), piece) for number, piece in enumerate(pieces, 1)]


def _cut(octets: bytes) -> list[bytes]:
    # 140 octets are a part; 6 of them go for the header of one of several (GSM 03.40 §9.2.3.24)
    if len(octets) <= 140:
        return [octets]
    return [octets[at : at + 134] for at in range(0, len(octets), 134)]


_CODECS: Final = {0x01: "ascii", 0x03: "latin-1", 0x05: "shift_jis", 0x06: "iso8859_5", 0x07: "iso8859_8"}
