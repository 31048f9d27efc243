"""先说的话 (notices): what somebody should know of a file before anything of it is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from guiyi.legacy.rows import LegacyFile
from guiyi.tables.personal import looks_personal
from guiyi.tables.rejects import REJECT_COLUMNS
from guiyi.tables.table import shown
from shared.record.store import Store


@dataclass(frozen=True, slots=True)
class Notice:
    """先说的话: the key of its sentence, and what stands in it."""

    code: str
    numbers: Mapping[str, str] = field(default_factory=dict)


def notices(legacy: LegacyFile, store: Store | None) -> Sequence[Notice]:
    """How the file is read, and what of it and its map seems odd."""
    return [*_of_file(legacy), *_of_columns(legacy), *_of_branch(legacy, store)]


def _of_file(legacy: LegacyFile) -> Iterator[Notice]:
    table = legacy.table
    yield Notice("read_as", {"told": table.told})
    if table.others:
        yield Notice("other_sheets", {"sheets": shown(table.others)})
    if table.renamed:
        yield Notice("renamed", {"columns": shown(table.renamed)})


def _of_columns(legacy: LegacyFile) -> Iterator[Notice]:
    if legacy.is_constant:
        yield Notice("constant_step", {"step": legacy.map.step or ""})
    named = {*legacy.map.named, *legacy.map.not_personal, *REJECT_COLUMNS}
    others = [name for name in legacy.header if name not in named and name[0] != "#"]
    if others:
        yield Notice("unknown_columns", {"columns": shown(others)})
    settled = legacy.map.personal | legacy.map.not_personal | set(REJECT_COLUMNS)
    personal = [n for n in legacy.header if n not in settled and looks_personal(n)]
    if personal:
        yield Notice("looks_personal", {"columns": shown(personal)})


def _of_branch(legacy: LegacyFile, store: Store | None) -> Iterator[Notice]:
    branch = legacy.map.branch
    stream = f"branch-{branch}"
    if store is not None and not store.read([stream]).streams[stream].version:
        yield Notice("branch_unknown", {"branch": branch})
