"""Statements over a set of rows, written once for both databases.

`{v}` in the SQL stands for a relation `v` with the declared columns. SQLite gets it as VALUES in chunks of a power of
two (few statement texts, all cached, one step outside the interpreter lock for a whole chunk); PostgreSQL as unnest
of one array for each column.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from lotsman.store.database import Tx

INT: Final = "bigint"
TEXT: Final = "text"
_MOST_VARIABLES: Final = 16_000  # SQLite's limit is 32,766 for each statement


class Rowset:
    """SQL with `{v}`; `run(tx, rows)` returns the rows it yields (RETURNING or SELECT), or an empty list."""

    def __init__(self, sql: str, columns: Sequence[tuple[str, str]], *, yields: bool = False) -> None:
        self._sql, self._columns, self._yields = sql, columns, yields
        largest = _MOST_VARIABLES // len(columns)
        self._largest = 1 << min(9, largest.bit_length() - 1)
        self._sqlite: dict[int, str] = {}
        arrays = ", ".join(f"%s::{kind}[]" for _, kind in columns)
        self._postgresql = sql.replace(
            "{v}", f"unnest({arrays}) AS v({', '.join(name for name, _ in columns)})"
        )

    def run(self, tx: Tx, rows: Sequence[Sequence[Any]]) -> list[Any]:
        if not rows:
            return []
        if tx.sqlite:
            return self._run_sqlite(tx.cursor, rows)
        arrays = [
            _int_array(column) if kind is INT else _text_array(column)
            for column, (_, kind) in zip(zip(*rows, strict=True), self._columns, strict=True)
        ]
        tx.cursor.execute(self._postgresql, arrays, prepare=True)
        return tx.cursor.fetchall() if self._yields else []

    def _run_sqlite(self, cursor: Any, rows: Sequence[Sequence[Any]]) -> list[Any]:
        found: list[Any] = []
        start, left = 0, len(rows)
        while left:
            size = min(self._largest, 1 << (left.bit_length() - 1))
            cursor.execute(self._text(size), tuple(chain.from_iterable(rows[start : start + size])))
            if self._yields:
                found += cursor.fetchall()
            start += size
            left -= size
        return found

    def _text(self, size: int) -> str:
        text = self._sqlite.get(size)
        if text is None:
            row = f"({','.join('?' * len(self._columns))})"
            names = ", ".join(f"column{i} AS {name}" for i, (name, _) in enumerate(self._columns, 1))
            values = ",".join([row] * size)
            text = self._sqlite[size] = self._sql.replace(
                "{v}", f"(SELECT {names} FROM (VALUES {values})) AS v"
            )
        return text


def _int_array(values: Sequence[int | None]) -> str:
    if None in values:
        return "{" + ",".join("NULL" if value is None else str(int(value)) for value in values) + "}"
    return "{" + ",".join(map(str, map(int, values))) + "}"  # type: ignore[arg-type]


def _text_array(values: Sequence[str]) -> str:
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join(value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return '{"' + joined + '"}'
