"""盘点的状态 (the state of a stocktake): what was counted, line by line, and what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from shared import urging
from shared.events.stocktakes import (
    DifferencesExplained,
    Explanation,
    Judgement,
    LineValue,
    PartCounted,
    StocktakeApproved,
    StocktakeCounted,
    StocktakeEnded,
    StocktakeKind,
    StocktakeOpened,
    StocktakeReturned,
    StocktakeStage,
)
from shared.events.values import Signature

Fact: TypeAlias = (
    StocktakeOpened
    | PartCounted
    | StocktakeCounted
    | DifferencesExplained
    | StocktakeApproved
    | StocktakeReturned
    | StocktakeEnded
)

MOMENT = timedelta(microseconds=1)
"""The shortest time that the record tells apart."""


@dataclass(frozen=True, slots=True)
class CountedLine:
    """盘点行: a part in one place, as it was counted last."""

    counted: PartCounted
    counters: tuple[str, ...]
    """Everybody who counted it, each once."""
    explained: Explanation | None = None
    judged: Judgement | None = None
    value: LineValue | None = None
    """What it was worth when it was posted."""
    doubted: bool = False
    """Whether a count of it differed, was entered after a movement, or was made knowing figures."""
    confirmed: bool = False
    """Whether the last count is of a second person, as `_confirmed` says."""
    knowing: bool = False
    """明点: whether it was counted again after its figures were shown."""

    @property
    def difference(self) -> int:
        """How many more were counted than stood in the books."""
        return self.counted.counted - self.counted.book

    @property
    def differs(self) -> bool:
        """Whether the books do not say what was found."""
        return any(_found(self.counted))

    @property
    def in_question(self) -> bool:
        """Whether it wants words and a decision: nobody who knew the figures makes it agree."""
        return self.differs or self.knowing

    @property
    def needs_second(self) -> bool:
        """复盘: whether somebody else has to count it as well, whatever was counted since."""
        return self.doubted and not self.confirmed


@dataclass(frozen=True, slots=True)
class Stocktake:
    """盘点表: as it stands."""

    stage: StocktakeStage = StocktakeStage.NONE
    opened: StocktakeOpened | None = None
    lines: Mapping[str, CountedLine] = field(default_factory=dict)
    """What was counted, by `<place>/<part>`."""
    shown: bool = False
    """Whether all was counted once: from then on everybody may know the figures."""
    witnessed_by: str | None = None
    witness_sig: Signature | None = None
    keeper_sig: Signature | None = None
    """Of who explained last."""
    explained_by: tuple[str, ...] = ()
    decided_by: str | None = None
    """Who approved, returned or ended it last."""
    decided_because: str | None = None
    urged_by_hand: urging.Last | None = None
    """As somebody urged its next step last."""

    @property
    def store(self) -> str:
        """The store that counts; empty before it is opened."""
        return self.opened.store if self.opened else ""

    @property
    def is_known(self) -> bool:
        """Whether a difference may be known: figures were shown, or a second count asked for."""
        return self.shown or any(line.doubted for line in self.lines.values())

    @property
    def differing(self) -> Mapping[str, CountedLine]:
        """The lines that differ, or were made to agree by who knew the figures."""
        return {key: line for key, line in self.lines.items() if line.in_question}

    @property
    def open_lines(self) -> Mapping[str, CountedLine]:
        """The lines that differ and that nobody has decided."""
        return {key: line for key, line in self.differing.items() if line.judged is None}

    @property
    def unexplained(self) -> frozenset[str]:
        """The open lines that nobody has explained."""
        return frozenset(key for key, line in self.open_lines.items() if line.explained is None)

    @property
    def involved(self) -> frozenset[str]:
        """Everybody who counted, witnessed or explained."""
        counters = {each for line in self.lines.values() for each in line.counters}
        return frozenset(counters | {*self.explained_by} | {self.witnessed_by or ""} - {""})


def posted_at(opened: StocktakeOpened) -> datetime:
    """When what it posts happened: of a monthly one just before its end, which is the next month's.

    `as_of` is the first moment of the month after it, once that one is over.
    """
    if opened.kind is StocktakeKind.MONTHLY:
        return opened.as_of - MOMENT
    return opened.as_of


def key_of(place: str, part: str) -> str:
    """By what a line is found; a place has no slash."""
    return f"{place}/{part}"


def evolve(taking: Stocktake, fact: Fact) -> Stocktake:
    """The stocktake after the fact. Asks no rule: facts are facts."""
    match fact:
        case StocktakeOpened():
            return replace(taking, stage=StocktakeStage.COUNTING, opened=fact)
        case PartCounted():
            return _counted(taking, fact)
        case StocktakeCounted():
            return _witnessed(taking, fact)
        case DifferencesExplained():
            return _explained(taking, fact)
        case StocktakeApproved():
            return _approved(taking, fact)
        case StocktakeReturned(because, person):
            return _decided(taking, StocktakeStage.RETURNED, person, because)
        case StocktakeEnded(because, person):
            return _decided(taking, StocktakeStage.ENDED, person, because)


def _decided(taking: Stocktake, stage: StocktakeStage, person: str, because: str) -> Stocktake:
    return replace(taking, stage=stage, decided_by=person, decided_because=because)


def _counted(taking: Stocktake, fact: PartCounted) -> Stocktake:
    key = key_of(fact.place, fact.part)
    doubted = fact.moved_since or any(_found(fact))
    line = CountedLine(fact, (fact.counted_by,), doubted=doubted)
    before = taking.lines.get(key)
    if before is not None:
        knowing = before.knowing or taking.shown
        line = replace(
            line,
            counters=tuple(dict.fromkeys((*before.counters, fact.counted_by))),
            doubted=before.doubted or line.doubted or knowing,
            confirmed=_confirmed(before, fact, knowing=knowing),
            knowing=knowing,
        )
    return replace(taking, stage=StocktakeStage.COUNTING, lines={**taking.lines, key: line})


def _confirmed(before: CountedLine, fact: PartCounted, *, knowing: bool) -> bool:
    """复盘: by somebody new who counts blindly, or by two one after the other who find the same.

    So nobody undoes alone what another one found, nor what they found themselves. Nor does anybody
    alone say to which moment of the books a count belongs.
    """
    if not knowing and not fact.moved_since and fact.counted_by not in before.counters:
        return True
    other = fact.counted_by != before.counted.counted_by
    return other and _found(fact) == _found(before.counted)


def _found(fact: PartCounted) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """What a count has otherwise than the books of its moment."""
    return fact.counted - fact.book, fact.missing, fact.surplus


def _with_left(unexplained: int) -> StocktakeStage:
    """Where nothing is to be explained, finance is asked."""
    return StocktakeStage.COUNTED if unexplained else StocktakeStage.EXPLAINED


def _witnessed(taking: Stocktake, fact: StocktakeCounted) -> Stocktake:
    stage = _with_left(fact.unexplained)
    who, signature = fact.witnessed_by, fact.signature
    return replace(taking, stage=stage, witnessed_by=who, witness_sig=signature, shown=True)


def _explained(taking: Stocktake, fact: DifferencesExplained) -> Stocktake:
    said = {key_of(each.place, each.part): each for each in fact.lines}
    lines = {
        key: replace(line, explained=said.get(key, line.explained))
        for key, line in taking.lines.items()
    }
    people = tuple(dict.fromkeys((*taking.explained_by, fact.explained_by)))
    after = replace(taking, lines=lines, explained_by=people, keeper_sig=fact.keeper_sig)
    return replace(after, stage=_with_left(fact.left))


def _approved(taking: Stocktake, fact: StocktakeApproved) -> Stocktake:
    judged = {key_of(each.place, each.part): each for each in fact.lines}
    values = {key_of(each.place, each.part): each for each in fact.values}
    lines = {
        key: replace(line, judged=judged.get(key, line.judged), value=values.get(key, line.value))
        for key, line in taking.lines.items()
    }
    stage = taking.stage if fact.left else StocktakeStage.APPROVED
    return replace(taking, stage=stage, lines=lines, decided_by=fact.approved_by)


def waiting_for_second(taking: Stocktake) -> Iterator[str]:
    """复盘: the parts that somebody else has to count as well."""
    for line in taking.lines.values():
        if line.needs_second:
            yield line.counted.part
