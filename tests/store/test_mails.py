"""Mails are written with what they tell of."""

from lotsman.store import mails
from lotsman.store.database import unit
from stand.builders import NOW


@unit(order=50)
def write_mails(tx, items):
    mails.enqueue(tx, items)
    return [None] * len(items)


def test_a_mail_waits_until_it_is_sent(store):
    store.do(write_mails, mails.NewMail("a@example.org", "Имя отправителя", "принято", NOW))
    assert store.read(mails.waiting_mails) == 1
