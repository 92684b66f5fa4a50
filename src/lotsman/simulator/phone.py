"""A message that a phone sends: a text to the deliver_sm of its parts.

In: addresses, a text or octets of any data_coding. Out: deliver_sm, concatenated by an 8-bit reference.
"""

from typing import Final

from lotsman.gsm import segmentation, udh
from lotsman.smpp import commands, pdu, tlv
from lotsman.smpp.pdu import Sm

Piece = tuple[bytes, bytes]  # user data header, octets


def pieces(text: str, data_coding: int | None, reference: int, *, whole: bool) -> tuple[int, list[Piece]]:
    """The data_coding (None: what the text needs) and the parts. ValueError: the text cannot be said in it."""
    coding, cut = segmentation.split(text)
    if data_coding not in (None, coding):
        return data_coding, _numbered(_cut(_octets(text, data_coding)), reference, whole=whole)
    return int(coding), _numbered(cut, reference, whole=whole)


def deliver(source: str, destination: str, data_coding: int, piece: Piece, *, payload: bool) -> Sm:
    header, octets = piece
    message = header + octets
    return Sm(
        commands.DELIVER_SM,
        tlvs=(tlv.make(tlv.MESSAGE_PAYLOAD, message),) if payload else (),
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=source,
        dest_addr_npi=1,
        destination_addr=destination,
        esm_class=pdu.ESM_UDHI if header else 0,
        data_coding=data_coding,
        short_message=b"" if payload else message,
    )


def _numbered(cut: list[bytes], reference: int, *, whole: bool) -> list[Piece]:
    if whole or len(cut) == 1:
        return [(b"", b"".join(cut))]
    total = len(cut)
    return [(udh.concatenation8(reference, total, number), part) for number, part in enumerate(cut, 1)]


def _octets(text: str, data_coding: int) -> bytes:
    codec = _CODECS.get(data_coding)
    if codec is None:
        raise ValueError(f"data_coding {data_coding} has no codec for this text: give the octets")
    return text.encode(codec)


def _cut(octets: bytes) -> list[bytes]:
    # 140 octets are a part; 6 of them go for the header of one of several (GSM 03.40 §9.2.3.24)
    if len(octets) <= 140:
        return [octets]
    return [octets[at : at + 134] for at in range(0, len(octets), 134)]


# SMPP 3.4 §5.2.19
_CODECS: Final = {1: "ascii", 3: "latin-1", 5: "shift_jis", 6: "iso8859_5", 7: "iso8859_8", 8: "utf-16-be"}
