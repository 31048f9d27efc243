"""A toy room for stories about workers: jars that people drop coins into, and a shelf that counts.

It listens to its own milestone: each coin brings the jar's newest document, and the shelf notes its
total once. A jar that is due is rung for once. `jars` and `givers` are its views; a giver's row is
fed by every jar of a partition.

Some values fail on purpose: `givers` cannot fold 13 fen, cannot name the giver "nobody", and the
database does not take what `Overflown` makes of a row. The shelf refuses more than 1,000 yuan.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias, TypeVar

from shared import events
from shared.decider import Asked, Decision, reason, refuse_if
from shared.document import CommandOwed, Published, Reaction, Timer
from shared.events import document, fact
from shared.events.values import Personal, PersonName
from shared.room import Room
from shared.step import Address, PaperType, PathField
from shared.view import Key, Recorded

T = TypeVar("T")
ROOM = "intake"
"""Databases are made for the rooms of the installation; the toy borrows one."""


@fact(writers=(ROOM,))
class JarOpened:
    """开罐: a jar was put up, and when it is to be emptied."""

    label: str
    owner: PersonName
    due: datetime | None = None


@fact(milestone="jar", writers=(ROOM,))
class CoinDropped:
    """投币: somebody dropped a coin."""

    fen: int
    giver: str


@fact(writers=(ROOM,))
class JarEmptied:
    """倒空: the jar was emptied."""


@fact(writers=(ROOM,))
class JarRungFor:
    """催罐: the jar was due, and somebody was told."""

    due: datetime


@fact(writers=(ROOM,))
class Overflown:
    """溢出: more than a column holds."""


@fact(writers=(ROOM,))
class TotalNoted:
    """记总数: the shelf knows what is in a jar."""

    jar: str
    version: int
    fen: int


@document("jar")
class JarDocument:
    """罐: what is in it."""

    fen: int
    coins: int


@dataclass(frozen=True, slots=True)
class Coin:
    """What this milestone says."""

    fen: int


_OWN = (JarOpened, CoinDropped, JarEmptied, JarRungFor, Overflown, TotalNoted)
_ENTRIES = {kind.__name__: events._book.pop(kind.__name__) for kind in _OWN}
_DOCUMENT = events._documents.pop("jar")


@contextmanager
def in_the_book() -> Iterator[None]:
    """The toy's facts stand in the book meanwhile, and do not trouble those who read it whole."""
    events._book.update(_ENTRIES)
    events._documents["jar"] = _DOCUMENT
    try:
        yield
    finally:
        for name in _ENTRIES:
            del events._book[name]
        del events._documents["jar"]


@dataclass(frozen=True, slots=True)
class OpenJar:
    label: str
    owner: Personal
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class DropCoin:
    fen: int
    giver: str = "wang"


@dataclass(frozen=True, slots=True)
class EmptyJar:
    pass


@dataclass(frozen=True, slots=True)
class Overflow:
    pass


@dataclass(frozen=True, slots=True)
class RingForJar:
    due: datetime


@dataclass(frozen=True, slots=True)
class NoteTotal:
    jar: str
    version: int
    fen: int


JarCommand: TypeAlias = OpenJar | DropCoin | EmptyJar | Overflow | RingForJar
JarFact: TypeAlias = JarOpened | CoinDropped | JarEmptied | JarRungFor | Overflown


@dataclass(frozen=True, slots=True)
class Jar:
    fen: int = 0
    coins: int = 0
    rung: datetime | None = None


def decide_jar(command: JarCommand, jar: Jar, asked: Asked) -> Decision:
    match command:
        case OpenJar(label, owner, due):
            return asked.here(JarOpened(label, owner, due))
        case DropCoin(fen, giver):
            return asked.here(CoinDropped(fen, giver))
        case EmptyJar():
            return asked.here(JarEmptied())
        case Overflow():
            return asked.here(Overflown())
        case RingForJar(due):
            refuse_if((jar.coins == 0, reason("jar-empty")))
            return [] if jar.rung == due else asked.here(JarRungFor(due))


def evolve_jar(jar: Jar, told: JarFact) -> Jar:
    match told:
        case CoinDropped(fen):
            return replace(jar, fen=jar.fen + fen, coins=jar.coins + 1)
        case JarEmptied():
            return replace(jar, fen=0)
        case JarRungFor(due):
            return replace(jar, rung=due)
        case JarOpened() | Overflown():
            return jar


