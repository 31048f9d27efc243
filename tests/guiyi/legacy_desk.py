"""A legacy log, and an import of it into a record in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guiyi.legacy import imports
from guiyi.legacy.imports import run
from guiyi.legacy.mapping import Map, map_from
from guiyi.legacy.rows import LegacyFile, open_legacy
from guiyi.legacy.takers import Take, into
from guiyi.legacy.tally import Tally
from guiyi.rooms import FIRST_OPERATOR
from guiyi.tables.rejects import Rejects, texts_of
from services.intake import legacy
from services.intake.views import tickets
from shared import view
from shared.config import Settings
from shared.handle import Handler
from shared.http.query import Wanted
from shared.view import Recorded
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews

HEADING = "id,step,who,at\n"
MAP: dict[str, Any] = {
    "source": "old",
    "branch": "HZ01",
    "columns": {"case": "id", "activity": "step", "time": "at", "person": "who"},
    "time": {"zone": "UTC"},
    "states": {"open": ["open*"], "closed": ["closed"]},
    "personal": ["who"],
}
OLD = map_from(MAP)


def line(case: int, minute: int, step: str = "open", who: str = "Anne") -> str:
    return f"{case},{step},{who},2012-05-01T{minute // 60:02}:{minute % 60:02}:00\n"


MIXED = [
    line(1, 0),
    line(2, 1),
    line(1, 2, "open again"),
    line(3, 3),
    line(2, 4, "closed"),
    line(1, 5, "closed"),
    line(1, 5, "closed"),
    line(3, 6, "open again", "Renée 蕾妮"),
]


@dataclass
class Import:
    """Imports files into one record in memory, as often as a test asks."""

    folder: Path
    desk: Handler = field(
        default_factory=lambda: Handler(Memory("intake"), {"legacy": legacy}, memory_keys())
    )

    def file(self, lines: Sequence[str], name: str = "old.csv") -> Path:
        path = self.folder / name
        path.write_text(HEADING + "".join(lines), "utf-8")
        return path

    def of(
        self,
        path: Path,
        legacy_map: Map = OLD,
        take: Take | None = None,
        watch: imports.Watch = lambda _tally, _legacy: None,
    ) -> Tally:
        rejects = Rejects(
            self.rejects(path), self.header(path, legacy_map), ",", texts_of(*imports.TEXTS)
        )
        with open_legacy(path, legacy_map) as file, rejects:
            return run(file, take or into(self.desk, legacy_map), rejects, watch, self.desk.store)

    def header(self, path: Path, legacy_map: Map) -> Sequence[str]:
        with open_legacy(path, legacy_map) as file:
            return file.header

    def rejects(self, path: Path) -> Path:
        return path.with_name(f"{path.name}.rejects.csv")

    def facts(self) -> list[Recorded]:
        store = self.desk.store
        found = [
            view.recorded("intake", stored)
            for partition in range(store.partitions)
            for stored in store.facts(partition, 0, 1_000_000)
        ]
        return sorted(found, key=lambda each: (each.stream, each.version))

    def rows(self) -> dict[str, list[tuple[int, str]]]:
        """The row number and the state of every fact, by stream, in the order of the record."""
        found: dict[str, list[tuple[int, str]]] = {}
        for each in self.facts():
            found.setdefault(each.stream, []).append((each.fact.row, each.fact.state))
        return found

    def listed(self) -> dict[str, tuple[str, bool]]:
        """The list of tickets: the state of each, and whether it is open."""
        return {row.ticket: (row.state, row.is_open) for row in self.list_rows()}

    def list_rows(self) -> Sequence[tickets.Row]:
        """The list of tickets."""
        views = MemoryViews(self.desk.store, self.desk.keys)
        page = views.page(tickets, Wanted({}, None, 1_000, None, newest_first=False))
        return page.rows


def killed_after(batches: int) -> imports.Watch:
    left = [batches]

    def watch(_tally: Tally, _legacy: LegacyFile) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    return watch


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which a process finds the database of a test."""
    room = settings.room.upper()
    return {
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "PARTITIONS": str(settings.partitions),
        f"{room}_RUNTIME_URL": settings.runtime_url,
        f"{room}_RELAY_URL": settings.relay_url,
        f"{room}_WORKER_URL": settings.worker_url,
        "KEYS_URL": settings.keys_url,
        "KEYS_RELAY_URL": settings.keys_relay_url,
        "KEYS_WORKER_URL": settings.keys_worker_url,
        "KEYS_MASTER_FILE": str(settings.master_key_file),
        "TOKEN_PUBLIC_KEY_FILE": str(settings.token_public_key_file),
        "GUIYI_ACTOR": FIRST_OPERATOR,
        "FIRST_OPERATORS": ",".join(settings.first_operators),
    }
