"""Steps of the schema, oldest first.

In: the schema of the step before.
Out: the schema of this one.
Calls: Alembic.
Never: changes after it was released.
"""
