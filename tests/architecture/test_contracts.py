"""The arrows between packages, as pyproject.toml draws them: they hold, and each of them would notice an intruder."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from architecture.tree import ROOT, SRC

# contract -> (module, an import that it forbids there)
INTRUDERS = {
    "Data flows one way": ("domain/money.py", "import lotsman.usecases.read_balance"),
    "Only verbs and the wiring touch the store": ("dispatch/upkeep.py", "import lotsman.store.claims"),
    "SQLAlchemy lives in the store": ("usecases/read_balance.py", "import sqlalchemy"),
    "The HTTP library lives with the courier, in links and in the simulator": (
        "node/health.py",
        "import aiohttp",
    ),
    "Verbs do not call each other": (
        "usecases/send_messages.py",
        "import lotsman.usecases.quote_messages",
    ),
    "Concrete links are known to the registry alone": (
        "dispatch/link_keeper.py",
        "import lotsman.carriers.links.smpp",
    ),
    "Pure packages do no IO": ("gsm/ucs2.py", "import time"),
}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    # Not the program of that name: it would look at the installed lotsman, wherever it is called.
    program = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports as lint; sys.exit(lint(no_cache=True, no_logo=True))"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )


def test_every_contract_holds():
    done = lint_imports(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_notices_an_intruder(tmp_path):
    shutil.copytree(SRC, tmp_path / "src" / "lotsman", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module, intruder in INTRUDERS.values():
        path = tmp_path / "src" / "lotsman" / module
        path.write_text(f"{path.read_text('utf-8')}\n{intruder}\n", "utf-8")

    done = lint_imports(tmp_path)

    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))
    assert verdicts == dict.fromkeys(INTRUDERS, "BROKEN"), done.stdout + done.stderr
