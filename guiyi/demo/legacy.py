"""旧单导入的演示 (the demo's import): a whole log, and a worker that dies in the middle of it."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from guiyi.demo.screen import Bar
from guiyi.legacy.imports import ImportStopped, RecordAway, import_legacy
from guiyi.legacy.mapping import read_map
from guiyi.legacy.rows import LegacyFile, open_legacy
from guiyi.legacy.tally import Tally
from guiyi.play.player import NotSo
from guiyi.speech import say
from guiyi.stack.installation import PROJECT
from guiyi.tables.faults import Unusable
from shared.config import Settings

MAPS = PROJECT / "deploy" / "legacy"
SAMPLE = MAPS / "sample.csv"
LOOK = 0.1
STOPPING = 5.0


class _Stopped(Exception):
    """The person who watches wants to stop."""


class Import:
    """导入: runs in a thread. At `share` of the file it calls `then` once, between two batches."""

    def __init__(
        self,
        settings: Settings,
        file: Path,
        mapping: Path,
        rejects: Path,
        *,
        share: float,
        then: Callable[[Tally], None],
    ) -> None:
        self.tally = Tally()
        self._share, self._then = share, then
        self._done = 0.0
        self._stop = Event()
        self._error: Exception | None = None
        arguments = (settings, file, mapping, rejects)
        self._thread = Thread(target=self._run, args=arguments, name="import", daemon=True)

    def finish(self, bar: Bar) -> float:
        """Start it, show how far it is, and return the seconds it took. Raises NotSo."""
        began = time.monotonic()
        self._thread.start()
        try:
            while self._thread.is_alive():
                rate = self.tally.rows / max(time.monotonic() - began, LOOK)
                bar.set(self._done, 1.0, say("import.rate", rate=f"{rate:,.0f}"))
                self._thread.join(LOOK)
        finally:
            self._stop.set()
            self._thread.join(STOPPING)
        if self._error is not None:
            raise NotSo(say("demo.import_failed", reason=self._error)) from self._error
        return time.monotonic() - began

    def _run(self, settings: Settings, file: Path, mapping: Path, rejects: Path) -> None:
        try:
            import_legacy(settings, file, mapping, rejects, watch=self._watch)
        except _Stopped:
            pass
        except (Unusable, RecordAway, ImportStopped, NotSo, OSError) as error:
            self._error = error

    def _watch(self, tally: Tally, legacy: LegacyFile) -> None:
        if self._stop.is_set():
            raise _Stopped
        self.tally = tally
        self._done = legacy.done / max(legacy.size, 1)
        if self._done >= self._share:
            self._share = float("inf")
            self._then(tally)


def fitting_map(file: Path, mapping: Path | None = None) -> Path:
    """The map for a log: the given one, else one of ours whose columns the log has.

    Raises Unusable.
    """
    if not file.is_file():
        raise Unusable(say("demo.no_file", file=file))
    for each in [mapping] if mapping else sorted(MAPS.glob("*.toml")):
        try:
            with open_legacy(file, read_map(each)):
                return each
        except Unusable:
            if mapping:
                raise
    raise Unusable(say("demo.no_map", file=file, folder=MAPS))
