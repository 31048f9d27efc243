"""主密钥 (the master key): the one secret that is kept in a file outside every database.

It wraps the keys of the subjects. Other keys are derived from it, each for a named purpose: for the
digests of the look-up, and for the HMAC of a request's body.
"""

import base64
import binascii
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MOST_BYTES = 4096


class MasterKeyUnusable(Exception):
    """The file of the master key is absent, open to others or malformed. The message says more."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """主密钥: 32 secret bytes. They are never shown, and never stored beside what they protect."""

    secret: bytes = field(repr=False)

    def derive(self, purpose: str, length: int = 32) -> bytes:
        """The key for one purpose. From it nobody can compute the master key or another key."""
        info = b"guiyi/" + purpose.encode()
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self.secret)


def read_master_key(file: Path) -> MasterKey:
    """The master key from its file (32 bytes as hex or base64). Raises MasterKeyUnusable."""
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            text = opened.read(_MOST_BYTES)
    except OSError as error:
        raise MasterKeyUnusable(f"{file}: {error.strerror}; KEYS_MASTER_FILE names it") from None
    if mode & _OTHERS:
        raise MasterKeyUnusable(f"{file} is open to others: chmod 600 {file}")
    return MasterKey(_decode(text.strip(), file))


def make_master_key(file: Path) -> MasterKey:
    """Make the file with a new key, which only its owner can read. An existing file stays."""
    write_once(file, secrets.token_hex(MASTER_BYTES).encode() + b"\n", mode=0o600)
    return read_master_key(file)


def write_once(file: Path, content: bytes, *, mode: int) -> bool:
    """Write a file whole or not at all, and never over another. Returns whether it was written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        os.link(draft, file)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _decode(text: bytes, file: Path) -> bytes:
    for read in (binascii.unhexlify, _base64):
        try:
            secret = read(text)
        except ValueError:
            continue
        if len(secret) == MASTER_BYTES:
            return secret
    # The text is not shown, not even in a chained error: it may be a key with a typing error.
    raise MasterKeyUnusable(f"{file} must hold {MASTER_BYTES} bytes as hex or base64")


def _base64(text: bytes) -> bytes:
    padded = text + b"=" * (-len(text) % 4)
    return base64.b64decode(padded.translate(bytes.maketrans(b"-_", b"+/")), validate=True)
