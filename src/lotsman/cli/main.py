"""lotsman: the command line, put together."""

import typer

from lotsman.cli import (
    accounts,
    breakers,
    callbacks,
    carrier_senders,
    carriers,
    config,
    credit,
    currencies,
    database,
    held,
    inbound,
    ledger,
    mails,
    messages,
    numbering,
    phone_lists,
    reconcile,
    routes,
    run,
    senders,
    statements,
    tariffs,
    templates,
    voice_links,
    words,
)
from lotsman.cli.doctor import doctor

app = typer.Typer(
    help="Lotsman: an SMS gateway that speaks the SMSPILOT.RU API. `lotsman up` starts everything.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(run.up)
app.command()(run.serve)
app.command()(run.init)
app.add_typer(database.app, name="db")
for command in (credit.correct, credit.credit, credit.promise, credit.alert, statements.statement):
    accounts.app.command()(command)
messages.app.command()(credit.refund)
app.add_typer(accounts.app, name="account")
app.add_typer(breakers.app, name="breaker")
app.add_typer(held.app, name="held")
app.add_typer(ledger.app, name="ledger")
app.add_typer(senders.app, name="sender")
app.add_typer(templates.app, name="template")
app.add_typer(phone_lists.app, name="list")
app.add_typer(words.app, name="word")
app.add_typer(tariffs.app, name="tariff")
carriers.app.add_typer(carrier_senders.app, name="sender")
carriers.app.command()(reconcile.reconcile)
app.add_typer(currencies.app, name="currency")
carriers.app.command("add-voice")(voice_links.add_voice)
app.add_typer(carriers.app, name="carrier")
app.add_typer(routes.app, name="route")
app.add_typer(config.app, name="config")
app.add_typer(messages.app, name="message")
app.add_typer(callbacks.app, name="callback")
app.add_typer(mails.app, name="mail")
app.add_typer(inbound.app, name="inbound")
app.add_typer(inbound.numbers, name="number")
app.add_typer(inbound.keywords, name="keyword")
app.add_typer(numbering.app, name="numbering")
app.command()(run.simulator)
app.command()(doctor)


def main() -> None:
    app()
