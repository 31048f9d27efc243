"""状态表 (the state tables): our copy of the rows of the forms, and where the STEPS say otherwise.

The rows stand in `states.toml`. Which command makes a fact, and from which stage to which, is told
by what the stories were seen to do (`stories.json`); who may give the command, and how long the
page of a ticket shows it, by its row in `STEPS`; what is a milestone, by the book of facts.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from guiyi.rooms import wiring
from shared.events import BOOK, reading
from shared.events.complaints import ComplaintStage
from shared.events.followup import DossierStage, SurveyStage
from shared.events.notices import NoticeStage
from shared.events.old_parts import OldPartsStage
from shared.events.order_sheet import NoteStage, OrderStage, VisitStage
from shared.events.own_use import UseStage
from shared.events.purchases import PurchaseStage
from shared.events.replenishments import ReplenishmentStage
from shared.events.report_form import Stage
from shared.events.stocktakes import StocktakeStage
from shared.events.transfers import TransferStage
from shared.events.travel_claims import ClaimStage
from shared.events.values import Role
from shared.step import ByLink, Owed, Step

assert reading.SHELF, "importing it has entered every fact of every room"
TABLES = Path(__file__).with_name("states.toml")
STAR, SAME, OWED, EMPLOYEE, ALWAYS = "★", "same", "owed", "employee", "always"
LINK = "link"
STAGES: Mapping[str, type[StrEnum]] = {
    "report": Stage,
    "complaint": ComplaintStage,
    "work_order": OrderStage,
    "visit": VisitStage,
    "issue_note": NoteStage,
    "purchase": PurchaseStage,
    "transfer": TransferStage,
    "stocktake": StocktakeStage,
    "own_use": UseStage,
    "claim": ClaimStage,
    "old_parts": OldPartsStage,
    "replenishment": ReplenishmentStage,
    "survey": SurveyStage,
    "dossier": DossierStage,
    "notice": NoticeStage,
}
EMPLOYEES = frozenset(Role) - {Role.CUSTOMER, Role.AUDITOR, Role.OPERATOR}


@dataclass(frozen=True, slots=True)
class Row:
    """一行: from which stages to which by a fact, by whom; and what is open of it, if anything."""

    section: "Section"
    stages: Sequence[str]
    to: str
    fact: str
    milestone: bool
    by: frozenset[str]
    """Roles of people, `link` for a customer's link, and `owed` for a reaction or a timer."""
    open: str

    @property
    def states(self) -> str:
        """The row's own words for where it leads."""
        return f"{', '.join(self.stages)} → {self.to}" if self.to else ", ".join(self.stages)

    @property
    def moves(self) -> Collection[str]:
        """Each stage with the one that follows."""
        return {f"{each} → {each if self.to == SAME else self.to}" for each in self.stages}


@dataclass(frozen=True, slots=True)
class Section:
    """一节: the rows of a paper."""

    name: str
    room: str
    paper: str
    until: Mapping[str, str]
    """Where a step is shown longer than it can be taken: by fact, or by `*` for all others.

    Several stages where several steps write the fact.
    """


@dataclass(frozen=True, slots=True)
class Fields:
    """栏目: a group of fields, by when it is filled in, and the gate that demands it."""

    section: str
    room: str
    what: str
    by: str
    command: str
    code: str
    """What the command is refused with where the fields are empty; empty: nothing demands them."""
    story: str
    open: str

    @property
    def gate(self) -> str:
        """The story in which the gate was seen to hold."""
        return f"{self.room} {self.command} {self.code} {self.story}"


@dataclass(frozen=True, slots=True)
class Group:
    """一组: one of the small papers, of those kept apart, of the accounts, or of the values."""

    section: str
    what: str
    story: str = ""
    open: str = ""


@cache
def rows() -> Sequence[Row]:
    """Every row of the state tables."""
    return [
        _row(Section(each["name"], each["room"], each["paper"], each.get("until", {})), row)
        for each in _tables()["section"]
        for row in each["rows"]
    ]


def elsewhere() -> frozenset[str]:
    """Facts of rows that cannot be refused at a stage of the row itself, whatever the reason."""
    by_reason = _tables()["elsewhere"].values()
    return frozenset(fact for facts in by_reason for fact in facts)


def fields() -> Sequence[Fields]:
    """The groups of fields of the forms."""
    return [
        Fields(each["name"], each["room"], *row)
        for each in _tables()["fields"]
        for row in each["rows"]
    ]