def public_jar(jar: Jar, told: CoinDropped) -> Any:
    return SimpleNamespace(document=JarDocument(jar.fen, jar.coins), this=Coin(told.fen))


@dataclass(frozen=True, slots=True)
class Shelf:
    noted: int = 0
    """The newest version of the jar that was noted."""
    limit: int = 100_000


def decide_shelf(command: NoteTotal, shelf: Shelf, asked: Asked) -> Decision:
    refuse_if((command.fen > shelf.limit, reason("shelf-full", fen=command.fen)))
    if command.version <= shelf.noted:
        return []
    return asked.here(TotalNoted(command.jar, command.version, command.fen))


def evolve_shelf(shelf: Shelf, told: TotalNoted) -> Shelf:
    return replace(shelf, noted=told.version)


def no_document(_: Any, told: Any) -> Any:
    raise NotImplementedError(told)


JAR: Any = SimpleNamespace(initial=Jar(), decide=decide_jar, evolve=evolve_jar, public=public_jar)
SHELF: Any = SimpleNamespace(
    initial=Shelf(), decide=decide_shelf, evolve=evolve_shelf, public=no_document
)


def kept_as(kind: type[T]) -> PaperType[T]:
    """The kind of paper whose states are kept now and then: a jar's or a shelf's."""
    prefix = kind.__name__.lower()
    return PaperType(prefix, Address(f"/{prefix}/{{number}}", (PathField(),)), snapshot=kind)


@dataclass(frozen=True, slots=True)
class JarRow:
    stream: str
    label: str
    owner: Personal | None
    fen: int
    coins: tuple[int, ...]
    due: datetime | None
    rung: int
    noted: int


def jar_keys(told: Recorded) -> Iterable[Key]:
    match told.fact:
        case TotalNoted(jar):
            return [(jar,)]
        case _:
            return [(told.stream,)]


def project_jar(key: Key, row: JarRow | None, told: Recorded) -> JarRow | None:
    row = row or JarRow(key[0], "", None, 0, (), None, 0, 0)
    match told.fact:
        case JarOpened(label, owner, due):
            return replace(row, label=label, owner=owner, due=due)
        case CoinDropped(fen):
            return replace(row, fen=row.fen + fen, coins=(*row.coins[-2:], fen))
        case JarRungFor():
            return replace(row, due=None, rung=row.rung + 1)
        case TotalNoted():
            return replace(row, noted=row.noted + 1)
        case Overflown():
            return replace(row, fen=2**70)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class GiverRow:
    giver: str
    fen: int
    last_jar: str


def giver_keys(told: Recorded) -> Iterable[Key]:
    match told.fact:
        case CoinDropped(_, "nobody"):
            raise LookupError("nobody gave it")
        case CoinDropped(_, giver):
            return [(giver,), ("everybody",)]
        case _:
            return []


def project_giver(key: Key, row: GiverRow | None, told: Recorded) -> GiverRow | None:
    assert isinstance(told.fact, CoinDropped)
    if told.fact.fen == 13 and key[0] != "everybody":
        raise ArithmeticError("thirteen")
    return GiverRow(key[0], told.fact.fen + (row.fen if row else 0), told.stream)


JARS: Any = SimpleNamespace(
    NAME="jars",
    VERSION=1,
    KEY=("stream",),
    INDEXES=(("label",),),
    Row=JarRow,
    keys=jar_keys,
    project=project_jar,
)
GIVERS: Any = SimpleNamespace(
    NAME="givers", VERSION=1, KEY=("giver",), Row=GiverRow, keys=giver_keys, project=project_giver
)


def note_total(jar: Published) -> Sequence[CommandOwed]:
    assert isinstance(jar.state, JarDocument)
    return [CommandOwed(f"shelf-{jar.stream}", NoteTotal(jar.stream, jar.version, jar.state.fen))]


def ring(row: JarRow) -> CommandOwed:
    assert row.due is not None
    return CommandOwed(row.stream, RingForJar(row.due))


def no_front() -> Any:
    raise NotImplementedError


VIEWS = (JARS, GIVERS)
NOTE = Reaction("note-total", ("jar",), note_total)
RING = Timer("ring", JARS, ring)
room = Room(
    name=ROOM,
    chinese="玩具",
    papers={"jar": JAR, "shelf": SHELF},
    views=VIEWS,
    reactions=(NOTE,),
    timers=(RING,),
    front=no_front,
    texts=Path("texts.toml"),
)
