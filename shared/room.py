"""服务间 (rooms): what a room is made of, and the three roles its processes play.

A room's `app.py` holds one `Room(...)`; the same wiring serves its web, relay and worker processes,
each on its own, so that each can be scaled apart.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from shared.decider import Decider
from shared.document import Reaction, Recurring, Timer
from shared.events import milestones
from shared.step import Offer, PaperModule
from shared.view import View

if TYPE_CHECKING:
    from fastapi import APIRouter


class Role(StrEnum):
    """角色: what one process of a room does."""

    WEB = "web"
    RELAY = "relay"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Step:
    """下一步: what might be done with a paper next, as its route would be asked for it."""

    path: str
    """Of the route, as it is hung: `/v1/work-orders/{number}/signatures`."""
    given: Mapping[str, str]
    """What stands in the path."""
    body: Any
    """An instance of the route's body; where whoever asks fills something in, what fits."""


@dataclass(frozen=True, slots=True)
class Paper:
    """单据: how a paper of the room shows on the page of its ticket."""

    shown: Callable[[Any], Any]
    """From its state to its document, with its `stage`; None: there is nothing to show yet."""
    steps: Callable[[str, Any], Sequence[Step]]
    """From its number and state to what might be done next. Whether it may the decider says."""


@dataclass(frozen=True, slots=True)
class Following:
    """后续单据: a step of another paper of the room that is offered beside this one."""

    prefix: str
    """The prefix of the other paper's streams."""
    path: str
    """The path of its step."""
    offer: Callable[[str, Any], Iterable[Offer]]
    """From the number and state of this paper to what may be asked of the other."""


@dataclass(frozen=True, slots=True)
class Front:
    """门面: what a web process has of its room, beside what every process has."""

    routes: "Callable[[Any], APIRouter]"
    """Its routes, hung on the door (`shared.http.door.Door`)."""
    active: Callable[[Any, str], bool | None] | None = None
    """Whether a person may still act; asked with the door. None: the room does not know him."""
    papers: Mapping[str, Paper] = field(default_factory=dict)
    """Its papers on the page of a ticket, by stream prefix."""
    following: Mapping[str, Sequence[Following]] = field(default_factory=dict)
    """Steps of other papers that are offered beside a paper, by its prefix."""


@dataclass(frozen=True, slots=True)
class Room:
    """One room: its papers, its read models, what it owes, and its HTTP routes."""

    name: str
    chinese: str
    deciders: Mapping[str, Decider]
    """Rules by stream prefix."""
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

    def paper(self, prefix: str) -> PaperModule:
        """The paper whose streams have this prefix. KeyError if the room has none."""
        return cast("PaperModule", self.deciders[prefix])

    def view(self, name: str) -> View:
        """A view by its name. KeyError if the room has none of that name."""
        return {view.NAME: view for view in self.views}[name]
