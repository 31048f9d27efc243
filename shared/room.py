"""服务间 (rooms): what a room is made of, and the roles its processes play.

A room's `app.py` holds one `Room(...)`; the same wiring serves its web, relay and worker processes,
each on its own, so that each can be scaled apart.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.document import Reaction, Recurring, Timer
from shared.events import milestones
from shared.step import Offer, PaperModule, PaperType
from shared.view import View
from shared.visibility import ReadingTable

if TYPE_CHECKING:
    from fastapi import APIRouter


class ProcessRole(StrEnum):
    """角色: what one process of a room does."""

    WEB = "web"
    RELAY = "relay"
    WORKER = "worker"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class Following:
    """后续单据: a step of another paper of the room that is offered beside this one."""

    prefix: str
    """The prefix of the other paper's streams."""
    path: str
    """The path of its step."""
    offer: Callable[[str, Any], Iterable[Offer]]  # the state of whichever paper it is
    """From the number and state of this paper to what may be asked of the other."""


@dataclass(frozen=True, slots=True)
class Front:
    """门面: what only the web process of a room loads."""

    routes: "Callable[[Any], APIRouter]"  # the layer of HTTP stands above this one
    """Makes its routes on a `shared.http.api.RoomApi`."""
    reading: Mapping[str, ReadingTable]
    """Which role sees what of a kind of thing, by its prefix; of every paper of the room."""
    file_subject: "Callable[[Any, Any], str] | None" = None
    """From `shared.http.registers.Registers` and the state of a paper: whose key seals its files,
    where the paper itself does not know."""
    following: Mapping[str, Sequence[Following]] = field(default_factory=dict)
    """Steps of other papers that are offered beside a paper, by its prefix."""
    colleagues: Callable[[Any, str, str], Mapping[str, str] | None] | None = None
    """From `shared.http.registers.Registers`, a branch and a role or post to who has it there, with
    their names; None: it is not known yet. Only the room that keeps the register says so."""
    deputies: Callable[[Any, Any, str, str], Iterable[tuple[str, str]]] | None = None
    """From `shared.http.registers.Registers`, the policy, a branch and a role or post to who may
    act in it today for somebody else: whom they stand in for, and who they are. As `colleagues`."""
    guests: Mapping[str, Callable[[Any, str], Collection[str]]] = field(default_factory=dict)
    """外派: from `shared.http.registers.Registers` and the number of a paper, by its prefix, to the
    technicians to whom it is open whatever their branch, as another room says: base has sent them.
    They take the steps of technicians."""
    delegating: Callable[[Any, str], Iterable[str]] | None = None
    """From `shared.http.registers.Registers` and a person to who has delegated anything to them
    about now. As `colleagues`."""

    # Any: the registers and the state, as above.
    def open_to(
        self, registers: Any, paper: PaperType[Any], number: str, state: Any
    ) -> Collection[str]:
        """Who reads a paper whatever their branch: whose own it is, and whom base has sent."""
        return (*paper.open_to(state), *self.guests_of(registers, paper.prefix, number))

    def guests_of(self, registers: Any, prefix: str, number: str) -> Collection[str]:
        """The technicians of other branches whom base has sent on what a paper is about."""
        said = self.guests.get(prefix)
        return () if said is None else said(registers, number)


@dataclass(frozen=True, slots=True)
class Room:
    """One room: its papers, its read models, what it owes, and its HTTP routes."""

    name: str
    chinese: str
    papers: Mapping[str, PaperModule]
    """Its papers by the prefix of their streams."""
    views: Sequence[View]
    """Its read models over its own journal: `shared.view`."""
    reactions: Sequence[Reaction]
    timers: Sequence[Timer | Recurring]
    front: Callable[[], Front]
    """Loads its HTTP: a relay and a worker are up sooner, and smaller, without it."""
    texts: Path
    """texts.toml: refusal codes and labels, zh and en."""
    keeps: tuple[str, ...] = ()
    """Documents of other rooms that are kept to be looked up, by name; nothing is owed for them."""

    @property
    def listens(self) -> tuple[str, ...]:
        """The milestones whose documents it keeps: those its reactions hear, and its cards."""
        owing = {name for reaction in self.reactions for name in reaction.listens}
        return tuple(sorted(owing.union(*map(milestones, self.keeps))))

    def view(self, name: str) -> View:
        """A view by its name. KeyError if the room has none of that name."""
        return {view.NAME: view for view in self.views}[name]
