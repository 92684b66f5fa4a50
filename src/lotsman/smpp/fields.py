"""Mandatory fields per command, in wire order: the ONE table that drives the reader and the writer.

A field is (name, kind, limit); `limit` is the largest number of octets the writer lets out, the NUL included
(SMPP 3.4 §4 and §5.2). The reader does not check it: carriers do exceed it, and no harm is done.
"""

from typing import Final, NamedTuple

from lotsman.smpp import commands as c
from lotsman.smpp import pdu as p

OCTET: Final = "octet"  # integer of one octet
CSTRING: Final = "cstring"  # text up to a NUL
MESSAGE: Final = "message"  # sm_length and so many octets
DESTINATIONS: Final = "destinations"  # number_of_dests and so many addresses (§4.5.1.1)
FAILURES: Final = "failures"  # no_unsuccess and so many unsuccess_sme (§4.5.2.1)


class Field(NamedTuple):
    name: str
    kind: str
    limit: int


class Body(NamedTuple):
    shape: type[p.Pdu]
    fields: tuple[Field, ...]


def _octets(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, OCTET, 1) for name in names)


def _text(name: str, limit: int) -> tuple[Field, ...]:
    return (Field(name, CSTRING, limit),)


def _address(prefix: str, name: str, limit: int = 21) -> tuple[Field, ...]:
    return (*_octets(f"{prefix}_ton", f"{prefix}_npi"), Field(name, CSTRING, limit))


# §5.2.1 and §5.2.2 allow 16 and 9, but carriers hand out longer names and passwords
_SYSTEM_ID = _text("system_id", 65)
_PASSWORD = _text("password", 65)
_MESSAGE_ID = _text("message_id", 65)
_SERVICE_TYPE = _text("service_type", 6)
_SOURCE = _address("source_addr", "source_addr")
_DESTINATION = _address("dest_addr", "destination_addr")
_TIMES = (*_text("schedule_delivery_time", 17), *_text("validity_period", 17))
_MESSAGE = (Field("short_message", MESSAGE, 254),)
_DELIVERY = (
    *_octets("esm_class", "protocol_id", "priority_flag"),
    *_TIMES,
    *_octets("registered_delivery", "replace_if_present_flag", "data_coding", "sm_default_msg_id"),
    *_MESSAGE,
)

_HEADER_ONLY = Body(p.Pdu, ())
_BIND = Body(
    p.Bind,
    (
        *_SYSTEM_ID,
        *_PASSWORD,
        *_text("system_type", 13),
        *_octets("interface_version"),
        *_address("addr", "address_range", 41),
    ),
)
_BIND_RESP = Body(p.BindResp, _SYSTEM_ID)
_SM = Body(p.Sm, (*_SERVICE_TYPE, *_SOURCE, *_DESTINATION, *_DELIVERY))
_SM_RESP = Body(p.SmResp, _MESSAGE_ID)

FIELDS: Final[dict[int, Body]] = {
    c.GENERIC_NACK: _HEADER_ONLY,  # §4.3.1
    c.BIND_RECEIVER: _BIND,  # §4.1.3
    c.BIND_RECEIVER_RESP: _BIND_RESP,
    c.BIND_TRANSMITTER: _BIND,  # §4.1.1
    c.BIND_TRANSMITTER_RESP: _BIND_RESP,
    c.BIND_TRANSCEIVER: _BIND,  # §4.1.5
    c.BIND_TRANSCEIVER_RESP: _BIND_RESP,
    c.OUTBIND: Body(p.Outbind, (*_SYSTEM_ID, *_PASSWORD)),  # §4.1.7
    c.UNBIND: _HEADER_ONLY,  # §4.2.1
    c.UNBIND_RESP: _HEADER_ONLY,
    c.SUBMIT_SM: _SM,  # §4.4.1
    c.SUBMIT_SM_RESP: _SM_RESP,
    c.SUBMIT_MULTI: Body(  # §4.5.1
        p.SubmitMulti, (*_SERVICE_TYPE, *_SOURCE, Field("destinations", DESTINATIONS, 255), *_DELIVERY)
    ),
    c.SUBMIT_MULTI_RESP: Body(p.SubmitMultiResp, (*_MESSAGE_ID, Field("failures", FAILURES, 255))),
    c.DELIVER_SM: _SM,  # §4.6.1
    c.DELIVER_SM_RESP: _SM_RESP,
    c.DATA_SM: Body(  # §4.7.1; its addresses may be longer
        p.DataSm,
        (
            *_SERVICE_TYPE,
            *_address("source_addr", "source_addr", 65),
            *_address("dest_addr", "destination_addr", 65),
            *_octets("esm_class", "registered_delivery", "data_coding"),
        ),
    ),
    c.DATA_SM_RESP: _SM_RESP,
    c.QUERY_SM: Body(p.QuerySm, (*_MESSAGE_ID, *_SOURCE)),  # §4.8.1
    c.QUERY_SM_RESP: Body(
        p.QuerySmResp, (*_MESSAGE_ID, *_text("final_date", 17), *_octets("message_state", "error_code"))
    ),
    c.CANCEL_SM: Body(p.CancelSm, (*_SERVICE_TYPE, *_MESSAGE_ID, *_SOURCE, *_DESTINATION)),  # §4.9.1
    c.CANCEL_SM_RESP: _HEADER_ONLY,
    c.REPLACE_SM: Body(  # §4.10.1
        p.ReplaceSm,
        (
            *_MESSAGE_ID,
            *_SOURCE,
            *_TIMES,
            *_octets("registered_delivery", "sm_default_msg_id"),
            *_MESSAGE,
        ),
    ),
    c.REPLACE_SM_RESP: _HEADER_ONLY,
    c.ENQUIRE_LINK: _HEADER_ONLY,  # §4.11.1
    c.ENQUIRE_LINK_RESP: _HEADER_ONLY,
    c.ALERT_NOTIFICATION: Body(  # §4.12.1
        p.AlertNotification,
        (*_address("source_addr", "source_addr", 65), *_address("esme_addr", "esme_addr", 65)),
    ),
}
