"""lotsman template: texts that accounts under spam protection may send, and which of them wait for your word."""

from typing import Annotated

import typer

from lotsman.cli.accounts import account_of
from lotsman.cli.session import printable, with_platform
from lotsman.domain.moderation import Verdict
from lotsman.node.clock import now
from lotsman.usecases import Platform
from lotsman.usecases.review_template import RegisteredTemplate, list_templates, review_template

app = typer.Typer(help="Templates of the spam protection: moderation.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(help="Number of the template, as `lotsman template list` shows it.")]
Comment = Annotated[str, typer.Option(help="Told to the customer.")]
_SAID = {Verdict.PENDING: "pending", Verdict.APPROVED: "approved", Verdict.REFUSED: "refused"}


@app.command("list")
def list_(
    account: Annotated[str, typer.Option(help="Of this account alone.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Those that you have judged, too.")] = False,
    most: Annotated[int, typer.Option(help="How many at most.")] = 100,
) -> None:
    """The templates that wait for your word, oldest first."""

    async def work(platform: Platform) -> list[RegisteredTemplate]:
        account_id = await account_of(platform, account) if account else None
        return await list_templates(platform, account_id, None if all_ else Verdict.PENDING, most)

    for template in with_platform(work):
        shown = printable(template.text.replace("\n", "\\n"))
        print(f"{template.id:>8}  {template.account_id:>8}  {_SAID[template.verdict]:<8}  {shown}")


@app.command()
def approve(template: Id, comment: Comment = "") -> None:
    """Texts of this kind may be sent from now on; the customer is told."""
    _review(template, Verdict.APPROVED, comment)


@app.command()
def refuse(template: Id, comment: Comment = "") -> None:
    """Say no to a template, or take it back; the customer is told why."""
    _review(template, Verdict.REFUSED, comment)


def _review(template_id: int, verdict: Verdict, comment: str) -> None:
    async def work(platform: Platform) -> RegisteredTemplate:
        return await review_template(platform, template_id, verdict, comment, now())

    reviewed = with_platform(work)
    print(f"template {reviewed.id} of {reviewed.account_id} is {_SAID[verdict]}")
