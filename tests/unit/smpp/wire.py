"""Raw SMPP bytes written by hand, so that the reader is not judged by the writer."""

import struct

from lotsman.smpp.reader import Reader


def frame(command, body=b"", status=0, sequence=7):
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


def tlv(tag, value=b"", length=None):
    return struct.pack(">HH", tag, len(value) if length is None else length) + value


def sm_body(text=b"", *, esm=0, coding=0, source=b"79161234567", source_ton=1, sm_length=None, tlvs=b""):
    length = len(text) if sm_length is None else sm_length
    return (
        b"\0"
        + bytes((source_ton, 1))
        + source
        + b"\0\x05\0SHOP\0"
        + bytes((esm, 0, 0))
        + b"\0\0"
        + bytes((1, 0, coding, 0, length))
        + text
        + tlvs
    )


def read_one(data):
    outcomes = Reader().feed(data)
    assert len(outcomes) == 1
    return outcomes[0]
