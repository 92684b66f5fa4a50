"""command_id and command_status: plain ints, because carriers send values that are in no table.

In: an int. Out: its name; a value nobody knows comes back as hexadecimal, never as an exception.
"""

from typing import Final

# command_id, SMPP 3.4 §5.1.2.1

GENERIC_NACK: Final = 0x80000000
BIND_RECEIVER: Final = 0x00000001
BIND_RECEIVER_RESP: Final = 0x80000001
BIND_TRANSMITTER: Final = 0x00000002
BIND_TRANSMITTER_RESP: Final = 0x80000002
QUERY_SM: Final = 0x00000003
QUERY_SM_RESP: Final = 0x80000003
SUBMIT_SM: Final = 0x00000004
SUBMIT_SM_RESP: Final = 0x80000004
DELIVER_SM: Final = 0x00000005
DELIVER_SM_RESP: Final = 0x80000005
UNBIND: Final = 0x00000006
UNBIND_RESP: Final = 0x80000006
REPLACE_SM: Final = 0x00000007
REPLACE_SM_RESP: Final = 0x80000007
CANCEL_SM: Final = 0x00000008
CANCEL_SM_RESP: Final = 0x80000008
BIND_TRANSCEIVER: Final = 0x00000009
BIND_TRANSCEIVER_RESP: Final = 0x80000009
OUTBIND: Final = 0x0000000B
ENQUIRE_LINK: Final = 0x00000015
ENQUIRE_LINK_RESP: Final = 0x80000015
SUBMIT_MULTI: Final = 0x00000021
SUBMIT_MULTI_RESP: Final = 0x80000021
ALERT_NOTIFICATION: Final = 0x00000102
DATA_SM: Final = 0x00000103
DATA_SM_RESP: Final = 0x80000103

RESPONSE: Final = 0x80000000  # this bit makes a response of a request

BINDS: Final = frozenset({BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER})
WITHOUT_RESPONSE: Final = frozenset({OUTBIND, ALERT_NOTIFICATION})  # §4.1.7, §4.12.1

COMMAND_NAMES: Final[dict[int, str]] = {
    value: name.lower()
    for name, value in list(globals().items())
    if name.isupper() and isinstance(value, int) and name != "RESPONSE"
}

# command_status, SMPP 3.4 §5.1.3

ESME_ROK: Final = 0x00  # no error
ESME_RINVMSGLEN: Final = 0x01  # message length is invalid
ESME_RINVCMDLEN: Final = 0x02  # command length is invalid
ESME_RINVCMDID: Final = 0x03  # invalid command id
ESME_RINVBNDSTS: Final = 0x04  # incorrect bind status for the given command
ESME_RALYBND: Final = 0x05  # already bound
ESME_RINVPRTFLG: Final = 0x06  # invalid priority flag
ESME_RINVREGDLVFLG: Final = 0x07  # invalid registered delivery flag
ESME_RSYSERR: Final = 0x08  # system error
ESME_RINVSRCADR: Final = 0x0A  # invalid source address
ESME_RINVDSTADR: Final = 0x0B  # invalid destination address
ESME_RINVMSGID: Final = 0x0C  # message id is invalid
ESME_RBINDFAIL: Final = 0x0D  # bind failed
ESME_RINVPASWD: Final = 0x0E  # invalid password
ESME_RINVSYSID: Final = 0x0F  # invalid system id
ESME_RCANCELFAIL: Final = 0x11  # cancel_sm failed
ESME_RREPLACEFAIL: Final = 0x13  # replace_sm failed
ESME_RMSGQFUL: Final = 0x14  # message queue full
ESME_RINVSERTYP: Final = 0x15  # invalid service type
ESME_RINVNUMDESTS: Final = 0x33  # invalid number of destinations
ESME_RINVDLNAME: Final = 0x34  # invalid distribution list name
ESME_RINVDESTFLAG: Final = 0x40  # destination flag is invalid
ESME_RINVSUBREP: Final = 0x42  # "submit with replace" is not supported
ESME_RINVESMCLASS: Final = 0x43  # invalid esm_class
ESME_RCNTSUBDL: Final = 0x44  # cannot submit to a distribution list
ESME_RSUBMITFAIL: Final = 0x45  # submit_sm or submit_multi failed
ESME_RINVSRCTON: Final = 0x48  # invalid source address TON
ESME_RINVSRCNPI: Final = 0x49  # invalid source address NPI
ESME_RINVDSTTON: Final = 0x50  # invalid destination address TON
ESME_RINVDSTNPI: Final = 0x51  # invalid destination address NPI
ESME_RINVSYSTYP: Final = 0x53  # invalid system_type
ESME_RINVREPFLAG: Final = 0x54  # invalid replace_if_present flag
ESME_RINVNUMMSGS: Final = 0x55  # invalid number of messages
ESME_RTHROTTLED: Final = 0x58  # the ESME exceeded the allowed rate
ESME_RINVSCHED: Final = 0x61  # invalid scheduled delivery time
ESME_RINVEXPIRY: Final = 0x62  # invalid validity period
ESME_RINVDFTMSGID: Final = 0x63  # predefined message invalid or not found
ESME_RX_T_APPN: Final = 0x64  # ESME receiver: temporary error, send again
ESME_RX_P_APPN: Final = 0x65  # ESME receiver: permanent error
ESME_RX_R_APPN: Final = 0x66  # ESME receiver: message rejected
ESME_RQUERYFAIL: Final = 0x67  # query_sm failed
ESME_RINVOPTPARSTREAM: Final = 0xC0  # error in the optional part of the PDU body
ESME_ROPTPARNOTALLWD: Final = 0xC1  # optional parameter not allowed
ESME_RINVPARLEN: Final = 0xC2  # invalid parameter length
ESME_RMISSINGOPTPARAM: Final = 0xC3  # expected optional parameter missing
ESME_RINVOPTPARAMVAL: Final = 0xC4  # invalid optional parameter value
ESME_RDELIVERYFAILURE: Final = 0xFE  # delivery failure (in data_sm_resp)
ESME_RUNKNOWNERR: Final = 0xFF  # unknown error

STATUS_NAMES: Final[dict[int, str]] = {
    value: name for name, value in list(globals().items()) if name.startswith("ESME_R")
}


def command_name(command: int) -> str:
    return COMMAND_NAMES.get(command) or f"0x{command:08X}"


def status_name(status: int) -> str:
    return STATUS_NAMES.get(status) or f"0x{status:08X}"


def is_response(command: int) -> bool:
    return command >= RESPONSE
