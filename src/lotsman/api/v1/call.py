"""One call of api.php after it was read and its caller is known: all that an operation gets."""

from typing import NamedTuple

from lotsman.api.origin import Origin
from lotsman.api.v1.request import ApiRequest
from lotsman.domain.account import Account
from lotsman.usecases import Platform


class Call(NamedTuple):
    request: ApiRequest
    account: Account
    platform: Platform
    now: int  # ms: when the request arrived
    origin: Origin
