"""What baresip 1.0 and 1.1 read: their configuration and the accounts of user agents."""

import contextlib
import socket
from pathlib import Path
from typing import Final

from lotsman.carriers.links.voice_settings import VoiceSettings

IDLE: Final = "lotsman-idle"  # the user of the UA that never has calls
NO_ADDRESS: Final = "none but loopback; calls need an IPv4 address and a route"
_MODULES: Final = (
    "/usr/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/lib/aarch64-linux-gnu/baresip/modules",
    "/usr/local/lib/baresip/modules",
)
# What is heard goes nowhere, as does what baresip itself would play to somebody who sits before it.
_CONFIGURATION: Final = """\
poll_method epoll
sip_listen {listen}
call_max_calls {calls}
call_local_timeout 3600
audio_source aufile,{silence}
audio_player aufile,/dev/null
audio_alert nothing,nothing
ringback_disabled yes
statmode_default off
rtp_ports {rtp_ports}
rtp_stats no
module_path {modules}
module g711.so
module aufile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


def _modules() -> str:
    return next((each for each in _MODULES if Path(each).is_dir()), _MODULES[0])


def own_address() -> str:
    """The IPv4 address from which this host goes out; "" where it has loopback alone, from which baresip finds no way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # TEST-NET-1: nothing is sent
        address = str(probe.getsockname()[0])
        return "" if address.startswith("127.") else address
    return ""


def lacking_modules() -> list[str]:
    needed = ("g711", "aufile", "account", "menu", "ctrl_tcp")
    return [name for name in needed if not (Path(_modules()) / f"{name}.so").exists()]


class BaresipConfig:
    def __init__(self, settings: VoiceSettings) -> None:
        self._settings = settings

    def write(self, folder: Path, control_port: int) -> None:
        """Configuration, accounts and an empty list of contacts; the accounts hold passwords."""
        s = self._settings
        text = _CONFIGURATION.format(
            listen=s.address or "0.0.0.0:0", calls=2 * s.window, silence="/dev/null", rtp_ports=s.rtp_ports,
            modules=_modules(), control=control_port,
        )  # fmt: skip
        files = {"config": text, "accounts": "\n".join(self._accounts()) + "\n", "contacts": "\n"}
        for name, content in files.items():
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(content)

    def account(self, user: str, *, register: int = 0) -> str:
        """A UA whose calls come from `user`."""
        s = self._settings
        transport = s.peer[2]
        parts = [f"<{self.aor(user)};transport={transport}>", f"regint={register}"]
        parts += ["audio_codecs=PCMA,PCMU", "dtmfmode=rtpevent"]
        if s.user or s.password:
            parts += [f"auth_user={s.user or user}", f"auth_pass={s.password}"]
        if register:
            parts.append(f'outbound="{s.trunk}"')
        return ";".join(parts)

    def aor(self, user: str) -> str:
        """Address of record: who we are to the trunk."""
        return f"sip:{user}@{self._settings.domain or self._settings.peer[0]}"

    def uri(self, callee: str) -> str:
        host, port, transport = self._settings.peer
        return f"sip:{callee}@{host}:{port};transport={transport}"

    def _accounts(self) -> list[str]:
        s = self._settings
        registering = (s.user or s.caller) if s.register else ""
        accounts = [
            self.account(IDLE),
            self.account(s.caller, register=s.register if registering == s.caller else 0),
        ]
        if registering and registering != s.caller:
            accounts.append(self.account(registering, register=s.register))
        return accounts
