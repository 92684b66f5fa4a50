"""Is everything there that a voice link needs? Asked by the operator, on the machine that runs the link.

Each answer is whether it is so, and a line that says what was found.
"""

import asyncio
import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from lotsman.carriers.links.baresip import PROGRAM
from lotsman.carriers.links.baresip_config import NO_ADDRESS, lacking_modules, own_address
from lotsman.carriers.links.speech import Speaker, SpeechFailed, Unspeakable, duration
from lotsman.carriers.links.voice_settings import DEFAULT_VOICES, VoiceSettings

Answer = tuple[bool, str]

_PATIENCE: Final = 2.0  # seconds for the trunk, twice
_SAMPLES: Final = {"ru": "Проверка 1234", "en": "Test 1234"}


async def examine(settings: dict[str, Any]) -> Sequence[Answer]:
    s = VoiceSettings(**settings)
    answers = [_engine(), _address()]
    if "voice" in s.serves:
        answers.append(await _speech(s))
    return [*answers, await _trunk(s)]


def _engine() -> Answer:
    if shutil.which(PROGRAM) is None:
        return False, f"engine: {PROGRAM} is not installed; apt-get install baresip-core"
    lacking = lacking_modules()
    return not lacking, f"engine: {PROGRAM}" + (f" without {', '.join(lacking)}" if lacking else "")


def _address() -> Answer:
    own = own_address()
    return bool(own), f"own address: {own or NO_ADDRESS}"


async def _speech(s: VoiceSettings) -> Answer:
    folder = Path(tempfile.mkdtemp(prefix="lotsman-speech-"))
    spoken = []
    try:
        speaker = Speaker(s, folder)
        if speaker.missing:
            return False, f"speech: {', '.join(speaker.missing)} not installed"
        for voice in DEFAULT_VOICES:
            language, _, who = voice.partition("-")
            path = await speaker.say(_SAMPLES[language], male=who == "m")
            spoken.append(f"{voice} {duration(path):.1f} s")
    except SpeechFailed as error:
        return False, f"speech: {voice}: {error} {error.words}".rstrip()
    except Unspeakable as error:
        return False, f"speech: {voice}: {error}"
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return True, f"speech: {', '.join(spoken)}"


async def _trunk(s: VoiceSettings) -> Answer:
    host, port, transport = s.peer
    name = f"trunk {host}:{port}"
    try:
        async with asyncio.timeout(2 * _PATIENCE):
            if transport == "udp":
                return True, f"{name}: {await _options(s, host, port)}"
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return True, f"{name}: takes connections"
    except TimeoutError:
        return False, f"{name}: no answer to OPTIONS; some trunks answer registered callers alone"
    except OSError as error:
        return False, f"{name}: {error.strerror or error}"


class _Listener(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _: object) -> None:
        line = data.partition(b"\r\n")[0].decode("latin-1")
        if line.startswith("SIP/2.0 ") and not self.answer.done():
            self.answer.set_result(line.removeprefix("SIP/2.0 ")[:60])

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _options(s: VoiceSettings, host: str, port: int) -> str:
    """The status line that the trunk answers with (RFC 3261 §11)."""
    loop = asyncio.get_running_loop()
    transport, listener = await loop.create_datagram_endpoint(_Listener, remote_addr=(host, port))
    try:
        own_host, own_port = transport.get_extra_info("sockname")[:2]
        own, tag = f"{own_host}:{own_port}", secrets.token_hex(8)
        request = (
            f"OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {own};rport;branch=z9hG4bK{tag}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{s.caller}@{s.domain or host}>;tag={tag}\r\nTo: <sip:{host}:{port}>\r\n"
            f"Call-ID: {tag}@{own_host}\r\nCSeq: 1 OPTIONS\r\nContact: <sip:{s.caller}@{own}>\r\n"
            "Content-Length: 0\r\n\r\n"
        )
        transport.sendto(request.encode())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                return await asyncio.shield(listener.answer)
        transport.sendto(request.encode())
        return await listener.answer
    finally:
        transport.close()
