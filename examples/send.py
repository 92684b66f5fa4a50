# ruff: noqa: INP001, S310, T201  a program to copy, not a part of the package
"""Send, ask what became of it, ask for the balance. Only the standard library.

Usage: LOTSMAN_URL and LOTSMAN_APIKEY in the environment (data/demo.env has them);
python3 examples/send.py 79087964781 "Hello"
"""

import json
import os
import sys
import time
import urllib.parse
import urllib.request
from typing import Any

API = os.environ.get("LOTSMAN_URL", "http://127.0.0.1:8080") + "/api.php"
KEY = os.environ["LOTSMAN_APIKEY"]
ON_ITS_WAY = {"0", "1", "3"}  # accepted, at the carrier, waiting for its time


class RefusedError(Exception):
    """The gateway said no: code and reason."""


def ask(**parameters: str) -> dict[str, Any]:
    body = urllib.parse.urlencode({"apikey": KEY, "format": "json", **parameters}).encode()
    with urllib.request.urlopen(API, body, timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
    if "error" in answer:
        raise RefusedError(f"{answer['error']['code']} {answer['error']['description']}")
    return answer


def main(to: str = "79087964781", text: str = "Hello from Python") -> int:
    try:
        sent = ask(send=text, to=to)
        print(f"cost {sent['cost']}, balance {sent['balance']}")
        ids = [row["server_id"] for row in sent["send"] if row["status"] != "-2"]
        for _ in range(10):
            rows = ask(check=",".join(ids))["check"]
            if not any(row["status"] in ON_ITS_WAY for row in rows):
                break
            time.sleep(1)
        for row in rows:
            print(f"{row['server_id']} to {row['phone']}: status {row['status']}")
        print(f"balance {ask(balance='rur')['balance']}")
    except RefusedError as refused:
        print(f"refused: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
