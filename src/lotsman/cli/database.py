"""lotsman db: the schema."""

import typer

from lotsman.cli.session import fail, settings
from lotsman.node import wiring
from lotsman.node.settings import SettingsError
from lotsman.store import migrations

app = typer.Typer(help="The database schema.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the schema up to date. Safe to repeat; run it before starting nodes of a new version."""
    try:
        database = wiring.open_database(settings())
    except SettingsError as error:
        fail(str(error))
    before, after = migrations.upgrade(database.engine)
    database.close()
    print(f"schema {after} is current" if before == after else f"schema: {before or 'empty'} -> {after}")
