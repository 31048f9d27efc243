"""保管 as stories: papers are lent and come back, and nothing is filed while one is out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.followup import dossier, survey
from services.followup.dossier.custody import (
    LendPaper,
    LendToClaim,
    ReturnFromClaim,
    ReturnPaper,
    UrgeReturns,
    offered_return,
)
from services.followup.dossier.filing import FileDossier, digest_of
from services.followup.dossier.losses import AcceptPaperLoss, ReportPaperLoss
from shared.events.custody import (
    ClaimSaid,
    PaperCondition,
    PaperLent,
    PaperLossAccepted,
    PaperLossReported,
    PaperRef,
    PaperReturned,
    PaperReturnUrged,
)
from shared.events.followup import DossierFiled, PaperAdded, PaperKind
from shared.events.order_sheet import Standing
from shared.events.values import Role
from tests.followup.example import (
    ADDED,
    ALL,
    ANSWERED,
    ASKED,
    AT,
    CLERK,
    FILE,
    HOME,
    LIU,
    SCHEDULED,
    TICKET,
    WORK_ORDER,
    ZHAO,
    by,
)
from tests.spec import given

REPORT, ORDER = PaperRef(PaperKind.REPORT, TICKET), PaperRef(PaperKind.WORK_ORDER, f"{TICKET}-W1")
UNTIL = AT + timedelta(days=3)
APPROVER = "A-ZHOU"
OURS = Standing(LIU, known=True, active=True)
LEND = LendPaper(REPORT, LIU, "厂家要看原件", UNTIL, OURS)
LENT = PaperLent(REPORT, LIU, "厂家要看原件", UNTIL, CLERK, None)
WHOLE, TORN = PaperCondition.WHOLE, PaperCondition.DAMAGED
BACK = PaperReturned(REPORT, CLERK, WHOLE, None, None, taken_from=LIU)
MISSED = PaperLossReported(REPORT, "承运方查无下落", ZHAO)
LOST = PaperLossAccepted(REPORT, "承运方已证明", APPROVER)
L1, L2 = f"{TICKET}-L1", f"{TICKET}-L2"
FILED = DossierFiled(ALL, digest_of(ALL), CLERK)
WHOLE_FILE = (ASKED, *ADDED)


def at(person: str = CLERK, **more: Any) -> Any:
    return by(person, FILE, **more)


def claimed(claim: str = L1, version: int = 2) -> PaperLent:
    """The report is attached to a claim, says the reaction."""
    said = ClaimSaid(claim, version)
    return PaperLent(REPORT, "finance", "报销附件", UNTIL, "reaction:claim", said)


def taken(claim: str = L1, version: int = 2) -> LendToClaim:
    return LendToClaim(REPORT, "finance", "报销附件", UNTIL, ClaimSaid(claim, version))


def let_go(claim: str = L1, version: int = 5) -> ReturnFromClaim:
    return ReturnFromClaim(REPORT, ClaimSaid(claim, version))


def gone(claim: str = L1, version: int = 5) -> PaperReturned:
    said = ClaimSaid(claim, version)
    return PaperReturned(REPORT, "reaction:claim", None, None, said, taken_from=None)


REACTION = at("reaction:claim")


@pytest.mark.parametrize("past", [ADDED[:1], WHOLE_FILE, (*WHOLE_FILE, FILED)])
def test_a_paper_that_came_in_is_lent_whether_it_is_filed_or_not(past: tuple[Any, ...]) -> None:
    given(dossier, *past).when(LEND, at()).then(LENT)
    given(dossier, *past, LENT).when(LEND, at(ZHAO)).then()


def test_what_is_not_there_is_not_lent_and_neither_is_a_statement() -> None:
    told = {"paper": PaperKind.WORK_ORDER, "number": ORDER.number}
    lend = replace(LEND, paper=ORDER)
    given(dossier, ADDED[0]).when(lend, at()).refused_with("paper-not-here", **told)
    for kind in (PaperKind.NO_VISIT, PaperKind.NO_PARTS):
        said = replace(LEND, paper=PaperRef(kind, TICKET))
        given(dossier, *WHOLE_FILE).when(said, at()).refused("paper-not-here")


def test_a_paper_is_out_once_and_until_a_moment_to_come() -> None:
    again = replace(LEND, to=ZHAO, standing=replace(OURS, person=ZHAO))
    out = given(dossier, *WHOLE_FILE, LENT)
    told = {"paper": PaperKind.REPORT, "number": TICKET, "to": LIU, "until": UNTIL.isoformat()}
    out.when(again, at()).refused_with("paper-out", **told)
    out.when(replace(LEND, paper=ORDER), at()).then(replace(LENT, paper=ORDER))
    late = replace(LEND, until=AT - timedelta(hours=1))
    given(dossier, *WHOLE_FILE).when(late, at()).refused("until-over")
    ages = replace(LEND, until=AT + timedelta(days=800))
    given(dossier, *WHOLE_FILE).when(ages, at()).refused_with("until-far", days=366)


@pytest.mark.parametrize("standing", [Standing(LIU, known=False), replace(OURS, active=False)])
def test_somebody_of_ours_answers_for_it(standing: Standing) -> None:
    lend = replace(LEND, standing=standing)
    given(dossier, *WHOLE_FILE).when(lend, at()).refused_with("nobody-of-ours", person=LIU)


def test_it_comes_back_and_whoever_takes_it_says_how_it_is() -> None:
    out = given(dossier, *WHOLE_FILE, LENT)
    back = ReturnPaper(REPORT, WHOLE)
    out.when(back, at(ZHAO)).then(replace(BACK, taken_by=ZHAO))
    out.when(ReturnPaper(REPORT, TORN), at()).refused("return-unexplained")
    torn = replace(BACK, condition=TORN, because="撕破一角")
    out.when(ReturnPaper(REPORT, TORN, "撕破一角"), at()).then(torn)
    home = given(dossier, *WHOLE_FILE, LENT, BACK)
    home.when(back, at()).then()
    home.when(back, at(ZHAO)).refused("paper-not-out")
    home.when(LEND, at()).then(LENT)
    given(dossier, *WHOLE_FILE).when(back, at()).refused("paper-not-out")


def test_nothing_is_filed_while_a_paper_is_out_and_each_is_named() -> None:
    done = given(survey, SCHEDULED, ANSWERED).state
    filing = at(reads={HOME: done})
    order_out = replace(LENT, paper=ORDER, to=ZHAO)
    both = given(dossier, *WHOLE_FILE, LENT, order_out)
    both.when(FileDossier(), filing).refused("report-out", "report-out")
    told = {"paper": PaperKind.REPORT, "number": TICKET, "to": LIU, "because": LENT.because}
    one = given(dossier, *WHOLE_FILE, LENT)
    one.when(FileDossier(), filing).refused_with("report-out", **told)
    lacking = given(dossier, ASKED, *ADDED[1:], LENT)
    lacking.when(FileDossier(), filing).refused("papers-missing", "report-out")
    given(dossier, *WHOLE_FILE, LENT, BACK).when(FileDossier(), filing).then(FILED)
    claim = given(dossier, *WHOLE_FILE, claimed())
    claim.when(FileDossier(), filing).refused("report-out")
    given(dossier, *WHOLE_FILE, claimed(), gone()).when(FileDossier(), filing).then(FILED)


def test_a_claim_takes_the_report_and_lets_it_go_applied_repeated_and_older() -> None:
    given(dossier).when(taken(), REACTION).then(claimed())
    held = given(dossier, *WHOLE_FILE, claimed())
    held.when(taken(), REACTION).then()
    held.when(taken(version=1), REACTION).then()
    held.when(let_go(), REACTION).then(gone())
    held.when(let_go(version=1), REACTION).then()
    held.when(let_go(L2), REACTION).then()
    over = given(dossier, *WHOLE_FILE, claimed(), gone())
    over.when(let_go(), REACTION).then()
    over.when(let_go(version=3), REACTION).then()
    over.when(taken(), REACTION).then()
    over.when(taken(version=7), REACTION).then(claimed(version=7))
    given(dossier).when(let_go(), REACTION).then()


def test_two_claims_hold_one_report_until_both_have_let_it_go() -> None:
    both = given(dossier, *WHOLE_FILE, claimed(), claimed(L2))
    both.when(let_go(), REACTION).then(gone())
    one = given(dossier, *WHOLE_FILE, claimed(), claimed(L2), gone())
    assert [each.claim for each in one.state.custody.out[REPORT]] == [L2]
    one.when(let_go(L2), REACTION).then(gone(L2))
    ends = ((gone(), gone(L2)), (gone(L2), gone()))
    either = [given(dossier, *WHOLE_FILE, claimed(), claimed(L2), *end).state for end in ends]
    assert [each.custody.out for each in either] == [{}, {}]


def test_an_approver_takes_it_from_a_claim_with_words() -> None:
    held = given(dossier, *WHOLE_FILE, claimed(), claimed(L2))
    boss = replace(at(ZHAO), roles=frozenset({Role.APPROVER}))
    told = held.when(ReturnPaper(REPORT, WHOLE, "财务给我看了一下"), at())
    told.refused_with("claim-holds-it", claims=[L1, L2])
    held.when(ReturnPaper(REPORT, WHOLE), boss).refused("return-unexplained")
    said = replace(BACK, because="财务已复印", taken_by=ZHAO, taken_from="finance")
    held.when(ReturnPaper(REPORT, WHOLE, "财务已复印"), boss).then(said)
    home = given(dossier, *WHOLE_FILE, claimed(), claimed(L2), said)
    assert home.state.custody.out == {}
    home.when(let_go(), REACTION).then()
    home.when(taken(), REACTION).then()


def test_of_one_that_is_lent_by_hand_and_claimed_the_return_names_whose_lending_ends() -> None:
    """There is one piece of paper: what one brings back goes on to the other."""
    both = given(dossier, *WHOLE_FILE, LENT, claimed())
    told = {"paper": PaperKind.REPORT, "number": TICKET, "having": [LIU, "finance"]}
    both.when(ReturnPaper(REPORT, WHOLE), at()).refused_with("return-of-whom", **told)
    stranger = ReturnPaper(REPORT, WHOLE, brought_by=ZHAO)
    both.when(stranger, at()).refused_with("return-of-whom", **told)
    brought = ReturnPaper(REPORT, WHOLE, brought_by=LIU)
    both.when(brought, at()).then(BACK)
    by_claim = given(dossier, *WHOLE_FILE, LENT, claimed(), BACK)
    assert [each.claim for each in by_claim.state.custody.out[REPORT]] == [L1]
    by_claim.when(brought, at()).then()
    filing = at(reads={HOME: given(survey, SCHEDULED, ANSWERED).state})
    by_claim.when(FileDossier(), filing).refused("report-out")
    by_hand = given(dossier, *WHOLE_FILE, LENT, claimed(), gone())
    assert [each.lent for each in by_hand.state.custody.out[REPORT]] == [LENT]
    fetched = ReturnPaper(REPORT, WHOLE, "财务已复印", brought_by="finance")
    both.when(fetched, at()).refused_with("claim-holds-it", claims=[L1])
    offered = [each.brought_by for each in offered_return(TICKET, both.state)]
    assert offered == [LIU, "finance"]


def test_a_return_from_before_has_ended_every_lending() -> None:
    before = replace(BACK, taken_from=None)
    assert given(dossier, *WHOLE_FILE, LENT, claimed(), before).state.custody.out == {}


def test_what_is_not_found_is_reported_and_an_approver_accepts_it() -> None:
    report = ReportPaperLoss(REPORT, MISSED.because)
    out = given(dossier, *WHOLE_FILE, LENT)
    out.when(report, at(ZHAO)).then(MISSED)
    accept = AcceptPaperLoss(REPORT, LOST.because)
    out.when(accept, at(APPROVER)).refused("loss-not-reported")
    missed = given(dossier, *WHOLE_FILE, LENT, MISSED)
    missed.when(report, at()).then()
    for person in (CLERK, ZHAO, LIU):
        missed.when(accept, at(person)).refused_with("own-request", person=person)
    missed.when(accept, at(APPROVER)).then(LOST)
    lost = given(dossier, *WHOLE_FILE, LENT, MISSED, LOST)
    lost.when(accept, at(APPROVER)).then()
    lost.when(report, at()).then()
    done = given(survey, SCHEDULED, ANSWERED).state
    lost.when(FileDossier(), at(reads={HOME: done})).then(FILED)
    lost.when(LEND, at()).refused("paper-lost")


def test_what_should_lie_in_the_file_and_is_not_found_is_reported_too() -> None:
    report = ReportPaperLoss(REPORT, MISSED.because)
    given(dossier, ASKED).when(report, at(ZHAO)).refused("paper-not-here")
    given(dossier, *WHOLE_FILE).when(report, at(ZHAO)).then(MISSED)
    filing = at(reads={HOME: given(survey, SCHEDULED, ANSWERED).state})
    missed = given(dossier, *WHOLE_FILE, MISSED)
    told = {"paper": PaperKind.REPORT, "number": TICKET}
    missed.when(FileDossier(), filing).refused_with("paper-missed", **told)
    missed.when(LEND, at()).refused("paper-missed")
    found = replace(BACK, taken_from=None)
    missed.when(ReturnPaper(REPORT, WHOLE), at()).then(found)
    given(dossier, *WHOLE_FILE, LENT, BACK, MISSED).when(ReturnPaper(REPORT, WHOLE), at()).then(
        found
    )
    missed.when(AcceptPaperLoss(REPORT, LOST.because), at(APPROVER)).then(LOST)
    given(dossier, *WHOLE_FILE, MISSED, LOST).when(FileDossier(), filing).then(FILED)


def test_what_a_claim_says_finds_no_paper_that_people_miss() -> None:
    filing = at(reads={HOME: given(survey, SCHEDULED, ANSWERED).state})
    missed = given(dossier, *WHOLE_FILE, claimed(), MISSED)
    missed.when(let_go(), REACTION).then(gone())
    back = given(dossier, *WHOLE_FILE, claimed(), MISSED, gone())
    back.when(FileDossier(), filing).refused("paper-missed")
    again = given(dossier, *WHOLE_FILE, claimed(), MISSED, gone(), claimed(version=7))
    assert again.state.custody.missed == {REPORT: MISSED}
    lost = given(dossier, *WHOLE_FILE, claimed(), MISSED, LOST)
    lost.when(taken(version=7), REACTION).then()
    lost.when(let_go(version=8), REACTION).then()
    lost.when(FileDossier(), filing).then(FILED)


def test_what_was_lost_and_turns_up_is_taken_back_with_words() -> None:
    back = ReturnPaper(REPORT, WHOLE)
    found = replace(BACK, because="在旧柜里", taken_from=None)
    lost = given(dossier, *WHOLE_FILE, LENT, MISSED, LOST)
    lost.when(back, at()).refused("return-unexplained")
    lost.when(replace(back, because="在旧柜里"), at()).then(found)
    again = given(dossier, *WHOLE_FILE, LENT, MISSED, LOST, found)
    assert (again.state.custody.lost, again.state.custody.missed) == ({}, {})
    again.when(LEND, at()).then(LENT)
    missed = given(dossier, *WHOLE_FILE, LENT, MISSED, BACK).state
    assert (missed.custody.missed, missed.custody.out) == ({}, {})


def test_who_is_late_is_reminded_once_applied_repeated_and_older() -> None:
    clock = at("timer:urge-returns")
    urged = PaperReturnUrged(REPORT, None, UNTIL)
    out = given(dossier, *WHOLE_FILE, LENT)
    out.when(UrgeReturns(UNTIL), clock).then(urged)
    out.when(UrgeReturns(UNTIL - timedelta(hours=1)), clock).then()
    given(dossier, *WHOLE_FILE, LENT, urged).when(UrgeReturns(UNTIL), clock).then()
    given(dossier, *WHOLE_FILE, LENT, BACK).when(UrgeReturns(UNTIL), clock).then()
    longer = replace(LENT, until=UNTIL + timedelta(days=1))
    later = replace(urged, due_at=longer.until)
    again = given(dossier, *WHOLE_FILE, LENT, BACK, longer, later)
    again.when(UrgeReturns(UNTIL), clock).then()
    two = given(dossier, *WHOLE_FILE, claimed(), claimed(L2))
    both = [replace(urged, claim=each) for each in (L1, L2)]
    two.when(UrgeReturns(UNTIL), clock).then(*both)
    assert given(dossier, *WHOLE_FILE, claimed(), both[0]).state.custody.out[REPORT][0].urged


@pytest.mark.parametrize("past", [(ASKED, ADDED[0]), WHOLE_FILE, (*WHOLE_FILE, FILED)])
def test_where_the_dossier_stands_a_paper_goes_and_comes(past: tuple[Any, ...]) -> None:
    given(dossier, *past).when(taken(), REACTION).then(claimed())
    given(dossier, *past, claimed()).when(let_go(), REACTION).then(gone())
    out = given(dossier, *past, LENT)
    out.when(ReturnPaper(REPORT, WHOLE), at()).then(BACK)
    out.when(ReportPaperLoss(REPORT, MISSED.because), at(ZHAO)).then(MISSED)
    lost = given(dossier, *past, LENT, MISSED)
    lost.when(AcceptPaperLoss(REPORT, LOST.because), at(APPROVER)).then(LOST)
    out.when(UrgeReturns(UNTIL), at("timer")).then(PaperReturnUrged(REPORT, None, UNTIL))


def test_a_newer_version_of_a_lent_paper_still_comes_in() -> None:
    newer = replace(WORK_ORDER, version=20)
    out = given(dossier, *WHOLE_FILE, replace(LENT, paper=ORDER), PaperAdded(newer))
    assert ORDER in out.state.custody.out
    assert newer in out.state.papers.values()
