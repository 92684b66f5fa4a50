"""lotsman ledger: do the books agree, and what a month brought."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.session import fail, with_platform
from lotsman.domain import money
from lotsman.domain.ledger import BOOK_OF
from lotsman.usecases import Platform
from lotsman.usecases.read_books import Month, TrialBalance, trial_balance
from lotsman.usecases.read_books import month as read_month

_SHOWN: Final = 20  # of what differs

app = typer.Typer(help="The books: do they agree, and what a month brought.", no_args_is_help=True)


@app.command()
def check() -> None:
    """The trial balance: all books and accounts together are zero, every balance is the sum of its entries. Else exit code 1."""
    found: TrialBalance = with_platform(trial_balance)
    for each in found.kinds:
        name, book = each.kind.name.lower().replace("_", "-"), BOOK_OF[each.kind].name.lower()
        print(
            f"{name:<12} {each.entries:>10} entries  accounts {money.text(each.amount):>16}  {book} {money.text(-each.amount):>16}"
        )
    print(f"{'balances':<12} {'':>18}  accounts {money.text(found.balances):>16}")
    for account_id, balance, total in found.deviations:
        print(f"account {account_id}: balance {money.text(balance)}, entries {money.text(total)}")
    for packet, charged, priced in found.requests[:_SHOWN]:
        print(f"packet {packet}: charged {money.text(charged)}, its messages {money.text(priced)}")
    for message_id, given, price in found.refunds[:_SHOWN]:
        print(f"message {message_id}: given back {money.text(given)}, cost {money.text(price)}")
    if not found.agrees:
        fail("the books do not agree")
    print("the books agree")


@app.command()
def month(
    when: Annotated[str, typer.Argument(help="As 2026-11; months are UTC.")],
    who: Annotated[str, typer.Option("--account", help="Only this customer.")] = "",
) -> None:
    """What each customer's messages cost in a month and what was given back, by service; and whether the ledger says the same."""
    start, end = _bounds(when)

    async def work(platform: Platform) -> Month:
        account_id = await account_of(platform, who) if who else None
        return await read_month(platform, start, end, account_id)

    found = with_platform(work)
    for line in found.lines:
        print(
            f"{line.account_id:>8}  {line.login:<32} {line.service.name:<10} {line.messages:>9} messages {line.parts:>9} parts"
            f"  charged {money.text(line.charged):>13}  given back {money.text(line.refunded):>11}"
        )
    charged, refunded = found.ledger
    print(
        f"ledger: charged {money.text(charged)}, given back {money.text(refunded)}, left {money.text(charged - refunded)}"
    )
    if not found.agrees:
        fail("the messages and the ledger do not agree")


def _bounds(when: str) -> tuple[int, int]:
    try:
        start = datetime.strptime(when, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        fail(f"a month is written as 2026-11, not {when}")
    following = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return int(start.timestamp() * 1000), int(following.timestamp() * 1000)
