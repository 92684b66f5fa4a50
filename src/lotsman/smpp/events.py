"""What a session tells its caller. One small object per event: a `Response` is made for every message.

`context` is whatever the caller gave with the request; the session never looks into it.
"""

from dataclasses import dataclass, field

from lotsman.smpp.pdu import Pdu


@dataclass(slots=True)
class Response:
    """Our request was answered. It may follow its own `TimedOut`: late, but the peer did take it."""

    context: object
    status: int
    pdu: Pdu
    waited: int  # milliseconds since the request was sent


@dataclass(slots=True)
class Nacked:
    """Our request was answered with generic_nack: the peer could not read it"""

    context: object
    status: int
    raw: bytes = field(default=b"", compare=False, repr=False)


@dataclass(slots=True)
class TimedOut:
    """No answer in time: the peer may or may not have taken the request"""

    context: object


@dataclass(slots=True)
class Lost:
    """The session ended before these requests were answered"""

    contexts: list[object]


@dataclass(slots=True)
class Request:
    """The peer wants an answer (`Session.answer`), now or later, in any order; alert_notification and outbind none"""

    pdu: Pdu


@dataclass(slots=True)
class Bound:
    pdu: Pdu


@dataclass(slots=True)
class BindRefused:
    status: int
    pdu: Pdu


@dataclass(slots=True)
class Unbound:
    by_peer: bool


@dataclass(slots=True)
class LinkDead:
    """The peer did not answer where an answer was due: the connection is to be closed"""

    reason: str


@dataclass(slots=True)
class ProtocolError:
    """The peer broke the protocol; it was answered as it deserves. `fatal`: the session is closed."""

    status: int
    reason: str
    command: int
    sequence: int
    fatal: bool = False


Event = (
    Response | Nacked | TimedOut | Lost | Request | Bound | BindRefused | Unbound | LinkDead | ProtocolError
)
