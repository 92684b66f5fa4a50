"""lotsman account …: money by hand, credit, and being told that little is left."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from lotsman.cli.accounts import Who, account_of
from lotsman.cli.session import fail, with_platform
from lotsman.domain import money
from lotsman.domain.ledger import LedgerEntry
from lotsman.node.clock import now
from lotsman.usecases import Platform, arrange_credit
from lotsman.usecases.top_up_account import correct_account, refund_message

Reason = Annotated[str, typer.Option("--reason", help="Kept with the entry, beside your name.")]


def correct(
    who: Who, amount: Annotated[str, typer.Argument(help="As 12.50, or -12.50 to take off.")], reason: Reason
) -> None:
    """Put money on an account or take it off by hand, with a reason."""

    async def work(platform: Platform) -> int:
        account_id = await account_of(platform, who)
        return await correct_account(platform, account_id, money.parse(amount), reason, now())

    print(f"balance {money.text(with_platform(work))}")


def refund(
    message_id: Annotated[int, typer.Argument(help="A message that has ended.")],
    reason: Reason,
    amount: Annotated[str, typer.Option(help="A part of its price; empty: all of it.")] = "",
) -> None:
    """Give the price of a message back by hand: once, and no more than it cost."""

    async def work(platform: Platform) -> LedgerEntry:
        kopecks = money.parse(amount) if amount else None
        return await refund_message(platform, message_id, kopecks, reason, now())

    entry = with_platform(work)
    print(f"{money.text(entry.amount)} given back to account {entry.account_id}")


def credit(
    who: Who, amount: Annotated[str, typer.Argument(help="How far below zero its balance may go.")]
) -> None:
    """Set how far below zero an account may go, for good."""

    async def work(platform: Platform) -> int:
        return await arrange_credit.set_credit(platform, await account_of(platform, who), money.parse(amount))

    print(f"{who} may go to -{money.text(with_platform(work))}")


def promise(
    who: Who,
    amount: Annotated[str, typer.Argument(help="What is promised.")],
    until: Annotated[str, typer.Option(help="The day by which it has to come, as 2026-12-01 (UTC).")],
) -> None:
    """Credit for a payment that is promised: it ends by itself, and with it all sending that is not paid."""
    try:
        day = datetime.strptime(until, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        fail(f"a day is written as 2026-12-01, not {until}")

    async def work(platform: Platform) -> int:
        account_id = await account_of(platform, who)
        at = int(day.timestamp() * 1000)
        return await arrange_credit.promise_payment(platform, account_id, money.parse(amount), at, now())

    print(f"{who} may go to -{money.text(with_platform(work))} until {until}")


def alert(who: Who, below: Annotated[str, typer.Argument(help="As 500; off: never.")]) -> None:
    """Tell the customer by mail and callback when the balance falls below this: once each time."""

    async def work(platform: Platform) -> None:
        kopecks = None if below == "off" else money.parse(below)
        await arrange_credit.alert_below(platform, await account_of(platform, who), kopecks)

    with_platform(work)
    print(
        f"{who} is told never" if below == "off" else f"{who} is told below {money.text(money.parse(below))}"
    )
