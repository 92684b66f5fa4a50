"""PDUs as values: one small class per body shape of SMPP 3.4 §4, header fields first, body fields in wire order.

Rule 1: text fields are latin-1 str, so that every byte a peer sends survives; message bodies stay bytes.
Rule 2: the names and their order repeat `fields.FIELDS`, which drives the reader and the writer.
Rule 3: treat them as values. They are not frozen only because freezing would cost 2 µs per PDU; the one who
writes into them is the session, which sets `sequence` when a request leaves.
"""

from dataclasses import dataclass, field
from typing import Final

from lotsman.smpp import commands, tlv

Tlvs = tuple[tlv.Tlv, ...]
SmeAddress = tuple[int, int, str]  # ton, npi, address
Destination = SmeAddress | str  # or the name of a distribution list
Failure = tuple[int, int, str, int]  # ton, npi, address, command_status

# esm_class, SMPP 3.4 §5.2.12
ESM_TYPE_MASK: Final = 0x3C
ESM_RECEIPT: Final = 0x04
ESM_INTERMEDIATE: Final = 0x20
ESM_UDHI: Final = 0x40


@dataclass(slots=True)
class Pdu:
    """A header and, at most, optional parameters: enquire_link, unbind, generic_nack, cancel_sm_resp …"""

    command: int
    status: int = 0
    sequence: int = 0
    tlvs: Tlvs = ()
    raw: bytes = field(default=b"", kw_only=True, compare=False, repr=False)  # as it came, if it came


@dataclass(slots=True)
class Unknown(Pdu):
    """A command of no table: kept whole"""

    body: bytes = b""


@dataclass(slots=True)
class Bind(Pdu):
    """bind_transmitter, bind_receiver, bind_transceiver (§4.1)"""

    system_id: str = ""
    password: str = ""
    system_type: str = ""
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


@dataclass(slots=True)
class BindResp(Pdu):
    system_id: str = ""


@dataclass(slots=True)
class Outbind(Pdu):
    command: int = commands.OUTBIND
    system_id: str = ""
    password: str = ""


@dataclass(slots=True)
class Sm(Pdu):
    """submit_sm and deliver_sm share one shape (§4.4.1, §4.6.1)"""

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""

    @property
    def payload(self) -> bytes:
        """The text, wherever it travels: short_message, or message_payload (§5.3.2.32)"""
        return self.short_message or tlv.octets(self.tlvs, tlv.MESSAGE_PAYLOAD) or b""


@dataclass(slots=True)
class SmResp(Pdu):
    """submit_sm_resp, deliver_sm_resp (there the id is unused), data_sm_resp"""

    message_id: str = ""


@dataclass(slots=True)
class DataSm(Pdu):
    command: int = commands.DATA_SM
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0

    @property
    def payload(self) -> bytes:
        return tlv.octets(self.tlvs, tlv.MESSAGE_PAYLOAD) or b""


@dataclass(slots=True)
class SubmitMulti(Pdu):
    command: int = commands.SUBMIT_MULTI
    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    destinations: tuple[Destination, ...] = ()
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


@dataclass(slots=True)
class SubmitMultiResp(Pdu):
    command: int = commands.SUBMIT_MULTI_RESP
    message_id: str = ""
    failures: tuple[Failure, ...] = ()


@dataclass(slots=True)
class QuerySm(Pdu):
    command: int = commands.QUERY_SM
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""


@dataclass(slots=True)
class QuerySmResp(Pdu):
    command: int = commands.QUERY_SM_RESP
    message_id: str = ""
    final_date: str = ""
    message_state: int = 0
    error_code: int = 0


@dataclass(slots=True)
class CancelSm(Pdu):
    command: int = commands.CANCEL_SM
    service_type: str = ""
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""


@dataclass(slots=True)
class ReplaceSm(Pdu):
    command: int = commands.REPLACE_SM
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


@dataclass(slots=True)
class AlertNotification(Pdu):
    command: int = commands.ALERT_NOTIFICATION
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    esme_addr_ton: int = 0
    esme_addr_npi: int = 0
    esme_addr: str = ""