def groups() -> Sequence[Group]:
    """What stands in no table of states and in no form, by its section."""
    return [Group(each["name"], *row) for each in _tables()["group"] for row in each["rows"]]


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(TABLES.read_text("utf-8"))


def differing(told: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Where the tables and what stands in the STEPS, in the book and in the stories differ."""
    found = [row for row in rows() if not row.open]
    for section in {row.section.name: row.section for row in found}.values():
        of_it = [row for row in found if row.section.name == section.name]
        made = told[section.room]
        for fact in sorted({row.fact for row in of_it}):
            mine = [row for row in of_it if row.fact == fact]
            yield from (f"{section.name}, {fact}: {each}" for each in _of(mine, made.get(fact)))
        listed = {row.fact for row in of_it}
        lost = {name for name, said in made.items() if said["paper"] == section.paper} - listed
        yield from (f"{section.name}, {fact}: stands in no row" for fact in sorted(lost))


def _row(section: Section, said: Sequence[str]) -> Row:
    stages, to, fact, by, open_ = said
    name, _, star = fact.partition(" ")
    roles = {role for each in by.split() for role in (EMPLOYEES if each == EMPLOYEE else [each])}
    return Row(section, stages.split(), to, name, star == STAR, frozenset(map(str, roles)), open_)


def _of(mine: Sequence[Row], seen: Mapping[str, Any] | None) -> Iterator[str]:
    """What of the rows of one fact is otherwise."""
    (first, *_), fact = mine, mine[0].fact
    if BOOK[fact].milestone != first.milestone:
        yield f"a milestone in the book: {BOOK[fact].milestone}, in the tables: {first.milestone}"
    if seen is None:
        return
    is_here = bool(seen["moves"])  # else steps of another paper write it, which know no stage here
    moves = {move for row in mine for move in row.moves} if is_here else set()
    known = {move for row in _of_all_papers(first) for move in row.moves} if is_here else set()
    yield from (f"{each}: in no story" for each in sorted(moves - {*seen["moves"]}))
    yield from (f"{each}: in no row" for each in sorted({*seen["moves"]} - known))
    given = list(_rows_of(first, seen["commands"]))
    by = {str(role) for each in given for role in _by(each)}
    said = {who for row in mine for who in row.by}
    if by != said:
        yield f"by {sorted(by)} in the STEPS, by {sorted(said)} in the tables"
    yield from _shown(mine, [each for each in given if isinstance(each, Step) and is_here])


# `Any`: a row is only read here, whatever its command and its state are.
def _rows_of(first: Row, commands: Collection[str]) -> Sequence[Step[Any, Any] | Owed[Any, Any]]:
    """Of the paper itself, where it has such a command; else of whichever paper writes on it.

    A paper on which the same fact stands by itself writes it there.
    """
    section, papers = first.section, wiring(first.section.room).papers
    alike = {each.section.paper for each in _of_all_papers(first)} - {section.paper}
    found = {
        prefix: [row for row in paper.STEPS if row.command.__name__ in commands]
        for prefix, paper in papers.items()
    }
    shared = {each.command.__name__ for each in found.get(section.paper, ())}
    others = found.keys() - alike - {section.paper}
    other = [row for prefix, rows in found.items() if prefix in others for row in rows]
    apart = [row for row in other if row.command.__name__ not in shared]
    return (*found.get(section.paper, ()), *apart)


def _of_all_papers(row: Row) -> Iterator[Row]:
    """The rows of its fact on all papers of the room: one fact may be several papers' own."""
    here = (each for each in rows() if each.section.room == row.section.room)
    return (each for each in here if each.fact == row.fact and not each.open)


def _by(row: Step[Any, Any] | Owed[Any, Any]) -> Collection[str]:
    """The roles that take it; `link`: a customer without a token; else `owed`."""
    if isinstance(row, Step):
        return row.by
    return (LINK,) if isinstance(row, ByLink) else (OWED,)


def _shown(mine: Sequence[Row], steps: Sequence[Step[Any, Any]]) -> Iterator[str]:
    """Up to which stage the page of a ticket shows the steps, and up to which it should."""
    until = {str(step.until) if step.until else ALWAYS for step in steps if not step.begins}
    section, fact = mine[0].section, mine[0].fact
    order = [str(each) for each in STAGES[section.paper]]
    last = max((each for row in mine for each in row.stages), key=order.index)
    wanted = section.until.get(fact, section.until.get("*", last))
    if steps and until and until != {*wanted.split()}:
        yield f"shown until {sorted(until)}, in the tables until {wanted}"
