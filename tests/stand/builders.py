"""Ready-made values of the domain: say what matters, the rest is ordinary."""

from lotsman.domain.account import Account, Standing
from lotsman.domain.admission import Order
from lotsman.domain.lane import SMS
from lotsman.domain.message import DEFAULT_TTL, Draft
from lotsman.domain.service import Service
from lotsman.domain.tariff import Tariff

NOW = 1_700_000_000_000  # ms: some November night
PHONE = "79161234567"  # MTS, Moscow

PRICES = {
    (Service.SMS, "RU", ""): 250,
    (Service.SMS, "RU", "MTS"): 289,
    (Service.SMS, "KZ", ""): 1400,
    (Service.HLR, "RU", ""): 30,
    (Service.PING, "RU", ""): 40,
    (Service.TWO_WAY, "RU", ""): 350,
    (Service.VOICE, "RU", ""): 500,
}


def a_phone(number):
    """One MTS phone for each number below ten million."""
    return f"7916{number:07d}"


def an_account(*, senders=("INFORM", "SMSPILOT.RU"), prices=PRICES, **changes):
    account = {
        "id": 1001, "login": "demo@example.org", "name": "Demo", "phone": "79021234567", "created_at": NOW,
        "standing": Standing.ACTIVE, "credit_limit": 0, "default_sender": senders[0] if senders else "",
        "any_sender": False, "time_zone": "Europe/Moscow", "tariff": Tariff(1, "retail", prices), "senders": senders,
        "senders_folded": {name.lower(): name for name in senders},
    }  # fmt: skip
    return Account(**account | changes)


def an_order(text="Привет", *to, sender="", **changes):
    return Order(text, sender, to or (PHONE,), **changes)


def a_draft(msisdn=PHONE, *, now=NOW, ttl=DEFAULT_TTL, **changes):
    draft = {
        "service": Service.SMS, "lane": SMS, "msisdn": msisdn, "sender": "INFORM", "sender_asked": "INFORM",
        "text": "Привет", "parts": 1, "price": 289, "country": "RU", "operator": "MTS", "error": 0, "send_at": None,
        "expires_at": (changes.get("send_at") or now) + ttl,
    }  # fmt: skip
    return Draft(**draft | changes)
