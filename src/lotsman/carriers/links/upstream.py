"""Messages over HTTP: what a carrier is asked, what its answer means, and how its receipts are read. Pure.

In: a message; the bytes of an answer; the parameters of a callback. Out: a request; an outcome; a receipt.
Everything that differs between carriers is a setting, and settings that belong together are a profile
(upstream_profiles.py): a carrier needs no code of its own. docs/carriers-http.md explains them to operators.
Rule 1: a text is one request, however many parts it has on the phone; its id and its receipt are those of the whole.
Rule 2: an answer that nobody understands says neither yes nor no: the message is in doubt.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from lotsman.carriers.described import check_types, setting
from lotsman.carriers.links import http_words as words
from lotsman.carriers.links.http_link import (
    AGAIN_AFTER,
    DOUBT_AGAIN_AFTER,
    HttpRequest,
    Reply,
    Wire,
    check_url,
)
from lotsman.carriers.links.upstream_profiles import PROFILES
from lotsman.domain.lane import LOOKUPS
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome, PartOutcome, PartState, part_of_whole
from lotsman.domain.receipt import Receipt, verdict
from lotsman.domain.refusals import Refusal, by_code
from lotsman.domain.sender_id import is_reserved

UPSTREAM_SERVES: Final = ("sms",)
_MINUTE: Final = 60_000  # ms
_MOST_MINUTES: Final = 1440
# What an HTTP status means where the answer itself does not say: only these surely took nothing.
_STATUSES: Final = {
    **dict.fromkeys(("http 401", "http 403", "http 404", "http 405", "http 407"), "pause:60"),
    **dict.fromkeys(("http 301", "http 302", "http 303", "http 307", "http 308"), "pause:60"),
    **dict.fromkeys(("http 400", "http 413", "http 414", "http 415", "http 422"), "refused"),
    **dict.fromkeys(("http 429", "http 503"), "pause"),
}
_FILLED: Final = frozenset(
    {"id", "msisdn", "sender", "text", "parts", "ttl", "ttl_seconds", "callback", "service"}
)


class Meaning(NamedTuple):
    """What a word of the carrier means: taken, refused, next, later, pause, doubt; and a number behind it."""

    word: str
    number: int  # a Refusal code of refused and next, seconds of later and pause; 0: as usual


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """Settings of a link of kind upstream. docs/carriers-http.md is their page."""

    # fmt: off
    profile: str = setting("", "ready settings that the others add to: `smspilot` (another Lotsman, or the original) or `json`")
    url: str = setting("", "address of the carrier; filled in: `{id}` `{msisdn}` `{sender}` `{text}` `{parts}` `{ttl}` (minutes) `{ttl_seconds}` `{callback}` `{service}`, and names of `words`")
    method: str = setting("POST", "`GET`, `POST` or `PUT`")
    body: str = setting("", "of a POST or PUT, filled in like the address: JSON if it begins with { or [, else a form")
    headers: Mapping[str, str] = setting({}, "headers of every request; names of `words` are filled in", secret=True)
    words: Mapping[str, str] = setting({}, "credentials and the like, to be filled in by name", secret=True)
    sender: str = setting("", "whom a messenger shows; empty: the word that chose the service, as VIBER")

    id: str = setting("", "where the answer has the carrier's id of the message: a path in JSON, `data.0.id`, or `re:PATTERN`")
    error: str = setting("", "where the answer has an error or a status")
    answers: Mapping[str, str] = setting({}, "what such a word means: `taken`, `refused:CODE`, `next:CODE`, `later:SECONDS`, `pause:SECONDS`, `doubt`; `*`: every other word")
    own_codes: bool = setting(False, "its errors are those of the SMSPILOT API")

    receipts_at: str = setting("", "public address of these nodes, `https://sms.example.com`, for `{callback}`")
    secret: str = setting("", "of the address that receipts are brought to; empty: none are", secret=True)
    receipt_query: str = setting("", "what `{callback}` has behind that address, as `?fields=phone`")
    receipt_list: str = setting("", "path of the list in a call that brings several; empty: the call is one receipt, or is a list")
    receipt_id: str = setting("id", "names of what a receipt has (of JSON, paths): the carrier's id")
    receipt_status: str = setting("status", "its status")
    receipt_error: str = setting("error", "why it failed")
    receipt_phone: str = setting("phone", "the number")
    ends: Mapping[str, str] = setting({}, "what a status means: `delivered`, `failed:CODE`, `wait`; words of SMPP are known")

    poll_url: str = setting("", "asked for receipts; filled in: `{ids}`, `{url}`, names of `words`; empty: never")
    poll_list: str = setting("", "path of the list in its answer, whose items are read like receipts")
    poll: float = setting(15.0, "seconds between two rounds of questions, 1 to 3600")
    poll_most: int = setting(100, "ids in a question, 1 to 1000")

    serves: Sequence[str] = setting(["sms"], "what it carries: sms, viber, vibersms")
    window: int = setting(10, "requests at a time, 1 to 1000")
    timeout: float = setting(30.0, "seconds for an answer")
    keep: float = setting(3.0, "seconds that a connection may wait for its next request; 0: each has its own")
    # fmt: on

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """With its profile, if it names one. Raises TypeError or ValueError for settings that cannot be used."""
        own = dict(settings)
        name = own.get("profile", "")
        if name and name not in PROFILES:
            raise ValueError(f"profile is one of {', '.join(PROFILES)}")
        profile = dict(PROFILES.get(name, {}))
        if own.get("receipts_at"):
            profile.pop("poll_url", None)  # who is called need not ask
        for each in ("answers", "ends", "headers"):
            if each in profile and isinstance(own.get(each), dict):
                own[each] = {**profile[each], **own[each]}
        found = cls(**{**profile, **own})
        found.check()
        return found

    def check(self) -> None:
        """Raises ValueError for what cannot be used."""
        check_types(self)
        check_url(self.url)
        if self.method not in {"GET", "POST", "PUT"}:
            raise ValueError("method is GET, POST or PUT")
        known = {*_FILLED, *self.words}
        unknown = {name for each in (self.url, self.body) for name in words.names(each)} - known
        unknown |= {name for each in self.headers.values() for name in words.names(each)} - set(self.words)
        if unknown:
            raise ValueError(
                f"nothing to fill in for {{{'}, {'.join(sorted(unknown))}}}; known: {', '.join(sorted(known))}"
            )
        if LOOKUPS.intersection(self.serves):
            raise ValueError("numbers are looked up by another kind of link (lotsman carrier add-http)")
        if not self.id and not self.error:
            raise ValueError("id or error: where the answer says that the message was taken")
        for places in (self.id, self.error):
            words.check_places(places)
        for word in self.answers.values():
            meaning(word)
        for word in self.ends.values():
            _end(word)
        if self.receipts_at:
            check_url(self.receipts_at)
        if self.poll_url:
            check_url(self.asked_at)
        if not (1 <= self.poll <= 3600 and 1 <= self.poll_most <= 1000):
            raise ValueError("poll is 1 to 3600 seconds, poll_most 1 to 1000")
        self.wire().check()

    @property
    def asked_at(self) -> str:
        """`poll_url` with the address of this link in it."""
        return self.poll_url.replace("{url}", self.url.partition("?")[0])

    def wire(self) -> Wire:
        headers = {name: words.as_is(value, self.words) for name, value in self.headers.items()}
        return Wire(self.window, self.timeout, headers, self.keep)


def meaning(word: str) -> Meaning:
    """Raises ValueError for a word that is none."""
    name, _, number = word.partition(":")
    numbered = name in {"refused", "next", "later", "pause"}
    if (name not in {"taken", "doubt"} and not numbered) or (
        number and not (numbered and number.isdecimal())
    ):
        raise ValueError(
            f"{word}: taken, refused, refused:CODE, next, next:CODE, later:SECONDS, pause:SECONDS or doubt"
        )
    return Meaning(name, int(number or 0))


class UpstreamDialect:
    """Also http_link.Dialect."""

    def __init__(self, link_id: int, settings: UpstreamSettings) -> None:
        self.settings, self._link_id = settings, link_id
        answers = {
            **_STATUSES,
            "0": "taken",
            **{word.lower(): means for word, means in settings.answers.items()},
        }
        self._answers = {word: meaning(means) for word, means in answers.items()}
        self._other = self._answers.get("*", Meaning("refused", 0))
        self._ends = {word.lower(): _end(end) for word, end in settings.ends.items()}

    def part(self, message: Outgoing) -> int:
        return part_of_whole(message.service, message.sender, message.parts)

    def request(self, message: Outgoing, now: int) -> HttpRequest:
        s, left = self.settings, max(message.expires_at - now, 1000)
        values = {
            **s.words,
            "id": str(message.id),
            "msisdn": message.msisdn,
            "sender": s.sender if s.sender and is_reserved(message.sender) else message.sender,
            "text": message.text,
            "parts": str(message.parts),
            "ttl": str(min(-(-left // _MINUTE), _MOST_MINUTES)),
            "ttl_seconds": str(left // 1000),
            "callback": callback_url(s, self._link_id),
            "service": message.service.name.lower(),
        }
        return HttpRequest(s.method, words.in_url(s.url, values), words.in_body(s.body, values))

    def reply(self, message: Outgoing, status: int, answer: bytes, now: int) -> Reply:
        s, part = self.settings, self.part(message)
        said = words.Answer(answer)
        smsc_id, word = said.at(s.id) if s.id else "", said.at(s.error) if s.error else ""
        why = word[:40] if word else f"HTTP {status}"
        means = self._means(status, word, taken=bool(smsc_id or not (s.id or answer)))
        if means.word == "taken" and s.id and not smsc_id:
            means = _DOUBT  # no receipt would ever be of it
        return self._meant(PartOutcome(part, Outcome.UNKNOWN, smsc_id, 0, why), means, now)

    def _means(self, status: int, word: str, *, taken: bool) -> Meaning:
        """A word that the settings know says most, then the HTTP status, then any other word."""
        by_word, by_status = self._answers.get(word.lower()), self._answers.get(f"http {status}")
        if word and by_word is not None:
            return by_word
        if 200 <= status < 300:
            return self._other if word else _TAKEN if taken else _DOUBT
        if by_status is not None:
            return by_status
        return self._other if word and status < 500 else _DOUBT

    def _meant(self, said: PartOutcome, means: Meaning, now: int) -> Reply:
        if means.word == "taken":
            return Reply(said._replace(outcome=Outcome.TAKEN, carrier_error=""))
        said = said._replace(smsc_id="")
        if means.word in {"refused", "next"}:
            error = by_code(means.number).code if means.number else Refusal.REJECTED.code
            outcome = Outcome.TURNED_DOWN if means.word == "refused" else Outcome.PASS_ON
            return Reply(said._replace(outcome=outcome, error=error))
        if means.word == "doubt":
            return Reply(said._replace(retry_at=now + DOUBT_AGAIN_AFTER))
        wait = means.number * 1000 or AGAIN_AFTER
        put_back = said._replace(outcome=Outcome.PUT_BACK, retry_at=now + wait)
        if means.word == "later":
            return Reply(put_back)
        return Reply(put_back, trouble=said.carrier_error, pause=wait)

    # Receipts

    def admits(self, secret: str) -> bool:
        """Whether whoever knows this may bring receipts; told in constant time."""
        known = self.settings.secret
        return bool(known) and hmac.compare_digest(known.encode(), secret.encode(errors="replace"))

    def receipts(self, said: Any, now: int) -> list[Receipt]:
        """Those of a call that are final. Raises ValueError for a call without an id."""
        items = words.node(said, self.settings.receipt_list)
        read = [self.receipt(item, now) for item in (items if isinstance(items, list) else [items])]
        return [receipt for receipt in read if receipt is not None]

    def receipt(self, said: Any, now: int) -> Receipt | None:
        """What a callback, or an item of a polled list, says; None when it says nothing final. Raises ValueError when
        it has no id.
        """
        s = self.settings
        smsc_id, status, error, phone = (
            words.text(words.node(said, path))[:100].strip()
            for path in (s.receipt_id, s.receipt_status, s.receipt_error, s.receipt_phone)
        )
        if not smsc_id:
            raise ValueError(f"a receipt without {s.receipt_id}")
        end = self._ends.get(status.lower()) or _by_stat(status)
        if end is None or end.state is None:
            return None
        failed = end.state is PartState.FAILED
        code = end.error
        if failed and s.own_codes and error.isdecimal() and by_code(int(error[:6])).code == int(error[:6]):
            code = int(error[:6])
        digits = "".join(c for c in phone if c.isascii() and c.isdigit())
        why = (error or status if failed else "")[:40]
        return Receipt(self._link_id, smsc_id, digits, end.state, code if failed else 0, why, now, whole=True)


_TAKEN, _DOUBT = Meaning("taken", 0), Meaning("doubt", 0)


def callback_url(settings: UpstreamSettings, link_id: int) -> str:
    """Where a carrier sends its receipts; "" when it is not told."""
    if not (settings.receipts_at and settings.secret):
        return ""
    return f"{settings.receipts_at.rstrip('/')}/receipts/{link_id}/{settings.secret}{settings.receipt_query}"


class _End(NamedTuple):
    state: PartState | None  # None: not an end
    error: int


def _end(word: str) -> _End:
    name, _, code = word.partition(":")
    if word in {"delivered", "wait"}:
        return _End(PartState.DELIVERED if word == "delivered" else None, 0)
    if name != "failed" or (code and not code.isdecimal()):
        raise ValueError(f"{word}: delivered, failed, failed:CODE or wait")
    return _End(PartState.FAILED, by_code(int(code)).code if code else Refusal.UNDELIVERABLE.code)


def _by_stat(status: str) -> _End | None:
    """Words of SMPP that many carriers use: DELIVRD, EXPIRED, REJECTED."""
    known = verdict(status, None)
    return _End(known.state, known.error) if known else None
