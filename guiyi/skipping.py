"""剔除 (skipping): which records a person names as nobody's, and the file that keeps them."""

import base64
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from guiyi.kept import append
from guiyi.refusal import WRONG, refuse

if TYPE_CHECKING:
    from shared.config import Settings
    from shared.relay.skip import RecordPlace, SkippedRecord, Skips

_PLACE = re.compile(r"([\w.-]+)/(\d{1,9})/(\d{1,18})")


def skips_named(
    settings: "Settings",
    named: Sequence[str],
    because: str,
    file: Path | None,
    *,
    keep_record: bool = False,
) -> "Skips":
    """The records that are to go. Wrong words, or no reason or file, end the command."""
    from shared.relay.skip import Skips

    if not named and not keep_record:
        return Skips()
    if not because.strip() or file is None:
        refuse("restore.skip_because", WRONG)
    places = [_place(settings, each) for each in named]
    keeping = _keeping(settings.room, because.strip(), file)
    return Skips(places, keep_record=keep_record, keep=keeping)


def _place(settings: "Settings", named: str) -> "RecordPlace":
    from shared.relay.skip import RecordPlace
    from shared.topics import topics_of

    match = _PLACE.fullmatch(named)
    partition = int(match[2]) if match is not None else -1
    if (
        match is None
        or match[1] not in topics_of(settings.room)
        or partition >= settings.partitions
    ):
        refuse("restore.skip_wrong", WRONG, room=settings.room, place=named)
    return RecordPlace(match[1], partition, int(match[3]))


def _keeping(room: str, because: str, file: Path) -> "Callable[[Sequence[SkippedRecord]], None]":
    def keep(records: "Sequence[SkippedRecord]") -> None:
        """Append them to the file, and see to it that they are on the disk. Raises OSError."""
        at = datetime.now(UTC).isoformat()
        append(
            file,
            (
                {
                    "room": room,
                    "record": str(record.place),
                    "because": because,
                    "at": at,
                    "headers": {name: _text(value) for name, value in record.headers.items()},
                    "value": _text(record.value),
                }
                for record in records
            ),
        )

    return keep


def _text(value: bytes) -> str:
    """The bytes in base64: they may be anything."""
    return base64.b64encode(value).decode()
