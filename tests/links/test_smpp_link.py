"""The SMPP link, from an accepted message to what is on disk in the end: pace, refusals, deadlines, stopping."""

from collections import Counter

import pytest
from stand.harbour import MONEY, PRICE, a_link, an_smsc, harbour, on_a_loop, phones

from lotsman.domain.lifecycle import State
from lotsman.domain.refusals import Refusal

PHONE = "79031112233"


def once_each(smsc, expected):
    """Every phone got exactly one message"""
    taken = Counter(submit.destination for submit in smsc.received if submit.status == 0)
    assert taken == dict.fromkeys(expected, 1)


@on_a_loop
async def test_a_message_is_delivered_and_everything_about_it_is_on_disk(tmp_path):
    async with an_smsc() as smsc, harbour(tmp_path, a_link(smsc.port)) as stand:
        message = await stand.send(to=PHONE, text="Привет, Лоцман")
        await stand.until(message, State.DELIVERED)
        (submit,) = smsc.received
        assert (submit.source, submit.destination, submit.text) == ("LOTSMAN", PHONE, "Привет, Лоцман")
        (part,) = stand.message(message).parts
        assert part["smsc_id"] == submit.smsc_id
        assert stand.history(message) == ["ACCEPTED", "TAKEN", "RECEIPT_GOOD"]
        assert await stand.balance() == MONEY - PRICE
