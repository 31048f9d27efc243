"""自用与样品 (own use): parts that a store uses itself or gives as samples, once somebody lets it.

asked → approved; refused, withdrawn. The parts lie on the shelves until they are let go, and leave
them in the same append (`asking.py`).
"""

from collections.abc import Sequence

from services.inventory.own_use import asking, board
from services.inventory.own_use.state import OwnUse
from services.inventory.own_use.state import evolve as evolve_paper
from shared import urging
from shared.events.inventory import PartRegistered
from shared.events.own_use import UseAsked, UseStage
from shared.events.values import Role
from shared.ground import last_of
from shared.step import Address, PaperType, PathField, Step, by_command
from shared.view import View

__all__ = ["PAPER", "STEPS", "OwnUse", "decide", "evolve", "initial"]

SERIES = "LY"
"""领用: the series of their numbers, dense in a year and store."""
NUMBER = PathField(described="自用单号 LY-…", pattern=r"^LY-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$")
PAPER: PaperType[OwnUse] = PaperType(
    prefix="own_use", address=Address("/own-uses/{number}", (NUMBER,))
)

initial = OwnUse()
_STEPS = (
    Step(
        "/own-uses",
        asking.AskUse,
        asking.ask,
        by={Role.STOREKEEPER},
        begins=True,
        reads=asking.reads_of_asking,
        rests_on=last_of(PartRegistered),
        location="/v1/own-uses/{id}",
        example={
            "use_nature": "internal",
            "lines": [{"part": "MFQ-32", "quantity": 2}],
            "used_by": "培训室 the training room",
            "because": "拆装培训 for training",
        },
    ),
    Step(
        "grants",
        asking.ApproveUse,
        asking.approve,
        by=asking.GRANTERS,
        until=UseStage.ASKED,
        reads=asking.reads_of_approval,
        rests_on=last_of(UseAsked),
        offer=asking.offered_approval,
        example={},
    ),
    Step(
        "denials",
        asking.RefuseUse,
        asking.refuse,
        by=asking.GRANTERS,
        until=UseStage.ASKED,
        rests_on=last_of(UseAsked),
        offer=asking.offered_refusal,
        example={"because": "请用旧件 take used ones"},
    ),
    Step(
        "withdrawals",
        asking.WithdrawUse,
        asking.withdraw,
        by={Role.STOREKEEPER},
        until=UseStage.ASKED,
        rests_on=last_of(UseAsked),
        offer=asking.offered_withdrawal,
        example={"because": "培训改期 the training was put off"},
    ),
)
_WAITS = {
    UseStage.ASKED: "grants",
}
"""What is waited for at which stage."""
_URGED = urging.Urgeable(_STEPS, lambda use: _WAITS.get(use.stage))
_URGINGS = urging.urgings(
    _URGED,
    by={Role.STOREKEEPER},
    rests_on=last_of(UseAsked),
    until=UseStage.ASKED,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)
VIEWS: Sequence[View] = (board,)
