"""主密钥 (the master key): the one secret that is kept in a file outside every database.

It wraps the keys of the subjects. Other keys are derived from it, each for a named purpose: for the
digests of the look-up, and for the HMAC of a request's body.

It can be exchanged while everything runs: the file then holds the new key, and below it the former
ones, which go on unwrapping what they have wrapped. Every process notices the new file by itself.
"""

import base64
import binascii
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

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
    former: tuple["MasterKey", ...] = ()
    """Those that it has taken the place of, the latest first."""

    @property
    def all(self) -> tuple["MasterKey", ...]:
        """This key, and the former ones."""
        return (self, *self.former)

    def now(self) -> "MasterKey":
        """As Master.now: a key in memory is never exchanged."""
        return self

    @cache  # noqa: B019 - a process has few of these keys, for as long as it lives
    def derive(self, purpose: str, length: int = 32) -> bytes:
        """The key for one purpose. From it nobody can compute the master key or another key."""
        info = b"guiyi/" + purpose.encode()
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self.secret)


class Master(Protocol):
    """What has a master key that may be exchanged."""

    def now(self) -> MasterKey:
        """The key that counts now."""


class MasterFile:
    """主密钥文件: read at once, and again whenever it is another file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = self._mark()
        self._key = read_master_key(file)

    def now(self) -> MasterKey:
        """As Master.now. A file that cannot be read counts as one that was not exchanged."""
        if (mark := self._mark()) != self._seen:
            with suppress(MasterKeyUnusable):
                self._key = read_master_key(self._file)
                self._seen = mark
        return self._key

    def _mark(self) -> tuple[int, int]:
        with suppress(OSError):
            found = self._file.stat()
            return found.st_ino, found.st_mtime_ns
        return (0, 0)


def read_master_key(file: Path) -> MasterKey:
    """The master key from its file, and the former ones below it (each 32 bytes as hex or base64).

    Raises MasterKeyUnusable.
    """
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            text = opened.read(_MOST_BYTES)
    except OSError as error:
        raise MasterKeyUnusable(f"{file}: {error.strerror}; KEYS_MASTER_FILE names it") from None
    if mode & _OTHERS:
        raise MasterKeyUnusable(f"{file} is open to others: chmod 600 {file}")
    first, *others = text.split() or [b""]
    return MasterKey(_decode(first, file), tuple(MasterKey(_decode(each, file)) for each in others))


def make_master_key(file: Path) -> MasterKey:
    """Make the file with a new key, which only its owner can read. An existing file stays."""
    write_once(file, secrets.token_hex(MASTER_BYTES).encode() + b"\n", mode=0o600)
    return read_master_key(file)


def exchange_master_key(file: Path) -> MasterKey:
    """Write a new key into the file, above the one that it had. Raises MasterKeyUnusable."""
    former = read_master_key(file)
    return _write(file, MasterKey(secrets.token_bytes(MASTER_BYTES), former.all))


def forget_former_keys(file: Path) -> MasterKey:
    """Leave the present key alone in the file. What former ones have wrapped is lost."""
    return _write(file, MasterKey(read_master_key(file).secret))


def _write(file: Path, key: MasterKey) -> MasterKey:
    write_over(file, b"".join(each.secret.hex().encode() + b"\n" for each in key.all), mode=0o600)
    return key


def write_over(file: Path, content: bytes, *, mode: int) -> None:
    """Write a file in the place of another, for the same owner: a reader sees one of the two."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    write_once(draft, content, mode=mode)
    with suppress(FileNotFoundError):
        before = file.stat()
        os.chown(draft, before.st_uid, before.st_gid)
    draft.replace(file)


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
