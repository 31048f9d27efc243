"""旧单 (legacy tickets): another desk's histories, row by row, and what becomes of the open ones.

An imported row passed none of our gates and never pretends to. A ticket that was still open there
can live on as a report of ours; its history stays where it is and the report names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias

from services.intake.report import grounds
from services.intake.report.reporting import (
    REPORT_EXAMPLE,
    RegisterReport,
    matter_of,
    reads_registration,
    registered,
)
from shared.decider import Asked, Decision, Reason, reason, refuse_if
from shared.events.legacy import LegacyEntryImported, LegacyTicketContinued, LegacyTicketWithdrawn
from shared.events.values import Channel, Personal, Priority, Ref, Role, Text
from shared.step import Address, Matter, Owed, PaperType, PathField, Step, by_command


@dataclass(frozen=True, slots=True)
class ImportLegacyEntry:
    """旧单导入: one row as it was in the file; by the import, any number of times."""

    source: Ref
    row: int
    number: str
    state: str
    is_open: bool
    original: Mapping[str, str] = field(default_factory=dict)
    personal: Mapping[str, Personal] = field(default_factory=dict)
    listed: Mapping[str, str] = field(default_factory=dict)
    priority: Priority | None = None
    newest_first: bool = False
    step: int = 0
    twin: int = 1
    generation: int = 1


@dataclass(frozen=True, slots=True)
class ContinueLegacyTicket:
    """旧单续办: let an open legacy ticket live on as a report with a number of ours."""

    report: RegisterReport
    """What is reported now; it comes in by import, whatever it says."""


@dataclass(frozen=True, slots=True)
class WithdrawLegacyTicket:
    """旧单撤回: the rows of one import count no more; by whoever withdraws it as a whole."""

    source: Ref
    generation: int
    because: Text


LegacyFact: TypeAlias = LegacyEntryImported | LegacyTicketContinued | LegacyTicketWithdrawn


@dataclass(frozen=True, slots=True)
class Legacy:
    """旧单: its rows, the newest of them, and the ticket it goes on as."""

    rows: Mapping[int, LegacyEntryImported] = field(default_factory=dict)
    """By their number in the file they came in; of several files, the last that has the number."""
    newest: LegacyEntryImported | None = None
    """By the other desk's clock; of one moment, the later one in the file's direction."""
    ticket: str | None = None
    generations: frozenset[int] = frozenset()
    """The imports that had rows of it."""
    withdrawn: frozenset[int] = frozenset()
    """Those of them that count no more."""

    @property
    def is_open(self) -> bool:
        """Whether the newest row leaves it open."""
        return self.newest is not None and self.newest.is_open


initial = Legacy()
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def import_entry(command: ImportLegacyEntry, legacy: Legacy, asked: Asked) -> Decision:
    """旧单导入: any number of times, and each row once."""
    row = LegacyEntryImported(
        source=command.source,
        row=command.row,
        number=command.number,
        state=command.state,
        is_open=command.is_open,
        original=command.original,
        personal=command.personal,
        at=asked.at,
        listed=command.listed,
        priority=command.priority,
        newest_first=command.newest_first,
        step=command.step,
        twin=command.twin,
        generation=command.generation,
    )
    gone = command.generation in legacy.withdrawn
    refuse_if((gone, not_again(command.source, command.generation)))
    # Another row of the same number is of another file; that it comes once is its command's doing.
    return [] if legacy.rows.get(command.row) == row else asked.here(row)


def not_again(source: str, generation: int) -> Reason:
    """Why no row of an import that was withdrawn comes in."""
    return reason("import-withdrawn", source=source, generation=generation)


def withdraw(command: WithdrawLegacyTicket, legacy: Legacy, asked: Asked) -> Decision:
    """旧单撤回: once for each import that has rows of the ticket."""
    counts = command.generation in legacy.generations - legacy.withdrawn
    fact = LegacyTicketWithdrawn(command.source, command.generation, command.because)
    return asked.here(fact) if counts else []


def reads_continuation(
    command: ContinueLegacyTicket, legacy: Legacy, asked: Asked
) -> tuple[str, ...]:
    """The report it goes on as, and the cards that report rests on."""
    return (f"report-{asked.ticket}", *reads_registration(command.report, legacy, asked))


def matter_continued(command: ContinueLegacyTicket, asked: Asked) -> Matter:
    """同一事项: of the report it goes on as."""
    return matter_of(command.report, asked)


def continue_ticket(command: ContinueLegacyTicket, legacy: Legacy, asked: Asked) -> Decision:
    """旧单续办: once, and only while the newest row leaves it open."""
    unknown = not legacy.rows
    refuse_if(
        (unknown, reason("legacy-unknown", stream=asked.home)),
        (not unknown and not legacy.is_open, reason("legacy-closed", stream=asked.home)),
        (legacy.ticket is not None, reason("continued-already", ticket=legacy.ticket or "")),
    )
    assert asked.ticket is not None
    stream = f"report-{asked.ticket}"
    imported = replace(command.report, channel=Channel.IMPORT)
    begun = registered(imported, asked.read(stream), asked, reference=asked.home)
    return [*asked.here(LegacyTicketContinued(asked.ticket, stream)), *((stream, f) for f in begun)]


NUMBER = PathField("ticket", described="编号 number", max_length=200)
PAPER: PaperType[Legacy] = PaperType(
    prefix="legacy", address=Address("/legacy-tickets/{ticket:path}", (NUMBER,))
)
STEPS = (
    Owed(ImportLegacyEntry, import_entry),
    Owed(WithdrawLegacyTicket, withdraw),
    Step(
        "continuations",
        ContinueLegacyTicket,
        continue_ticket,
        by={Role.CLERK},
        reads=reads_continuation,
        matter=matter_continued,
        rests_on=grounds.BRANCH,
        since=grounds.SINCE_CONTINUED,
        location="/v1/reports/{ticket}",
        example=REPORT_EXAMPLE,
    ),
)
decide = by_command(STEPS)


def evolve(legacy: Legacy, fact: LegacyFact) -> Legacy:
    """The legacy ticket after the fact."""
    match fact:
        case LegacyEntryImported():
            newest = max((legacy.newest or fact, fact), key=age)
            known = legacy.generations | {fact.generation}
            rows = {**legacy.rows, fact.row: fact}
            return replace(legacy, rows=rows, newest=newest, generations=known)
        case LegacyTicketWithdrawn(generation=withdrawn):
            left = {n: row for n, row in legacy.rows.items() if row.generation != withdrawn}
            # If it is the newest import, what an earlier one said does not count again.
            counts = legacy.newest is not None and legacy.newest.generation != withdrawn
            gone = legacy.withdrawn | {withdrawn}
            kept = legacy.newest if counts else None
            return replace(legacy, rows=left, newest=kept, withdrawn=gone)
        case LegacyTicketContinued():
            return replace(legacy, ticket=fact.ticket)


def age(entry: LegacyEntryImported) -> tuple[int, datetime, int, int]:
    """By import, then by the other desk's clock; of one moment, by its place in the file."""
    place = -entry.row if entry.newest_first else entry.row
    return entry.generation, entry.at or _LONG_AGO, place, entry.step
