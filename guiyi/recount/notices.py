"""通知 (notices): each that was sent has come once, with the word that it was to carry."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from guiyi.recount.facts import Told

WORD = re.compile(r"[\w-]{43}")
"""256 bits, as they stand in a text."""


def differing(facts: Sequence[Told], letters: Sequence[str]) -> Iterator[str]:
    """Where a notice did not come, came twice, or nobody knows of a letter."""
    asked = {fact.stream: fact.data["word"] for fact in facts if fact.type == "NoticeAsked"}
    sent = {fact.stream for fact in facts if fact.type == "NoticeSent"}
    yield from (f"{stream} was not sent" for stream in sorted(asked.keys() - sent))
    came = Counter(word for letter in letters for word in _hashes(letter))
    for stream in sorted(sent):
        if (n := came.pop(asked[stream], 0)) != 1:
            yield f"{stream} came {n} times"
    if len(letters) != len(sent):
        yield f"{len(letters)} letters, {len(sent)} notices"


def _hashes(letter: str) -> set[str]:
    return {hashlib.sha256(word.encode()).hexdigest() for word in WORD.findall(letter)}
