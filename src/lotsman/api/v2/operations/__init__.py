"""One file is one operation of api2.php; OPERATIONS says which key at the root selects which, in order.

In: a Call. Out: an Answer; Refused when the whole request is refused.
Calls: usecases, domain.
Never: JSON, XML.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from lotsman.api.v1.answers.shapes import Answer
from lotsman.api.v2.call import Call
from lotsman.api.v2.envelope import Envelope
from lotsman.api.v2.operations import balance, check, cost, inbound, info, send
from lotsman.domain.refusals import Refusal, Refused


class Operation(NamedTuple):
    name: str
    selected: Callable[[Envelope], bool]
    answer: Callable[[Call], Awaitable[Answer]]


OPERATIONS: Final = (
    Operation("cost", cost.selected, cost.answer),
    Operation("send", send.selected, send.answer),
    Operation("check", check.selected, check.answer),
    Operation("inbound", inbound.selected, inbound.answer),
    Operation("balance", balance.selected, balance.answer),
    Operation("info", info.selected, info.answer),
)


def select(envelope: Envelope) -> Operation:
    """Raises Refused: 14."""
    for operation in OPERATIONS:
        if operation.selected(envelope):
            return operation
    raise Refused(Refusal.COMMAND_UNKNOWN)
