# ruff: noqa: INP001  a script
"""Make the font of the statements: DejaVu Sans cut down to Latin, Cyrillic, punctuation and currency signs.

In: DejaVuSans.ttf (Debian: fonts-dejavu-core). Out: src/lotsman/cli/fonts/DejaVuSans.ttf.
Run it with a Python that has fonttools (fpdf2 brings it): scripts/font.py /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
"""

import sys
from pathlib import Path

from fontTools import subset

OUT = Path(__file__).resolve().parent.parent / "src" / "lotsman" / "cli" / "fonts" / "DejaVuSans.ttf"
RANGES = (
    (0x20, 0x17F),
    (0x400, 0x4FF),
    (0x2010, 0x2044),
    (0x20A0, 0x20BF),
    (0x2116, 0x2116),
    (0x2212, 0x2212),
)


def main(source: str) -> None:
    options = subset.Options(hinting=False, layout_features=[], name_IDs=["*"])
    font = subset.load_font(source, options)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    cut.subset(font)
    subset.save_font(font, str(OUT), options)
    sys.stdout.write(f"{OUT} {OUT.stat().st_size}\n")


if __name__ == "__main__":
    main(sys.argv[1])
