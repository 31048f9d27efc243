"""A toy room for the HTTP shell: tickets that are opened, noted and closed, with a name to seal."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

from fastapi import APIRouter

from shared import events
from shared.decider import Asked, Decision, Refused, reason, refuse_if
from shared.events import fact
from shared.events.cards import PersonCard, PersonDocument
from shared.events.values import (
    At,
    BranchCode,
    Note,
    Personal,
    Phone,
    Quantity,
    Ref,
    Role,
    Warned,
)
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import Form, FormRequest, Made, NextNumber
from shared.http.query import Listed, Paged, Shown, Single
from shared.http.steps import add_steps
from shared.room import Front, Room
from shared.step import Address, PaperType, PathField, Step, by_command
from shared.view import Key, Recorded
from shared.visibility import EMPLOYEES, Contact, same_for
from tests.shared.http_desk import WebDesk, web_desk

TEXTS = """
[refusals.toy-too-few]
zh = "{things} 只有 {count} 件"
en = "only {count} of {things}"

[refusals.toy-closed]
zh = "已经结了"
en = "closed already"

[refusals.toy-again]
zh = "同一台机器已有 {about}"
en = "the same machine is on {about}"

[labels]
ToyOpened = { zh = "开单", en = "opened" }
pumps = { zh = "水泵", en = "pumps" }
"""


@dataclass(frozen=True, slots=True)
class Open:
    """开单: open a toy ticket."""

    branch: BranchCode
    name: Personal
    phone: Phone
    things: Ref
    count: Quantity
    told_at: At | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """记一笔: note something on it."""

    note: Note


@dataclass(frozen=True, slots=True)
class Close:
    """结单: close it."""

    count: int


@fact(writers=("toy",))
class ToyOpened:
    """开单: a toy ticket was opened."""

    branch: str
    name: Personal
    phone: Phone
    things: str
    count: int
    warnings: tuple[Warned, ...] = ()


@fact(writers=("toy",))
class ToyNoted:
    """记一笔: something was noted on it."""

    note: str


@fact(writers=("toy",))
class ToyClosed:
    """结单: it was closed."""


Told: TypeAlias = ToyOpened | ToyNoted | ToyClosed


@dataclass(frozen=True, slots=True)
class Toy:
    opened: ToyOpened | None = None
    notes: tuple[str, ...] = ()
    closed: bool = False


def open_toy(command: Open, toy: Toy, asked: Asked) -> Decision:
    opened = ToyOpened(
        branch=command.branch,
        name=command.name,
        phone=command.phone,
        things=command.things,
        count=command.count,
        warnings=(Warned("toy-again", ("T1",)),),
    )
    return [] if toy.opened == opened else asked.here(opened)


def note(command: Noted, toy: Toy, asked: Asked) -> Decision:
    refuse_if((toy.closed, reason("toy-closed")))
    return [] if command.note in toy.notes else asked.here(ToyNoted(command.note))


def close(command: Close, toy: Toy, asked: Asked) -> Decision:
    if toy.opened is None:
        raise Refused(reason("unknown", what=asked.home))
    held = toy.opened.count
    few = reason("toy-too-few", things=toy.opened.things, count=held)
    refuse_if((command.count > held, few), (toy.closed, reason("toy-closed")))
    return asked.here(ToyClosed())


def evolve(toy: Toy, told: Told) -> Toy:
    match told:
        case ToyOpened():
            return replace(toy, opened=told)
        case ToyNoted(note):
            return replace(toy, notes=(*toy.notes, note))
        case ToyClosed():
            return replace(toy, closed=True)


@dataclass(frozen=True, slots=True)
class Row:
    ticket: str
    branch: str
    name: Personal
    phone: Phone
    notes: int
    opened_at: datetime


def keys(recorded: Recorded) -> Iterable[Key]:
    return [(recorded.ticket,)] if recorded.stream.startswith("toy-") else []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    match recorded.fact:
        case ToyOpened(branch, name, phone):
            return Row(key[0], branch, name, phone, 0, recorded.occurred_at)
        case ToyNoted() if row is not None:
            return replace(row, notes=row.notes + 1)
        case _:
            return None


TICKETS: Any = SimpleNamespace(
    NAME="toy_tickets", VERSION=1, KEY=("ticket",), Row=Row, keys=keys, project=project
)
Routes: TypeAlias = Callable[[RoomApi], APIRouter]
READERS = same_for(
    EMPLOYEES,
    {
        Role.CLERK: Contact.OPEN,
        Role.TECHNICIAN: Contact.OPEN,
        Role.APPROVER: Contact.OPEN,
        Role.AUDITOR: Contact.ASKED,
    },
    is_of_tickets=True,
)
OPEN = {"branch": "HZ", "name": "王小明", "phone": "0571-88", "things": "pumps", "count": 2}
NOTE = {"note": "漏水"}
CLOSE = {"count": 1}
DESK = {"clerk"}
PAPER: PaperType[Toy] = PaperType(
    prefix="toy",
    address=Address("/toys/{ticket}", (PathField("ticket"),)),
    ticket_of=lambda number: number,
)
STEPS = (
    Step(
        "/toys",
        Open,
        open_toy,
        by=DESK,
        example=OPEN,
        location="/v1/toys/{ticket}",
        takes_branch=True,
    ),
    Step("notes", Noted, note, by=DESK, example=NOTE),
    Step("closings", Close, close, by=DESK, example=CLOSE),
)
RULES: Any = SimpleNamespace(
    PAPER=PAPER, STEPS=STEPS, initial=Toy(), decide=by_command(STEPS), evolve=evolve
)


def opening(request: FormRequest, body: Open) -> NextNumber:
    def numbered(number: int) -> tuple[str, Made]:
        return f"BX-{body.branch}-20261123-{number:04}", Made(body)

    return NextNumber(body.branch, request.context.at.date(), numbered)


def routes(api: RoomApi) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["玩具 toy"])
    add_steps(api, router, {"toy": {"/toys": Form(Open, opening)}})

    @api.query(router, "/toys", reads=READERS, shows=Row)
    def toys(context: RequestContext, page: Paged, notes: int | None = None) -> Listed:
        """清单: the toy tickets of your branches."""
        return Listed(TICKETS, page, {"notes": notes})

    @api.query(router, "/toys/{ticket}", reads=READERS, shows=Toy)
    def toy(context: RequestContext, ticket: str) -> Shown:
        """一单: a toy ticket as it stands."""
        seen = api.existing(f"toy-{ticket}")
        return Shown(seen.state, ticket, seen.state.opened.branch, seen.version)

    @api.query(router, "/toy-rows/{ticket}", reads=READERS, shows=Row)
    def row(context: RequestContext, ticket: str) -> Single:
        """一行: a toy ticket as the view has it."""
        return Single(TICKETS, (ticket,))

    return router


_OWN = (ToyOpened, ToyNoted, ToyClosed)
_ENTRIES = {kind.__name__: events._book.pop(kind.__name__) for kind in _OWN}


@contextmanager
def toy_desk(
    folder: Path,
    *,
    left: frozenset[str] = frozenset(),
    routes: Routes = routes,
    **fitted: Any,
) -> Iterator[WebDesk]:
    """The room at work; its facts stand in the book meanwhile, and trouble no other story.

    People in `left` work there no longer; of the others it knows one clerk.
    """
    entered = _ENTRIES.keys() - events._book.keys()
    events._book.update(_ENTRIES)
    try:
        with web_desk(_room(folder, routes), folder, **fitted) as desk:
            desk.staff()
            for person in left:
                card = PersonCard(person, "某人", (Role.CLERK,), ("HZ",), active=False)
                desk.views.documents["intake", f"person-{person}"] = PersonDocument(card)
            yield desk
    finally:
        for name in entered:
            del events._book[name]


def _room(folder: Path, routes: Routes) -> Room:
    (folder / "texts.toml").write_text(TEXTS, "utf-8")
    return Room(
        name="toy",
        chinese="玩具",
        papers={"toy": RULES},
        views=[TICKETS],
        reactions=[],
        timers=[],
        front=lambda: Front(routes, {"toy": READERS}),
        texts=folder / "texts.toml",
    )
