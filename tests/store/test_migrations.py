"""The schema that migrations make is the one that the tables declare."""

import pytest
import sqlalchemy as sa
from alembic import command

from lotsman.domain.period import ALWAYS, FOREVER, Period
from lotsman.domain.prices import PriceKey
from lotsman.domain.service import Service
from lotsman.store import migrations
from lotsman.store.engine import open_engine
from lotsman.store.prices import Owner, Whose, load_prices
from lotsman.store.tables import METADATA
from lotsman.store.tables.accounts import tariffs
from stand.open_store import OpenStore


@pytest.fixture
def engine(empty_database_url):
    opened = open_engine(empty_database_url)
    yield opened
    opened.dispose()


def schema(engine):
    """All that a database knows of its tables, comparable."""
    inspector = sa.inspect(engine)
    names = sorted(name for name in inspector.get_table_names() if name != "alembic_version")
    found = {name: table(inspector, engine, name) for name in names}
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            sequences = "SELECT sequencename, start_value, increment_by, cache_size FROM pg_sequences"
            found["sequences"] = sorted(map(tuple, connection.exec_driver_sql(sequences)))
    return found


def table(inspector, engine, name):
    found = {
        "columns": [
            (c["name"], str(c["type"]), c["nullable"], c["default"], c.get("autoincrement"))
            for c in inspector.get_columns(name)
        ],
        "primary key": inspector.get_pk_constraint(name)["constrained_columns"],
        "foreign keys": plain(inspector.get_foreign_keys(name)),
        "unique": plain(inspector.get_unique_constraints(name)),
        "checks": plain(inspector.get_check_constraints(name)),
        "indexes": plain(inspector.get_indexes(name)),
    }
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            sql = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
            created = connection.exec_driver_sql(sql, (name,)).scalar()
        found["without rowid"] = "WITHOUT ROWID" in created.upper()
    return found


def plain(rows):
    return sorted(spelled(row) for row in rows)


def spelled(value):
    if isinstance(value, dict):
        return str(sorted((key, spelled(inner)) for key, inner in value.items()))
    return str(value)


def test_the_migrated_schema_is_the_declared_one(engine):
    migrations.upgrade(engine)
    migrated = schema(engine)
    with engine.begin() as connection:
        METADATA.drop_all(connection)
    assert not METADATA.tables.keys() & schema(engine).keys()
    with engine.begin() as connection:
        METADATA.create_all(connection)
    declared = schema(engine)
    assert declared.keys() == migrated.keys()
    for name, facts in declared.items():
        assert migrated[name] == facts, name


def test_every_table_is_declared_and_migrated(engine):
    migrations.upgrade(engine)
    assert set(sa.inspect(engine).get_table_names()) == {*METADATA.tables, "alembic_version"}


def test_an_empty_database_is_brought_up_to_date_once(engine):
    assert not migrations.is_current(engine)
    before, after = migrations.upgrade(engine)
    assert before is None
    assert migrations.is_current(engine)
    assert migrations.upgrade(engine) == (after, after)


def test_upgrading_again_touches_nothing(engine):
    migrations.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(tariffs).values(id=1, name="retail"))
    before = schema(engine)
    migrations.upgrade(engine)
    assert schema(engine) == before
    with engine.connect() as connection:
        assert connection.execute(sa.select(tariffs.c.name)).scalar() == "retail"


def test_prices_from_before_they_had_dates_hold_from_ever(engine):
    config, _ = migrations._config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0009_before_deploy")
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO tariffs (id, name) VALUES (1, 'retail')"))
        connection.execute(
            sa.text("INSERT INTO prices VALUES (1, 1, 'RU', 'MTS', 289), (1, 1, 'RU', '', 250)")
        )
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert load_prices(connection, Owner(Whose.TARIFF, 1)) == {
            PriceKey(Service.SMS, "RU", "MTS"): [Period(ALWAYS, FOREVER, 289)],
            PriceKey(Service.SMS, "RU"): [Period(ALWAYS, FOREVER, 250)],
        }


def test_a_schema_of_the_future_is_not_current(engine):
    migrations.upgrade(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_after_deploy'")
    assert not migrations.is_current(engine)


def test_a_freshly_migrated_database_works(engine, empty_database_url, runner):
    migrations.upgrade(engine)
    store = OpenStore(empty_database_url, runner)
    assert store.balance(store.account(balance=5)) == 5
    store.close()


def test_a_deadline_is_found_by_index_and_not_by_reading_every_message(engine):
    """The indexes of queues and deadlines hold only what is not final, so they stay small however many messages there are."""
    migrations.upgrade(engine)
    conditions = {
        index["name"]: str(index["dialect_options"].get(f"{engine.dialect.name}_where")).upper()
        for index in sa.inspect(engine).get_indexes("messages")
    }
    assert "DUE_AT IS NOT NULL" in conditions["messages_due"]
    assert "STATE = 2" in conditions["messages_waiting"]
