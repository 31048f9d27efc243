"""月中岔路 (the strays): repairs of a month that nobody tells one by one, each to its true end."""

from collections.abc import Sequence
from datetime import timedelta

from guiyi.play import after, claim, complaints, exceptions, links, note, order, report, visit
from guiyi.play.branch import acts, findings
from guiyi.play.branch.people import CLERK_2, STAND_IN
from guiyi.play.days import give_up, no_answer
from guiyi.play.detours import recall
from guiyi.play.hard_days import CALLED, DONE, ON_SITE, SETTLED, SIGNED
from guiyi.play.people import APPROVER, BASE_CLERK, CLERK, DEPUTY, FINANCE, KEEPER, LIU, SUN
from guiyi.play.player import A_DAY, Turn
from guiyi.play.repairs import (
    DRAWN,
    END,
    FILED,
    SOLVED_REMOTELY,
    Story,
    agreed_by,
    home,
    ordered_for,
    reported_by,
    there,
)

DAYS = tuple(timedelta(days=n) for n in range(6))
SOON = timedelta(hours=2)
PAST_HOLIDAYS = timedelta(days=10)
"""Within so many days there is one on which people work, whenever they begin."""
RECORDED = Turn(order.record_work(), LIU)
MENDED = (RECORDED, DONE, SIGNED, SETTLED)
LEFT = (*agreed_by(CLERK), *there(LIU))
SUBMITTED = reported_by(LIU)[:-1]
APPROVED = Turn(report.approve, APPROVER)
ORDINARY = Story("ordinary", (*ON_SITE, *MENDED, *home(LIU), *END), "rings")
"""寻常维修: reported, gone to and mended; nobody comes too early anywhere."""
BY_LINK = (
    *(*CALLED, DRAWN, Turn(visit.plan, CLERK), Turn(links.agree, CLERK), *there(LIU), *MENDED),
    *(*home(LIU), Turn(order.close, CLERK), Turn(links.answer, CLERK, A_DAY), FILED),
)
"""链接: the customer agrees to the visit, and says how it went, by links that they are sent."""
CHANGED_WORDS = (
    Turn(report.report, CLERK),
    Turn(acts.on_report("calls", said="问何时上门", urges=True), CLERK),
    Turn(acts.on_report("notes", text="门卫要登记车牌"), LIU),
    *SUBMITTED[1:],
    Turn(acts.on_report("recalls", because="客户改了说法"), CLERK),
    *(Turn(report.sign_report, LIU), Turn(report.submit, CLERK), APPROVED),
    Turn(
        acts.on_report("contact-corrections", contact_phone="0571-8700 4321", because="听错一位"),
        CLERK,
    ),
    *(*ordered_for(LIU), DRAWN, *LEFT, *MENDED, *home(LIU), *END),
)
"""改口: called again, noted, taken back and submitted anew; the phone was misheard."""
NEXT_DAY = (
    *(*CALLED, DRAWN, *agreed_by(CLERK)),
    Turn(visit.depart, LIU, A_DAY, ("parts-not-in-hand",), mended_by=there(LIU)[0].mended_by),
    *(Turn(visit.arrive, LIU), *MENDED, *home(LIU), *END),
)
"""改日出发: nobody sets out on the approved day; another is asked for and granted."""
BASE_HELPS = (
    *(*reported_by(LIU), Turn(order.open_order(), CLERK)),
    Turn(acts.on_order("base-help-requests", ground="technical", tried="按手册查过三遍"), CLERK),
    Turn(acts.on_order("base-guidances", steps="逐级测量，仍漏水", solved=False), BASE_CLERK),
    Turn(acts.on_order("base-technicians", technician=SUN.id, because="分店无人会修"), BASE_CLERK),
    *(Turn(order.assign(SUN), CLERK), Turn(order.take_order, SUN), DRAWN),
    *(*agreed_by(CLERK), *there(SUN), Turn(order.record_work(), SUN)),
    *(Turn(visit.end_visit("done"), SUN), Turn(order.sign_as_customer, SUN), SETTLED),
    *(*home(SUN), *END),
)
"""基地支援: base guides first, and then sends somebody."""
GOES_ON = (
    *(*ON_SITE, Turn(acts.record_in_part, LIU)),
    Turn(visit.end_visit("unsolved", because="现场修不了", next_step="拉回车间"), LIU),
    *(SIGNED, SETTLED, Turn(order.hand_in, LIU, waits_for=("not-reconciled",))),
    Turn(acts.go_on, CLERK),
    *(*ordered_for(LIU), DRAWN, *LEFT, *MENDED, *home(LIU), *END),
)
"""续单: not mended, as the customer signed; a further order goes on, and mends it."""
STOOD_IN_FOR = (
    *(*SUBMITTED, Turn(acts.stand_in(STAND_IN), APPROVER)),
    Turn(acts.approve_for(APPROVER), STAND_IN, waits_for=("no-deputy", "not-deputy", "role")),
    *(*ordered_for(LIU), DRAWN, *agreed_by(CLERK)),
    Turn(acts.depart_otherwise, LIU, SOON, waits_for=("parts-not-in-hand",)),
    *(Turn(visit.arrive, LIU), Turn(acts.on_visit("deviation-grants"), APPROVER), *MENDED),
    Turn(acts.on_order("hand-in-grants", clerk=CLERK_2.id, because="刘洋住院"), APPROVER),
    Turn(order.hand_in, CLERK_2, A_DAY, waits_for=("not-reconciled",)),
    *END,
)
"""代行: a deputy approves; left otherwise than approved, told afterwards; handed in for another."""
RECALLED = (
    *(*CALLED, Turn(acts.on_undrawn("voiding-requests", because="改派"), CLERK)),
    Turn(acts.on_undrawn("voidings"), KEEPER),
    *(
        Turn(recall, CLERK, waits_for=("parts-still-held",)),
        *ordered_for(LIU)[1:],
        DRAWN,
        *LEFT,
        *MENDED,
        *home(LIU),
        *END,
    ),
)
"""收回重派: the note is void, the order assigned anew, and another note drawn."""
TRIED = acts.on_report("contact-attempts", channel="电话", whom="总机", result="停机")
UNREACHED = (
    Turn(report.report, CLERK),
    *(Turn(TRIED, CLERK, d) for d in DAYS[1:4]),
    *(Turn(acts.close_unreached, CLERK), FILED),
)
"""联系不上: tried on three days, and the case ends so."""
SILENT = (
    *(*ON_SITE, *MENDED, *home(LIU), Turn(order.close, CLERK)),
    *(Turn(no_answer, CLERK, d) for d in DAYS[1:4]),
    *(Turn(give_up, CLERK), FILED),
)
"""回访不到: nobody answers on three days."""
LATE = (
    *(*reported_by(LIU), Turn(order.open_order(), CLERK), Turn(order.assign(), CLERK)),
    Turn(order.take_order, LIU, PAST_HOLIDAYS),
    *(DRAWN, *LEFT, *MENDED),
    Turn(order.hand_in, LIU, DAYS[4], waits_for=("not-reconciled",)),
    *(Turn(order.close, CLERK), Turn(after.answer, CLERK, DAYS[2])),
    Turn(after.file, CLERK, DAYS[4], waits_for=("papers-missing",)),
)
"""拖延: taken, handed in, called back and filed late; each is urged."""
PAPER_LOST = (
    *(*SOLVED_REMOTELY, Turn(after.lend, CLERK), Turn(after.take_back, CLERK, DAYS[2])),
    *(Turn(after.lend, CLERK), Turn(after.report_loss, CLERK, A_DAY)),
    *(Turn(after.accept_loss, APPROVER), Turn(after.add, CLERK)),
)
"""遗失: a filed paper is lent, lent again, and lost; a test report is added."""
BY_POST = (
    *(*CALLED, DRAWN, Turn(note.announce, KEEPER), *LEFT, Turn(acts.deliver, KEEPER)),
    Turn(note.open_parcel(), LIU, waits_for=("not-delivered",)),
    *(Turn(order.record_work(), LIU, waits_for=("parcel-not-opened",)), *MENDED[1:]),
    *(*home(LIU), *END),
)
"""邮寄: the parts go by mail, are seen to arrive, and are opened together."""
OPENED_ANEW = (
    *(*CALLED, DRAWN, Turn(note.announce, KEEPER), *LEFT, Turn(acts.deliver, KEEPER)),
    Turn(note.open_parcel("short"), LIU, waits_for=("not-delivered",)),
    Turn(findings.open_anew, LIU),
    Turn(order.record_work(), LIU, waits_for=("parcel-not-opened", "used-beyond-issued")),
    *(*MENDED[1:], *home(LIU), *END),
)
"""拆验更正: a piece is told missing that was in the parcel after all."""
FEE_REFUSED = (
    *(*ON_SITE,),
    Turn(
        acts.on_order(
            "fee-requests", fees=[{"kind": "inspection", "fen": 5_000}], because="用户要加做检测"
        ),
        LIU,
    ),
    Turn(acts.on_order("fee-refusals", because="在保修期内"), APPROVER),
    *(*MENDED, *home(LIU), *END),
)
"""加收不准: a fee that nobody quoted is asked for and refused."""
CLAIMED_ANEW = (
    *(*ON_SITE, *MENDED, *home(LIU), Turn(claim.submit, LIU)),
    Turn(acts.on_claim("returns", reasons=["车票不清"]), FINANCE),
    Turn(acts.on_claim("withdrawals", because="票据拿错了"), LIU),
    *END,
)
"""报销退回: finance sends a claim back, and whoever travelled withdraws it."""
COMPLAINT_WITHDRAWN = (
    *SOLVED_REMOTELY,
    Turn(complaints.receive, CLERK),
    Turn(acts.sound_alarm(DEPUTY), CLERK),
    Turn(acts.withdraw_complaint, CLERK, DAYS[5]),
)
"""投诉撤回: an emergency; it is late, that is told, and the customer takes it back."""
AWAY = (
    *(Turn(report.report, CLERK), Turn(acts.leave, SUN)),
    *(*reported_by(LIU)[1:], *ordered_for(LIU), DRAWN, *agreed_by(CLERK)),
    Turn(acts.on_order("urgings", because="用户又来电催"), CLERK),
    *(*there(LIU), *MENDED, *home(LIU), *END),
)
"""请假催办: a colleague is away tomorrow; the technician is urged by hand."""
REASSIGNED = (
    *(*CALLED, DRAWN, *agreed_by(CLERK), Turn(exceptions.hand_over(SUN), KEEPER)),
    Turn(recall, CLERK, waits_for=("parts-still-held",)),
    *(Turn(order.assign(SUN), CLERK), Turn(order.take_order, SUN)),
    Turn(acts.on_visit("reassignments", because="刘洋另有急修"), CLERK),
    *(*there(SUN), Turn(order.record_work(), SUN), Turn(visit.end_visit("done"), SUN)),
    *(Turn(order.sign_as_customer, SUN), SETTLED, *home(SUN), *END),
)
"""上门转派: the customer has agreed to a day; somebody else comes on it."""
STRAYS: Sequence[Story] = (
    Story("by_link", BY_LINK, "rings"),
    Story("changed_words", CHANGED_WORDS, "rings"),
    Story("next_day", NEXT_DAY, "rings"),
    Story("base_helps", BASE_HELPS, "ill"),
    Story("goes_on", GOES_ON, "rings"),
    Story("stood_in_for", STOOD_IN_FOR, "rings"),
    Story("recalled", RECALLED, "ill"),
    Story("unreached", UNREACHED, "rings"),
    Story("silent", SILENT, "rings"),
    Story("late", LATE, "rings"),
    Story("paper_lost", PAPER_LOST, "tripped"),
    Story("opened_anew", OPENED_ANEW, "missing"),
    Story("fee_refused", FEE_REFUSED, "rings"),
    Story("claimed_anew", CLAIMED_ANEW, "rings"),
    Story("complaint_withdrawn", COMPLAINT_WITHDRAWN, "rude"),
    Story("away", AWAY, "rings"),
    Story("reassigned", REASSIGNED, "ill"),
)
"""Each ends with a case that is closed and a dossier that is filed."""
