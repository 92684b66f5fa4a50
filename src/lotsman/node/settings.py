"""Typed settings, read from the environment (LOTSMAN_…). docs/settings.md is generated from this file."""

import os
import socket
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """A setting is wrong; the text says which and what it may be."""


def reason(error: OSError) -> str:
    """Why the system said no, without what asyncio puts around it."""
    number = error.errno or 0
    return os.strerror(number) if number > 0 else str(error)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LOTSMAN_", extra="ignore")

    host: str = Field(default="127.0.0.1", description="Address that the API listens on; 0.0.0.0 for all.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port of the API.")
    data: Path = Field(
        default=Path("data"), description="Directory for the SQLite database, the wire journal and demo.env."
    )
    database_url: str = Field(
        default="",
        description="Empty: SQLite in the data directory. Else postgresql://user:password@host/name.",
    )
    node_name: str = Field(
        default="", description="Name of this node in a cluster; empty: host name and data directory."
    )
    emulator: bool = Field(
        default=False, description="Accept the public emulator key. `lotsman up` turns it on."
    )
    simulator: bool = Field(
        default=True, description="`lotsman up` starts the built-in SMSC and connects to it."
    )
    simulator_port: int = Field(default=2775, ge=0, le=65535, description="Port of the built-in SMSC.")
    simulator_http_port: int = Field(
        default=2776, ge=0, le=65535, description="Port of the built-in carrier and messenger over HTTP."
    )
    simulator_script: Path | None = Field(
        default=None, description="Scenario of the built-in SMSC (docs/simulator.md)."
    )
    callback_allow: str = Field(
        default="",
        description="Private networks that callbacks may go to, as 10.1.0.0/16,192.168.7.5. `lotsman up` adds loopback.",
    )
    tls_cert: Path | None = Field(
        default=None, description="Certificate chain (PEM); with tls_key the API speaks HTTPS."
    )
    tls_key: Path | None = Field(default=None, description="Private key (PEM) of tls_cert.")
    trusted_proxies: str = Field(
        default="",
        description="Addresses and networks of your reverse proxies, with commas between; their X-Forwarded-For is believed.",
    )
    smtp_url: str = Field(
        default="",
        description="Mail server: smtp://user:password@host:587 (STARTTLS) or smtps://…; empty: mail is off (docs/mail.md).",
    )
    mail_from: str = Field(
        default="", description="Sender of mail: an address, or Name <address>; needed with smtp_url."
    )
    operator_mail: str = Field(
        default="",
        description="Whom to alert by mail when a breaker trips (docs/breakers.md); empty: nobody.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe log entry."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal, else JSON."
    )
    core: str = Field(
        default="auto",
        pattern="auto|off|[0-9]{1,3}",
        description="The processor core of this node's Python threads: auto, off (any), or its number.",
    )
    portability_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="How long a look-up's word on the network of a number is believed.",
    )
    viber_seconds: int = Field(
        default=60,
        ge=1,
        le=86_400,
        description="After how long without delivery a message of the service VIBERSMS goes as an SMS.",
    )
    currency: str = Field(
        default="RUB",
        pattern="[A-Z]{3}",
        max_length=3,
        description="The installation's own currency: costs and margins are in it. Choose it before the first price list.",
    )
    trace_days: int = Field(
        default=7,
        ge=0,
        le=365,
        description="How long the trace of messages is kept (docs/xray.md); 0: nothing is traced, and what was is forgotten.",
    )
    trace_megabytes: int = Field(
        default=2048,
        ge=1,
        description="The most that the trace of all nodes may take; the oldest is forgotten first.",
    )
    trace_texts: bool = Field(
        default=True, description="Off: texts of messages become stars in the trace; everything else is kept."
    )
    drain_seconds: float = Field(
        default=10.0, gt=0, description="How long a stopping node waits for requests it has read."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        for network in _listed(text):
            ip_network(network, strict=False)
        return text

    @property
    def proxies(self) -> list[IPv4Network | IPv6Network]:
        return [ip_network(network, strict=False) for network in _listed(self.trusted_proxies)]

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.data / 'lotsman.db').resolve()}"

    @property
    def node(self) -> str:
        return self.node_name or f"{socket.gethostname()}:{self.data.resolve()}"


def _listed(text: str) -> list[str]:
    return [word for word in map(str.strip, text.split(",")) if word]


def load() -> Settings:
    """Raises SettingsError with one line for each wrong setting."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"LOTSMAN_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("; ".join(wrong)) from None
