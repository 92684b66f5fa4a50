"""What watches over an account: which texts it may send, as whom, to whom, from where, how often.

Rule 1: an account that nothing watches has no Protection at all, and its messages pay for none.
Rule 2: what can be decided from memory is decided at admission; what needs a look into a long list (212, 232, 243) is
only named there (Watch), and decided where the message is stored, so that no two nodes can disagree.
Rule 3: which code of the spam protection (223, 224, 225, 232) says what would have helped (docs/protections.md).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, NamedTuple

from lotsman.domain.forbidden_words import ForbiddenWords
from lotsman.domain.lane import EMULATOR
from lotsman.domain.message import MOST_PARTS, Draft
from lotsman.domain.mixed_alphabets import mixes_alphabets
from lotsman.domain.refusals import Refusal
from lotsman.domain.service import WITHOUT_TEXT, Service
from lotsman.domain.template import Templates


class Watch(NamedTuple):
    """What to look up when messages are stored."""

    black: bool = False  # there is a black list
    white: bool = False  # a draft goes to white-listed numbers only
    loop: int = 0  # ms in which the same text must not go to the same number again; 0: it may

    def joined(self, other: "Watch") -> "Watch":
        """What either of two wants to know."""
        return Watch(self.black or other.black, self.white or other.white, max(self.loop, other.loop))


NOT_WATCHED: Final = Watch()


@dataclass(frozen=True, slots=True)
class Protection:
    networks: tuple[
        IPv4Network | IPv6Network, ...
    ] = ()  # from which the API may be used; none: from everywhere
    most_parts: int = MOST_PARTS
    barred_senders: frozenset[str] = frozenset()  # lower case: shared names of an account that wants none
    shared_senders: frozenset[str] = frozenset()  # lower case: names that are not its own
    alphabet_filter: bool = False
    words: tuple[ForbiddenWords, ...] = ()  # the installation's, the account's
    templates: Templates | None = None  # None: there is no spam protection
    watch: Watch = NOT_WATCHED

    def lets_in(self, address: str) -> bool:
        """Whether the API may be used from an address (113). Nobody knows where "" is."""
        if not self.networks:
            return True
        try:
            peer = ip_address(address)
        except ValueError:
            return False
        peer = (
            getattr(peer, "ipv4_mapped", None) or peer
        )  # a socket that listens for both sees ::ffff:192.0.2.1
        return any(peer in network for network in self.networks)

    def bars(self, sender: str) -> bool:
        return sender.lower() in self.barred_senders

    def judge(self, text: str, service: Service) -> Refusal | None:
        """What is wrong with a text, whoever it goes to."""
        if service in WITHOUT_TEXT:
            return None
        if self.alphabet_filter and mixes_alphabets(text):
            return Refusal.CYRLAT_FILTER
        if any(words.in_text(text) for words in self.words):
            return Refusal.FILTERED
        return None

    def unlisted(self, text: str, service: Service, sender: str) -> Refusal | None:
        """Why a text goes to white-listed numbers only; None when it may go to any."""
        if self.templates is None or service in WITHOUT_TEXT:
            return None
        if service in {Service.VOICE, Service.FLASHCALL}:
            return Refusal.PHONE_NOT_WHITELISTED
        if self.templates.match(text):
            return None
        if service is Service.TWO_WAY or sender.isdecimal():
            return Refusal.SPAM_PROTECTION_DIRECT
        if sender.lower() in self.shared_senders:
            return Refusal.SPAM_PROTECTION_SENDER
        return Refusal.SPAM_PROTECTION


def by_lists(drafts: Sequence[Draft], black: Collection[str], white: Collection[str]) -> list[Draft]:
    """The drafts as the lists leave them: a number that is black, or not white where it has to be, gets nothing. To ask
    about a number is to send it nothing.
    """
    judged = []
    for draft in drafts:
        error = 0
        if not draft.error and draft.service not in WITHOUT_TEXT:
            if draft.msisdn in black:
                error = Refusal.PHONE_BLACKLISTED.code
            elif draft.unlisted and draft.msisdn not in white:
                error = draft.unlisted
        judged.append(turned_down(draft, error) if error else draft)
    return judged


def turned_down(draft: Draft, error: int) -> Draft:
    return draft._replace(error=error, price=0)


def fingerprint(draft: Draft) -> int:
    """64 bits by which a repetition is known: the same text by the same service to the same number. A test is another
    matter than the real thing.
    """
    seen = f"{draft.lane == EMULATOR}\0{draft.service}\0{draft.msisdn}\0{draft.text}".encode(
        "utf-8", "replace"
    )
    return int.from_bytes(blake2b(seen, digest_size=8).digest(), "big", signed=True)


def may_loop(draft: Draft) -> bool:
    """Whether sending it again counts as a loop; asking about a number again does not."""
    return not draft.error and draft.service not in WITHOUT_TEXT
