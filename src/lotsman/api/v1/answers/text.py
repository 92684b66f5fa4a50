r"""format=text, the default: lines of plain text for clients that split by line, comma and colon.

Rule 1: LF between lines, none at the end: clients split by it and take what they get.
Rule 2: one row is one line: a line break inside a value is written as the two characters `\n` (API-1 §5).
"""

from lotsman.api.v1.answers.shapes import Failure, Listing, Record, Registered, Scalar


def scalar(answer: Scalar) -> str:
    return answer.value


def record(answer: Record) -> str:
    return "\n".join([answer.headline, *(f"{name}={_on_one_line(value)}" for name, value in answer.fields)])


def listing(answer: Listing) -> str:
    if answer.plain is not None:
        return answer.plain
    always = [column in answer.quoted for column in answer.columns] if answer.quoted else None
    lines = [answer.headline] if answer.headline else []
    count = len(answer.columns)
    lines += [_line(row[:count], always) for row in answer.rows]
    return "\n".join(lines)


def registered(answer: Registered) -> str:
    return answer.headline


def failure(answer: Failure, lang: str) -> str:
    text = answer.refusal.said_in(lang)
    if lang != "ru":
        text = text.upper()  # as in the sample of API-1 §1.1
    return f"ERROR={answer.refusal.code}: {text}"


def _line(row: tuple[str, ...], always: list[bool] | None) -> str:
    line = ",".join(row)
    if always is None:
        if line.count(",") == len(row) - 1 and '"' not in line and "\n" not in line and "\r" not in line:
            return line  # nothing to quote, as in nearly every row
        always = [False] * len(row)
    return ",".join(map(_cell, row, always))


def _cell(value: str, always: bool) -> str:
    flat = _on_one_line(value)
    if always or "," in flat or '"' in flat or flat is not value:
        return '"' + flat.replace('"', '""') + '"'
    return value


def _on_one_line(value: str) -> str:
    if "\n" in value or "\r" in value:
        return value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return value
