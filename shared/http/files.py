"""文件 (files, alike in every room): what proves something is brought, kept sealed, and read again.

A file belongs to a paper of the room, and is sealed by the key of whom the paper is about. Whoever
sees the paper and may do something on it that names files may bring one. They name and read what
they brought, also where others brought the same; so does whoever reads the paper's personal texts.
For all others there is no such file, and bringing one tells nobody whether it was there.
What is brought before its paper has a number waits for the paper to be made by whoever brought it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from fastapi import Body as FromBody
from pydantic import Field
from starlette.responses import Response

from shared.decider import Reason, State, reason
from shared.events.values import ALL_BRANCHES, ContentHash, FileRef, PictureMark, Role
from shared.http import openapi as http_openapi
from shared.http import opening
from shared.http.access import Access
from shared.http.arrivals import FILE_LIMIT, FileAnswer
from shared.http.context import RequestContext
from shared.http.dependencies import Dependencies
from shared.http.file_content import TYPES, taken
from shared.http.kept_files import Kept, KeptFiles, Place, waiting_for
from shared.http.parameters import BODY
from shared.http.problem import Problem, unknown
from shared.http.registers import Registers
from shared.http.route import Endpoint, Guard, add_route, parameter
from shared.personal.fields import has_mark, places_of
from shared.record.files import StoredFile
from shared.room import Room
from shared.step import PaperModule, Step
from shared.texts import Texts
from shared.visibility import Onlooker, ReadingTable, Sight, sight

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
        self._kept = KeptFiles(dependencies.files, dependencies.handler.keys)
        self._front = room.front()
        self._subject = self._front.file_subject
        papers = room.papers.values()
        self._beginners = frozenset(role for p in papers for role in _namers(p, makes=True))
        """Who may make a paper that names files from its first fact."""

    def routes(self) -> APIRouter:
        """The two routes of files."""
        access = self._access
        router = APIRouter(prefix="/v1", tags=["文件 files"])
        roles = frozenset(Role) - {Role.CUSTOMER} | self._beginners
        bring = Guard(access, roles, is_command=False, is_posted=True, takes_file=True)
        read = Guard(access, roles, is_command=False, is_posted=False)
        named = parameter("paper", NameOfPaper, default=None)
        of_paper = named if self._beginners else parameter("paper", PaperNumber)
        wanted = [of_paper, parameter("strip", bool, default=False)]
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

    def missing(
        self, context: RequestContext, body: object, stream: str | None = None
    ) -> Iterator[Reason]:
        """A reason for each file that a body names and that is not kept for the paper as it says.

        `stream`: of the paper; None: it is not made yet, and its files are brought before it.
        """
        kept_on = stream or waiting_for(_actor(context))
        number = stream.partition("-")[2] if stream else ""
        door = f"/v1/files?paper={number}" if number else "/v1/files"
        pictures = {place for place, _ in places_of(body, PictureMark)}
        for place, named in places_of(body, FileRef):
            assert isinstance(named, FileRef)
            found = self._kept.store.of_paper(named.sha256, kept_on, _actor(context))
            if found is None or not self._is_it(context, found, named):
                yield reason("file-unknown", field=place, paper=number, door=door)
            elif place in pictures and not found.media_type.startswith("image/"):
                yield reason("file-no-picture", field=place, type=found.media_type)

    def _is_it(self, context: RequestContext, file: StoredFile, named: FileRef) -> bool:
        """Whether the file is as the caller says, and theirs to read."""
        is_alike = (named.media_type, named.size) == (file.media_type, file.size)
        return is_alike and (file.stored_by == _actor(context) or self._may_read(context, file))

    def settle(self, context: RequestContext, body: object, stream: str) -> None:
        """The files that a body names belong to the paper that it made, if they did not before."""
        for _, named in places_of(body, FileRef):
            assert isinstance(named, FileRef)
            waits_on, by = waiting_for(_actor(context)), _actor(context)
            waiting = self._kept.store.of_paper(named.sha256, waits_on, by)
            if waiting is not None:
                self._kept.settle(waiting, self._place_of(stream))

    def _bring(self, context: RequestContext, given: dict[str, object]) -> Response:
        content, paper = given[BODY], given["paper"]
        assert isinstance(content, bytes)
        place = self._waiting(context) if paper is None else self._paper(context, str(paper))
        with self._kept.held():
            content = taken(content, strip=bool(given["strip"]))
            if paper is None:
                self._kept.needs_room(place, len(content))
            kept, is_new = self._kept.keep(place, content, _actor(context))
        location = {"Location": f"/v1/files/{kept.sha256}"}
        body = msgspec.json.encode(kept)
        media_type = "application/json"
        return Response(body, 201 if is_new else 200, location, media_type)

    def _waiting(self, context: RequestContext) -> Place:
        """Where it waits for a paper. Raises Problem if the caller makes none that names files."""
        caller = context.caller
        if caller.roles.isdisjoint(self._beginners):
            raise Problem(422, "invalid", reason("paper-needed", field="paper"))
        stream, is_customer = waiting_for(caller.actor), Role.CUSTOMER in caller.roles
        subject = f"customer-{caller.actor}" if is_customer else stream
        return Place(stream, min(caller.branches), subject)

    def _show(self, context: RequestContext, given: dict[str, object]) -> Response:
        digest, paper, caller = str(given["sha256"]), given["paper"], context.caller
        for file in self._found(context, digest):
            fits = paper in (None, file.stream.partition("-")[2])
            if fits and self._may_read(context, file) and (key := self._kept.key(file)) is not None:
                gone = self._access.held_files.leaving(caller.actor, file.size)
                try:
                    content = self._content(context, file, key)
                except BaseException:
                    gone()
                    raise
                return FileAnswer(content, _HEADERS, file.media_type, gone)
        raise unknown(digest)

    def _found(self, context: RequestContext, digest: str) -> Iterator[StoredFile]:
        """Those of their branches; and of any other, what they brought for a paper open to them."""
        caller, store = context.caller, self._kept.store
        yield from store.find(digest, caller.branches, caller.actor)
        for file in store.find(digest, (ALL_BRANCHES,), caller.actor):
            if file.stored_by == caller.actor and not context.within(file.branch):
                yield file

    def _content(self, context: RequestContext, file: StoredFile, key: bytes) -> bytes:
        with self._kept.held():
            content = self._kept.content(file, key)
        if context.opens:
            opening.note(self._dependencies, context, [file.subject])
        return content

    def _paper(self, context: RequestContext, number: str) -> Place:
        """The paper of this number, if it takes files and the caller may bring one."""
        for paper in self._room.papers.values():
            (field, *others) = paper.PAPER.address.fields
            fits = not others and field.pattern and re.fullmatch(field.pattern, number)
            if not fits or context.caller.roles.isdisjoint(_namers(paper, makes=False)):
                continue
            stream = paper.PAPER.stream_of(number)
            folded = self._registers.stream(stream)
            there = bool(folded.version) and paper.PAPER.exists(folded.state)
            near = context.within(folded.branch)
            near = near or self._is_open_to(_actor(context), stream, folded.state)
            if there and near and self._sight(context, stream):
                return self._place_of(stream)
        raise unknown(number)

    def _may_read(self, context: RequestContext, file: StoredFile) -> bool:
        """Of their branch; they brought it, or they read the personal texts of the paper."""
        is_theirs = file.stored_by == _actor(context)
        if not context.within(file.branch) and not (is_theirs and self._is_open(context, file)):
            return False
        if file.stream == waiting_for(_actor(context)):
            return is_theirs
        if file.stream.partition("-")[0] not in self._room.papers:
            return False
        if is_theirs and Role.CUSTOMER in context.caller.roles:
            return True
        seen = self._sight(context, file.stream)
        return seen is not None and (seen.opens or is_theirs)

    def _is_open(self, context: RequestContext, file: StoredFile) -> bool:
        """Whether the paper of the file is open to the caller, whatever their branch."""
        if file.stream.partition("-")[0] not in self._room.papers:
            return False
        state = self._registers.stream(file.stream).state
        return self._is_open_to(_actor(context), file.stream, state)

    def _is_open_to(self, person: str, stream: str, state: State) -> bool:
        """Whether a paper is open to somebody, whatever their branch."""
        kind, _, number = stream.partition("-")
        paper = self._room.papers[kind].PAPER
        return person in self._front.open_to(self._registers, paper, number, state)

    def _sight(self, context: RequestContext, stream: str) -> Sight | None:
        """What the caller sees of a paper."""
        onlooker = Onlooker(context.caller.actor, context.caller.roles, context.opens)
        state = self._registers.stream(stream).state
        return sight(self._reading(stream.partition("-")[0]), onlooker, state)

    def _place_of(self, stream: str) -> Place:
        folded = self._registers.stream(stream)
        return Place(stream, folded.branch, self._subject_of(stream, folded.state))

    def _subject_of(self, stream: str, state: State) -> str:
        paper = self._room.papers[stream.partition("-")[0]].PAPER
        own = self._subject(self._registers, state) if self._subject else None
        return own or paper.subject_of(state) or stream


def _actor(context: RequestContext) -> str:
    return context.caller.actor


def _namers(paper: PaperModule, *, makes: bool) -> frozenset[str]:
    """Who may make such a paper, or do something on one, with a step that names files."""
    steps: Sequence[object] = paper.STEPS
    naming = (s for s in steps if isinstance(s, Step) and has_mark(s.command, FileRef))
    return frozenset(role for s in naming if _makes(s, paper) == makes for role in s.by)


def _makes(step: Step[object, object], paper: PaperModule) -> bool:
    """Whether a step makes a paper that has no number yet."""
    return step.path.startswith("/") and not step.path.startswith(paper.PAPER.address.path)
