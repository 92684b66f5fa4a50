"""The memory: the only SQL in the program, for SQLite and for PostgreSQL.

In: units of work over sets of rows, and read-only queries.
Out: domain values; an answer to a write only after its commit is on disk.
Calls: domain, SQLAlchemy, the database drivers.
Never: decides what a price, a route or a state should be.
"""
