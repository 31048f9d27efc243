"""文件 (files, alike in every room): what proves something is brought, kept sealed, and read again.

A file belongs to a paper of the room, and is sealed by the key of whom the paper is about. Whoever
sees the paper and may do something on it that a file proves may bring one. They read what they
brought, and so does whoever reads the paper's personal texts. For all others there is no such file.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from fastapi import APIRouter, Query
from fastapi import Body as FromBody
from pydantic import Field
from starlette.responses import Response

from shared import media
from shared.decider import Reason, State, reason
from shared.events.values import ContentHash, EvidenceMark, FileRef, Role
from shared.handle import Folded
from shared.http import openapi as http_openapi
from shared.http import opening
from shared.http.access import Access
from shared.http.arrivals import FILE_LIMIT, FileAnswer
from shared.http.context import RequestContext
from shared.http.dependencies import Dependencies
from shared.http.file_content import TYPES, taken
from shared.http.parameters import BODY
from shared.http.problem import SOON, Problem, unknown
from shared.http.registers import Registers
from shared.http.route import Endpoint, Guard, add_route, parameter
from shared.personal.fields import has_mark, places_of
from shared.personal.keys import KeyDestroyed
from shared.record.files import StoredFile
from shared.room import Room
from shared.step import PaperModule, Step
from shared.texts import Texts
from shared.visibility import Onlooker, ReadingTable, Sight, sight

FILES_AT_ONCE = 4
"""Files that one process holds in memory at once: some 60 MB each while it is sealed and kept."""
_FIELD = b"file"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
}
Content = Annotated[bytes, FromBody(media_type=TYPES[0]), Field(max_length=FILE_LIMIT)]
PaperNumber = Annotated[
    str, Query(max_length=64, description="单据号 the number of the paper that it belongs to")
]
NameOfPaper = PaperNumber | None
"""Where the same file was brought for several papers, one may be named."""


@dataclass(frozen=True, slots=True)
class Kept:
    """存下的文件: what a paper names it by, as evidence; the name is the caller's to choose."""

    sha256: ContentHash
    media_type: str
    size: int


