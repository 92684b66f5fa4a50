"""Ready settings of upstream links: what is the same for every operator who connects to such a carrier."""

from collections.abc import Mapping
from typing import Any, Final

# The carrier is another Lotsman or the original service: errors of API-1 §1.5, statuses of §1.2.
_SMSPILOT: Final[dict[str, Any]] = {
    "method": "POST",
    "body": "send={text}&to={msisdn}&from={sender}&ttl={ttl}&callback={callback}&apikey={apikey}&format=json"
    "&fields=server_id,phone,status,error",
    "id": "send.0.server_id",
    "error": "error.code | send.0.error",
    "own_codes": True,
    "answers": {
        # Our account there: nothing is sent until somebody sees to it, and other links go on.
        **dict.fromkeys(("100", "101", "102", "103", "104", "105", "106", "107", "122"), "pause:60"),
        **dict.fromkeys(("112", "113", "241", "400", "401"), "pause:60"),
        **dict.fromkeys(("260", "270", "275"), "pause:60"),
        "118": "pause",
        "110": "doubt",  # it does not know itself
        # What another carrier may have registered, allowed or connected.
        **dict.fromkeys(("115", "116", "200", "201", "202", "204", "226"), "next"),
        **dict.fromkeys(("223", "224", "225", "232", "247", "248"), "next"),
        "213": "next:213",
        **{code: f"refused:{code}" for code in ("111", "211", "215", "220", "221")},
        "212": "refused:605",
        "*": "refused",
    },
    "receipt_query": "?fields=phone",
    "receipt_id": "server_id",
    "ends": {"2": "delivered", "-1": "failed", "-2": "failed:603", "0": "wait", "1": "wait", "3": "wait"},
    "poll_url": "{url}?check={ids}&apikey={apikey}&format=json&fields=server_id,phone,status,error",
    "poll_list": "check",
}

# JSON both ways, in the words that most carriers have.
_JSON: Final[dict[str, Any]] = {
    "method": "POST",
    "headers": {"Authorization": "Bearer {apikey}"},
    "body": '{"id": "{id}", "to": "{msisdn}", "from": "{sender}", "text": "{text}", "parts": {parts}, '
    '"ttl": {ttl_seconds}, "callback": "{callback}"}',
    "id": "id | message_id | messages.0.id | data.id",
    "error": "error.code | error",
    "answers": {
        **dict.fromkeys(("throttled", "rate_limited", "too_many_requests", "queue_full"), "pause"),
        **dict.fromkeys(("unauthorized", "no_money", "insufficient_funds", "blocked"), "pause:60"),
        **dict.fromkeys(("bad_sender", "no_route", "unsupported"), "next"),
        "bad_number": "refused:601",
        "no_user": "refused:602",
        "*": "refused",
    },
    "ends": {
        "read": "delivered",
        "seen": "delivered",
        "undelivered": "failed",
        "expired": "failed:600",
        "rejected": "failed:603",
        "no_user": "failed:602",
        "sent": "wait",
        "queued": "wait",
    },
}

PROFILES: Final[Mapping[str, Mapping[str, Any]]] = {"smspilot": _SMSPILOT, "json": _JSON}
