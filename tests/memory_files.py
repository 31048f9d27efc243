"""内存文件库 (files in memory): behaves like `shared.record.files.FileTable`, for tests."""

from collections.abc import Collection, Sequence

from shared.events.values import ALL_BRANCHES
from shared.record.files import MOST, StoredFile


class MemoryFiles:
    """文件库: the files of one room, without a database."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[StoredFile, bytes]] = {}

    def add(self, file: StoredFile, sealed: bytes) -> None:
        """As FileStore.add."""
        self.kept.setdefault((file.sha256, file.stream), (file, sealed))

    def of_paper(self, sha256: str, stream: str) -> StoredFile | None:
        """As FileStore.of_paper."""
        file, _ = self.kept.get((sha256, stream), (None, b""))
        return file

    def find(self, sha256: str, branches: Collection[str], by: str) -> Sequence[StoredFile]:
        """As FileStore.find."""
        found = [file for (digest, _), (file, _) in self.kept.items() if digest == sha256]
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
