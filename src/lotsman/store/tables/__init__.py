"""Tables by subject. Their CHECKs and unique keys repeat the invariants that the code keeps.

In: nothing.
Out: SQLAlchemy tables on one METADATA.
Calls: SQLAlchemy.
Never: a query.
"""

from sqlalchemy import BigInteger, Integer, MetaData

METADATA = MetaData()

# 64 bits everywhere; INTEGER is what makes SQLite use it as the row's own number.
Id = BigInteger().with_variant(Integer, "sqlite")
