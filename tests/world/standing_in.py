"""代行的出路 (who stands in): for the approver or for finance, where one is away and is needed."""

from collections.abc import Iterator
from dataclasses import replace

from guiyi.play.case import Act, Case
from guiyi.play.people import Person
from services.intake.report.approval import still_to_approve
from services.inventory.issue_note.asking import Decided
from shared.events.report_form import Stage
from tests.world import claims, custody, grievances, honest, states
from tests.world.honest import Papers, Told
from tests.world.present import COST, MIN, OPERATOR, PRESENT, SHEN, ZHAO
from tests.world.table import Chance, Effect, Table
from tests.world.truth import Truth


def deputies(table: Table) -> Iterator[Chance]:
    """Who is away is stood in for: the operator records by whom."""
    papers, truth = table.papers, table.truth
    if truth.away == ZHAO.id and _is_to_be_decided(papers, truth):
        yield from _standing_in(table, ZHAO, "approver", "deputy")
    if truth.away == SHEN.id and _is_told_upward(papers, truth):
        yield from _standing_in(table, SHEN, "general_manager", "deputy")
    if truth.away == COST.id and "cost_deputy" in still_to_approve(papers.report):
        yield from _standing_in(table, COST, "cost_deputy", "deputy")
    if truth.away == MIN.id and claims.waits_for_finance(papers):
        yield from _standing_in(table, MIN, "finance", "deputy of finance")


def _standing_in(table: Table, of: Person, role: str, exit_: str) -> Iterator[Chance]:
    for who in PRESENT:
        if who.id not in (*table.truth.deputies, of.id) and "clerk" in who.roles:
            act = delegate(who, of=of, role=role)
            yield Chance(act, OPERATOR, exit_, then=_stood_in_by(who.id))


def _is_to_be_decided(papers: Papers, truth: Truth) -> bool:
    """Whether something waits for an approver."""
    paper = papers.order
    asked = (paper.travel_asked, paper.supplement_asked, paper.unsigned, paper.fees_asked)
    on_notes = (each for note in papers.notes.values() for each in note.requests.values())
    waits = any(each.decided is Decided.OPEN for each in on_notes)
    done = truth.mended and papers.is_tried
    weighs = truth.silent and not done and states.weighs(paper)
    to_agree = weighs and paper.unreached_granted is None
    afterwards = (
        claims.waits_for_approver(papers, truth),
        grievances.waits_for_approver(papers, truth),
        custody.waits_for_approver(papers),
    )
    submitted = papers.report.stage is Stage.SUBMITTED
    return any((submitted, *asked, waits, to_agree, *afterwards))


def _is_told_upward(papers: Papers, truth: Truth) -> bool:
    """Whether something may wait for the general manager, because the approver is part of it."""
    return grievances.waits_for_approver(papers, truth) or custody.waits_for_approver(papers)


def _stood_in_by(deputy: str) -> Effect:
    return lambda truth: replace(truth, deputies=(*truth.deputies, deputy))


def delegate(
    deputy: Person, *, for_a_day: bool = False, of: Person = ZHAO, role: str = "approver"
) -> Act:
    """授权: who is away is stood in for, from today on, or today alone."""

    def act(case: Case, who: Person) -> Told:
        today = honest.today(case)
        last = today if for_a_day else today.replace(month=12, day=31)
        days = {"from_on": str(today), "until_on": str(last)}
        body = {"deputy": deputy.id, "as_what": [role], "because": "住院", **days}
        path = f"/v1/people/{of.id}/delegations?branch={case.rooms.branch}"
        return case.does(who, "intake", path, body)

    return act


def end_delegation(case: Case, who: Person) -> Told:
    """撤销授权: the first one."""
    path = f"/v1/people/{ZHAO.id}/delegations/1/endings"
    return case.does(who, "intake", path, {"because": "另有人选"})
