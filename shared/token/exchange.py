"""换签名密钥 (exchanging the pair that signs tokens) while everything runs.

Processes look at the files with every request. So the public key of before is put beside first,
then the new public key in its place, and last the private one: at each moment what is signed is
accepted.
"""

import time
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.personal.master import write_over
from shared.token.keys import key_id, private_key, private_pem, public_key, public_pem, stamps


class StillNeeded(Exception):
    """Tokens by the previous key may be valid for so long yet."""

    def __init__(self, left: timedelta) -> None:
        super().__init__(f"for {left} yet")
        self.left = left


def exchange_key_pair(private: Path, public: Path, previous: Path, life: timedelta) -> str:
    """Let a new pair sign; its `kid`. `life`: how long a token is valid at most.

    One that was stopped half-way is repeated: then the previous key is in its place already. Raises
    StillNeeded if another previous key would be pushed out too early, TokenKeyUnusable.
    """
    signing = private_key(private).public_key()
    if not previous.exists() or key_id(_read(previous)) != key_id(signing):
        _is_over(previous, life)
        write_over(previous, public_pem(signing), mode=0o644)
    made = Ed25519PrivateKey.generate()
    write_over(public, public_pem(made.public_key()), mode=0o644)
    write_over(private, private_pem(made), mode=0o600)
    return key_id(made.public_key())


def forget_previous(previous: Path, life: timedelta) -> bool:
    """Accept the previous key no longer; whether there was one. Raises StillNeeded."""
    _is_over(previous, life)
    is_there = previous.exists()
    previous.unlink(missing_ok=True)
    return is_there


def _is_over(previous: Path, life: timedelta) -> None:
    """Raise StillNeeded while tokens by this key may be valid. Its file is as old as its end."""
    if previous.exists():
        left = previous.stat().st_mtime + life.total_seconds() - time.time()
        if left > 0:
            raise StillNeeded(timedelta(seconds=left))


def _read(file: Path) -> Ed25519PublicKey:
    ((_, stamp),) = stamps([file])
    return public_key(file, stamp)
