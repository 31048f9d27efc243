"""磁盘 (the disk): how much space is free, said before there is none."""

import shutil
from collections.abc import Sequence
from pathlib import Path

MIB = 1024 * 1024


def free_mib(folder: Path) -> int:
    """MiB that are free where this folder is. Raises OSError."""
    return shutil.disk_usage(folder).free // MIB


def disk_notes(folder: Path, least: int) -> Sequence[str]:
    """A line for /readyz if less than `least` MiB are free where the folder is."""
    free = free_mib(folder)
    return [f"the disk is nearly full: {free} MiB free, less than {least}"] if free < least else []
