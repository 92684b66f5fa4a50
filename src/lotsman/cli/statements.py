"""lotsman account statement: what an account had, what came and went, what it has."""

import csv
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from lotsman.cli.accounts import Who, account_of
from lotsman.cli.session import fail, with_platform
from lotsman.cli.statement_words import LANGUAGES, Words
from lotsman.domain import money
from lotsman.usecases import Platform
from lotsman.usecases.account_statement import Statement, account_statement


def statement(
    who: Who,
    first: Annotated[
        str, typer.Option("--from", help="The first day, as 2026-11-01, in the account's time zone.")
    ],
    last: Annotated[str, typer.Option("--to", help="The last day, included.")],
    csv_: Annotated[Path | None, typer.Option("--csv", help="Write CSV there.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write a PDF there.")] = None,
    lang: Annotated[str, typer.Option(help="ru or en.")] = "ru",
    every_entry: Annotated[bool, typer.Option("--every-entry", help="Not summed up by day.")] = False,
) -> None:
    """The statement of an account: as CSV to the screen, or into files."""
    if lang not in LANGUAGES:
        fail(f"no language {lang}; one of {', '.join(LANGUAGES)}")
    words = LANGUAGES[lang]

    async def work(platform: Platform) -> Statement:
        account_id = await account_of(platform, who)
        return await account_statement(platform, account_id, first, last, every_entry=every_entry)

    found = with_platform(work)
    if csv_ is None and pdf is None:
        sys.stdout.write(_csv(found, words))
    try:
        if csv_ is not None:
            csv_.write_text(_csv(found, words), encoding="utf-8-sig")  # spreadsheets want the mark
        if pdf is not None:
            # No other command should wait for a library of pictures and fonts.
            from lotsman.cli.statement_pdf import statement_pdf  # noqa: PLC0415

            pdf.write_bytes(statement_pdf(found, words))
    except OSError as error:
        fail(f"cannot write {error.filename}: {error.strerror}")


def _csv(statement: Statement, words: Words) -> str:
    out = io.StringIO()
    rows = csv.writer(out, delimiter=words.separator, lineterminator="\n")

    def amount(kopecks: int) -> str:
        return money.text(kopecks).replace(".", words.point)

    rows.writerow(words.columns)
    rows.writerow((statement.first, words.opening, "", amount(statement.opening), ""))
    for line in statement.lines:
        rows.writerow(
            (
                line.day,
                words.kinds.get(line.kind, line.kind.name),
                line.entries,
                amount(line.amount),
                line.note,
            )
        )
    rows.writerow((statement.last, words.closing, "", amount(statement.closing), ""))
    return out.getvalue()
