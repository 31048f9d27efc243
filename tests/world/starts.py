"""起点 (the starts): where a case may stand: the told repairs, stopped after any of their steps.

What is so there is what the papers say by then; beside it stands who is away from now on, what the
customer wants, and what happened to the parts.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from guiyi.play.case import Case
from guiyi.play.cast import Cast
from guiyi.play.player import take
from guiyi.play.repairs import Story
from services.dispatch.work_order.kinds import FINISHED
from shared.events.issue_notes import Opening
from shared.events.order_sheet import OrderStage
from shared.events.part_cases import LossWhere
from shared.events.report_form import Stage
from shared.events.values import RemoteResult, RepairNature
from tests.world import afterwards, states
from tests.world.cases import WORDS, enter
from tests.world.distance import distance
from tests.world.honest import Papers, papers_of
from tests.world.moment import Moment
from tests.world.present import OPERATOR, PRESENT, REGISTERED, SHEN
from tests.world.search import Start
from tests.world.truth import Customer, Line, Truth, at_hand
from tests.world.world import World

OVER = (OrderStage.HANDED_IN, OrderStage.CLOSED)
"""Nothing more happens to the parts, and nobody is asked for a signature."""


@contextmanager
def present_alone() -> Iterator[tuple[World, Cast]]:
    """在场: a world in which nobody is known but those who may be present, and what they say."""
    with World() as world:
        world.tokens |= {person.id: person for person in REGISTERED}
        cast = enter(world, REGISTERED)
        world.begin_here()
        yield world, afterwards.with_words(cast)


def starts_of(world: World, cast: Cast, story: Story) -> Iterator[Start]:
    """After each step of a told repair that is accepted."""
    world.blank()
    for files in world.files.values():
        files.clear()
    case = Case(world, {**WORDS, **cast[story.said]}, story.technician)
    for nth, step in enumerate(story.steps):
        if step.refused:
            continue
        world.clock.pass_on(step.after)
        take(case, step)
        world.post.deliver_all()
        papers = papers_of(case)
        truth = truth_of(case, papers)
        if distance(papers, truth) == 0:
            continue
        here = Moment.of(world)
        yield Start(f"{story.name} {nth}", replace(case), here, truth, papers)
        here.restore(world)


def truth_of(case: Case, papers: Papers) -> Truth:
    """As the papers have it, which say what is so."""
    recorded = papers.order.work
    said = recorded.work.parts_used if recorded else ()
    used = {(each.note, each.part): each.used for each in said if each.used}
    mended = recorded is not None and recorded.work.result in FINISHED
    left = {} if mended else _wanted(case, papers)
    for (_, part), pieces in used.items():
        if part in left:
            left[part] -= pieces
    lost = {line: _at_most(n, line, papers, used) for line, n in _lost(papers.notes)}
    return Truth(
        is_solved=_is_solved(case, papers),
        mendable=recorded is None or mended or any(left.values()),
        worked=recorded is not None,
        to_fit=left,
        used=used,
        short=dict(_short(papers.notes)),
        never_came=frozenset(_never_came(papers.notes)),
        came_back=frozenset(n for n, note in papers.notes.items() if note.came_back),
        damaged=dict(_missing(papers.notes, Opening.DAMAGED)),
        misplaced=dict(_missing(papers.notes, Opening.WRONG)),
        lost=lost,
        kept={(each.note, each.part): each.old_left for each in said if each.old_left},
        is_report_gone=bool(papers.dossier.custody.missed or papers.dossier.custody.lost),
        paid=tuple(_plain(asdict(fee)) for fee in recorded.work.fees) if recorded else (),
    )


def _is_solved(case: Case, papers: Papers) -> bool:
    """Whether what was said on the phone has helped: as the last attempt says, or is going to."""
    if attempts := papers.report.remote_attempts:
        return attempts[-1].result is RemoteResult.SOLVED
    return bool(case.said["guidance"].get("result") == "solved")


def _at_most(lost: int, line: Line, papers: Papers, used: Mapping[Line, int]) -> int:
    """What was granted as lost and then used had been found again."""
    number, part = line
    return min(lost, papers.notes[number].issues[part].issued.quantity - used.get(line, 0))


def variants(start: Start) -> Iterator[Start]:
    """Whatever may have happened there, with anybody away, and with nobody."""
    for happened, truth in happenings(start):
        for who in (None, *PRESENT, OPERATOR, SHEN):
            away = who.id if who else None
            name = f"{start.name}: {happened}; {away or 'nobody'} is away"
            yield replace(start, name=name, truth=replace(truth, away=away))


def happenings(start: Start) -> Iterator[tuple[str, Truth]]:
    """What may be so besides: of the customer, of the machine, of the parts."""
    truth, papers = start.truth, start.papers
    yield "as it stands", truth
    yield "nobody reaches the customer", replace(truth, customer=Customer.SILENT)
    yield from afterwards.happenings(truth, papers)
    if papers.order.stage is not OrderStage.CLOSED and not truth.paid and not papers.is_new:
        yield from _of_who_pays(truth, papers)
    if papers.order.stage in OVER or papers.report.stage is Stage.CLOSED:
        return
    if papers.order.customer is None:
        yield "the customer signs nothing", replace(truth, customer=Customer.UNWILLING)
    unsigned = papers.order.customer is None
    if papers.is_new and truth.mended and unsigned:
        yield "the customer gives it back", replace(truth, customer=Customer.WITHDRAWN)
    if not truth.mended and not truth.is_solved and unsigned:
        yield "the customer withdraws", replace(truth, customer=Customer.WITHDRAWN)
        yield "it cannot be mended", replace(truth, mendable=False)
    if truth.to_fit and not truth.worked and not truth.is_solved:
        yield "another part is broken", replace(truth, to_fit={"OIL-1": 1})
    yield from _of_parts(truth, papers)


def _of_parts(truth: Truth, papers: Papers) -> Iterator[tuple[str, Truth]]:
    """What happens to the first line that is out."""
    for line, note in _out(papers):
        number, _ = line
        if note.is_posted and note.opened is None:
            came = replace(truth, never_came=truth.never_came - {number})
            yield "one is not in the parcel", replace(came, short={**truth.short, line: 1})
            if number not in truth.never_came:
                yield "the parcel never comes", _without_parcel(truth, number, note)
            if note.is_under_way:
                back = replace(came, came_back=truth.came_back | {number})
                yield "the parcel comes back", back
            if not truth.gone(line):
                yield (
                    "one is broken in the parcel",
                    replace(truth, damaged={**truth.damaged, line: 1}),
                )
                elsewhere = {**truth.misplaced, line: 1}
                yield "another part is in the parcel", replace(truth, misplaced=elsewhere)
        elif at_hand(note, *line, truth):
            yield "one is lost", replace(truth, lost={**truth.lost, line: 1})
        yield from _told_wrongly(truth, line, note)
        break
    for line, pieces in truth.used.items():
        if pieces and papers.notes[line[0]].accounts.get(line[1]):
            yield "one is booked as used and was lost", lost_instead(truth, line)
            break


def _told_wrongly(truth: Truth, line: Line, note: states.IssueNote) -> Iterator[tuple[str, Truth]]:
    """The parcel was opened, and what is in it is not as was told."""
    if note.opened is None:
        return
    if told := truth.short.get(line, 0):
        there = replace(truth, short={**truth.short, line: told - 1})
        yield "what was told to be missing lies in the parcel", there
    elif at_hand(note, *line, truth) and not truth.used.get(line, 0):
        gone = replace(truth, short={**truth.short, line: 1})
        yield "one is missing that was told to be there", gone


def lost_instead(truth: Truth, line: Line) -> Truth:
    """One piece of a line is not in the machine, and nobody has it."""
    used, lost = truth.used[line] - 1, truth.lost.get(line, 0) + 1
    return replace(truth, used={**truth.used, line: used}, lost={**truth.lost, line: lost})


def _of_who_pays(truth: Truth, papers: Papers) -> Iterator[tuple[str, Truth]]:
    """It is found that somebody else has to pay than was approved, or is asked for now."""
    former, said = papers.report.former, papers.report.diagnosis
    if former is not None and former.diagnosis is not None:
        nature = former.diagnosis.repair_nature
        yield "what is asked for is not so", replace(truth, nature=nature)
    elif papers.report.stage is Stage.APPROVED and said is not None:
        free = said.repair_nature is not RepairNature.PAID
        nature = RepairNature.PAID if free else RepairNature.GOODWILL
        yield "somebody else has to pay", replace(truth, nature=nature)


def _out(papers: Papers) -> Iterator[tuple[Line, states.IssueNote]]:
    """Lines that are drawn and not accounted for."""
    for number, note in papers.notes.items():
        yield from (((number, part), note) for part in note.issues if part not in note.accounts)


def _wanted(case: Case, papers: Papers) -> dict[str, int]:
    diagnosis = papers.report.diagnosis
    if diagnosis is not None:
        return {each.part: each.quantity for each in diagnosis.parts_to_bring}
    told = case.said.get("diagnosis", {}).get("parts_to_bring", ())
    return {each["part"]: each["quantity"] for each in told}


def _short(notes: Mapping[str, states.IssueNote]) -> Iterator[tuple[Line, int]]:
    for number, note in notes.items():
        if note.opened is None:
            yield from _gone(number, note, LossWhere.POST)
    yield from _missing(notes, Opening.SHORT)


def _never_came(notes: Mapping[str, states.IssueNote]) -> Iterator[str]:
    """Notes of which everything was granted as lost on its way."""
    for number, note in notes.items():
        if note.is_posted and note.opened is None and note.issues:
            gone = dict(_gone(number, note, LossWhere.POST))
            if gone == _sent(number, note):
                yield number


def _sent(number: str, note: states.IssueNote) -> dict[Line, int]:
    return {(number, part): issue.issued.quantity for part, issue in note.issues.items()}


def _without_parcel(truth: Truth, number: str, note: states.IssueNote) -> Truth:
    lost = {**truth.short, **_sent(number, note)}
    return replace(truth, short=lost, never_came=truth.never_came | {number})


def _missing(notes: Mapping[str, states.IssueNote], opening: Opening) -> Iterator[tuple[Line, int]]:
    """What was not as it should be in a parcel that was opened so."""
    for number, note in notes.items():
        if note.opened is not None and note.opened.opening is opening:
            yield from (((number, each.part), each.quantity) for each in note.opened.missing)


def _lost(notes: Mapping[str, states.IssueNote]) -> Iterator[tuple[Line, int]]:
    for number, note in notes.items():
        yield from _gone(number, note, LossWhere.TECHNICIAN)


def _gone(number: str, note: states.IssueNote, where: LossWhere) -> Iterator[tuple[Line, int]]:
    """What was granted as lost there; of what is accounted for, no more than is booked."""
    for part in note.issues:
        gone = sum(each.quantity for each in note.losses(part) if each.where is where)
        if part in note.accounts:
            gone = min(gone, note.accounts[part].account.lost)
        if gone:
            yield (number, part), gone


def _plain(fee: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in fee.items() if value is not None}
