"""The store as one node sees it, driven by a test without an event loop of its own.

`do` runs one unit over all its items in one transaction, exactly as a group commit does; `run` runs a verb on the
test's loop, with the real writer threads behind it. Time is NOW unless a test says otherwise.
"""

import asyncio
from itertools import count

import sqlalchemy as sa

from lotsman.domain.currency import ROUBLE
from lotsman.domain.lane import EMULATOR, SMS
from lotsman.domain.ledger import EntryKind
from lotsman.domain.lifecycle import State
from lotsman.domain.numbering import Numbering
from lotsman.domain.parts import Outcome, PartOutcome, PartState
from lotsman.domain.receipt import Receipt
from lotsman.domain.refusals import Refusal
from lotsman.domain.tariff import Tariff
from lotsman.store import accounts, ledger, messages, prices
from lotsman.store.claims import Claim, claim
from lotsman.store.database import Database, Misjudged, Tx
from lotsman.store.directory import Directory
from lotsman.store.engine import connect_writer
from lotsman.store.messages import Acceptance, accept
from lotsman.store.receipts import record_receipts
from lotsman.store.submissions import Submission, record_submissions
from lotsman.store.tables.messages import messages as message_rows
from lotsman.usecases import NoHandoff, Platform
from stand.builders import NOW, PHONE, PRICES

LINK = 7
SECONDS = 60  # how long a test may hang before it fails
NUMBERING = Numbering()
_CUSTOMERS = count()


class OpenStore:
    def __init__(self, url, runner, node_id=1):
        self.node_id = node_id
        self.database = Database(url)
        self._runner = runner
        loop = runner.get_loop()
        self.platform = Platform(
            self.database,
            Directory(self.database, lambda: NOW),
            NUMBERING,
            node_id,
            loop.call_later,
            NoHandoff(),
        )
        self.database.start(loop)

    def close(self):
        self.database.close()

    def run(self, coroutine):
        """The result of a verb, or TimeoutError."""
        return self._runner.run(asyncio.wait_for(coroutine, SECONDS))

    def do(self, unit, *items):
        """The results of one unit over all the items, in one transaction."""
        try:
            return self._transact(unit, items, careful=False)
        except Misjudged:
            return self._transact(unit, items, careful=True)

    def _transact(self, unit, items, *, careful):
        with connect_writer(self.database.engine) as connection, connection.begin():
            return list(unit.run(Tx(connection, sqlite=self.database.sqlite, careful=careful), items))

    def read(self, query, *args):
        with self.database.engine.connect() as connection:
            return query(connection, *args)

    # what a customer does

    def account(self, balance=1_000_000, *, credit_limit=0, login=""):
        """A customer with money, a sender and the usual prices, as the store gives it back."""
        new = accounts.NewAccount(
            login or f"customer{next(_CUSTOMERS)}@example.org", "no password", "Customer", "79020000000", NOW, "retail",
            "INFORM", "Europe/Moscow", credit_limit,
        )  # fmt: skip
        with connect_writer(self.database.engine) as connection, connection.begin():
            tx = Tx(connection, sqlite=self.database.sqlite)
            prices.save_tariff.run(tx, [Tariff(0, "retail", PRICES)])
            [account_id] = accounts.add_account.run(tx, [new])
            accounts.add_sender.run(tx, [accounts.NewSender(account_id, "INFORM", NOW, default=True)])
            if balance:
                ledger.post_by_hand.run(
                    tx, [ledger.ByHand(EntryKind.TOP_UP, account_id, balance, NOW, "opening")]
                )
            return accounts.load(connection, account_id, NOW, ROUBLE)

    def acceptance(self, account, *drafts, at=NOW, link_id=None):
        cost = sum(draft.price for draft in drafts if draft.lane != EMULATOR)
        return Acceptance(account.id, at, cost, drafts, link_id, self.node_id)

    def accept(self, account, *drafts, at=NOW, link_id=None):
        """-> the ids of accepted messages; with a link they are in its hands at once."""
        [accepted] = self.do(accept, self.acceptance(account, *drafts, at=at, link_id=link_id))
        assert accepted is not Refusal.NO_MONEY
        return list(accepted.ids)

    def sending(self, account, *drafts):
        return self.accept(account, *drafts, link_id=LINK)

    # what a carrier does

    def claim(self, most=100, *, lane=SMS, now=NOW, link_id=LINK):
        [claimed] = self.do(claim, Claim(link_id, lane, most, self.node_id, now))
        return list(claimed.messages)

    def submission(
        self,
        message_id,
        *outcomes,
        msisdn=PHONE,
        at=NOW,
        taken_before=0,
        resend=False,
        link_id=LINK,
        node_id=None,
    ):
        return Submission(message_id, link_id, "tower", msisdn, at, outcomes, taken_before, resend, node_id)

    def submitted(self, message_id, *outcomes, **details):
        """-> the message's new state, None if it did not move."""
        return self.do(record_submissions, self.submission(message_id, *outcomes, **details))[0]

    def receipt(self, smsc_id, *, msisdn=PHONE, state=PartState.DELIVERED, at=NOW, link_id=LINK):
        """-> whether it matched a part."""
        return self.do(
            record_receipts, a_receipt(smsc_id, msisdn=msisdn, state=state, at=at, link_id=link_id)
        )[0]

    # what is true afterwards

    def dossier(self, message_id):
        return self.read(messages.dossier, message_id)

    def message(self, message_id):
        return self.dossier(message_id).message

    def state(self, message_id):
        return State(self.message(message_id)["state"])

    def states(self, ids):
        """All the states that these messages are in."""
        query = sa.select(message_rows.c.state).where(message_rows.c.id.in_(ids)).distinct()
        return self.read(lambda connection: {State(row[0]) for row in connection.execute(query)})

    def history(self, message_id):
        """[(event, state after, detail)] in order."""
        lines = [line.split(" ", 3) for line in self.message(message_id)["history"].splitlines()]
        return [(line[1], line[2], line[3] if len(line) > 3 else "") for line in lines]

    def events(self, message_id):
        return [event for event, _, _ in self.history(message_id)]

    def balance(self, account):
        return self.read(ledger.balance, account.id)

    def books_agree(self):
        return self.read(ledger.deviations) == []


def taken(smsc_id, part=1):
    return PartOutcome(part, Outcome.TAKEN, smsc_id)


def unknown(part=1):
    return PartOutcome(part, Outcome.UNKNOWN)


def put_back(part=1, *, retry_at=0):
    return PartOutcome(part, Outcome.PUT_BACK, carrier_error="ESME_RMSGQFUL", retry_at=retry_at)


def turned_down(part=1):
    return PartOutcome(part, Outcome.TURNED_DOWN, "", Refusal.REJECTED.code, "ESME_RINVSRCADR")


def too_late(part=1):
    return PartOutcome(part, Outcome.EXPIRED)


def a_receipt(smsc_id, *, msisdn=PHONE, state=PartState.DELIVERED, at=NOW, link_id=LINK):
    error = 0 if state is PartState.DELIVERED else Refusal.UNDELIVERABLE.code
    return Receipt(link_id, smsc_id, msisdn, state, error, "000" if not error else "011", at)
