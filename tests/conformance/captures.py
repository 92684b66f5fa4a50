"""Answers of the original service of API-1, byte for byte as they came over the wire.

Four captures that every source agrees with; a phone that its publisher hid is hidden here too.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Capture:
    what: str
    format: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()  # of the HTTP 200 around it, where they were captured


TEXT_SEND = Capture(
    "a send in text by the emulator key",
    "text",
    b"SUCCESS=SMS SENT 4.81/20006.97\n10000,79991231212,4.81,0",
)

JSON_ERROR = Capture(
    "a malformed key, in JSON, 2021",
    "json",
    '{"error":{"code":"101","description":"APIKEY is invalid","description_ru":'
    '"Неправильный API-ключ (см. настройки API в личном кабинете)"}}'.encode(),
    (
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", "179"),
        ("Connection", "close"),
        ("Access-Control-Allow-Origin", "*"),
    ),
)

JSON_SEND = Capture(
    "a send in JSON by a real key, with the packet's id",
    "json",
    b'{"send":[{"server_id":"189940538","phone":"7952xxxxxxx","price":"3.38","status":"0"}],'
    b'"balance":"7.00","cost":"3.38", "server_packet_id": "189940538"}',
)

JSON_SEND_EMULATED = Capture(
    "a send in JSON by the emulator key",
    "json",
    b'{"send":[{"server_id":"10000","phone":"79021234567","price":"1.68","status":"0"}],'
    b'"balance":"20006.97","cost":"1.68"}',
)

CAPTURES = (TEXT_SEND, JSON_ERROR, JSON_SEND, JSON_SEND_EMULATED)
