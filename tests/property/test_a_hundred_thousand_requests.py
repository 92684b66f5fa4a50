"""A hundred thousand wild requests at the doors: each has a declared outcome, and each answer can be read in its own format.

Far more than Hypothesis can try in the time; what it finds is printed as the bytes of one request.
"""

import asyncio
import csv
import json
import os
import re
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import islice
from types import SimpleNamespace

import pytest

from lotsman.api.charset import UTF_8
from lotsman.api.http1 import Malformed, Reader
from lotsman.api.v1.request import read
from lotsman.usecases.inspect import audit, find_account
from lotsman.usecases.top_up_account import top_up_account
from stand.doors import CUSTOMERS, KEYS, NOON, Answer, DoorStand, an_http_request, prepared
from stand.mutations import requests

__all__ = ["prepared"]

CASES = 100_000 if os.environ.get("CI") else 10_000
PARTS = 10
AT_ONCE = 250  # requests that share commits, as under load
API_1, API_2 = {b"/api.php", b"/api.php/"}, {b"/api2.php", b"/api2.php/"}
REFUSED_REQUESTS = {400, 413, 414, 431, 501}


@pytest.fixture
def stand(prepared, tmp_path):
    with DoorStand(prepared, tmp_path) as doors:
        account_id = doors.run(find_account(doors.platform, CUSTOMERS["customer"].login))
        doors.run(top_up_account(doors.platform, account_id, 10**12, "enough for every case", NOON))
        yield doors


@pytest.mark.parametrize("seed", range(int(os.environ.get("S", "0")), int(os.environ.get("S", "0")) + PARTS))
def test_every_request_has_a_declared_outcome_and_a_readable_answer(stand: DoorStand, seed: int):
    outcomes: Counter[str] = Counter()
    wild = requests(seed, CASES // PARTS)
    while some := list(islice(wild, AT_ONCE)):
        for data, outcome in zip(some, stand.run(all_of(stand, some)), strict=True):
            try:
                outcomes[checked(*outcome)] += 1
            except Exception as error:
                raise AssertionError(f"{error!r}\n{data!r}\n{outcome[1]}") from error
        stand.change("DELETE FROM messages")  # so that check=recent stays quick
    assert not stand.run(audit(stand.platform, stand.clock())).ledger_deviations
    assert (
        min(outcomes[each] for each in ("malformed", "success", "refused", "API-2")) > CASES // PARTS / 50
    ), outcomes


KEY = f"apikey={KEYS['customer']}"
FOUND = (  # by the test above, and mended since
    an_http_request(KEY, '{"server_packet_id":"\x1f7"}', path="/api2.php"),
    an_http_request(f"inbound=9999-12-31 23:59:59&{KEY}".replace(" ", "%20")),
    an_http_request(f"inbound=0000-01-01 00:00:00&{KEY}".replace(" ", "%20")),
    an_http_request(f"send=Hello&to=79087964781&send_datetime=0000-01-01 00:00:00&{KEY}".replace(" ", "%20")),
)


@pytest.mark.parametrize("data", FOUND)
def test_what_was_found_once_is_not_found_again(stand: DoorStand, data: bytes):
    checked(*stand.run(outcome_of(stand, data)))


async def all_of(stand, some):
    return await asyncio.gather(*(outcome_of(stand, data) for data in some))


async def outcome_of(stand, data):
    """(request, its answer), or (why there is none, None)."""
    reader = Reader()
    reader.feed(data)
    request = reader.next()
    if request is None or isinstance(request, Malformed):
        return request, None
    return request, Answer.read(await stand.answer_to(request))


def checked(request, answer):
    """What became of it, in one word."""
    if answer is None:
        assert request is None or request.status in REFUSED_REQUESTS
        return "malformed"
    if request.path not in API_1 | API_2:
        assert answer.status == 404
        return "elsewhere"
    if request.method not in {"GET", "POST", "PUT"}:
        assert answer.status in {200, 405}
        return "another method"
    assert answer.status == 200
    assert int(answer.headers["content-length"]) == len(answer.body)
    if request.path in API_2:
        readable(answer, SimpleNamespace(charset=UTF_8, format="text"))
        return "API-2"
    return readable(answer, read(request))


def readable(answer, style):
    said = style.charset.decode(answer.body)
    kind = answer.headers["content-type"].partition(";")[0]
    if kind == "application/json":
        found = json.loads(said)
        assert isinstance(found, dict)
        code = found["error"]["code"] if isinstance(found.get("error"), dict) else ""
    elif kind == "text/xml":
        code = ET.fromstring(re.sub(r"^<\?xml[^>]*\?>\n?", "", said)).findtext("code") or ""
    else:
        assert kind == "text/plain"
        error = re.match(r"ERROR=(\d+): [^\r\n]+\Z", said)
        assert error or not said.startswith("ERROR"), said
        assert style.format == "v" or all(csv.reader(said.splitlines(keepends=True), strict=True))
        code = error[1] if error else ""
    assert str(code) != "110"
    assert not said.startswith(("System error", "Системная ошибка"))
    return "refused" if code else "success"
