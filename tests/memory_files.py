"""内存文件库 (files in memory): behaves like `shared.record.files.FileTable`, for tests."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from shared.events.values import ALL_BRANCHES
from shared.record.files import BRINGERS, MOST, StoredFile


class MemoryFiles:
    """文件库: the files of one room, without a database."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[StoredFile, bytes]] = {}
        self.bringers: dict[tuple[str, str], tuple[str, ...]] = {}

    def clear(self) -> None:
        """Nobody brought anything yet."""
        self.kept.clear()
        self.bringers.clear()

    def add(self, file: StoredFile, sealed: bytes) -> None:
        """As FileStore.add."""
        first, _ = self.kept.setdefault((file.sha256, file.stream), (file, sealed))
        self.add_bringer(first, file.stored_by)

    def add_bringer(self, file: StoredFile, by: str) -> None:
        """As FileStore.add_bringer."""
        key = file.sha256, file.stream
        if key in self.kept and self.kept[key][0].stored_by != by:
            others = (each for each in self.bringers.get(key, ()) if each != by)
            self.bringers[key] = (*others, by)[-BRINGERS:]

    def of_paper(self, sha256: str, stream: str, by: str) -> StoredFile | None:
        """As FileStore.of_paper."""
        file, _ = self.kept.get((sha256, stream), (None, b""))
        return file and self._told(file, by)

    def find(self, sha256: str, branches: Collection[str], by: str) -> Sequence[StoredFile]:
        """As FileStore.find."""
        found = [self._told(f, by) for (digest, _), (f, _) in self.kept.items() if digest == sha256]
        shown = [f for f in reversed(found) if f.branch in branches or ALL_BRANCHES in branches]
        return sorted(shown, key=lambda file: file.stored_by != by)[:MOST]

    def sealed(self, file: StoredFile) -> bytes:
        """As FileStore.sealed."""
        return self.kept[file.sha256, file.stream][1]

    def waiting(self, stream: str) -> int:
        """As FileStore.waiting."""
        return sum(file.size for (_, of), (file, _) in self.kept.items() if of == stream)

    def drop(self, file: StoredFile) -> None:
        """As FileStore.drop."""
        if file.stream.startswith("waiting-"):
            self.kept.pop((file.sha256, file.stream), None)
            self.bringers.pop((file.sha256, file.stream), None)

    def _told(self, file: StoredFile, by: str) -> StoredFile:
        brought = by in self.bringers.get((file.sha256, file.stream), ())
        return replace(file, stored_by=by) if brought else file
