"""PDUs that real carriers send and that break other libraries. One row, one case: all bytes kept, or a clean error."""

import pytest

from lotsman.smpp import commands as c
from lotsman.smpp import pdu, tlv
from lotsman.smpp.reader import Malformed
from unit.smpp.wire import frame, read_one, sm_body
from unit.smpp.wire import tlv as raw_tlv

RECEIPT = (
    b"id:7F000001 sub:001 dlvrd:001 submit date:2401011200 done date:2401011201 stat:DELIVRD err:000 text:"
)
RECEIPT_TLVS = raw_tlv(0x001E, b"7F000001\0") + raw_tlv(0x0427, b"\x02") + raw_tlv(0x0423, b"\x03\0\0")
UDH8, UDH16, UDH_PORT = (
    b"\x05\0\x03\x68\x02\x01",
    b"\x06\x08\x04\x11\x22\x02\x01",
    b"\x06\x05\x04\x0b\x84\x23\xf0",
)


def deliver(**values):
    return frame(c.DELIVER_SM, sm_body(**values))


def submit_resp(body, status=0):
    return frame(c.SUBMIT_SM_RESP, body, status)


KEPT = [
    # what, the PDU, what must be found in it
    ("a receipt with its three TLVs", deliver(text=RECEIPT, esm=4, tlvs=RECEIPT_TLVS),
     lambda p: (p.short_message, tlv.cstring(p.tlvs, 0x001E), tlv.integer(p.tlvs, 0x0427),
                tlv.octets(p.tlvs, 0x0423)) == (RECEIPT, "7F000001", 2, b"\x03\0\0")),
    ("an unknown vendor TLV", deliver(text=b"hi", tlvs=raw_tlv(0x1400, b"\x01\x02")),
     lambda p: p.tlvs == ((0x1400, b"\x01\x02"),)),
    ("message_payload with sm_length 0", deliver(tlvs=raw_tlv(0x0424, b"long " * 60)),
     lambda p: (p.short_message, p.payload) == (b"", b"long " * 60)),
    ("UDH with an 8-bit reference", deliver(text=UDH8 + b"part", esm=0x40),
     lambda p: p.short_message == UDH8 + b"part" and p.esm_class & pdu.ESM_UDHI),
    ("UDH with a 16-bit reference", deliver(text=UDH16 + b"part", esm=0x40),
     lambda p: p.short_message == UDH16 + b"part"),
    ("UDH with ports, no concatenation", deliver(text=UDH_PORT + b"data", esm=0x40),
     lambda p: p.short_message == UDH_PORT + b"data"),
    ("binary, data_coding 4", deliver(text=b"\xff\x00\xfe", coding=4),
     lambda p: (p.data_coding, p.short_message) == (4, b"\xff\x00\xfe")),
    ("data_coding 0xF5", deliver(text=b"\x80", coding=0xF5), lambda p: p.data_coding == 0xF5),
    ("data_coding 0x18", deliver(text=b"\x80", coding=0x18), lambda p: p.data_coding == 0x18),
    ("data_coding 0xC0", deliver(text=b"\x80", coding=0xC0), lambda p: p.data_coding == 0xC0),
    ("an empty MO", deliver(text=b""), lambda p: p.payload == b""),
    ("a source address that is no ASCII", deliver(source=b"\xcf\xf0\xe8"),
     lambda p: p.source_addr.encode("latin-1") == b"\xcf\xf0\xe8"),
    ("TON 7", deliver(source_ton=7), lambda p: p.source_addr_ton == 7),
    ("alert_on_message_delivery of length 0", deliver(tlvs=raw_tlv(0x130C)), lambda p: p.tlvs == ((0x130C, b""),)),
    ("receipted_message_id without NUL", deliver(tlvs=raw_tlv(0x001E, b"abc")),
     lambda p: tlv.cstring(p.tlvs, 0x001E) == "abc"),
    ("an integer TLV of a wrong length", deliver(tlvs=raw_tlv(0x0427, b"\0\x02")),
     lambda p: p.tlvs == ((0x0427, b"\0\x02"),) and tlv.integer(p.tlvs, 0x0427) == 2),
    ("a carrier's NULs after the last field", deliver(text=b"hi", tlvs=b"\0\0"),
     lambda p: (p.short_message, p.tlvs) == (b"hi", ())),
    ("submit_sm_resp with a vendor's status", submit_resp(b"", 0x0411),
     lambda p: (type(p), p.status, p.message_id) == (pdu.SmResp, 0x0411, "")),
    ("submit_sm_resp, body without NUL", submit_resp(b"7F000001"), lambda p: p.message_id == "7F000001"),
    ("submit_sm_resp, no body at all", submit_resp(b""), lambda p: p.message_id == ""),
    ("submit_sm_resp with a body in spite of its error", submit_resp(b"7F\0", 8), lambda p: p.message_id == "7F"),
    ("submit_sm_resp, stray octets behind the id", submit_resp(b"7F\0\x01"), lambda p: p.message_id == "7F"),
    ("submit_sm_resp, a TLV that runs past the end", submit_resp(b"7F\0" + raw_tlv(0x001D, b"ab", 9)),
     lambda p: p.message_id == "7F"),
    ("bind_resp with an error and no body", frame(c.BIND_TRANSCEIVER_RESP, b"", 0x0E),
     lambda p: (p.status, p.system_id) == (0x0E, "")),
    ("data_sm", frame(c.DATA_SM, b"\0\1\1" b"7916\0\5\0SHOP\0\0\1\x08" + raw_tlv(0x0424, b"\x04\x1f")),
     lambda p: (type(p), p.source_addr, p.data_coding, p.payload) == (pdu.DataSm, "7916", 8, b"\x04\x1f")),
    ("alert_notification", frame(c.ALERT_NOTIFICATION, b"\1\1" b"7916\0\5\0SHOP\0" + raw_tlv(0x0422, b"\0")),
     lambda p: (p.source_addr, p.esme_addr, tlv.integer(p.tlvs, 0x0422)) == ("7916", "SHOP", 0)),
    ("outbind", frame(c.OUTBIND, b"smsc\0secret\0"), lambda p: (p.system_id, p.password) == ("smsc", "secret")),
    ("an unknown command", frame(0x00010200, b"\x01\x02"), lambda p: (type(p), p.body) == (pdu.Unknown, b"\x01\x02")),
    ("an unknown response", frame(0x80010200, b"\x03"), lambda p: (p.command, p.body) == (0x80010200, b"\x03")),
    ("enquire_link_resp with a stray byte", frame(c.ENQUIRE_LINK_RESP, b"\x05"),
     lambda p: p.command == c.ENQUIRE_LINK_RESP),
    ("enquire_link with stray bytes", frame(c.ENQUIRE_LINK, b"\x05\x06"), lambda p: p.command == c.ENQUIRE_LINK),
    ("query_sm_resp cut short", frame(c.QUERY_SM_RESP, b"7F\0"), lambda p: (p.message_id, p.error_code) == ("7F", 0)),
    ("submit_multi_resp with half a failure", frame(c.SUBMIT_MULTI_RESP, b"7F\0\2\1\1" b"7916\0\0\0\0\x0b\1\1" b"79"),
     lambda p: (p.message_id, p.failures) == ("7F", ((1, 1, "7916", 0x0B),))),
]  # fmt: skip

