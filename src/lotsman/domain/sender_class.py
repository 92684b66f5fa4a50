"""What kind of sender a message shows, as far as prices ask: carriers charge by it."""

from collections.abc import Collection
from enum import StrEnum

from lotsman.domain.service import Service


class SenderClass(StrEnum):
    NAME = "name"  # the account's own alphanumeric name
    SHARED = "shared"  # a name of the installation that every account may use
    NUMBER = "number"  # digits


# Only what a phone shows the sender of; whatever else is sent has none.
SHOWS_SENDER = frozenset({Service.SMS, Service.TWO_WAY})


def class_of(service: Service, sender: str, shared: Collection[str]) -> str:
    """`shared`: the shared names in lower case that are not the account's own. "" where no sender is shown."""
    if service not in SHOWS_SENDER or not sender:
        return ""
    if sender.isdecimal():
        return SenderClass.NUMBER
    return SenderClass.SHARED if sender.lower() in shared else SenderClass.NAME
