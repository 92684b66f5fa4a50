"""Accounts in memory, so that a request needs no query to know who is asking and what it costs.

Rule 1: a copy is used only while the revision it was read at is current. Changes made by this process are seen at
once, changes made elsewhere within a second (`refresh` is called that often), and so are prices whose time has come.
Rule 2: balances are not kept here; only the transaction that charges reads them.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import sqlalchemy as sa

from lotsman.domain.account import Account
from lotsman.domain.currency import ROUBLE
from lotsman.store import accounts as stored
from lotsman.store import limits, prices, protections
from lotsman.store.credentials import hash_key
from lotsman.store.database import Database
from lotsman.store.numbers import revision as stored_revision

_MOST: Final = 50_000  # keys and accounts remembered; beyond that the oldest are read again


class Directory:
    def __init__(self, database: Database, clock: Callable[[], int], currency: str = ROUBLE) -> None:
        self._database, self._clock = database, clock
        self.currency = currency  # of the installation
        self._stored = -1  # the revision that the database had
        self._changes_at = 0  # ms: when time alone changes a price next
        self._revision = 0
        self._by_key: dict[str, Account] = {}
        self._by_id: dict[int, Account] = {}
        self._house: tuple[int, protections.House] | None = None  # the revision it was read at

    @property
    def revision(self) -> int:
        """Of what is remembered here, on this node: grows with every change of what accounts, prices and links are."""
        return self._revision

    @property
    def now(self) -> int:
        """The moment (ms) whose prices and rates count."""
        return self._clock()

    def known(self, apikey: str) -> Account | None:
        """The account of a key that was seen before: no waiting."""
        return self._by_key.get(apikey)

    async def by_key(self, apikey: str) -> Account | None:
        account = self._by_key.get(apikey)
        if account is None:
            revision = self._revision
            account_id = await self._database.read(stored.account_of_key, hash_key(apikey))
            account = await self.by_id(account_id) if account_id is not None else None
            if account is not None and account.guard is not None:
                account = replace(account, guard=account.guard.of_key(hash_key(apikey)))
            if account is not None and revision == self._revision:
                if len(self._by_key) >= _MOST:
                    self._by_key.clear()
                self._by_key[apikey] = account
        return account

    async def by_id(self, account_id: int) -> Account | None:
        account = self._by_id.get(account_id)
        if account is None:
            revision = self._revision
            account = await self._database.read(self._load, account_id, revision)
            if account is not None and revision == self._revision:
                if len(self._by_id) >= _MOST:
                    self._by_id.clear()
                self._by_id[account_id] = account
        return account

    async def credentials(self, login: str) -> tuple[int, str] | None:
        return await self._database.read(stored.credentials, login)

    async def refresh(self) -> bool:
        """Forget everything if anything has changed since the last call; says whether it had."""
        now = self._clock()
        revision = await self._database.read(stored_revision)
        if revision == self._stored and now < self._changes_at:
            return False
        self._changes_at = await self._database.read(prices.next_change, now)
        self._stored = revision
        self._revision += 1
        self._by_key.clear()
        self._by_id.clear()
        return True

    def _load(self, connection: sa.Connection, account_id: int, revision: int) -> Account | None:
        """On a reader thread."""
        account = stored.load(connection, account_id, self._clock(), self.currency)
        if account is None:
            return None
        known = self._house
        if known is None or known[0] != revision:
            known = self._house = (revision, protections.house(connection))
        account = replace(account, guard=limits.guard(connection, account_id))
        return protections.protected(connection, account, known[1])