class Files:
    """文件: the door for the files of one room."""

    def __init__(
        self,
        room: Room,
        dependencies: Dependencies,
        registers: Registers,
        texts: Texts,
        reading: Callable[[str], ReadingTable],
        access: Access,
    ) -> None:
        self._room, self._registers, self._texts = room, registers, texts
        self._reading, self._access = reading, access
        self._dependencies = dependencies
        self._store, self._keys = dependencies.files, dependencies.handler.keys
        self._subject = room.front().file_subject
        self._places = BoundedSemaphore(FILES_AT_ONCE)

    def routes(self) -> APIRouter:
        """The two routes of files."""
        access = self._access
        router = APIRouter(prefix="/v1", tags=["文件 files"])
        roles = frozenset(Role) - {Role.CUSTOMER}
        bring = Guard(access, roles, is_command=False, is_posted=True, takes_file=True)
        read = Guard(access, roles, is_command=False, is_posted=False)
        wanted = [parameter("paper", PaperNumber), parameter("strip", bool, default=False)]
        named = parameter("paper", NameOfPaper, default=None)
        asked = [parameter("sha256", ContentHash), named]
        add_route(
            router,
            "/files",
            Endpoint("/files", bring, [*wanted, parameter(BODY, Content)], self._bring),
            "bring_file",
            "存文件: keep a picture or a PDF as evidence for a paper; nothing in it is changed.",
            http_openapi.of_file(self._texts, roles, Kept, TYPES),
        )
        add_route(
            router,
            "/files/{sha256}",
            Endpoint("/files/{sha256}", read, asked, self._show),
            "show_file",
            "取文件: the file as it was brought.",
            http_openapi.of_content(self._texts, roles, TYPES),
        )
        return router

    def missing(self, command: object, stream: str) -> Iterator[Reason]:
        """A reason for each proof that the command names and the room does not keep for it."""
        for place, named in places_of(command, EvidenceMark):
            assert isinstance(named, FileRef)
            found = self._store.of_paper(named.sha256, stream)
            said = (named.media_type, named.size)
            if found is None or said != (found.media_type, found.size):
                number = stream.partition("-")[2]
                yield reason("file-unknown", field=place, paper=number)

    def _bring(self, context: RequestContext, given: dict[str, object]) -> Response:
        content = given[BODY]
        assert isinstance(content, bytes)
        stream, folded = self._paper(context, str(given["paper"]))
        with self._place():
            content = taken(content, strip=bool(given["strip"]))
            kept, is_new = self._keep(context, stream, folded, content)
        location = {"Location": f"/v1/files/{kept.sha256}"}
        body = msgspec.json.encode(kept)
        media_type = "application/json"
        return Response(body, 201 if is_new else 200, location, media_type)

    def _keep(
        self, context: RequestContext, stream: str, folded: Folded, content: bytes
    ) -> tuple[Kept, bool]:
        digest = hashlib.sha256(content).hexdigest()
        kind = media.media_type(content) or ""
        kept = Kept(digest, kind, len(content))
        if self._store.of_paper(digest, stream) is not None:
            return kept, False
        subject, by = self._subject_of(stream, folded.state), context.caller.actor
        file = StoredFile(digest, stream, folded.branch, subject, kind, len(content), by)
        try:
            key = self._keys.key_for(subject)
        except KeyDestroyed:
            raise Problem(422, "refused", reason("subject-erased", subject=subject)) from None
        self._store.add(file, AESSIV(key).encrypt(content, _bound(file)))
        return kept, True

    def _show(self, context: RequestContext, given: dict[str, object]) -> Response:
        digest, paper, caller = str(given["sha256"]), given["paper"], context.caller
        for file in self._store.find(digest, caller.branches, caller.actor):
            fits = paper in (None, file.stream.partition("-")[2])
            if fits and self._may_read(context, file) and (key := self._key(file)) is not None:
                gone = self._access.held_files.leaving(caller.actor, file.size)
                try:
                    content = self._content(context, file, key)
                except BaseException:
                    gone()
                    raise
                return FileAnswer(content, _HEADERS, file.media_type, gone)
        raise unknown(digest)

    def _key(self, file: StoredFile) -> bytes | None:
        """The key that seals it; None if its subject was erased."""
        key = self._keys.find([file.subject]).get(file.subject)
        return key.material if key is not None else None

    def _content(self, context: RequestContext, file: StoredFile, key: bytes) -> bytes:
        with self._place():
            try:
                content = AESSIV(key).decrypt(self._store.sealed(file), _bound(file))
            except InvalidTag:
                raise unknown(file.sha256) from None
        if context.opens:
            opening.note(self._dependencies, context, [file.subject])
        return content

    def _paper(self, context: RequestContext, number: str) -> tuple[str, Folded]:
        """The paper of this number, if it takes files and the caller may bring one."""
        for paper in self._room.papers.values():
            (field, *others) = paper.PAPER.address.fields
            fits = not others and field.pattern and re.fullmatch(field.pattern, number)
            if not fits or context.caller.roles.isdisjoint(_bringers(paper)):
                continue
            stream = paper.PAPER.stream_of(number)
            folded = self._registers.stream(stream)
            there = bool(folded.version) and paper.PAPER.exists(folded.state)
            if there and context.within(folded.branch) and self._sight(context, stream):
                return stream, folded
        raise unknown(number)

    def _may_read(self, context: RequestContext, file: StoredFile) -> bool:
        """Of their branch; they brought it, or they read the personal texts of the paper."""
        if file.stream.partition("-")[0] not in self._room.papers:
            return False
        if not context.within(file.branch):
            return False
        seen = self._sight(context, file.stream)
        return seen is not None and (seen.opens or file.stored_by == context.caller.actor)

    def _sight(self, context: RequestContext, stream: str) -> Sight | None:
        """What the caller sees of a paper."""
        onlooker = Onlooker(context.caller.actor, context.caller.roles, context.opens)
        state = self._registers.stream(stream).state
        return sight(self._reading(stream.partition("-")[0]), onlooker, state)

    def _subject_of(self, stream: str, state: State) -> str:
        paper = self._room.papers[stream.partition("-")[0]].PAPER
        own = self._subject(self._registers, state) if self._subject else None
        return own or paper.subject_of(state) or stream

    @contextmanager
    def _place(self) -> Iterator[None]:
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


def _bringers(paper: PaperModule) -> frozenset[str]:
    """Who may do something on such a paper that a file proves."""
    steps: Sequence[object] = paper.STEPS
    proved = (s for s in steps if isinstance(s, Step) and has_mark(s.command, EvidenceMark))
    return frozenset(role for step in proved for role in step.by)
