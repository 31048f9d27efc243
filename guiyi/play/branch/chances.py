"""意外 (chance): on any day a technician may be taken ill, and any parcel may be lost on its way.

Whoever is present goes on. At which point it happens, and to whom, hangs on the seed alone.
"""

from collections.abc import Mapping, Sequence
from random import Random

from guiyi.play import order
from guiyi.play.branch import acts
from guiyi.play.branch.people import CLERK_2
from guiyi.play.branch.strays import BY_POST, ORDINARY
from guiyi.play.detours import recall
from guiyi.play.hard_days import DONE, ON_SITE, SETTLED, SIGNED, TAKEN_ILL
from guiyi.play.people import APPROVER, CLERK, LIU, SUN
from guiyi.play.player import A_DAY, Turn
from guiyi.play.repairs import DRAWN, END, Story, agreed_by, home, reported_by, there
from guiyi.play.visit import end_visit
from guiyi.play.week import HANDED_ON, PARCEL_LOST

ILL, LOST = 0.15, 0.2
"""How often it happens: of the usual repairs on which it can."""
BEFORE_TAKING: Sequence[Turn] = (
    *(*reported_by(LIU), Turn(order.open_order(), CLERK), Turn(order.assign(), CLERK)),
    Turn(acts.away_today(LIU), CLERK),
    *(Turn(recall, CLERK), Turn(order.assign(SUN), CLERK), Turn(order.take_order, SUN)),
    *(DRAWN, *agreed_by(CLERK), *there(SUN), Turn(order.record_work(), SUN)),
    *(Turn(end_visit("done"), SUN), Turn(order.sign_as_customer, SUN), SETTLED),
    *(*home(SUN), *END),
)
"""领单前病倒: the order is taken back from who is ill today, and a colleague takes it."""
BEFORE_HAND_IN: Sequence[Turn] = (
    *(*ON_SITE, Turn(order.record_work(), LIU), DONE, SIGNED, SETTLED),
    Turn(acts.on_order("hand-in-grants", clerk=CLERK_2.id, because="刘洋病休"), APPROVER, A_DAY),
    Turn(order.hand_in, CLERK_2, waits_for=("not-reconciled",)),
    *END,
)
"""交销前病倒: the work is done; a clerk hands it in for who is ill the day after."""
TAKES_ILL: Sequence[Story] = (
    Story("ill_before_taking", BEFORE_TAKING, "ill"),
    Story("ill_with_parts", HANDED_ON, "ill"),
    Story("ill_on_site", TAKEN_ILL, "ill"),
    Story("ill_before_hand_in", BEFORE_HAND_IN, "ill"),
)
"""病倒: at each point of a repair; somebody present goes on."""
POSTED = Story("posted", BY_POST, "underway")
"""邮寄维修: the parts go by mail."""
ASTRAY = Story("lost_by_chance", PARCEL_LOST, "underway")
HAPPENS: Mapping[str, tuple[float, Sequence[Story]]] = {
    ORDINARY.name: (ILL, TAKES_ILL),
    POSTED.name: (LOST, (ASTRAY,)),
}
"""By the repair on which it can happen: how often, and what is told then."""


def by_chance(story: Story, chance: Random) -> Story:
    """The repair as it turns out."""
    often, instead = HAPPENS.get(story.name, (0.0, ()))
    return chance.choice(instead) if chance.random() < often else story
