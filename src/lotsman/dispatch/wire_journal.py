"""What may be on the wire: a small memory-mapped file that outlives a killed process.

A message is marked SENDING in the database before its bytes may leave. After `kill -9` that alone would put every such
message in doubt, though most of them never left. So the id of each part is written here just before its bytes go to the
socket, and the carrier's id when the response comes; both survive the death of the process, as the kernel keeps the page.
They do not survive the death of the kernel: a journal of another boot is not believed, and doubt is the answer.

Rule 1: mark before the bytes leave, settle only after the outcome is on disk.
Rule 2: the file is locked by the node that uses it. Holding the lock proves that the previous holder is dead.
"""

import fcntl
import mmap
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

_MAGIC: Final = b"LOTSMAN1"
_HEADER: Final = 64
_SLOT: Final = struct.Struct("<QBB70s")  # message id, part, length of the SMSC's id, the id
_ID_AT: Final = 10
_ID_SIZE: Final = 70
_SLOTS: Final = 4096
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class NodeIsRunning(Exception):
    """Another process uses this data directory; stop it, or choose another LOTSMAN_DATA."""


class OnWire(NamedTuple):
    part: int
    smsc_id: str | None  # None: its response was never seen


class WireJournal:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("r+b" if path.exists() else "w+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise NodeIsRunning(f"{path.parent} is in use by another lotsman process") from error
        self._stamp: Final = _MAGIC + _boot_id()
        self.believable: Final = self._file.read(len(self._stamp)) == self._stamp
        size = max(os.fstat(self._file.fileno()).st_size, _HEADER + _SLOTS * _SLOT.size)
        self._allocate(size)
        self._map = mmap.mmap(self._file.fileno(), size)
        self._found = self._read() if self.believable else {}
        self._free = list(range(self._count - 1, -1, -1))
        self._slots: dict[tuple[int, int], int] = {}

    @property
    def _count(self) -> int:
        return (len(self._map) - _HEADER) // _SLOT.size

    def left_by_predecessor(self) -> dict[int, list[OnWire]]:
        """Message id -> parts that were on the wire when the previous process died. Read once, then `clear`."""
        return self._found

    def clear(self) -> None:
        """Everything found was dealt with, on disk. Only from here on may the journal be believed."""
        self._map[_HEADER:] = bytes(len(self._map) - _HEADER)
        self._map[: len(self._stamp)] = self._stamp
        self._found = {}

    def leaving(self, message_id: int, part: int) -> None:
        key = (message_id, part)
        slot = self._slots.get(key)
        if slot is None:
            if not self._free:
                self._grow()
            slot = self._slots[key] = self._free.pop()
        _SLOT.pack_into(self._map, _HEADER + slot * _SLOT.size, message_id, part, 0, b"")

    def taken(self, message_id: int, part: int, smsc_id: str) -> None:
        slot = self._slots.get((message_id, part))
        if slot is not None:
            # Length 0 means "no response", so an empty id is noted as one blank.
            raw = smsc_id.encode("latin-1", "replace")[:_ID_SIZE] or b" "
            start = _HEADER + slot * _SLOT.size + _ID_AT
            # The length comes last: killed at any instant, the slot says either "no response" or the whole id.
            self._map[start : start + len(raw)] = raw
            self._map[start - 1] = len(raw)

    def settled(self, message_id: int, parts: Iterable[int]) -> None:
        for part in parts:
            slot = self._slots.pop((message_id, part), None)
            if slot is not None:
                _SLOT.pack_into(self._map, _HEADER + slot * _SLOT.size, 0, 0, 0, b"")
                self._free.append(slot)

    def close(self) -> None:
        self._map.close()
        self._file.close()

    def _grow(self) -> None:
        before = self._count
        size = _HEADER + 2 * before * _SLOT.size
        self._allocate(size)
        self._map.resize(size)
        self._free.extend(range(2 * before - 1, before - 1, -1))

    def _allocate(self, size: int) -> None:
        """Raises OSError when the disk is full; writing to a page that has no place on it would end the process."""
        os.posix_fallocate(self._file.fileno(), 0, size)

    def _read(self) -> dict[int, list[OnWire]]:
        found: dict[int, list[OnWire]] = {}
        for slot in range(self._count):
            message_id, part, length, raw = _SLOT.unpack_from(self._map, _HEADER + slot * _SLOT.size)
            if message_id:
                smsc_id = raw[:length].decode("latin-1").strip() if length else None
                found.setdefault(message_id, []).append(OnWire(part, smsc_id))
        return found


def _boot_id() -> bytes:
    return _BOOT_ID.read_bytes().strip() if _BOOT_ID.exists() else b"unknown"
