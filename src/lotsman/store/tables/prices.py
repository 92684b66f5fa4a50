"""Price lists of tariffs, of accounts and of links, and exchange rates. Times are ms since the epoch, `valid_to` excluded.

The periods of one row never overlap (domain/period.py), and what is over stays: it says what was charged then.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, SmallInteger, Table, Text

from lotsman.store.tables import METADATA


def _price_list(name: str, owner: str, of: str) -> Table:
    return Table(
        name,
        METADATA,
        Column(owner, ForeignKey(of), primary_key=True),
        Column("service", SmallInteger, primary_key=True),
        Column("country", Text, primary_key=True),  # ISO-2; "" is any, here and below
        Column("operator", Text, primary_key=True),
        Column("prefix", Text, primary_key=True),
        Column("sender", Text, primary_key=True),  # domain/sender_class.py
        Column("valid_from", BigInteger, primary_key=True, autoincrement=False),
        Column("valid_to", BigInteger, nullable=False),
        Column("price", BigInteger, nullable=False),
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("valid_from < valid_to", name="begins_before_it_ends"),
    )


prices = _price_list("prices", "tariff_id", "tariffs.id")  # kopecks of the tariff's currency
account_prices = _price_list("account_prices", "account_id", "accounts.id")  # the same; on top of its tariff
purchase_prices = _price_list("purchase_prices", "link_id", "links.id")  # ten-thousandths of a kopeck

purchase_lists = Table(
    "purchase_lists",
    METADATA,
    Column("link_id", ForeignKey("links.id"), primary_key=True),
    Column("currency", Text, nullable=False),
)

currency_rates = Table(
    "currency_rates",
    METADATA,
    Column("home", Text, primary_key=True),  # the installation's currency
    Column("currency", Text, primary_key=True),
    Column("valid_from", BigInteger, primary_key=True, autoincrement=False),
    Column("rate", BigInteger, nullable=False),  # millionths of the installation's currency for one
    CheckConstraint("rate > 0", name="rate_above_zero"),
)
