"""Whatever a carrier answers or brings over HTTP, reading it ends in a meaning; and what is filled in stays what it is."""

import json
import urllib.parse

from hypothesis import example, given
from hypothesis import strategies as st

from lotsman.carriers.links import http_words as words
from lotsman.carriers.links.upstream import UpstreamDialect, UpstreamSettings
from lotsman.domain.message import Outgoing
from lotsman.domain.parts import Outcome
from lotsman.domain.service import Service

NOW = 1_700_000_000_000
FIXED = {"url": "https://sms.example/send", "words": {"apikey": "key"}}
DIALECTS = [
    UpstreamDialect(1, UpstreamSettings.of(FIXED | {"profile": "json"})),
    UpstreamDialect(1, UpstreamSettings.of(FIXED | {"profile": "smspilot"})),
    UpstreamDialect(
        1, UpstreamSettings.of(FIXED | {"id": "re:id=(\\w*)", "error": "re:error=(\\w+) | error"})
    ),
]
KEYS = st.sampled_from(["id", "error", "code", "send", "server_id", "status", "phone", "messages", "0"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["0", "112", "2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def message(text="hello", sender="INFORM", parts=1):
    return Outgoing(7, Service.SMS, "79161234567", sender, text, parts, NOW + 60_000)


@given(
    st.sampled_from(DIALECTS),
    st.integers(100, 599),
    JSON.map(lambda said: json.dumps(said).encode()) | st.binary(),
)
@example(DIALECTS[0], 200, b"[" * 100_000)
@example(DIALECTS[0], 200, b'{"id": ' + b"9" * 5000 + b"}")
@example(DIALECTS[2], 200, b"id=" * 30_000)
def test_any_answer_means_something(dialect, status, answer):
    outcome, receipt, trouble, pause = dialect.reply(message(), status, answer, NOW)
    assert receipt is None
    assert (pause > 0) == bool(trouble)
    assert bool(outcome.smsc_id) == (outcome.outcome is Outcome.TAKEN)
    assert (outcome.outcome in {Outcome.TURNED_DOWN, Outcome.PASS_ON}) == bool(outcome.error)
    if outcome.outcome is Outcome.TAKEN:
        assert status // 100 == 2 or b"0" in answer  # nobody says yes with an error but who says so


@given(st.sampled_from(DIALECTS), JSON)
def test_any_receipt_is_read_or_refused(dialect, said):
    try:
        receipts = dialect.receipts(said, NOW)
    except ValueError:
        return
    for receipt in receipts:
        assert receipt.smsc_id
        assert receipt.whole
        assert not receipt.msisdn or receipt.msisdn.isdecimal()


@given(texts, texts)
@example("{sender}{apikey}", "{text}")
def test_what_is_filled_in_arrives_as_it_was(text, sender):
    values = {"text": text, "sender": sender, "apikey": "key"}
    body = words.in_body('{"a": "{text}", "b": "{sender}", "c": {"d": "{other}"}}', values)
    assert json.loads(body) == {"a": text, "b": sender, "c": {"d": "{other}"}}
    form = words.in_body("a={text}&b={sender}&c={other}", values)
    assert dict(urllib.parse.parse_qsl(form, keep_blank_values=True)) == {
        "a": text,
        "b": sender,
        "c": "{other}",
    }
