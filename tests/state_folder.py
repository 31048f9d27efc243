"""Where the servers of a test keep their files: in memory, where there is a disk of it.

A server waits for the disk at every commit, and a test makes thousands. What is proved about killed
processes holds on either: a file outlives its process. The bench keeps to a real disk.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - files of the tests, in folders that mkdtemp makes
ENOUGH = 8 * 2**30
"""Bytes that must be free, in memory as well. A run of three processes used 2 GiB at most."""


def in_memory() -> Path | None:
    """The disk in memory, if programs may run from it and enough of it is free."""
    if not os.access(IN_MEMORY, os.W_OK | os.X_OK):
        return None
    disk = os.statvfs(IN_MEMORY)
    free = min(disk.f_bavail * disk.f_frsize, psutil.virtual_memory().available)
    return IN_MEMORY if free >= ENOUGH and not disk.f_flag & os.ST_NOEXEC else None


@contextmanager
def state_folder() -> Iterator[Path]:
    """A folder that is removed at the end, whatever happened."""
    made = Path(tempfile.mkdtemp(prefix="guiyi-test-", dir=in_memory()))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
