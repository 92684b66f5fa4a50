"""One command of api2.php after it was read and its caller is known: all that an operation gets."""

from typing import NamedTuple

from lotsman.api.origin import Origin
from lotsman.api.v2.envelope import Envelope
from lotsman.domain.account import Account
from lotsman.usecases import Platform


class Call(NamedTuple):
    envelope: Envelope
    account: Account
    platform: Platform
    now: int  # ms: when the request arrived
    origin: Origin
