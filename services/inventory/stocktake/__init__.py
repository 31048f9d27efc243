"""盘点表 (stocktake): what lies on the shelves, against what the books say.

counting → counted → explained → approved; returned, ended. What differs is counted by somebody else
as well, a witness confirms that all was counted, the store explains, finance decides, and the books
follow in the same append. Nothing moves otherwise because it was counted.
"""

from collections.abc import Sequence

from services.inventory.stocktake import board, counting, deciding
from services.inventory.stocktake.state import Stocktake
from services.inventory.stocktake.state import evolve as evolve_paper
from shared import urging
from shared.events.stocktakes import (
    DifferencesExplained,
    PartCounted,
    StocktakeCounted,
    StocktakeOpened,
    StocktakeStage,
)
from shared.events.values import Role
from shared.ground import last_of
from shared.step import WORDS, Address, PaperType, PathField, Step, by_command, offering
from shared.view import View

__all__ = ["PAPER", "STEPS", "Stocktake", "decide", "evolve", "initial"]

SERIES = "PD"
"""盘点: the series of their numbers, dense in a year and store."""
NUMBER = PathField(described="盘点单号 PD-…", pattern=r"^PD-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$")
PAPER: PaperType[Stocktake] = PaperType(
    prefix="stocktake", address=Address("/stocktakes/{number}", (NUMBER,)), snapshot=Stocktake
)
KEEPERS = {Role.BASE, Role.STOREKEEPER}
COUNTERS = {*counting.COUNTERS}

initial = Stocktake()
_STEPS = (
    Step(
        "/stocktakes",
        counting.OpenStocktake,
        counting.open_stocktake,
        by=KEEPERS,
        begins=True,
        reads=counting.reads_closings,
        location="/v1/stocktakes/{id}",
        example={"kind": "monthly", "period": "2026-11"},
    ),
    Step(
        "shelf-counts",
        counting.CountPart,
        counting.count,
        by=COUNTERS,
        reads=counting.reads_of_count,
        rests_on=last_of(StocktakeOpened),
        until=StocktakeStage.RETURNED,
        example={"part": "MFQ-32", "counted": 10},
    ),
    Step(
        "witnesses",
        counting.ConfirmCount,
        counting.confirm,
        by=COUNTERS,
        reads=counting.reads_uncounted,
        rests_on=last_of(PartCounted),
        offer=counting.offered_witness,
        until=StocktakeStage.COUNTING,
        example={"content": "4b7e" * 16},
    ),
    Step(
        "explanations",
        deciding.ExplainDifferences,
        deciding.explain,
        by=KEEPERS,
        reads=deciding.reads_of_explaining,
        rests_on=last_of(StocktakeCounted),
        offer=deciding.offered_explanation,
        until=StocktakeStage.RETURNED,
        example={
            "lines": [
                {
                    "part": "MFQ-32",
                    "place": "store",
                    "cause": "miscounted",
                    "explanation": "上次多数了两只 two too many were counted last time",
                }
            ],
            "content": "4b7e" * 16,
        },
    ),
    Step(
        "difference-approvals",
        deciding.ApproveStocktake,
        deciding.approve,
        by={Role.FINANCE},
        reads=deciding.reads_posted,
        rests_on=last_of(StocktakeCounted, DifferencesExplained),
        offer=deciding.offered_approval,
        until=StocktakeStage.EXPLAINED,
        example={"lines": [{"part": "MFQ-32", "place": "store", "treatment": "adjust"}]},
    ),
    Step(
        "returns",
        deciding.ReturnStocktake,
        deciding.give_back,
        by={Role.FINANCE},
        rests_on=last_of(StocktakeCounted),
        offer=offering(deciding.ReturnStocktake(WORDS)),
        until=StocktakeStage.EXPLAINED,
        example={"because": "请再点一次水泵 count the pumps once more"},
    ),
    Step(
        "endings",
        deciding.EndStocktake,
        deciding.end,
        by={*KEEPERS, Role.FINANCE},
        rests_on=last_of(StocktakeOpened),
        offer=offering(deciding.EndStocktake(WORDS)),
        until=StocktakeStage.RETURNED,
        example={"because": "开错了仓库 it was opened for the wrong store"},
    ),
)
_WAITS = {
    StocktakeStage.COUNTING: "shelf-counts",
    StocktakeStage.COUNTED: "explanations",
    StocktakeStage.RETURNED: "explanations",
    StocktakeStage.EXPLAINED: "difference-approvals",
}
"""What is waited for at which stage."""
_URGED = urging.Urgeable(_STEPS, lambda taking: _WAITS.get(taking.stage))
_URGINGS = urging.urgings(
    _URGED,
    by={Role.FINANCE, Role.APPROVER, *KEEPERS},
    rests_on=last_of(StocktakeOpened),
    until=StocktakeStage.RETURNED,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)
VIEWS: Sequence[View] = (board,)
