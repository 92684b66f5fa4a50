"""Look-ups over HTTP: a provider that answers at once, with JSON. It carries no SMS.

In: look-ups. Out: an outcome and, with it, the receipt that has the answer.
Strategy: one request a look-up, at most `window` at a time, connections kept. Where things stand in the JSON is said by
paths of the link's settings ("data.0.imsi"), so a provider needs no code of its own.
A GET on a connection that the provider closed is repeated once by the client itself (RFC 9110 §9.2.2).
Rule 1: a provider that surely did not take a request is asked again later; one that perhaps did leaves it in doubt.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiohttp

from lotsman import metrics
from lotsman.carriers.port import Clock, Inlet, LinkConfig
from lotsman.domain.lookup import CODES, NAMES, Attributes, attributes
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome, PartOutcome, PartState
from lotsman.domain.receipt import Receipt
from lotsman.domain.refusals import Refusal

HTTP_SERVES: Final = ("hlr", "hlrvip")
_LARGEST: Final = 100_000  # bytes of an answer
_AGAIN_AFTER: Final = 10_000  # ms until a provider in trouble is asked again
_DOUBT_AGAIN_AFTER: Final = (
    60_000  # ms until a look-up in doubt is made again, if the operator wants it: it may cost twice
)
_STORE_AGAIN: Final = 1.0  # seconds until an answer that could not be stored is stored again
_DRAIN: Final = 5.0  # seconds for requests under way when stopping


@dataclass(frozen=True, slots=True)
class HttpLookupSettings:
    """Settings of a link of kind http. {msisdn}, {service} (hlr, hlrvip, ping) and {id} are filled in."""

    url: str
    method: str = "GET"
    body: str = ""  # of a POST; JSON if it begins with { or [, else a form
    headers: Mapping[str, str] = field(default_factory=dict)  # credentials belong here
    fields: Mapping[str, str] = field(default_factory=dict)  # "imsi" -> path of the JSON, "data.0.imsi"
    state: str = ""  # path of the word that says whether the number is served; "": any answer says that it is
    served: str = "ok,delivered,delivrd,connected,active,true,1"  # what that word then is, in any case
    refused: str = "rejected,rejectd,invalid"  # what it is when the request was not made
    serves: Sequence[str] = HTTP_SERVES
    window: int = 10  # requests at a time
    timeout: float = 30.0  # seconds for an answer

    def check(self) -> None:
        """Raises ValueError for what cannot be used."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url is http:// or https:// and a host")
        if "sms" in self.serves:
            raise ValueError("a link over HTTP looks numbers up; it carries no SMS")
        if self.method not in {"GET", "POST"}:
            raise ValueError("method is GET or POST")
        if not 1 <= self.window <= 1000:
            raise ValueError("window is 1 to 1000")
        if unknown := set(self.fields) - {*NAMES, *CODES}:
            raise ValueError(f"fields are {', '.join((*NAMES, *CODES))}; not {', '.join(sorted(unknown))}")


