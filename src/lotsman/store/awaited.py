"""Receipts that have not come yet: for links that ask for them."""

from typing import Final

import sqlalchemy as sa

from lotsman.domain.lifecycle import State
from lotsman.domain.parts import PartState


def awaiting(
    connection: sa.Connection, link_id: int, before: int, after: int, most: int
) -> list[tuple[int, str, str]]:
    """(message, the carrier's id, number) of parts that this link took before (ms) and that have not ended, of messages
    that have not either, with ids above `after`.
    """
    values = {"link_id": link_id, "before": before, "after": after, "most": most}
    return [(row[0], row[1], row[2]) for row in connection.execute(_AWAITING, values)]


# By the index of what is on its way; + keeps both databases from walking all messages there ever were in the order of ids.
_AWAITING: Final = sa.text(
    f"""SELECT m.id, p.smsc_id, m.msisdn FROM messages m CROSS JOIN parts p
    WHERE m.due_at IS NOT NULL AND m.state <> 2 AND m.state IN ({State.SENDING:d}, {State.SUBMITTED:d}, {State.UNCERTAIN:d})
        AND +m.id > :after AND p.message_id = m.id AND p.link_id = :link_id AND p.state = {PartState.TAKEN:d}
        AND p.smsc_id <> '' AND p.taken_at < :before
    ORDER BY +m.id LIMIT :most"""
)
