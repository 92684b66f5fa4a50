"""lotsman db: the schema."""

import typer

from lotsman.cli.session import fail, fail_unanswered, settings
from lotsman.node import wiring
from lotsman.node.settings import SettingsError
from lotsman.usecases import StoreUnavailable

app = typer.Typer(help="The database schema.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the schema up to date. Safe to repeat; run it before starting nodes of a new version."""
    try:
        before, after = wiring.upgrade_schema(settings())
    except SettingsError as error:
        fail(str(error))
    except StoreUnavailable as error:
        fail_unanswered(error)
    print(f"schema {after} is current" if before == after else f"schema: {before or 'empty'} -> {after}")
