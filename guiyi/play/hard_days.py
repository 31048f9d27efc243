"""难日子 (hard days): repairs that leave the straight line, each to its true end."""

from collections.abc import Sequence

from guiyi.play import after, claim, detours, exceptions, note, order, visit
from guiyi.play.people import APPROVER, CLERK, FINANCE, KEEPER, LIU, SUN
from guiyi.play.player import Turn
from guiyi.play.repairs import (
    CALLED_BACK,
    DRAWN,
    END,
    Story,
    agreed_by,
    home,
    ordered_for,
    reported_by,
    there,
)

SETTLED = Turn(detours.settle_as_shown, KEEPER)
SIGNED = Turn(order.sign_as_customer, LIU)
DONE = Turn(visit.end_visit("done"), LIU)
CALLED: Sequence[Turn] = (*reported_by(LIU), *ordered_for(LIU))
ON_SITE: Sequence[Turn] = (*CALLED, DRAWN, *agreed_by(CLERK), *there(LIU))
"""As far as nothing is out of the ordinary: the order is taken; its technician is on site."""
PIECE_MISSING: Sequence[Turn] = (
    *reported_by(SUN),
    *ordered_for(SUN),
    Turn(note.issue(-1), KEEPER),
    Turn(note.announce, KEEPER),
    *agreed_by(CLERK),
    *there(SUN),
    Turn(note.open_parcel("short"), SUN, waits_for=("not-delivered",)),
    Turn(exceptions.ask_loss, KEEPER),
    Turn(exceptions.grant("loss"), APPROVER),
    Turn(detours.go_for_parts, SUN),
    Turn(detours.name_the_rest, CLERK, waits_for=("beyond-approved",)),
    DRAWN,
    *agreed_by(CLERK),
    *there(SUN),
    Turn(detours.record_with_one_kept, SUN),
    Turn(visit.end_visit("done"), SUN),
    Turn(order.sign_as_customer, SUN),
    Turn(exceptions.ask_waiver, SUN),
    Turn(exceptions.grant("waiver"), APPROVER),
    SETTLED,
    SETTLED,
    *home(SUN),
    *END,
)
"""缺件: fewer are posted than approved, one is not in the parcel, one old part is excused."""
NOT_SIGNED: Sequence[Turn] = (
    *ON_SITE,
    Turn(order.record_work(), LIU),
    DONE,
    Turn(detours.refuse_to_sign, LIU),
    Turn(note.reconcile(2, unsigned=True), KEEPER, refused=("no-customer-signature",)),
    Turn(detours.waive_signature, APPROVER),
    SETTLED,
    *home(LIU),
    *END,
)
"""拒签免签: the customer does not sign, the approver does without; the parts are accounted for."""
NOT_COVERED: Sequence[Turn] = (
    *ON_SITE,
    Turn(detours.draft_change, LIU),
    Turn(detours.of_draft("signatures"), LIU),
    Turn(detours.of_draft("amendments"), CLERK),
    Turn(detours.approve_change, APPROVER),
    Turn(order.record_work(), LIU),
    DONE,
    Turn(detours.sign_the_change, LIU),
    SETTLED,
    *home(LIU),
    *END,
)
"""转收费: not covered by the warranty, as is found on site; agreed, approved again, and paid."""
WITHDRAWN: Sequence[Turn] = (
    *CALLED,
    DRAWN,
    *agreed_by(CLERK),
    Turn(detours.withdraw, CLERK, refused=("visit-open", "not-reconciled")),
    Turn(detours.cancel_visit, CLERK),
    Turn(note.reconcile(unsigned=True), KEEPER),
    Turn(detours.withdraw, CLERK, waits_for=("not-reconciled",)),
    Turn(after.file, CLERK, waits_for=("case-open", "papers-missing")),
)
"""撤单: the customer withdraws after the parts were drawn; they come home first."""
TAKEN_ILL: Sequence[Turn] = (
    *ON_SITE,
    Turn(detours.interrupt, CLERK),
    Turn(detours.recall, CLERK, refused=("parts-still-held",)),
    Turn(detours.count, SUN),
    Turn(detours.count, KEEPER),
    Turn(detours.take_over(SUN), APPROVER),
    Turn(detours.recall, CLERK, waits_for=("parts-still-held",)),
    Turn(order.assign(SUN), CLERK),
    Turn(order.take_order, SUN),
    *agreed_by(CLERK),
    *there(SUN),
    Turn(order.record_work(), SUN),
    Turn(visit.end_visit("done"), SUN),
    Turn(order.sign_as_customer, SUN),
    SETTLED,
    *home(SUN),
    *END,
)
"""病倒: the technician is taken ill on site; what they had is counted, and another goes on."""

CLAIMED: Sequence[Turn] = (
    *ON_SITE,
    Turn(order.record_work(), LIU),
    DONE,
    SIGNED,
    SETTLED,
    Turn(claim.submit, LIU, refused=("not-handed-in",)),
    *home(LIU),
    Turn(claim.submit, LIU),
    Turn(claim.submit, LIU, refused=("voucher-twice",)),
    Turn(claim.approve, APPROVER, refused=("claim-stage",)),
    Turn(claim.review_whole, FINANCE, refused=("beyond-rate",)),
    Turn(order.close, CLERK),
    CALLED_BACK,
    Turn(after.file_without_the_report, CLERK, refused=("report-out",)),
    Turn(claim.review, FINANCE),
    Turn(claim.approve, APPROVER),
    Turn(claim.pay, FINANCE),
    Turn(after.file, CLERK, waits_for=("report-out",)),
)
"""差旅报销: a night is cut to the rate; nothing is filed while the claim has the report."""

piece_missing = Story("piece_missing", PIECE_MISSING, "missing", SUN)
not_signed = Story("not_signed", NOT_SIGNED, "angry")
not_covered = Story("not_covered", NOT_COVERED, "run_dry")
withdrawn = Story("withdrawn", WITHDRAWN, "given_up")
taken_ill = Story("taken_ill", TAKEN_ILL, "ill")
claimed = Story("claimed", CLAIMED, "angry")
HARD_DAYS: Sequence[Story] = (
    *(piece_missing, not_signed, taken_ill, not_covered, withdrawn),
    claimed,
)
"""Each ends with a case that is closed and a dossier that is filed, and with no part out."""
