"""What the operator says to a sender name or a template that a customer has registered."""

from enum import IntEnum


class Verdict(IntEnum):
    """The numbers are what customers are told: `status` in answers and callbacks."""

    REFUSED = -1
    PENDING = 0
    APPROVED = 1
