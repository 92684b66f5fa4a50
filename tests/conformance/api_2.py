"""Asking api2.php in JSON, with an eye on the type of every value that comes back."""

import json

from stand.doors import KEYS, DoorStand

NUMBERS = {"parts", "status", "error", "price", "balance", "cost"}
ROW = ["id", "server_id", "from", "to", "text", "parts", "status", "error", "send_datetime", "country", "operator",
       "price"]  # fmt: skip
CHECKED = ["id", "server_id", "status", "modified", "error", "price", "to"]
PHONE = "79087964781"


def ask(stand: DoorStand, who: str = "customer", **root):
    """The answer in JSON, each key of it with a value of its type."""
    answer = stand.ask("", json.dumps({"apikey": KEYS[who], **root}), "", path="/api2.php")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    found = json.loads(answer.text)
    assert_typed(found)
    return found


def assert_typed(found):
    for row in [found, *found.get("send", []), *found.get("check", [])]:
        for name, value in row.items():
            if not isinstance(value, list | dict):
                wanted = int | str if name == "id" else int | float if name in NUMBERS else str
                assert isinstance(value, wanted), (name, value)


def send(stand: DoorStand, *items, **root):
    return ask(stand, send=list(items), **root)


def errors(answer) -> list[int]:
    return [row["error"] for row in answer["send"]]


def code(answer) -> str:
    return answer["error"]["code"]
