"""Keys and passwords as they are stored: hashes that cannot be turned back."""

import hashlib
import hmac
import secrets
from typing import Final

KEY_LENGTH: Final = 64
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_N, _R, _P, _MEMORY = 2**14, 8, 1, 64 * 2**20  # scrypt: 16 MiB, about 40 ms


def new_key() -> str:
    """64 characters, upper-case Latin letters and digits (API-1 §1)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(KEY_LENGTH))


def hash_key(apikey: str) -> str:
    """A key is 64 random characters, so a plain hash cannot be guessed back."""
    return hashlib.sha256(apikey.encode("utf-8", "replace")).hexdigest()


def hash_password(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def is_password(password: str, stored: str) -> bool:
    """Slow on purpose: call it off the event loop."""
    _, salt, wanted = stored.split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)).hex(), wanted)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY)
