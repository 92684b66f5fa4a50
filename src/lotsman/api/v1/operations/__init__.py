"""One file is one operation of api.php; OPERATIONS says which parameter selects which, in order.

In: a Call. Out: an Answer; Refused when the whole request is refused.
Calls: usecases, domain.
Never: formats, charsets, each other.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from lotsman.api.v1.answers.shapes import Answer
from lotsman.api.v1.call import Call
from lotsman.api.v1.operations import (
    add_sender,
    add_template,
    balance,
    check,
    cost,
    inbound,
    info,
    list_senders,
    send,
)
from lotsman.api.v1.request import ApiRequest


class Operation(NamedTuple):
    name: str
    selected: Callable[[ApiRequest], bool]
    answer: Callable[[Call], Awaitable[Answer]]


OPERATIONS: Final = (
    Operation("cost", cost.selected, cost.answer),
    Operation("send", send.selected, send.answer),
    Operation("check", check.selected, check.answer),
    Operation("inbound", inbound.selected, inbound.answer),
    Operation("balance", balance.selected, balance.answer),
    Operation("add_sender", add_sender.selected, add_sender.answer),
    Operation("add_template", add_template.selected, add_template.answer),
    Operation("list", list_senders.selected, list_senders.answer),
    Operation("info", lambda _: True, info.answer),  # none of the others: who am I?
)


def select(request: ApiRequest) -> Operation:
    return next(operation for operation in OPERATIONS if operation.selected(request))