REFUSED = [
    # what, the PDU, the status to answer with
    ("a TLV runs past the PDU", deliver(tlvs=raw_tlv(0x1400, b"ab", 40)), c.ESME_RINVPARLEN),
    ("stray octets after the last field", deliver(tlvs=b"\x01\x02"), c.ESME_RINVOPTPARSTREAM),
    ("the body ends within the addresses", frame(c.DELIVER_SM, sm_body()[:8]), c.ESME_RINVCMDLEN),
    ("the body ends before sm_length", frame(c.DELIVER_SM, sm_body()[:-1]), c.ESME_RINVCMDLEN),
    ("no body", frame(c.DELIVER_SM), c.ESME_RINVCMDLEN),
    ("sm_length runs past the end", deliver(text=b"hi", sm_length=200), c.ESME_RINVMSGLEN),
    ("a bind without NULs", frame(c.BIND_TRANSCEIVER, b"shop"), c.ESME_RINVCMDLEN),
    ("a destination of an unknown kind", frame(c.SUBMIT_MULTI, b"\0\1\1" b"SHOP\0\1\3"), c.ESME_RINVDESTFLAG),
]  # fmt: skip


@pytest.mark.parametrize(("data", "found"), [pytest.param(*row[1:], id=row[0]) for row in KEPT])
def test_what_carriers_send_is_kept(data, found):
    read = read_one(data)
    assert not isinstance(read, Malformed), read.reason
    assert read.sequence == 7
    assert found(read), read


@pytest.mark.parametrize(("data", "status"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_what_cannot_be_cut_into_fields_is_refused_and_the_session_lives(data, status):
    read = read_one(data)
    assert isinstance(read, Malformed)
    assert (read.status, read.sequence, read.fatal) == (status, 7, False)
    assert read.reason


@pytest.mark.parametrize(("data", "status"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_a_refused_pdu_takes_no_byte_of_the_next_one(data, status):
    """A full PDU behind the damaged one must not lend it the bytes it lacks"""
    from lotsman.smpp.reader import Reader

    bad, good = Reader().feed(data + deliver(text=b"\0" * 20))
    assert (bad.status, good.short_message) == (status, b"\0" * 20)
