"""服务间的柜台 (the desk of a room): what the stories of every room do over HTTP and beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx

from shared.decider import Asked
from shared.events.cards import PersonCard, PersonDocument
from shared.events.values import Role
from shared.handle import CommandEnvelope, Handler, handle
from shared.room import Room
from tests.memory_views import MemoryViews
from tests.shared.http_desk import WebDesk


@dataclass
class RoomDesk:
    """柜台: a room in memory; each room adds who works there and what they do."""

    desk: WebDesk

    def done(self, answer: httpx.Response) -> httpx.Response:
        """The answer, which is no refusal."""
        assert answer.status_code in (200, 201), answer.text
        return answer

    def told(self, path: str, token: str) -> Mapping[str, Any]:
        """What a query answers."""
        found: Mapping[str, Any] = self.done(self.desk.get(path, token)).json()
        return found

    def decided(self, room: Room, command: object, asked: Asked) -> None:
        """A command that no route takes is handled: one of a reaction, a timer or an import."""
        handler = Handler(self.desk.store, room.papers, self.desk.keys)
        handle(handler, CommandEnvelope(uuid4(), command, asked))


def know(views: MemoryViews, person: str, role: Role, branch: str, **changed: Any) -> None:
    """The newest card of a person has come."""
    card = PersonCard(person, "某人", (role,), (branch,))
    views.documents["intake", f"person-{person}"] = PersonDocument(replace(card, **changed))


def who_is_next(rows: Sequence[Mapping[str, Any]], step: str) -> Sequence[Mapping[str, Any]]:
    """Who takes a step, as the page of a ticket tells it."""
    found = (each for row in rows for each in row["next"] if each["path"].endswith(f"/{step}"))
    whom: Sequence[Mapping[str, Any]] = next(found)["who"]
    return whom


def named(whom: Sequence[Mapping[str, Any]]) -> Sequence[tuple[str, str | None, str | None]]:
    """Of each the role, who it is, and for whom they stand in."""
    return [(each["role"], each["person"], each["stands_in_for"]) for each in whom]
