"""Optional parameters (TLV): an ordered tuple of (tag, bytes), repeated and unknown tags kept.

In: such a tuple and a tag. Out: the value as int, text or octets; None where the tag is absent.
Rule 1: readers forgive a wrong length, a missing NUL and an empty value; the raw bytes always stay.
Rule 2: `make` is strict and knows the lengths of SMPP 3.4 §5.3.2.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from lotsman.smpp.errors import UnwritableError

Tlv = tuple[int, bytes]

INTEGER: Final = "integer"
CSTRING: Final = "c-octet string"
OCTETS: Final = "octets"


class Shape(NamedTuple):
    name: str
    kind: str
    limit: int  # of an integer its exact length, of others the longest value, the NUL included


DEST_ADDR_SUBUNIT: Final = 0x0005
SOURCE_PORT: Final = 0x020A
DESTINATION_PORT: Final = 0x020B
USER_MESSAGE_REFERENCE: Final = 0x0204
SAR_MSG_REF_NUM: Final = 0x020C
SAR_TOTAL_SEGMENTS: Final = 0x020E
SAR_SEGMENT_SEQNUM: Final = 0x020F
SC_INTERFACE_VERSION: Final = 0x0210
NETWORK_ERROR_CODE: Final = 0x0423
MESSAGE_PAYLOAD: Final = 0x0424
DELIVERY_FAILURE_REASON: Final = 0x0425
MORE_MESSAGES_TO_SEND: Final = 0x0426
MESSAGE_STATE: Final = 0x0427
RECEIPTED_MESSAGE_ID: Final = 0x001E
ADDITIONAL_STATUS_INFO_TEXT: Final = 0x001D

TAGS: Final[dict[int, Shape]] = {  # SMPP 3.4 §5.3.2
    DEST_ADDR_SUBUNIT: Shape("dest_addr_subunit", INTEGER, 1),
    0x0006: Shape("dest_network_type", INTEGER, 1),
    0x0007: Shape("dest_bearer_type", INTEGER, 1),
    0x0008: Shape("dest_telematics_id", INTEGER, 2),
    0x000D: Shape("source_addr_subunit", INTEGER, 1),
    0x000E: Shape("source_network_type", INTEGER, 1),
    0x000F: Shape("source_bearer_type", INTEGER, 1),
    0x0010: Shape("source_telematics_id", INTEGER, 1),
    0x0017: Shape("qos_time_to_live", INTEGER, 4),
    0x0019: Shape("payload_type", INTEGER, 1),
    ADDITIONAL_STATUS_INFO_TEXT: Shape("additional_status_info_text", CSTRING, 256),
    RECEIPTED_MESSAGE_ID: Shape("receipted_message_id", CSTRING, 65),
    0x0030: Shape("ms_msg_wait_facilities", INTEGER, 1),
    0x0201: Shape("privacy_indicator", INTEGER, 1),
    0x0202: Shape("source_subaddress", OCTETS, 23),
    0x0203: Shape("dest_subaddress", OCTETS, 23),
    USER_MESSAGE_REFERENCE: Shape("user_message_reference", INTEGER, 2),
    0x0205: Shape("user_response_code", INTEGER, 1),
    SOURCE_PORT: Shape("source_port", INTEGER, 2),
    DESTINATION_PORT: Shape("destination_port", INTEGER, 2),
    SAR_MSG_REF_NUM: Shape("sar_msg_ref_num", INTEGER, 2),
    0x020D: Shape("language_indicator", INTEGER, 1),
    SAR_TOTAL_SEGMENTS: Shape("sar_total_segments", INTEGER, 1),
    SAR_SEGMENT_SEQNUM: Shape("sar_segment_seqnum", INTEGER, 1),
    SC_INTERFACE_VERSION: Shape("sc_interface_version", INTEGER, 1),
    0x0302: Shape("callback_num_pres_ind", INTEGER, 1),
    0x0303: Shape("callback_num_atag", OCTETS, 65),
    0x0304: Shape("number_of_messages", INTEGER, 1),
    0x0381: Shape("callback_num", OCTETS, 19),
    0x0420: Shape("dpf_result", INTEGER, 1),
    0x0421: Shape("set_dpf", INTEGER, 1),
    0x0422: Shape("ms_availability_status", INTEGER, 1),
    NETWORK_ERROR_CODE: Shape("network_error_code", OCTETS, 3),
    MESSAGE_PAYLOAD: Shape("message_payload", OCTETS, 0xFFFF),
    DELIVERY_FAILURE_REASON: Shape("delivery_failure_reason", INTEGER, 1),
    MORE_MESSAGES_TO_SEND: Shape("more_messages_to_send", INTEGER, 1),
    MESSAGE_STATE: Shape("message_state", INTEGER, 1),
    0x0501: Shape("ussd_service_op", OCTETS, 1),
    0x1201: Shape("display_time", INTEGER, 1),
    0x1203: Shape("sms_signal", INTEGER, 2),
    0x1204: Shape("ms_validity", INTEGER, 1),
    0x130C: Shape("alert_on_message_delivery", OCTETS, 0),  # §5.3.2.41: present is all it says
    0x1380: Shape("its_reply_type", INTEGER, 1),
    0x1383: Shape("its_session_info", OCTETS, 2),
}


def tag_name(tag: int) -> str:
    shape = TAGS.get(tag)
    return shape.name if shape else f"0x{tag:04X}"


def octets(tlvs: Sequence[Tlv], tag: int) -> bytes | None:
    """The first value of this tag as it came"""
    for key, value in tlvs:
        if key == tag:
            return value
    return None


def integer(tlvs: Sequence[Tlv], tag: int) -> int | None:
    """Any length will do; an empty value says nothing"""
    value = octets(tlvs, tag)
    return int.from_bytes(value, "big") if value else None


def cstring(tlvs: Sequence[Tlv], tag: int) -> str | None:
    """Up to the first NUL, or everything where there is none"""
    value = octets(tlvs, tag)
    return None if value is None else value.partition(b"\0")[0].decode("latin-1")


def make(tag: int, value: int | str | bytes) -> Tlv:
    """One optional parameter. An unknown (vendor) tag takes bytes only: nobody else knows its shape."""
    shape = TAGS.get(tag, Shape(tag_name(tag), OCTETS, 0xFFFF))
    try:
        data = _octets_of(value, shape)
    except (OverflowError, UnicodeEncodeError) as error:
        raise UnwritableError(f"{shape.name}: {value!r}: {error}") from None
    if len(data) > shape.limit:
        raise UnwritableError(f"{shape.name}: {len(data)} octets, at most {shape.limit}")
    return tag, data


def _octets_of(value: int | str | bytes, shape: Shape) -> bytes:
    if shape.kind == INTEGER and isinstance(value, int):
        return value.to_bytes(shape.limit, "big")
    if shape.kind == CSTRING and isinstance(value, str) and "\0" not in value:
        return value.encode("latin-1") + b"\0"
    if shape.kind == OCTETS and isinstance(value, bytes):
        return value
    raise UnwritableError(f"{shape.name}: wants {shape.kind}, got {value!r}")
