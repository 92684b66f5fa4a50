"""A statement as pages of A4."""

from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.fonts import FontFace

from lotsman.cli.statement_words import Words
from lotsman.domain import money
from lotsman.domain.statement import Statement

_FONT: Final = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
_WIDTHS: Final = (26, 34, 22, 32, 76)  # mm, of 190
_ALIGNED: Final = ("L", "L", "R", "R", "L")
_LONGEST_NOTE: Final = 60


class _Pages(FPDF):
    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.add_font("DejaVu", fname=_FONT)
        self.set_font("DejaVu", size=9)
        self.set_auto_page_break(auto=True, margin=18)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("DejaVu", size=8)
        self.cell(0, 8, f"{self._words.page} {self.page_no()} / {{nb}}", align="R")


def statement_pdf(statement: Statement, words: Words) -> bytes:
    pdf = _Pages(words)
    pdf.set_title(f"{words.title} {statement.account_id}")
    pdf.add_page()
    pdf.set_font("DejaVu", size=15)
    pdf.cell(0, 10, words.title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("DejaVu", size=9)
    for text in (
        statement.name,
        f"{words.contract}: {statement.account_id}",
        f"{words.period}: {statement.first} – {statement.last}",
        f"{words.opening}: {_sum(statement.opening, words)} {statement.currency}",
    ):
        pdf.cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(3)
    with pdf.table(
        col_widths=_WIDTHS,
        text_align=_ALIGNED,
        line_height=5,
        borders_layout="SINGLE_TOP_LINE",
        headings_style=FontFace(fill_color=(235, 235, 235)),
    ) as table:
        table.row(words.columns)
        for line in statement.lines:
            note = line.note if len(line.note) <= _LONGEST_NOTE else line.note[: _LONGEST_NOTE - 1] + "…"
            cells = (
                line.day,
                words.kinds.get(line.kind, line.kind.name),
                str(line.entries),
                _sum(line.amount, words),
                note,
            )
            table.row(cells)
    pdf.ln(3)
    for kind, total in statement.totals.items():
        pdf.cell(
            0, 6, f"{words.kinds.get(kind, kind.name)}: {_sum(total, words)}", new_x="LMARGIN", new_y="NEXT"
        )
    pdf.cell(
        0,
        8,
        f"{words.closing}: {_sum(statement.closing, words)} {statement.currency}",
        new_x="LMARGIN",
        new_y="NEXT",
    )
    return bytes(pdf.output())


def _sum(kopecks: int, words: Words) -> str:
    return money.text(kopecks).replace(".", words.point)
