"""Templates of the spam protection as customers register them and the operator judges them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from lotsman.domain.moderation import Verdict
from lotsman.domain.refusals import Refusal
from lotsman.domain.registration import TemplateWish
from lotsman.store.database import Tx, unit
from lotsman.store.numbers import changed, next_number
from lotsman.store.tables.accounts import accounts
from lotsman.store.tables.protections import templates
from lotsman.store.verdicts import tell


class RegisteredTemplate(NamedTuple):
    id: int
    account_id: int
    text: str
    verdict: Verdict
    created_at: int  # ms
    comment: str
    notify: str  # "GET url"


class TemplateReview(NamedTuple):
    template_id: int
    verdict: Verdict
    comment: str
    at: int  # ms


@unit(order=50)
def register(tx: Tx, items: Sequence[tuple[int, TemplateWish, int]]) -> list[int | Refusal]:
    """(account id, wish, now) -> its id, or 632. One that was refused may be asked for again."""
    results: list[int | Refusal] = []
    for account_id, wish, now in items:
        # The lock on the account makes two who register the same text wait for each other.
        tx.connection.execute(sa.select(accounts.c.id).where(accounts.c.id == account_id).with_for_update())
        same = sa.select(templates.c.id).where(
            templates.c.account_id == account_id,
            templates.c.text == wish.text,
            templates.c.state != Verdict.REFUSED,
        )
        if tx.connection.execute(same).first() is not None:
            results.append(Refusal.TEMPLATE_EXISTS)
            continue
        template_id = next_number(tx, "template")
        tx.connection.execute(
            sa.insert(templates).values(
                id=template_id, account_id=account_id, text=wish.text, state=Verdict.PENDING,
                callback=wish.notify, created_at=now,
            )
        )  # fmt: skip
        results.append(template_id)
    return results


@unit(order=50)
def review(tx: Tx, items: Sequence[TemplateReview]) -> list[RegisteredTemplate | None]:
    """The operator's word, told to whoever registered it; None when there is no such template."""
    results: list[RegisteredTemplate | None] = []
    for item in items:
        mine = templates.c.id == item.template_id
        row = tx.connection.execute(sa.select(templates).where(mine)).first()
        known = None
        if row is not None:
            decision = {"state": item.verdict, "decided_at": item.at, "comment": item.comment}
            tx.connection.execute(sa.update(templates).where(mine).values(decision))
            known = _registered(row)._replace(verdict=item.verdict, comment=item.comment)
            tell(
                tx,
                known.account_id,
                known.notify,
                "template_id",
                str(known.id),
                item.verdict,
                item.comment,
                item.at,
            )
            changed(tx)
        results.append(known)
    return results


def listed(
    connection: sa.Connection, account_id: int | None, verdict: Verdict | None, most: int
) -> list[RegisteredTemplate]:
    """Templates, of one account or verdict when given, oldest first: for the operator."""
    query = sa.select(templates).order_by(templates.c.id).limit(most)
    if account_id is not None:
        query = query.where(templates.c.account_id == account_id)
    if verdict is not None:
        query = query.where(templates.c.state == verdict)
    return [_registered(row) for row in connection.execute(query)]


def _registered(row: Any) -> RegisteredTemplate:
    return RegisteredTemplate(
        row.id, row.account_id, row.text, Verdict(row.state), row.created_at, row.comment, row.callback
    )
