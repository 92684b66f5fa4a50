"""What the tests of this folder look at: the source, parsed; the texts of the project; its commands."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "lotsman"
_TEXTS = {".py", ".md", ".toml", ".sh", ".php", ".bsl", ".yml", ".c", ".conf", ".mako"}
_TREES = ("src", "tests", "scripts", "docs", "examples", "bench", ".ci")
_NOT_OURS = {"run", "build", "profiles", "__pycache__", "node_modules"}


def modules() -> list[Path]:
    return sorted(SRC.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def texts() -> list[Path]:
    """Every text that a reader of the repository can open."""
    found = [path for path in ROOT.iterdir() if path.suffix in _TEXTS or path.name == "Makefile"]
    for tree in _TREES:
        inside = (ROOT / tree).rglob("*")
        found += [
            path
            for path in inside
            if path.suffix in _TEXTS and _NOT_OURS.isdisjoint(path.relative_to(ROOT).parts)
        ]
    return sorted(found)


def pages() -> list[Path]:
    return [path for path in texts() if path.suffix == ".md"]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")


def code_lines(page: Path) -> list[str]:
    """What a page sets as code, line by line: fenced blocks (their continued lines joined) and spans."""
    text = page.read_text("utf-8")
    blocks = [block for kind, block in _FENCE.findall(text) if kind != "mermaid"]
    lines = [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return lines + _SPAN.findall(_FENCE.sub("", text))
