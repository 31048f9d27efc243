"""签名密钥 (keys of tokens): a pair that signs, and the public keys that are accepted.

A token names the key that signed it (`kid`), which is a digest of the public key. While keys
change, two are accepted: the current one, and the previous one, whose file is there until its last
token has expired. A process that only reads tokens has no private key.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.personal.master import write_once
from shared.token.refusals import TokenKeyUnusable

Stamp: TypeAlias = tuple[int, int, int]
"""The state of a file: it changes when the file does."""
_KID_DIGITS = 16


def make_key_pair(private_file: Path, public_file: Path) -> None:
    """Make the files (PEM) with a new Ed25519 pair. A private key that exists stays."""
    write_once(private_file, private_pem(Ed25519PrivateKey.generate()), mode=0o600)
    write_once(public_file, public_pem(private_key(private_file).public_key()), mode=0o644)


def private_pem(key: Ed25519PrivateKey) -> bytes:
    """What the file of a private key holds."""
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def public_pem(key: Ed25519PublicKey) -> bytes:
    """What the file of a public key holds."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form)


def key_id(key: Ed25519PublicKey) -> str:
    """The `kid` of a key: hexadecimal digits of its digest."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:_KID_DIGITS]


def stamps(files: Sequence[Path]) -> Sequence[tuple[Path, Stamp]]:
    """The files that are there, each in its state. The first must be. Raises TokenKeyUnusable."""
    current, *previous = files
    found = [(current, _stamp(current))]
    return [*found, *((file, _stamp(file)) for file in previous if file.exists())]


@lru_cache(maxsize=8)
def public_key(file: Path, _stamp: Stamp) -> Ed25519PublicKey:
    """Read once for each state of the file, because every request needs it."""
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise TokenKeyUnusable(f"{file} cannot be read: {type(error).__name__}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise TokenKeyUnusable(f"{file} holds no public Ed25519 key")
    return key


def private_key(file: Path) -> Ed25519PrivateKey:
    """The key that signs. Raises TokenKeyUnusable."""
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise TokenKeyUnusable(f"{file} cannot be read: {type(error).__name__}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise TokenKeyUnusable(f"{file} holds no private Ed25519 key")
    return key


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError as error:
        raise TokenKeyUnusable(
            f"{file}: {error.strerror}; TOKEN_PUBLIC_KEY_FILE names it"
        ) from None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino
