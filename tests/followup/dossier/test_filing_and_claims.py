"""归档与报销 as stories: whatever is heard first, nothing is filed while the report is out."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.followup import dossier, survey
from services.followup.dossier.custody import ReturnPaper
from services.followup.dossier.filing import FileDossier
from services.followup.dossier.losses import AcceptPaperLoss, ReportPaperLoss
from services.followup.dossier.state import Dossier, sheet_of
from shared.decider import Asked, Refused
from shared.events.custody import ClaimSaid
from shared.events.followup import DossierFiled, DossierStage
from tests.followup.dossier.test_custody import (
    APPROVER,
    FILED,
    L1,
    L2,
    LEND,
    LOST,
    MISSED,
    REPORT,
    WHOLE,
    WHOLE_FILE,
    at,
    let_go,
    taken,
)
from tests.followup.example import ANSWERED, CLERK, HOME, SCHEDULED, TICKET, ZHAO
from tests.spec import given
from tests.tries import tries

ASKED = at(reads={HOME: given(survey, SCHEDULED, ANSWERED).state})
FILING = FileDossier()
HEARD = (FILING, taken(L1, 1), let_go(L1, 2), taken(L1, 3), taken(L2, 1), let_go(L2, 2))
"""A claim that was returned and came again, one that is decided, and the clerk who files."""
ORDERS = [
    order
    for order in permutations(HEARD)
    if all([e for e in order if e in own] == list(own) for own in (HEARD[1:4], HEARD[4:]))
]
"""The milestones of one claim are heard in their order, those of two in any."""


def told(commands: Sequence[Any]) -> Dossier:
    """The dossier after these in the order in which they came; a filing may be refused."""
    state, made = given(dossier, *WHOLE_FILE).state, list[Any]()
    for command in commands:
        try:
            made = [fact for _, fact in dossier.decide(command, state, ASKED)]
        except Refused as refused:
            codes = {each.code for each in refused.reasons}
            made = [] if (codes, command) == ({"report-out"}, FILING) else [refused]
        assert not (state.custody.out and any(isinstance(each, DossierFiled) for each in made))
        for fact in made:
            state = dossier.evolve(state, fact)
    assert isinstance(state, Dossier)
    return state


def test_in_whatever_order_claims_are_heard_nothing_is_filed_while_the_report_is_out() -> None:
    for order in ORDERS:
        state = told(order)
        (out,) = state.custody.out[REPORT]
        assert out.lent.claim == ClaimSaid(L1, 3), "where the newest word of each claim has it"
        if state.filed:
            assert state.filed == FILED, "lending changes no byte of what is filed"


CLAIMS = (L1, L2)
SAID = [(claim, version) for claim in CLAIMS for version in (1, 2, 3, 4)]
"""Odd versions take the report, even ones let it go: a claim comes and goes twice."""
COMMANDS: Sequence[tuple[Any, Asked]] = (
    *((taken(*said) if said[1] % 2 else let_go(*said), at("reaction:x")) for said in SAID),
    *((FILING, ASKED), (FILING, ASKED), (LEND, at()), (ReturnPaper(REPORT, WHOLE, "已收回"), at())),
    (ReturnPaper(REPORT, WHOLE, brought_by=LEND.to), at()),
    (ReportPaperLoss(REPORT, MISSED.because), at(ZHAO)),
    (AcceptPaperLoss(REPORT, LOST.because), at(APPROVER)),
)


@tries(400)
@for_all(st.lists(st.sampled_from(COMMANDS), max_size=30))
def test_whatever_is_heard_and_done_in_whatever_order_nothing_is_filed_while_a_paper_is_out(
    happened: Sequence[tuple[Any, Asked]],
) -> None:
    """Milestones are skipped and come twice and late, and people act between them.

    A room keeps the newest document of a claim, and reacts to no older one.
    """
    state, newest = given(dossier, *WHOLE_FILE).state, dict.fromkeys(CLAIMS, 0)
    for command, asked in happened:
        out, filed = state.custody.out, state.filed
        if isinstance(said := getattr(command, "claim", None), ClaimSaid):
            if said.version < newest[said.claim]:
                continue
            newest[said.claim] = said.version
        try:
            made = [fact for _, fact in dossier.decide(command, state, asked)]
        except Refused:
            continue
        if any(isinstance(each, DossierFiled) for each in made):
            assert not out
            assert not state.custody.missed
            assert filed is None
        for fact in made:
            state = dossier.evolve(state, fact)
        assert filed in (None, state.filed), "what is filed stays as it is"
        holding = {each.claim for each in state.custody.out.get(REPORT, ()) if each.claim}
        assert all(newest[claim] % 2 for claim in holding), "its newest word has let it go"


def test_a_claim_that_is_heard_after_the_filing_lends_from_the_filed_dossier() -> None:
    state = told((FILING, taken(L1, 1)))
    sheet = sheet_of(TICKET, state, None)
    assert (sheet.stage, sheet.digest) == (DossierStage.FILED, FILED.digest)
    (out,) = sheet.out
    assert (out.paper, out.claim) == (REPORT, ClaimSaid(L1, 1))
    back = sheet_of(TICKET, told((FILING, taken(L1, 1), let_go(L1, 2))), None)
    assert (back.stage, back.out) == (DossierStage.FILED, ())
    assert replace(back, out=sheet.out) == sheet
    assert state.filed is not None
    assert state.filed.filed_by == CLERK
