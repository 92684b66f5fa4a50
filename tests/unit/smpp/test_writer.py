import pytest

from lotsman.smpp import commands as c
from lotsman.smpp import fields, pdu, tlv
from lotsman.smpp.errors import UnwritableError
from lotsman.smpp.pdu import Sm, SmResp
from lotsman.smpp.writer import encode, header
from unit.smpp.connection_pair import a_submit
from unit.smpp.wire import frame, read_one, sm_body


def test_bytes_are_as_the_standard_has_them():
    message = Sm(
        c.DELIVER_SM, sequence=7, source_addr_ton=1, source_addr_npi=1, source_addr="79161234567",
        dest_addr_ton=5, destination_addr="SHOP", registered_delivery=1, short_message=b"hello",
    )  # fmt: skip
    assert encode(message) == frame(c.DELIVER_SM, sm_body(b"hello"))
    assert encode(SmResp(c.SUBMIT_SM_RESP, 0, 7, (), "7F")) == frame(c.SUBMIT_SM_RESP, b"7F\0")
    assert encode(pdu.Pdu(c.ENQUIRE_LINK, sequence=7)) == frame(c.ENQUIRE_LINK)
    assert header(c.GENERIC_NACK, 3, 9) == frame(c.GENERIC_NACK, b"", 3, 9)


def test_the_fields_of_every_class_are_those_of_the_table_in_the_same_order():
    for command, body in fields.FIELDS.items():
        header_fields = ("command", "status", "sequence", "tlvs", "raw")
        names = [name for name in body.shape.__dataclass_fields__ if name not in header_fields]
        assert names == [field.name for field in body.fields], c.command_name(command)


def test_lists_are_written_entry_by_entry():
    multi = pdu.SubmitMulti(sequence=7, destinations=((1, 1, "7916"), "staff"), short_message=b"hi")
    body = b"\0\0\0\0\x02\x01\x01\x017916\0\x02staff\0\0\0\0\0\0\0\0\0\0\x02hi"
    assert encode(multi) == frame(c.SUBMIT_MULTI, body)
    assert read_one(frame(c.SUBMIT_MULTI, body)) == multi
    result = pdu.SubmitMultiResp(sequence=7, message_id="7F", failures=((1, 1, "7916", c.ESME_RINVDSTADR),))
    body = b"7F\0\x01\x01\x017916\0\0\0\0\x0b"
    assert encode(result) == frame(c.SUBMIT_MULTI_RESP, body)
    assert read_one(frame(c.SUBMIT_MULTI_RESP, body)) == result


def test_an_unknown_command_is_passed_on_as_it_came():
    assert encode(pdu.Unknown(0x00010200, 1, 7, (), b"\1\2")) == frame(0x00010200, b"\1\2", 1)


def test_a_failed_response_goes_out_without_a_body():
    assert encode(SmResp(c.SUBMIT_SM_RESP, 0x58, 7)) == frame(c.SUBMIT_SM_RESP, b"", 0x58)
    assert encode(pdu.BindResp(c.BIND_RECEIVER_RESP, 0x0E, 7)) == frame(c.BIND_RECEIVER_RESP, b"", 0x0E)


def test_a_failed_response_with_something_to_say_says_it():
    reason = tlv.make(tlv.ADDITIONAL_STATUS_INFO_TEXT, "no money")
    response = SmResp(c.DATA_SM_RESP, 0xFE, 7, (reason,))
    assert read_one(encode(response)) == response


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service_type", "123456"),
        ("source_addr", "x" * 21),
        ("source_addr", "Магазин"),
        ("destination_addr", "7916\x00"),
        ("destination_addr", 79161234567),
        ("esm_class", 256),
        ("priority_flag", -1),
        ("data_coding", 0x1F600),
        ("registered_delivery", "1"),
        ("schedule_delivery_time", "x" * 17),
        ("validity_period", "x" * 17),
        ("short_message", b"x" * 255),
        ("short_message", "text"),
    ],
)
def test_a_field_that_cannot_stand_in_a_submit_is_named(name, value):
    with pytest.raises(UnwritableError, match=f"submit_sm: {name}"):
        encode(a_submit(**{name: value}))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (SmResp(c.SUBMIT_SM_RESP, message_id="x" * 65), "message_id"),
        (SmResp(c.SUBMIT_SM_RESP, message_id="a\0"), "message_id"),
        (SmResp(c.SUBMIT_SM_RESP, message_id="ж"), "message_id"),
        (SmResp(c.SUBMIT_SM_RESP, sequence=-1), "sequence"),
        (SmResp(c.SUBMIT_SM), "submit_sm is a Sm, not a SmResp"),
        (Sm(c.ENQUIRE_LINK), "enquire_link is a Pdu, not a Sm"),
        (pdu.Pdu(0x00010200), "not a command"),
        (pdu.Bind(c.BIND_RECEIVER, system_type="x" * 13), "system_type"),
        (pdu.SubmitMulti(), "1 to 254 destinations"),
        (pdu.SubmitMulti(destinations=("",) * 255), "1 to 254 destinations"),
        (pdu.SubmitMultiResp(failures=((1, 1, "7916", 0),) * 256), "at most 255"),
        (a_submit(status=-1), "status"),
        (a_submit(tlvs=((tlv.MESSAGE_PAYLOAD, b"x"),)), "at once"),
        (a_submit(tlvs=((0x10000, b"x"),)), "0x10000"),
        (a_submit(tlvs=((0x1400, b"x" * 0x10000),)), "0x1400"),
        (a_submit(tlvs=((0x1400, "text"),)), "0x1400"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_says_why(value, said):
    with pytest.raises(UnwritableError, match=said):
        encode(value)


def test_a_payload_travels_in_message_payload_alone():
    message = a_submit(short_message=b"", tlvs=(tlv.make(tlv.MESSAGE_PAYLOAD, b"long"),))
    assert read_one(encode(message)).payload == b"long"
