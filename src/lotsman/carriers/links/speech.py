"""Text -> sound: a pipeline of programs of the operator's choice, checked, and remembered by what was said.

In: a text and a voice. Out: a WAV file, 8 kHz, 16 bits, one channel, as long as its owner keeps it.
Strategy: the pipeline is split into words once, and run without a shell; the text is the first program's input and never
a part of a command. Speech is kept under a hash of text, voice and pipeline, the oldest is forgotten when it grows too
much. Who is given a file has a link to it of his own, so what is forgotten may still be played.
"""

import array
import asyncio
import contextlib
import hashlib
import os
import shutil
import sys
import wave
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lotsman.carriers.links.voice_settings import DEFAULT_VOICES, VoiceSettings, stages
from lotsman.domain import speech

RATE: Final = 8000  # Hz
_SHORTEST: Final = 0.3  # seconds
_QUIETEST: Final = 500  # the loudest sample of something audible is above it, of 32767
_AT_ONCE: Final = 2  # pipelines
_BEFORE, _BETWEEN = 0.4, 0.8  # seconds of silence
_MOST_WORDS: Final = 200  # bytes of a program's complaint that are shown


class SpeechFailed(Exception):
    """The pipeline cannot speak: it is missing, failed or took too long.

    `words`: what it complained of; not for a log, as it may repeat the text.
    """

    def __init__(self, what: str, words: str = "") -> None:
        super().__init__(what)
        self.words = words


class Unspeakable(Exception):
    """The pipeline works and made nothing audible of this text."""


class Speaker:
    def __init__(self, settings: VoiceSettings, folder: Path) -> None:
        """Raises ValueError for a pipeline that is none. The folder is the speaker's own."""
        self._settings, self._folder = settings, folder
        self._voices = DEFAULT_VOICES | dict(settings.voices)
        self._pipeline = stages(settings.speech)
        self._room = settings.cache_megabytes * 1_000_000
        self._kept: OrderedDict[str, int] = OrderedDict()  # file name -> bytes, the oldest first
        self._making: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._links = 0
        self._recall()

    @property
    def missing(self) -> list[str]:
        """Programs of the pipeline that are not installed."""
        return [stage[0] for stage in self._pipeline if shutil.which(stage[0]) is None]

    async def say(self, text: str, *, male: bool) -> Path:
        """A file that the caller unlinks when it is played; raises SpeechFailed or Unspeakable."""
        spoken = speech.spoken(text)
        voice = self._voices[f"{speech.language(text)}-{'m' if male else 'f'}"]
        name = f"{_hash(spoken, voice, self._settings.speech, self._settings.listen)}.wav"
        if name not in self._kept:
            making = self._making.get(name)
            if making is None:
                making = asyncio.get_running_loop().create_task(self._make(name, spoken, voice))
                self._making[name] = making
                making.add_done_callback(lambda _: self._making.pop(name, None))
            await asyncio.shield(making)
        return self._given(name)

    async def _make(self, name: str, spoken: str, voice: str) -> None:
        raw = self._folder / f"raw-{name}"  # programs judge a file by the end of its name
        text = self._folder / f"text-{name}.txt"
        async with self._turns:
            try:
                text.write_text(spoken, "utf-8")
                await self._run(text, voice, raw)
                await asyncio.to_thread(_finish, raw, self._folder / name, self._settings.listen)
            finally:
                raw.unlink(missing_ok=True)
                text.unlink(missing_ok=True)
        self._kept[name] = (self._folder / name).stat().st_size
        self._forget()

    async def _run(self, text: Path, voice: str, wav: Path) -> None:
        values = {"voice": voice, "wav": str(wav)}
        commands = [[_filled(word, values) for word in stage] for stage in self._pipeline]
        running: list[asyncio.subprocess.Process] = []
        ends: list[int] = []  # of pipes, ours to close
        source = os.open(text, os.O_RDONLY)
        ends.append(source)
        try:
            async with asyncio.timeout(self._settings.speech_timeout):
                for place, command in enumerate(commands):
                    read, write = os.pipe() if place < len(commands) - 1 else (-1, asyncio.subprocess.DEVNULL)
                    ends += [end for end in (read, write) if end >= 0]
                    running.append(
                        await asyncio.create_subprocess_exec(
                            *command,
                            stdin=source,
                            stdout=write,
                            stderr=asyncio.subprocess.PIPE,
                            env=_environment(),
                        )
                    )
                    source = read
                while ends:
                    os.close(ends.pop())
                said = await asyncio.gather(*(process.communicate() for process in running))
        except TimeoutError:
            raise SpeechFailed(f"speech took longer than {self._settings.speech_timeout:g} s") from None
        except OSError as error:
            raise SpeechFailed(f"{commands[len(running)][0]}: {error.strerror or error}") from None
        finally:
            for end in ends:
                os.close(end)
            for process in running:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        for process, command, (_, complaint) in zip(running, commands, said, strict=True):
            if process.returncode:
                words = " ".join(complaint.decode(errors="replace").split())[-_MOST_WORDS:]
                raise SpeechFailed(f"{command[0]} ended with {process.returncode}", words)

    def _given(self, name: str) -> Path:
        self._kept.move_to_end(name)
        path = self._folder / f"given-{os.getpid()}-{self._links}.wav"
        self._links += 1
        os.link(self._folder / name, path)
        return path

    def _forget(self) -> None:
        while len(self._kept) > 1 and sum(self._kept.values()) > self._room:
            name, _ = self._kept.popitem(last=False)
            (self._folder / name).unlink(missing_ok=True)

    def _recall(self) -> None:
        """What an earlier link spoke into the same folder; what it had given away is nobody's any more."""
        files = sorted((p for p in self._folder.glob("*.*")), key=lambda path: path.stat().st_mtime)
        for path in files:
            if path.name.startswith(("given-", "raw-", "text-")) or path.suffix != ".wav":
                path.unlink(missing_ok=True)
            else:
                self._kept[path.name] = path.stat().st_size
        self._forget()


