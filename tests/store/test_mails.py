"""Outgoing mail in the store: one node at a time makes an attempt, and nothing is lost with a node."""

import pytest

from lotsman.store.database import unit
from lotsman.store.mails import (
    MailClaim,
    NewMail,
    Settlement,
    claim_mails,
    count_mails,
    enqueue,
    forget_mails,
    list_mails,
    queue_mails,
    revive_mails,
    settle_mails,
)
from stand.builders import NOW

LEASE = 600_000


def a_mail(to="olga@example.org", at=NOW):
    return NewMail(to, "Привет", "Текст\nс двумя строками", at)


def claimed(store, now=NOW, most=10):
    [mails] = store.do(claim_mails, MailClaim(now, LEASE, most))
    return mails


def test_a_mail_is_claimed_once_and_carries_what_was_queued(store):
    store.do(queue_mails, a_mail())
    [mail] = claimed(store)
    assert mail[1:] == ("olga@example.org", "Привет", "Текст\nс двумя строками", NOW, 1)
    assert claimed(store) == []


def test_mail_is_queued_in_the_transaction_of_what_causes_it(store):
    @unit(order=50)
    def cause(tx, items):
        enqueue(tx, items)
        raise LookupError

    with pytest.raises(LookupError):
        store.do(cause, a_mail())
    assert claimed(store) == []


def test_a_mail_whose_node_died_is_due_again_when_the_lease_is_over(store, other):
    store.do(queue_mails, a_mail())
    [first] = claimed(store)
    assert claimed(other, now=NOW + LEASE - 1) == []
    [second] = claimed(other, now=NOW + LEASE)
    store.do(settle_mails, Settlement(first.id, first.tries, sent=False, answer="late word of the dead"))
    assert second.tries == 2
    assert store.read(count_mails) == (1, 0)


def test_nodes_that_claim_at_the_same_time_share_the_mails(store, other):
    store.do(queue_mails, *(a_mail(f"{i}@example.org") for i in range(20)))

    async def both():
        a = store.platform.database.write(claim_mails, MailClaim(NOW, LEASE, 10))
        b = other.platform.database.write(claim_mails, MailClaim(NOW, LEASE, 10))
        return [*await a, *await b]

    ids = [mail.id for mail in store.run(both())]
    assert len(ids) == len(set(ids)) == 20


def test_the_oldest_mails_are_first_and_later_ones_wait_for_their_time(store):
    store.do(
        queue_mails, a_mail("late@example.org", NOW + 1), a_mail("b@example.org"), a_mail("c@example.org")
    )
    assert [mail.recipient for mail in claimed(store, most=2)] == ["b@example.org", "c@example.org"]
    assert claimed(store) == []
    assert [mail.recipient for mail in claimed(store, NOW + 1)] == ["late@example.org"]


def test_what_is_sent_is_forgotten_and_what_is_given_up_is_listed_and_can_be_revived(store):
    store.do(queue_mails, a_mail("sent@example.org"), a_mail("dead@example.org"))
    sent, dead = claimed(store)
    store.do(
        settle_mails,
        Settlement(sent.id, 1, sent=True),
        Settlement(dead.id, 1, sent=False, answer="550 nobody here"),
    )
    [row] = store.read(list_mails, 10)
    assert (row.recipient, row.due_at, row.answer) == ("dead@example.org", None, "550 nobody here")
    assert store.read(count_mails) == (0, 1)
    assert store.do(revive_mails, (row.id + 1, NOW), (None, NOW + 5)) == [0, 1]
    assert [mail.created_at for mail in claimed(store, NOW + 5)] == [NOW + 5]


def test_reviving_leaves_alone_what_is_being_tried_just_now(store):
    store.do(queue_mails, a_mail("postponed@example.org"), a_mail("in-flight@example.org"))
    postponed, _ = claimed(store)
    store.do(settle_mails, Settlement(postponed.id, 1, sent=False, retry_at=NOW + 60_000, answer="451 later"))
    assert store.do(revive_mails, (None, NOW)) == [1]
    assert [mail.recipient for mail in claimed(store)] == ["postponed@example.org"]


def test_old_mails_are_forgotten_whatever_became_of_them(store):
    store.do(queue_mails, a_mail(at=NOW - 10), a_mail(at=NOW))
    assert store.do(forget_mails, NOW) == [1]
    assert store.read(count_mails) == (1, 0)
