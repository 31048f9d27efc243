"""更正的出路 (exits of a change): what was approved is not so, and how it is put right.

Somebody drafts what is so, the technician signs it, a clerk asks for it, an approver decides.
"""

from collections.abc import Callable, Iterator

import httpx

from guiyi.play.case import Case
from guiyi.play.people import Person
from services.intake.report.approval import still_to_approve
from tests.world import detours, honest
from tests.world.table import Chance, Table

Approve = Callable[[Case, Person], httpx.Response | None]


def is_right(table: Table, *, drafted: bool = False) -> bool:
    """Whether what is approved, or drafted, says who has to pay."""
    paper, nature = table.papers.report, table.truth.nature
    said = paper.draft.diagnosis if drafted and paper.draft else paper.diagnosis
    return nature is None or said is None or said.repair_nature is nature


def changes(table: Table) -> Iterator[Chance]:
    """Of what is approved and not so."""
    paper = table.papers.report
    if is_right(table):
        return
    if paper.draft is None or not is_right(table, drafted=True):
        for role in ("technician", "clerk"):
            yield from table.by(role, honest.draft_change(table.truth), "amendment")
    elif paper.draft_sig is None:
        yield from table.by("technician", detours.of_draft("signatures"), "amendment")
    else:
        yield from table.by("clerk", detours.of_draft("amendments"), "amendment")


def decisions(table: Table, approve_as: Callable[[str], Approve]) -> Iterator[Chance]:
    """What is asked for is approved if it is so; else it is returned, or taken back.

    By everybody whom its rung still asks.
    """
    if is_right(table):
        for as_what in still_to_approve(table.papers.report):
            yield from table.by_rung(as_what, approve_as(as_what), "amendment")
    else:
        yield from table.by_approver(detours.give_back, "amendment")
    yield from table.by("clerk", detours.take_back, "amendment")
