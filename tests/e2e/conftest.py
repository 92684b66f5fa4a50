"""Nodes and message centres for a test; all of them are gone when it ends."""

import contextlib
import shutil
import tempfile
from pathlib import Path

import pytest

from stand.node import RunningNode
from stand.smsc import Smsc


@pytest.fixture
def directory():
    """Short and outside pytest's own: anybody may enter it."""
    path = Path(tempfile.mkdtemp(prefix="lotsman-e2e-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def new_node(directory):
    """`new_node(name, **settings)`: a node with its own data directory, not yet started."""
    with contextlib.ExitStack() as stack:

        def new(name="data", **settings):
            return stack.enter_context(RunningNode(directory / name, **settings))

        yield new


@pytest.fixture
def new_smsc():
    """`new_smsc(script)`: a running message centre."""
    with contextlib.ExitStack() as stack:
        yield lambda script="": stack.enter_context(Smsc.start(script))


@pytest.fixture
def any_database(database_kind, request):
    """The URL of an empty database of either kind; empty for SQLite, which lies in the node's data directory."""
    if database_kind == "sqlite":
        return ""
    return request.getfixturevalue("postgres").create_database(empty=True)


@pytest.fixture
def connect():
    """`connect(node, smsc, …)`: the demo account and an enabled link to that message centre."""

    def add(node, smsc, *, window=20, in_doubt="hold"):
        node.cli("init")
        address = [
            "--host",
            "127.0.0.1",
            "--port",
            smsc.port,
            "--system-id",
            "lotsman",
            "--password",
            "Geheim77",
        ]
        node.cli("carrier", "add", "smsc", *address, "--window", window, "--in-doubt", in_doubt)

    return add
