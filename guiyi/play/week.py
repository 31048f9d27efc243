"""一周 (a branch's week): more repairs that leave the straight line, each to its true end."""

from collections.abc import Sequence

from guiyi.play import detours, exceptions, note, order, visit
from guiyi.play.hard_days import CALLED, DONE, ON_SITE, SETTLED, SIGNED
from guiyi.play.people import APPROVER, CLERK, KEEPER, LIU, SUN
from guiyi.play.player import Turn
from guiyi.play.repairs import (
    DRAWN,
    END,
    Story,
    agreed_by,
    home,
    there,
)

SENT_ANOTHER = Turn(detours.send_another, CLERK, waits_for=("beyond-approved",))
HOME = Turn(note.reconcile(), KEEPER)
MENDED = (Turn(detours.record_what_is_out, LIU), DONE, SIGNED)
WRONG_PART: Sequence[Turn] = (
    *ON_SITE,
    Turn(detours.ask_supplement, LIU),
    Turn(detours.grant_supplement, LIU, refused=("role",)),
    Turn(detours.grant_supplement, APPROVER),
    *(DRAWN, Turn(detours.record_instead, LIU, waits_for=("used-beyond-issued",)), DONE, SIGNED),
    *(HOME, HOME, *home(LIU), *END),
)
"""诊断有误: another part is broken than was diagnosed; a supplement brings it to the same visit."""
WRONG_BAG: Sequence[Turn] = (
    *(*CALLED, DRAWN),
    *(Turn(note.reconcile(unsigned=True), KEEPER), SENT_ANOTHER, DRAWN),
    *(*agreed_by(CLERK), *there(LIU), *MENDED, SETTLED, *home(LIU), *END),
)
"""拿错件: what lies in the bag comes back before anybody sets out, and is drawn anew."""
PARCEL_LOST: Sequence[Turn] = (
    *(*CALLED, DRAWN, Turn(note.announce, KEEPER)),
    Turn(detours.lose_parcel, KEEPER),
    Turn(exceptions.grant("loss"), APPROVER),
    Turn(note.reconcile(unsigned=True), KEEPER),
    *(SENT_ANOTHER, DRAWN, *agreed_by(CLERK), *there(LIU), *MENDED),
    *(SETTLED, *home(LIU), *END),
)
"""包裹丢失: the parcel never comes; it is a loss that somebody bears, and others are sent."""
BOOKED_WRONGLY: Sequence[Turn] = (
    *ON_SITE,
    *(Turn(order.record_work(left_over=1), LIU), DONE, SIGNED, SETTLED),
    Turn(detours.void_signature, CLERK),
    *(Turn(order.record_work(), LIU), SIGNED),
    Turn(exceptions.ask_correction, KEEPER),
    Turn(exceptions.grant("correction"), KEEPER, refused=("role",)),
    Turn(exceptions.grant("correction"), APPROVER),
    *(*home(LIU), *END),
)
"""核销有误: one too few is signed and booked; signed anew, the books follow by counter-entries."""
OUT_OF_STOCK: Sequence[Turn] = (
    *(*CALLED, DRAWN, *agreed_by(CLERK)),
    Turn(visit.depart, LIU, refused=("parts-not-in-hand",)),
    Turn(detours.forgo_parts, CLERK),
    *(*there(LIU), *MENDED, SETTLED),
    *(*home(LIU), *END),
)
"""缺货先行: one of two parts is out of stock; at a clerk's word the technician goes without it."""
HANDED_ON: Sequence[Turn] = (
    *(*CALLED, DRAWN),
    Turn(detours.recall, CLERK, refused=("parts-still-held",)),
    Turn(exceptions.hand_over(SUN), KEEPER),
    Turn(detours.recall, CLERK, waits_for=("parts-still-held",)),
    *(Turn(order.assign(SUN), CLERK), Turn(order.take_order, SUN)),
    *(*agreed_by(CLERK), *there(SUN), Turn(order.record_work(), SUN)),
    *(Turn(visit.end_visit("done"), SUN), Turn(order.sign_as_customer, SUN)),
    *(SETTLED, *home(SUN), *END),
)
"""领料后换人: who has drawn the parts cannot go; both sign, and a colleague goes on with them."""
BROUGHT_IN: Sequence[Turn] = (
    *(*CALLED, DRAWN),
    *(Turn(order.record_work(), LIU, waits_for=("used-beyond-issued",)), SIGNED, SETTLED),
    *(*home(LIU), *END),
)
"""送修: the machine is brought to the shop, and nobody travels."""

SPOILT: Sequence[Turn] = (
    *(*CALLED, DRAWN),
    Turn(order.record_work(left_over=1), LIU, waits_for=("used-beyond-issued",)),
    *(SIGNED, Turn(detours.settle_with_damage, KEEPER)),
    *(*home(LIU), *END),
)
"""装坏一件: as brought in; one of two parts is spoilt, and comes home damaged."""

wrong_part = Story("wrong_part", WRONG_PART, "misjudged")
wrong_bag = Story("wrong_bag", WRONG_BAG, "exchanged")
parcel_lost = Story("parcel_lost", PARCEL_LOST, "underway")
booked_wrongly = Story("booked_wrongly", BOOKED_WRONGLY, "rings")
out_of_stock = Story("out_of_stock", OUT_OF_STOCK, "lacking")
handed_on = Story("handed_on", HANDED_ON, "ill")
brought_in = Story("brought_in", BROUGHT_IN, "workshop")
spoilt = Story("brought_in", SPOILT, "spoilt")
"""The repair within a month of the store."""
WEEK: Sequence[Story] = (
    *(wrong_part, wrong_bag, parcel_lost, booked_wrongly, out_of_stock, handed_on, brought_in),
)
"""Each ends with a case that is closed and a dossier that is filed, and with no part out."""
