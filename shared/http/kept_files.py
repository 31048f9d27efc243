"""存下的文件 (kept files): what is brought is sealed into the store, and opened again."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared import media
from shared.decider import reason
from shared.events.values import ContentHash
from shared.http.problem import SOON, Problem, unknown
from shared.personal.keys import KeyDestroyed, Keys
from shared.record.files import WAITING_S, FileStore, StoredFile

FILES_AT_ONCE = 4
"""Files that one process holds in memory at once: some 60 MB each while it is sealed and kept."""
WAITING_BYTES = 50 * 1024 * 1024
"""What one person may bring without a paper until it belongs to one, or is thrown away."""
_FIELD = b"file"


@dataclass(frozen=True, slots=True)
class Kept:
    """存下的文件: what a paper names it by, as evidence; the name is the caller's to choose."""

    sha256: ContentHash
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Place:
    """存处: to what a file belongs, and whose key seals it."""

    stream: str
    """Of its paper, or of whoever brought it before there is a paper."""
    branch: str
    subject: str


def waiting_for(actor: str) -> str:
    """The stream that stands for what somebody brought before there is a paper."""
    return f"waiting-{actor}"


class KeptFiles:
    """存下的文件 of one room: seals and opens them, a few at once."""

    def __init__(self, store: FileStore, keys: Keys) -> None:
        self.store, self._keys = store, keys
        self._places = BoundedSemaphore(FILES_AT_ONCE)

    def keep(self, place: Place, content: bytes, by: str) -> tuple[Kept, bool]:
        """Keep it there, and whether this person had not brought it before. Raises Problem.

        What others brought is not told: to each who brings a file, it is new once.
        """
        digest = hashlib.sha256(content).hexdigest()
        kind = media.media_type(content) or ""
        kept = Kept(digest, kind, len(content))
        try:
            key = self._keys.key_for(place.subject)
        except KeyDestroyed:
            raise Problem(422, "refused", reason("subject-erased", subject=place.subject)) from None
        found = self.store.of_paper(digest, place.stream, by)
        if found is None:
            file = StoredFile(
                digest, place.stream, place.branch, place.subject, kind, kept.size, by
            )
            self.store.add(file, AESSIV(key).encrypt(content, _bound(file)))
        elif found.stored_by != by:
            self.store.add_bringer(found, by)
        return kept, found is None or found.stored_by != by

    def key(self, file: StoredFile) -> bytes | None:
        """The key that seals it; None if its subject was erased."""
        key = self._keys.find([file.subject]).get(file.subject)
        return key.material if key is not None else None

    def content(self, file: StoredFile, key: bytes) -> bytes:
        """What was brought. Raises Problem if it cannot be opened."""
        try:
            return AESSIV(key).decrypt(self.store.sealed(file), _bound(file))
        except InvalidTag:
            raise unknown(file.sha256) from None

    def needs_room(self, place: Place, size: int) -> None:
        """Raise Problem if so much waits there that no more of this size may."""
        if self.store.waiting(place.stream) + size > WAITING_BYTES:
            told = reason("files-waiting", most=WAITING_BYTES, hours=WAITING_S // 3600)
            raise Problem(422, "refused", told)

    def settle(self, file: StoredFile, place: Place) -> None:
        """What waited belongs to a paper from now on, sealed by the key of the paper's subject."""
        if (key := self.key(file)) is not None:
            with self.held():
                self.keep(place, self.content(file, key), file.stored_by)
        self.store.drop(file)

    @contextmanager
    def held(self) -> Iterator[None]:
        """One of the few places for a file in memory. Raises Problem if none is free soon."""
        if not self._places.acquire(timeout=5):
            raise Problem(503, "unavailable", reason("busy"), headers=SOON)
        try:
            yield
        finally:
            self._places.release()


def _bound(file: StoredFile) -> list[bytes]:
    """What a sealed file is bound to: it is no file of another subject, paper or hash."""
    return [file.subject.encode(), _FIELD, file.stream.encode(), file.sha256.encode()]
