"""Account: the paying customer, as the doors see it. A frozen copy; the store refreshes it when it changes."""

from dataclasses import dataclass, field
from enum import IntEnum

from lotsman.domain.account_settings import AccountSettings
from lotsman.domain.limits import Guard
from lotsman.domain.protection import Protection
from lotsman.domain.refusals import Refusal, by_code
from lotsman.domain.tariff import Tariff


class Standing(IntEnum):
    """Whether an account may use the API; a blocked one answers with the code of the same number."""

    ACTIVE = 0
    BLOCKED_BALANCE = 105
    BLOCKED_SPAM = 106
    BLOCKED_UNTRUSTED = 107
    BLOCKED_DISPUTE = 122


@dataclass(frozen=True, slots=True)
class Account:
    id: int  # the contract number
    login: str  # e-mail
    name: str
    phone: str
    created_at: int  # ms
    standing: Standing
    credit_limit: int  # kopecks the balance may go below zero
    default_sender: str
    any_sender: bool  # may use names it has not registered
    time_zone: str
    tariff: Tariff
    senders: tuple[str, ...] = ()  # approved names, in order of registration
    senders_folded: dict[str, str] = field(default_factory=dict)  # lower case -> registered spelling
    shared_senders: frozenset[str] = frozenset()  # lower case: the installation's names that are not its own
    two_way_numbers: tuple[str, ...] = ()  # from which its 2WAY messages may go out, its own first
    settings: AccountSettings = field(default_factory=AccountSettings)
    referrer: int = 0  # contract number of who brought this customer; 0: nobody
    protection: Protection | None = None  # None: nothing watches over it
    guard: Guard | None = None  # None: nothing limits it

    @property
    def blocked(self) -> Refusal | None:
        return None if self.standing is Standing.ACTIVE else by_code(self.standing)

    def registered(self, sender: str) -> str | None:
        """The registered spelling of a sender name; None when this account may not use it."""
        known = self.senders_folded.get(sender.lower())
        return known if known is not None else sender if self.any_sender else None
