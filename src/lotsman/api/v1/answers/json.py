"""format=json: compact, every value a string, characters as they are.

Rule 1: the spacing is the wire's, the odd spaces of the trailer too: some clients search the bytes.
"""

from functools import lru_cache
from json.encoder import encode_basestring as _string

from lotsman.api.v1.answers.shapes import Failure, Listing, Pairs, Record, Registered, Scalar


def scalar(answer: Scalar) -> str:
    return f'{{"{answer.name}":{_string(answer.value)}}}'


def record(answer: Record) -> str:
    return "{" + _members(answer.fields) + "}"  # without a name around it: API-1 §4


def listing(answer: Listing) -> str:
    templates = _rows(answer.columns, answer.tails)
    rows = ",".join([templates[len(row)] % tuple(map(_string, row)) for row in answer.rows])
    totals = "," + _members(answer.totals) if answer.totals else ""
    trailer = "".join([f', "{name}": {_string(value)}' for name, value in answer.trailer])
    return f'{{"{answer.name}":[{rows}]{totals}{trailer}}}'


def registered(answer: Registered) -> str:
    return f'{{"{answer.name}":{{{_members(answer.fields)}}}}}'


def failure(answer: Failure, _lang: str) -> str:
    said = answer.refusal
    return (
        f'{{"error":{{"code":"{said.code}","description":{_string(said.en)},'
        f'"description_ru":{_string(said.ru)}}}}}'
    )


@lru_cache(maxsize=256)
def _rows(columns: tuple[str, ...], tails: tuple[tuple[str, ...], ...]) -> dict[int, str]:
    """By the length of a row."""
    return {len(names): _row(names) for names in (columns, *(columns + tail for tail in tails))}


def _row(columns: tuple[str, ...]) -> str:
    return "{" + ",".join(f'"{column}":%s' for column in columns) + "}"


def _members(pairs: Pairs) -> str:
    return ",".join([f'"{name}":{_string(value)}' for name, value in pairs])
