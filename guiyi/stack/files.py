"""文件 (files) of an installation that nobody but their owner may read."""

import os
from pathlib import Path


def write(file: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, and only its owner sees it."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(file)
