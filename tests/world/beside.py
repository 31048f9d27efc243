"""旁事 (beside a repair): a claim and a complaint of it, for anybody to try."""

import httpx

from guiyi.play import claim, complaints
from guiyi.play.branch.acts import on_claim
from guiyi.play.case import Act, Case
from guiyi.play.people import Person


def claim_again(case: Case, who: Person) -> httpx.Response | None:
    """再次报销: what was sent back comes again."""
    said = claim.expenses(case)
    return on_claim("resubmissions", trips=said["trips"], lines=said["lines"])(case, who)


def correct_payment(case: Case, who: Person) -> httpx.Response | None:
    """付款更正: a yuan too much was paid, and came back."""
    reference = f"SK-{case.ticket}"
    back = on_claim("corrections", reference=reference, fen=-100, because="多付一元")
    return back(case, who)


def once_complained(act: Act) -> Act:
    """The same, where somebody has complained."""

    def beside(case: Case, who: Person) -> httpx.Response | None:
        return act(case, who) if complaints.KIND in case.papers else None

    return beside


def of_complaint(step: str, **body: object) -> Act:
    """A step of the last complaint about the ticket."""
    return once_complained(complaints.complaint_step(step, body))


send_back = on_claim("returns", reasons=["票据不清"])
take_back_approval = on_claim("approval-withdrawals", because="核错了一行")
reject = on_claim("rejections", because="不是本次差旅")
withdraw = on_claim("withdrawals", because="不再报销")
resolve, reopen = once_complained(complaints.resolve), once_complained(complaints.reopen)
confirm, close = once_complained(complaints.confirm("yes")), once_complained(complaints.close)
sound_alarm = of_complaint(
    "reclassifications", class_code="fairly_complex", because="人受了伤", emergency=True
)
let_be = of_complaint("terminations", ending="withdrawn", said="算了，不追究了")
