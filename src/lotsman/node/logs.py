"""structlog, set up once. Keys, passwords, texts and phone numbers never reach a log unmasked."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal

import structlog

_SECRETS: Final = frozenset({"apikey", "password", "text", "send", "message_text", "authorization"})
_KEY = re.compile(r"\b[A-Z0-9]{40,64}\b")
_PHONE = re.compile(r"(?<!\d)(\d{4})\d{3,8}(\d{2})(?!\d)")
_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_NUMBERS: Final = frozenset(
    {"message", "messages", "account", "link", "node", "port", "at"}
)  # our own numbers


def set_up(level: str, form: Literal["auto", "json", "text"]) -> None:
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if text else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def mask(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: hides secrets by their field's name, keys and phone numbers by their form."""
    for field, value in event.items():
        if field in _SECRETS:
            event[field] = "***"
        elif isinstance(value, str) and field not in {"timestamp", "level"}:
            event[field] = mask_text(value)
        elif (
            isinstance(value, int)
            and not isinstance(value, bool)
            and field not in _NUMBERS
            and value >= 10**9
        ):
            event[field] = mask_text(str(value))
    return event


def mask_text(text: str) -> str:
    """Phone numbers keep their first four and last two digits; api keys nothing."""
    return _PHONE.sub(r"\1***\2", _KEY.sub("***", text))
