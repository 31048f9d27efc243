"""留底 (what is kept): lines of a file that say what was done by hand, and why."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path


def append(file: Path, lines: Iterable[Mapping[str, object]]) -> None:
    """Append them to the file, and see to it that they are on the disk. Raises OSError."""
    with file.open("a", encoding="utf-8") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
        out.flush()
        os.fsync(out.fileno())
