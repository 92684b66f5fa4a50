"""Look-ups over HTTP: a provider that answers at once, with JSON. It carries no SMS.

In: look-ups. Out: an outcome and, with it, the receipt that has the answer.
Where things stand in the JSON is said by paths of the link's settings ("data.0.imsi"), so a provider needs no code of its
own. A GET whose connection broke is repeated once by the client itself (RFC 9110 §9.2.2): asking twice harms nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lotsman.carriers.links import http_words as words
from lotsman.carriers.links.http_link import (
    AGAIN_AFTER,
    DOUBT_AGAIN_AFTER,
    HttpLink,
    HttpRequest,
    Reply,
    Wire,
    check_url,
)
from lotsman.carriers.port import Clock, Inlet, LinkConfig
from lotsman.domain.lookup import CODES, NAMES, Attributes, attributes
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome, PartOutcome, PartState
from lotsman.domain.receipt import Receipt
from lotsman.domain.refusals import Refusal

HTTP_SERVES: Final = ("hlr", "hlrvip")


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
        check_url(self.url)
        if "sms" in self.serves:
            raise ValueError(
                "this kind of link looks numbers up; lotsman carrier add-upstream carries SMS over HTTP"
            )
        if self.method not in {"GET", "POST"}:
            raise ValueError("method is GET or POST")
        if unknown := set(self.fields) - {*NAMES, *CODES}:
            raise ValueError(f"fields are {', '.join((*NAMES, *CODES))}; not {', '.join(sorted(unknown))}")
        self.wire().check()

    def wire(self) -> Wire:
        return Wire(self.window, self.timeout, dict(self.headers), repeat=True)


def make_lookup_link(config: LinkConfig, inlet: Inlet, clock: Clock) -> HttpLink:
    settings = HttpLookupSettings(**config.settings)
    settings.check()
    return HttpLink(config, inlet, clock, LookupDialect(config.id, settings), settings.wire())


class LookupDialect:
    """Also http_link.Dialect."""

    def __init__(self, link_id: int, settings: HttpLookupSettings) -> None:
        self._link_id, self._settings = link_id, settings
        self._served, self._refused = words.words(settings.served), words.words(settings.refused)

    def part(self, _message: Outgoing) -> int:
        return 1

    def request(self, message: Outgoing, _now: int) -> HttpRequest:
        s = self._settings
        service = message.service.name.lower().replace("_", "")
        values = {"msisdn": message.msisdn, "service": service, "id": str(message.id)}
        return HttpRequest(s.method, words.in_url(s.url, values), words.in_body(s.body, values))

    def reply(self, message: Outgoing, status: int, answer: bytes, now: int) -> Reply:
        if status == 429 or status >= 500:
            why = f"HTTP {status}"
            put_back = PartOutcome(1, Outcome.PUT_BACK, carrier_error=why, retry_at=now + AGAIN_AFTER)
            return Reply(put_back, trouble=why)
        if status != 200:
            return _refused(f"HTTP {status}")
        return self._read(message, words.Answer(answer), now)

    def _read(self, message: Outgoing, answer: words.Answer, now: int) -> Reply:
        s = self._settings
        if not answer.is_json:
            return Reply(
                PartOutcome(1, Outcome.UNKNOWN, carrier_error="no JSON", retry_at=now + DOUBT_AGAIN_AFTER)
            )
        found = attributes({name: answer.at(path) for name, path in s.fields.items()})
        word = answer.at(s.state).lower() if s.state else "ok"
        if word in self._refused:
            return _refused(word[:20])
        smsc_id = f"H{message.id}"
        served = not s.state or word in self._served
        receipt = _receipt(self._link_id, smsc_id, message, word, found if any(found) else None, served, now)
        return Reply(PartOutcome(1, Outcome.TAKEN, smsc_id), receipt)


def _refused(why: str) -> Reply:
    return Reply(PartOutcome(1, Outcome.TURNED_DOWN, "", Refusal.REJECTED.code, why))


def _receipt(
    link_id: int, smsc_id: str, message: Outgoing, word: str, found: Attributes | None, served: bool, now: int
) -> Receipt:
    state, error = (PartState.DELIVERED, 0) if served else (PartState.FAILED, Refusal.UNDELIVERABLE.code)
    return Receipt(link_id, smsc_id, message.msisdn, state, error, word[:20], now, found)
