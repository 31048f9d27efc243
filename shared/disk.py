"""磁盘 (the disk): how much space is free, said before there is none."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

MIB = 1024 * 1024


def free_mib(folder: Path) -> int:
    """MiB that are free where this folder is. Raises OSError."""
    return shutil.disk_usage(folder).free // MIB


class Disk(Collector):
    """磁盘: of one folder. With fewer free MiB than `least` it is nearly full."""

    def __init__(self, folder: Path, least: int) -> None:
        self._folder, self._least = folder, least

    def notes(self) -> Sequence[str]:
        """A line for the body of /readyz if the disk is nearly full. Raises OSError."""
        free = free_mib(self._folder)
        if free >= self._least:
            return []
        return [f"the disk is nearly full: {free} MiB free, less than {self._least}"]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauge of the registry. Raises OSError."""
        free = shutil.disk_usage(self._folder).free
        yield GaugeMetricFamily("guiyi_disk_free_bytes", "bytes free on the disk", free)