class HttpLookupLink:
    def __init__(self, config: LinkConfig, inlet: Inlet, clock: Clock) -> None:
        self.config = config
        self.state, self.detail = "down", ""
        self._inlet, self._clock = inlet, clock
        self._settings = HttpLookupSettings(**config.settings)
        self._settings.check()
        self._words = {word: _words(getattr(self._settings, word)) for word in ("served", "refused")}
        self._waiting: deque[Outgoing] = deque()
        self._requests: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._up = metrics.LINK_UP.labels(config.name)
        metrics.LINK_WINDOW.labels(config.name).set(self._settings.window)

    @property
    def up(self) -> bool:
        return self.state in {"bound", "throttled"}

    @property
    def depth(self) -> int:
        return 2 * self._settings.window

    @property
    def room(self) -> int:
        return max(0, self.depth - len(self._requests) - len(self._waiting)) if self.up else 0

    @property
    def in_flight(self) -> int:
        return len(self._requests)

    @property
    def window(self) -> int:
        return self._settings.window

    def start(self) -> None:
        # A connection is made with the first request: until then nobody knows better than "up".
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout)
        self._session = aiohttp.ClientSession(timeout=timeout, headers=dict(self._settings.headers))
        self._set_state("bound", "")
        self._inlet.room(self)

    async def stop(self) -> None:
        self._set_state("draining", "")
        waiting, self._waiting = self._waiting, deque()
        for message in waiting:
            self._end(message, Outcome.PUT_BACK, "stopping")
        if self._requests:
            _, late = await asyncio.wait(self._requests, timeout=_DRAIN)
            for request in late:
                request.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        self._set_state("down", "stopped")

    def submit(self, message: Outgoing) -> None:
        if message.expires_at <= self._clock():
            self._end(message, Outcome.EXPIRED)
        elif not self.up:
            self._end(message, Outcome.PUT_BACK, "link down")
        else:
            self._waiting.append(message)
            self._pump()

    def _pump(self) -> None:
        while self._waiting and self.up and len(self._requests) < self._settings.window:
            message = self._waiting.popleft()
            request = asyncio.get_running_loop().create_task(self._ask(message))
            self._requests.add(request)
            request.add_done_callback(self._asked)

    def _asked(self, request: "asyncio.Task[None]") -> None:
        self._requests.discard(request)
        self._pump()
        if self.up:
            self._inlet.room(self)

    async def _ask(self, message: Outgoing) -> None:
        """Exactly one outcome, whatever happens."""
        assert self._session is not None
        self._inlet.leaving([(message.id, 1)])
        try:
            async with self._session.request(**self._request(message)) as response:
                status, answer = response.status, await _body(response)
        except aiohttp.ClientConnectorError as error:  # nobody was there to take it
            self._trouble(message, str(error.os_error))
            return
        except asyncio.CancelledError:
            self._end(message, Outcome.UNKNOWN, "stopped before the answer")
            raise
        except Exception as error:  # noqa: BLE001 whatever it was, nobody knows whether the number was looked up
            self._end(message, Outcome.UNKNOWN, type(error).__name__)
            return
        if status == 429 or status >= 500:
            self._trouble(message, f"HTTP {status}")
        elif status != 200:
            refused = PartOutcome(1, Outcome.TURNED_DOWN, "", Refusal.REJECTED.code, f"HTTP {status}")
            self._inlet.outcome(self, message, refused)
        else:
            self._set_state("bound", "")
            self._answer(message, answer)

    def _request(self, message: Outgoing) -> dict[str, Any]:
        s = self._settings
        values = {"msisdn": message.msisdn, "service": message.service.name.lower().replace("_", ""), "id": str(message.id)}  # fmt: skip
        request: dict[str, Any] = {
            "method": s.method,
            "url": _filled(s.url, {k: quote(v) for k, v in values.items()}),
        }
        if s.method == "POST":
            body = _filled(s.body, values)
            kind = "json" if body[:1] in {"{", "["} else "x-www-form-urlencoded"
            request |= {"data": body.encode(), "headers": {"Content-Type": f"application/{kind}"}}
        return request | {"allow_redirects": False}

    def _answer(self, message: Outgoing, answer: bytes) -> None:
        try:
            said = json.loads(answer)
        except (
            ValueError,
            RecursionError,
        ):  # also no charset, numbers beyond all reason, a thousand brackets
            self._end(message, Outcome.UNKNOWN, "no JSON")
            return
        found = attributes({name: at(said, path) for name, path in self._settings.fields.items()})
        word = at(said, self._settings.state).lower() if self._settings.state else "ok"
        if word in self._words["refused"]:
            refused = PartOutcome(1, Outcome.TURNED_DOWN, "", Refusal.REJECTED.code, word[:20])
            self._inlet.outcome(self, message, refused)
            return
        served = not self._settings.state or word in self._words["served"]
        smsc_id = f"H{message.id}"
        self._inlet.outcome(self, message, PartOutcome(1, Outcome.TAKEN, smsc_id))
        self._report(
            _receipt(
                self.config.id, smsc_id, message, word, found if any(found) else None, served, self._clock()
            )
        )

    def _report(self, receipt: Receipt) -> None:
        loop = asyncio.get_running_loop()

        def done(stored: bool) -> None:
            if not stored:
                loop.call_later(_STORE_AGAIN, self._report, receipt)

        self._inlet.receipt(receipt, done)

    def _trouble(self, message: Outgoing, why: str) -> None:
        self._set_state("throttled", why)
        again = self._clock() + _AGAIN_AFTER
        self._inlet.outcome(
            self, message, PartOutcome(1, Outcome.PUT_BACK, carrier_error=why[:40], retry_at=again)
        )

    def _end(self, message: Outgoing, outcome: Outcome, why: str = "") -> None:
        again = self._clock() + _DOUBT_AGAIN_AFTER if outcome is Outcome.UNKNOWN else 0
        self._inlet.outcome(self, message, PartOutcome(1, outcome, carrier_error=why, retry_at=again))

    def _set_state(self, state: str, detail: str) -> None:
        if (state, detail) != (self.state, self.detail):
            self.state, self.detail = state, detail
            self._up.set(1 if self.up else 0)
            self._inlet.changed(self)


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _LARGEST:
            raise ValueError("the answer has no end")
    return bytes(body)


def at(said: Any, path: str) -> str:
    """The text at a path like "data.0.imsi"; "" where there is none."""
    for step in path.split("."):
        if isinstance(said, dict):
            said = said.get(step)
        elif isinstance(said, list) and step.isdecimal() and int(step) < len(said):
            said = said[int(step)]
        else:
            return ""
    if isinstance(said, bool):
        return str(said).lower()
    return str(said) if isinstance(said, str | int) else ""


def _receipt(
    link_id: int, smsc_id: str, message: Outgoing, word: str, found: Attributes | None, served: bool, now: int
) -> Receipt:
    state, error = (PartState.DELIVERED, 0) if served else (PartState.FAILED, Refusal.UNDELIVERABLE.code)
    return Receipt(link_id, smsc_id, message.msisdn, state, error, word[:20], now, found)


def _filled(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return template


def _words(listed: str) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in listed.split(",") if word.strip())
