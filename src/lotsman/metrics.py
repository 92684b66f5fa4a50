"""Every exported metric, declared once. Names and labels are part of the operator's interface (docs/operations.md)."""

from functools import lru_cache
from typing import Any

from prometheus_client import Counter as _Counter
from prometheus_client import Gauge, Histogram


class Counter(_Counter):
    """A counter whose labelled children are remembered: looking one up is on the way of every message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._labelnames and not self._labelvalues:
            self.labels = lru_cache(maxsize=1024)(self.labels)  # type: ignore[method-assign]


ACCEPTED = Counter("lotsman_messages_accepted", "Messages stored and charged")
REFUSED_REQUESTS = Counter("lotsman_requests_refused", "Requests answered with an error", ["code"])
REQUESTS = Counter("lotsman_requests", "API requests answered", ["operation"])
GUESSES = Counter(
    "lotsman_guesses_slowed",
    "Keys and passwords tried after too many failures, by what happened",
    ["outcome"],
)
SUBMITTED = Counter("lotsman_messages_submitted", "Messages that a carrier took", ["link"])
TURNED_DOWN = Counter("lotsman_messages_turned_down", "Messages that a carrier refused for good", ["link"])
IN_DOUBT = Counter("lotsman_messages_in_doubt", "Messages whose submit was never answered", ["link"])
RECEIPTS = Counter("lotsman_receipts_recorded", "Receipts matched with their part", ["link"])
STRAYS = Counter("lotsman_receipts_stray", "Receipts that matched nothing when they came", ["link"])
INBOUND = Counter("lotsman_inbound_parts", "Messages from phones, counted by their parts", ["link"])
THROTTLED = Counter("lotsman_link_throttled", "Submits that the carrier asked to slow down", ["link"])
CALLS = Counter(
    "lotsman_calls",
    "Telephone calls, by what ended them: played, callee, ourselves, refused, silence, lost",
    ["link", "end"],
)
CALLBACKS = Counter(
    "lotsman_callbacks", "Calls to customers, by what became of the try: taken, failed, dead", ["outcome"]
)
CALLBACKS_WAITING = Gauge("lotsman_callbacks_waiting", "Calls to customers that are still to be made")
CALLBACKS_DEAD = Gauge(
    "lotsman_callbacks_dead", "Calls to customers that were given up; they can be replayed"
)
CALLBACKS_OLDEST = Gauge("lotsman_callbacks_oldest_seconds", "Age of the oldest call that waits")
LINK_UP = Gauge("lotsman_link_up", "1 while the link is bound", ["link"])
LINK_IN_FLIGHT = Gauge("lotsman_link_in_flight", "Submits awaiting a response", ["link"])
LINK_WINDOW = Gauge("lotsman_link_window", "Submits that may await a response", ["link"])
QUEUED = Gauge("lotsman_messages_waiting", "Messages not final, by state", ["state"])
OLDEST = Gauge("lotsman_oldest_waiting_seconds", "Age of the oldest message that waits for a link")
MAILS = Counter("lotsman_mails", "Attempts to send mail: sent, postponed, given up", ["outcome"])
TRACE_LOST = Counter("lotsman_trace_records_lost", "Records of the trace that could not be kept")
TRACE_BYTES = Gauge("lotsman_trace_bytes", "Size of the trace of all nodes in the database")
TRIPS = Counter("lotsman_breaker_trips", "Breakers that tripped: an account reached one of its limits")
GROUP_SECONDS = Histogram(
    "lotsman_commit_seconds",
    "Time of one group commit",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
)
GROUP_ITEMS = Histogram(
    "lotsman_commit_items",
    "Writes that shared one commit",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
)
