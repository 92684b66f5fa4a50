"""What watches over an account: rows -> Protection. Put together once, when an account is read into memory."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network
from typing import NamedTuple

import sqlalchemy as sa

from lotsman.domain.account import Account
from lotsman.domain.forbidden_words import ForbiddenWords
from lotsman.domain.moderation import Verdict
from lotsman.domain.phone_list import INSTALLATION
from lotsman.domain.protection import Protection, Watch
from lotsman.domain.template import Templates
from lotsman.store.phone_lists import is_anybody_black
from lotsman.store.tables.protections import shared_senders, templates, words

_MINUTE = 60_000  # ms


class House(NamedTuple):
    """What the installation says to every account."""

    words: ForbiddenWords | None
    shared_senders: tuple[str, ...]


def house(connection: sa.Connection) -> House:
    shared = connection.execute(sa.select(shared_senders.c.name).order_by(shared_senders.c.name)).scalars()
    return House(_words(connection, INSTALLATION), tuple(shared))


def protected(connection: sa.Connection, account: Account, of_house: House) -> Account:
    """The account with what watches over it, and with the shared names that it may use."""
    settings, own = account.settings, account.senders_folded
    shared = {name.lower(): name for name in of_house.shared_senders if name.lower() not in own}
    if settings.shared_senders and shared:
        account = replace(
            account,
            senders=(*account.senders, *shared.values()),
            senders_folded=shared | account.senders_folded,
            shared_senders=frozenset(shared),
        )
    filters = (of_house.words, _words(connection, account.id))
    protection = Protection(
        networks=tuple(ip_network(network, strict=False) for network in settings.allowed_ips),
        most_parts=settings.most_parts,
        barred_senders=frozenset() if settings.shared_senders else frozenset(shared),
        shared_senders=frozenset(shared) if settings.spam_protection else frozenset(),
        alphabet_filter=settings.alphabet_filter,
        words=tuple(found for found in filters if found is not None),
        templates=Templates(_approved(connection, account.id)) if settings.spam_protection else None,
        watch=Watch(black=is_anybody_black(connection, account.id), loop=settings.loop_minutes * _MINUTE),
    )
    return replace(account, protection=protection) if protection != Protection() else account


def _words(connection: sa.Connection, account_id: int) -> ForbiddenWords | None:
    found = (
        connection.execute(sa.select(words.c.word).where(words.c.account_id == account_id)).scalars().all()
    )
    return ForbiddenWords(found) if found else None


def _approved(connection: sa.Connection, account_id: int) -> Sequence[str]:
    mine = (templates.c.account_id == account_id) & (templates.c.state == Verdict.APPROVED)
    return (
        connection.execute(sa.select(templates.c.text).where(mine).order_by(templates.c.id)).scalars().all()
    )
