"""签字所见 (content): the hash of what somebody was shown and put their name under.

One function for every paper, because an auditor computes it again from what was shown.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date


def content_hash(shown: Mapping[str, object] | Sequence[object]) -> str:
    """SHA-256 (hex) of what was shown, as JSON in UTF-8.

    Keys are sorted by code point, nothing stands between tokens, no character is escaped that need
    not be; a moment or a day is its `isoformat()`; a dataclass is its fields by name. Raises
    TypeError for anything JSON cannot say.
    """
    text = json.dumps(
        shown, default=_plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, date):  # a datetime is a date
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in what is signed")
