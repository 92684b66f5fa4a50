"""The schema, step by step (Alembic). Names say when a step may run: before or after the code of its release.

In: a database of any earlier version, or an empty one.
Out: the schema that store/tables declares.
Calls: Alembic.
Never: imports tables; a step must mean the same for ever.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from lotsman.store.database import StoreUnavailable


def upgrade(engine: sa.Engine) -> tuple[str | None, str]:
    """Bring the schema up to date; -> (revision before, revision after)."""
    config, head = _config()
    before = current(engine)
    if before != head:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return before, head


def current(engine: sa.Engine) -> str | None:
    """The revision of the schema; None when it is empty. Raises StoreUnavailable."""
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise StoreUnavailable(str(error.orig)) from error


def is_current(engine: sa.Engine) -> bool:
    return current(engine) == _config()[1]


def _config() -> tuple[Config, str]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config, ScriptDirectory.from_config(config).get_current_head() or ""
