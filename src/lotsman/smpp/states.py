"""Who may send what in which state of a session.

Rule 1: everything that decides whether a PDU is allowed lives in MATRIX; the session only looks it up.
Rule 2: a response may be sent by the other side, in the states of its request.
"""

from enum import Enum
from typing import Final, NamedTuple

from lotsman.smpp import commands as c


class Role(Enum):
    ESME = "ESME"  # the client
    SMSC = "SMSC"  # the message centre

    @property
    def peer(self) -> "Role":
        return Role.SMSC if self is Role.ESME else Role.ESME


class State(Enum):  # SMPP 3.4 §2.2
    OPEN = "OPEN"  # connected, not bound
    BOUND_TX = "BOUND_TX"
    BOUND_RX = "BOUND_RX"
    BOUND_TRX = "BOUND_TRX"
    UNBOUND = "UNBOUND"  # said good-bye, the connection may be closed
    CLOSED = "CLOSED"  # no byte in or out any more


class Row(NamedTuple):
    senders: tuple[Role, ...]
    states: tuple[State, ...]


_ESME = (Role.ESME,)
_SMSC = (Role.SMSC,)
_BOTH = (Role.ESME, Role.SMSC)
_OPEN = (State.OPEN,)
_TX = (State.BOUND_TX, State.BOUND_TRX)
_RX = (State.BOUND_RX, State.BOUND_TRX)
_BOUND = (State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX)
_CONNECTED = (State.OPEN, *_BOUND, State.UNBOUND)

MATRIX: Final[dict[int, Row]] = {  # SMPP 3.4 §2.3, table 2-1
    c.BIND_TRANSMITTER: Row(_ESME, _OPEN),
    c.BIND_RECEIVER: Row(_ESME, _OPEN),
    c.BIND_TRANSCEIVER: Row(_ESME, _OPEN),
    c.OUTBIND: Row(_SMSC, _OPEN),
    c.UNBIND: Row(_BOTH, _BOUND),
    c.SUBMIT_SM: Row(_ESME, _TX),
    c.SUBMIT_MULTI: Row(_ESME, _TX),
    c.DATA_SM: Row(_BOTH, _BOUND),
    c.DELIVER_SM: Row(_SMSC, _RX),
    c.QUERY_SM: Row(_ESME, _TX),
    c.CANCEL_SM: Row(_ESME, _TX),
    c.REPLACE_SM: Row(_ESME, _TX),  # a transceiver has all the operations of a transmitter (§2.2)
    c.ALERT_NOTIFICATION: Row(_SMSC, _RX),
    c.ENQUIRE_LINK: Row(_BOTH, _CONNECTED),  # §2.3 says bound; some ask earlier and it harms nobody
    c.GENERIC_NACK: Row(_BOTH, _CONNECTED),
}

BOUND_BY: Final[dict[int, State]] = {
    c.BIND_TRANSMITTER: State.BOUND_TX,
    c.BIND_RECEIVER: State.BOUND_RX,
    c.BIND_TRANSCEIVER: State.BOUND_TRX,
}

BOUND: Final = frozenset(_BOUND)
OVER: Final = frozenset({State.UNBOUND, State.CLOSED})


def _allowed(role: Role, state: State) -> frozenset[int]:
    commands = {command for command, row in MATRIX.items() if role in row.senders and state in row.states}
    answers = {
        command | c.RESPONSE
        for command, row in MATRIX.items()
        if role.peer in row.senders and state in row.states and command not in c.WITHOUT_RESPONSE
    }
    return frozenset(commands | answers)


MAY_SEND: Final[dict[tuple[Role, State], frozenset[int]]] = {
    (role, state): _allowed(role, state) for role in Role for state in State
}
