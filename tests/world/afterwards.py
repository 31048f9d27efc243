"""善后 (afterwards): repairs with a claim, a complaint or a lent paper beside them.

Everything that is told here leads nowhere near an end: that is what the search is for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import httpx

from guiyi.plain import JsonObject
from guiyi.play import after, claim, order, visit
from guiyi.play.case import Act, Case
from guiyi.play.cast import Cast
from guiyi.play.complaints import COMPLAINTS, KIND, assign, reopen, resolve
from guiyi.play.hard_days import DONE, ON_SITE, SIGNED
from guiyi.play.people import APPROVER, CLERK, FINANCE, KEEPER, LIU, Person
from guiyi.play.player import Turn
from guiyi.play.repairs import (
    CALLED_BACK,
    DRAWN,
    ENDED_REMOTELY,
    FILED,
    SETTLED,
    Story,
    agreed_by,
    home,
    ordered_for,
    reported_by,
)
from shared.events.followup import PaperKind
from shared.events.travel_claims import ExpenseLine
from tests.world import claims, detours, grievances
from tests.world.honest import Papers
from tests.world.truth import Claimed, Complainant, Truth
from tests.world.world import World

LATER = timedelta(hours=2)
MISTYPED = 1_000
"""By how much less than it was, in fen."""


def send_back(case: Case, who: Person) -> httpx.Response:
    """报销退回."""
    path = f"{claim.CLAIMS}/{case.ticket}-L1/returns"
    return case.does(who, "dispatch", path, dict(claims.WRONG))


def complain_of(person: Person) -> Act:
    """投诉受理: of this person."""

    def act(case: Case, who: Person) -> httpx.Response:
        about = {"ticket": case.ticket, "complained_of": person.id}
        answer = case.does(who, "intake", COMPLAINTS, {**case.said["complaint"], **about})
        if answer.is_success:
            case.papers[KIND] = answer.json()["stream"].partition("-")[2]
        return answer

    return act


def lend_to(person: Person) -> Act:
    """借出: the report, to this person."""

    def act(case: Case, who: Person) -> httpx.Response:
        case.technician, before = person, case.technician
        try:
            return after.lend(case, who)
        finally:
            case.technician = before

    return act


def too_late(act: Act) -> Act:
    """The same, once the time for it is over and everybody was told."""

    def later(case: Case, who: Person) -> httpx.Response | None:
        assert isinstance(case.rooms, World)
        case.rooms.clock.pass_on(timedelta(days=3))
        case.rooms.fire()
        return act(case, who)

    return later


def _complained(of: Person, owner: Person, desk: Person) -> Sequence[Turn]:
    """投诉: received, assigned, resolved too late, reopened and resolved again."""
    return (
        *ENDED_REMOTELY,
        Turn(complain_of(of), CLERK),
        Turn(assign(owner), desk),
        Turn(too_late(resolve), owner),
        Turn(reopen, desk),
        Turn(resolve, owner),
    )


HOME: Sequence[Turn] = (
    *(*ON_SITE, Turn(order.record_work(), LIU), DONE, SIGNED, SETTLED, *home(LIU)),
)
SENT_BACK: Sequence[Turn] = (
    *(*HOME, Turn(claim.submit, LIU), Turn(send_back, FINANCE)),
    *(Turn(order.close, CLERK), CALLED_BACK),
)
"""报销退回: finance sends the claim back before it is reviewed."""
CLAIMED_LATE: Sequence[Turn] = (
    *(*HOME, Turn(order.close, CLERK), CALLED_BACK, FILED, Turn(claim.submit, LIU)),
)
"""报销在后: the traveller claims once the papers are filed."""
DEVIATING: Sequence[Turn] = (
    *(*reported_by(LIU), *ordered_for(LIU), DRAWN, *agreed_by(CLERK)),
    Turn(detours.depart_before, LIU, LATER, waits_for=("parts-not-in-hand",)),
    *(Turn(visit.arrive, LIU), Turn(order.record_work(), LIU), DONE, SIGNED, SETTLED),
    *(*home(LIU), Turn(claim.submit, LIU), Turn(claim.review, FINANCE)),
    Turn(order.close, CLERK),
)
"""偏差: claimed, and reviewed, for a journey that was left by other means than approved."""
LENT: Sequence[Turn] = (*ENDED_REMOTELY, Turn(lend_to(LIU), CLERK), CALLED_BACK)
LENT_UPWARD: Sequence[Turn] = (
    *(*ENDED_REMOTELY, Turn(lend_to(APPROVER), CLERK), CALLED_BACK),
    Turn(after.report_loss, CLERK),
)
"""借出: the report, to the technician; and to the approver, who does not find it any more."""

sent_back = Story("sent_back", SENT_BACK, "angry")
claimed_late = Story("claimed_late", CLAIMED_LATE, "angry")
deviating = Story("deviating", DEVIATING, "angry")
lent = Story("lent", LENT, "tripped")
lent_upward = Story("lent_upward", LENT_UPWARD, "tripped")
of_technician = Story("of_technician", _complained(LIU, APPROVER, CLERK), "rude")
of_clerk = Story("of_clerk", _complained(CLERK, KEEPER, APPROVER), "rude")
of_approver = Story("of_approver", _complained(APPROVER, CLERK, KEEPER), "rude")
from_a_call = Story("from_a_call", (*ENDED_REMOTELY, CALLED_BACK), "discontented")
AFTERWARDS: Sequence[Story] = (
    *(sent_back, claimed_late, deviating, lent, lent_upward),
    *(of_technician, of_clerk, of_approver, from_a_call),
)


def with_words(cast: Cast) -> Cast:
    """The cast, with what a discontented customer says at the call-back."""
    rude = cast["rude"]
    said: JsonObject = {"satisfied": "no", "action": "complaint", "opinion": rude["unhappy"]}
    answers = {**rude["answers"], **said}
    return Cast(cast.people, {**cast.said, "discontented": {**rude, "answers": answers}})


def stands_beside(papers: Papers) -> bool:
    """Whether a claim, a complaint or a lent paper is there."""
    return bool(papers.claims or papers.complaints or papers.dossier.custody.out)


def happenings(truth: Truth, papers: Papers) -> Iterator[tuple[str, Truth]]:
    """What may be so of it."""
    for each in papers.claims.values():
        if each.stage in claims.UNDECIDED:
            yield from _of_claim(truth, each.lines.values())
    for complaint in papers.complaints.values():
        if complaint.stage in grievances.STILL:
            others = {*Complainant} - {Complainant.CONTENT, Complainant.HEARD}
            called = complaint.stage not in grievances.UNCALLED
            unheard = {Complainant.UNREACHED, Complainant.AT_PEACE} if called else set()
            for so in sorted(others - unheard, key=lambda each: each.name):
                yield f"who complained {so.value}", replace(truth, complainant=so)
    dossier = papers.dossier
    is_in = any(paper.kind is PaperKind.REPORT for paper in (*dossier.there, *dossier.custody.out))
    is_wanted = dossier.asked is not None or dossier.custody.out
    if is_in and is_wanted and dossier.filed is None and not truth.is_report_gone:
        yield "the report is found nowhere", replace(truth, is_report_gone=True)


def _of_claim(truth: Truth, lines: Iterable[ExpenseLine]) -> Iterator[tuple[str, Truth]]:
    first, *others = (each.fen for each in lines)
    yield "it was typed wrongly", replace(truth, spent=(first + MISTYPED, *others))
    for so in (Claimed.UNWANTED, Claimed.UNJUST):
        yield so.value, replace(truth, claimed=so)
