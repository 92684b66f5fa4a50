"""The ledger cannot be changed; authors, promised payments, alerts of low balances."""

import sqlalchemy as sa
from alembic import op

revision = "0015_before_deploy"
down_revision = "0014_before_deploy"

_FUNCTION = """
CREATE FUNCTION ledger_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is never changed: correct it by another entry'; END $$
"""


def upgrade() -> None:
    op.add_column("ledger", sa.Column("author", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column(
        "accounts", sa.Column("credit", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column("accounts", sa.Column("alert_below", sa.BigInteger()))
    op.add_column(
        "accounts", sa.Column("alerted", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.execute("UPDATE accounts SET credit = credit_limit")
    op.create_table(
        "promises",
        sa.Column(
            "account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("accounts.id"),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name="promises_something"),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_index("ix_promises_until", "promises", ["until"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        op.execute(
            "CREATE TRIGGER ledger_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_immutable()"
        )
    else:
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER ledger_no_{event.lower()} BEFORE {event} ON ledger "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is never changed: correct it by another entry'); END"
            )
