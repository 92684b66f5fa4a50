"""Statements over a set of rows, written once for both databases.

`{v}` in the SQL stands for a relation `v` with the declared columns: VALUES on SQLite, unnest of one array for each
column on PostgreSQL.
Strategy: SQLite's driver gives up the interpreter lock at every step of a statement and has to win it back from the
event loop. So a whole set is one statement (padded to a few sizes, so that few texts are prepared), and what it yields
comes as one JSON text in one row.
Rule 1: the first column of a set is never NULL: that is how padding is told from rows.
"""

import json
from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from lotsman.store.database import Tx

INT: Final = "bigint"
TEXT: Final = "text"
_SIZES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
_MOST_VARIABLES: Final = 16_000  # SQLite's limit is 32,766 for each statement


class Rowset:
    """SQL with `{v}`. `yields` names the columns of a SELECT; `returning` says that a writing statement has RETURNING."""

    def __init__(
        self,
        sql: str,
        columns: Sequence[tuple[str, str]],
        *,
        yields: Sequence[str] = (),
        returning: bool = False,
    ) -> None:
        self._sql, self._columns, self._yields, self._returning = sql, columns, yields, returning
        largest = _MOST_VARIABLES // len(columns)
        self._sizes = [size for size in _SIZES if size <= largest]
        self._padding = (None,) * len(columns)
        self._sqlite: dict[int, str] = {}
        arrays = ", ".join(f"%s::{kind}[]" for _, kind in columns)
        names = ", ".join(name for name, _ in columns)
        self._postgresql = sql.replace("{v}", f"unnest({arrays}) AS v({names})")

    def run(self, tx: Tx, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """The rows it yields; an empty list from a statement that yields none."""
        found: list[Any] = []
        for cursor in self._execute(tx, rows):
            if tx.sqlite and self._yields:
                found += json.loads(cursor.fetchone()[0])
            elif self._yields or self._returning:
                found += cursor.fetchall()
        return found

    def count(self, tx: Tx, rows: Sequence[Sequence[Any]]) -> int:
        """How many rows a writing statement changed."""
        return sum(cursor.rowcount for cursor in self._execute(tx, rows))

    def _execute(self, tx: Tx, rows: Sequence[Sequence[Any]]) -> Any:
        cursor = tx.cursor
        if tx.sqlite:
            largest = self._sizes[-1]
            for start in range(0, len(rows), largest):
                chunk = rows[start : start + largest]
                size = self._sizes[bisect_left(self._sizes, len(chunk))]
                padding = self._padding * (size - len(chunk))
                yield cursor.execute(self._text(size), (*chain.from_iterable(chunk), *padding))
        elif rows:
            arrays = [
                _int_array(column) if kind is INT else _text_array(column)
                for column, (_, kind) in zip(zip(*rows, strict=True), self._columns, strict=True)
            ]
            yield cursor.execute(self._postgresql, arrays, prepare=True)

    def _text(self, size: int) -> str:
        text = self._sqlite.get(size)
        if text is None:
            row = f"({','.join('?' * len(self._columns))})"
            names = ", ".join(f"column{i} AS {name}" for i, (name, _) in enumerate(self._columns, 1))
            values = f"SELECT {names} FROM (VALUES {','.join([row] * size)}) WHERE column1 IS NOT NULL"
            text = self._sql.replace("{v}", f"({values}) AS v")
            self._sqlite[size] = text = _in_one_row(text, self._yields) if self._yields else text
        return text


class Query:
    """A SELECT with `{p}` for each parameter and `{lock}` where PostgreSQL has to lock (FOR UPDATE …)."""

    def __init__(self, sql: str, *, yields: Sequence[str], lock: str) -> None:
        self._sqlite = _in_one_row(sql.replace("{p}", "?").replace("{lock}", ""), yields)
        self._postgresql = sql.replace("{p}", "%s").replace("{lock}", lock)

    def run(self, tx: Tx, parameters: Sequence[Any]) -> list[Any]:
        cursor = tx.cursor
        if tx.sqlite:
            return json.loads(cursor.execute(self._sqlite, parameters).fetchone()[0])  # type: ignore[no-any-return]
        return cursor.execute(self._postgresql, parameters, prepare=True).fetchall()  # type: ignore[no-any-return]


def _in_one_row(select: str, columns: Sequence[str]) -> str:
    return f"SELECT json_group_array(json_array({', '.join(columns)})) FROM ({select})"


def _int_array(values: Sequence[int | None]) -> str:
    if None in values:
        return "{" + ",".join("NULL" if value is None else str(int(value)) for value in values) + "}"
    return "{" + ",".join(map(str, map(int, values))) + "}"  # type: ignore[arg-type]


def _text_array(values: Sequence[str]) -> str:
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join(value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return '{"' + joined + '"}'
