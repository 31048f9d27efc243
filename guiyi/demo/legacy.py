"""旧单导入的演示 (the demo's import): a whole log, and the map that fits it."""

import time
from collections.abc import Callable
from pathlib import Path

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


def import_log(
    settings: Settings,
    file: Path,
    mapping: Path,
    rejects: Path,
    watch: Callable[[Tally, float], None],
    bar: Bar,
) -> Tally:
    """Import a log. `watch` is called between two batches, with the part that is done (0 to 1).

    Raises NotSo.
    """
    began = time.monotonic()

    def look(tally: Tally, legacy: LegacyFile) -> None:
        done = legacy.table.done / max(legacy.table.size, 1)
        rate = tally.rows / max(time.monotonic() - began, 0.1)
        bar(done, 1.0, say("import.rate", rate=f"{rate:,.0f}"))
        watch(tally, done)

    try:
        return import_legacy(settings, file, mapping, rejects, watch=look)
    except (Unusable, RecordAway, ImportStopped, NotSo, OSError) as error:
        raise NotSo(say("demo.import_failed", reason=error)) from error


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
