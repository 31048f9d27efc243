"""同一事项 (the same matter): who writes on a paper sees what others wrote on its matter just now.

Views hear of it a moment later, so two who write at once would not see each other. So whoever
writes has the words that name the matter to themselves until their transaction ends; who comes
second waits for that. The record is told keyed digests, never a word.
"""

import hmac
from collections.abc import Mapping, Sequence

from shared.personal.digest import NORMAL
from shared.personal.master import MasterKey
from shared.record.store import Transaction
from shared.step import Matter


def meet(
    transaction: Transaction, master: MasterKey, matter: Matter, subject: str
) -> Mapping[str, Sequence[str]]:
    """The streams that were written with the same word just now, by kind of word.

    `subject`: whose erasure takes the digests out. Raises Unavailable if others keep a word longer
    than the record waits for a lock.
    """
    kinds = {digest: kind for kind in matter.words for digest in _digests(master, matter, kind)}
    met = transaction.meet(sorted(kinds), matter.stream, subject)
    found: dict[str, set[str]] = {}
    for digest, streams in met.items():
        found.setdefault(kinds[digest], set()).update(streams)
    return {kind: sorted(streams) for kind, streams in found.items()}


def _digests(master: MasterKey, matter: Matter, kind: str) -> frozenset[bytes]:
    """By former master keys as well: another process may not have heard of the new one yet."""
    text = matter.words[kind]
    normal = next((made(text) for look_up, made in NORMAL.items() if look_up == kind), {text})
    words = [word.encode("utf-8", "surrogatepass") for word in normal]
    keys = [each.derive(f"digest of a matter by {kind}") for each in master.all]
    return frozenset(hmac.digest(key, word, "sha256") for key in keys for word in words)
