"""A folder that nobody else may look into, for as long as this process lives."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


def private_folder(name: str) -> Path:
    """A new one. What processes that are no more left under this name is removed."""
    prefix = f"lotsman-{name}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        owner = left.name.removeprefix(prefix).partition("-")[0]
        with contextlib.suppress(OSError):
            if (
                owner.isdecimal()
                and left.stat().st_uid == os.getuid()
                and not Path(f"/proc/{owner}").exists()
            ):
                shutil.rmtree(left)
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))
