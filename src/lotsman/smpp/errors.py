"""What goes wrong because of *us*: exceptions. What the peer does wrong is a value, never an exception.

SmppError
├── UnwritableError  the writer was given a field that cannot stand in a PDU (also a ValueError)
├── WrongStateError  the session may not send this now
└── WindowFullError  the session has no free place for one more request

They broke it: `reader.Malformed` (one PDU, or the framing for good) and `events.ProtocolError` (an event).
"""


class SmppError(Exception):
    """We broke the protocol"""


class UnwritableError(SmppError, ValueError):
    """A field that cannot be written"""


class WrongStateError(SmppError):
    """Not allowed in this state of the session"""


class WindowFullError(SmppError):
    """As many requests are waiting for a response as the window allows"""