def _finish(raw: Path, path: Path, listen: float) -> None:
    """Twice the same, with silence around. Raises Unspeakable, or SpeechFailed for what is no such WAV."""
    try:
        with wave.open(str(raw), "rb") as sound:
            form = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            frames = sound.readframes(sound.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise SpeechFailed(f"the pipeline wrote no WAV: {error}") from None
    if form != (1, 2, RATE):
        raise SpeechFailed("the pipeline's WAV is not of one channel, 16 bits and 8000 Hz")
    if len(frames) < 2 * RATE * _SHORTEST or _loudest(frames) < _QUIETEST:
        raise Unspeakable(f"{len(frames) / 2 / RATE:.2f} s of silence")
    parts: Sequence[bytes] = (_silence(_BEFORE), frames, _silence(_BETWEEN), frames, _silence(listen))
    half_made = path.with_suffix(".wav.new")
    _write(half_made, b"".join(parts))
    half_made.rename(path)


def write_silence(path: Path, seconds: float) -> None:
    _write(path, _silence(seconds))


def _write(path: Path, frames: bytes) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(frames)


def duration(path: Path) -> float:
    """Seconds of a file that the speaker gave."""
    with wave.open(str(path), "rb") as sound:
        return sound.getnframes() / sound.getframerate()


def _loudest(frames: bytes) -> int:
    samples = array.array("h", frames)
    if sys.byteorder == "big":
        samples.byteswap()
    return max(*samples, -min(samples))


def _silence(seconds: float) -> bytes:
    return bytes(2 * int(RATE * seconds))


def _hash(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode(errors="replace")).hexdigest()


def _filled(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(f"{{{name}}}", value)
    return word


def _environment() -> dict[str, str]:
    """Ours without our settings: the database's password is among them."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LOTSMAN_")}
