"""待检处理 (judging quarantine): where damaged pieces that came home go, on the part's own stream.

A keeper finds a piece good, and it is on the shelf again, or puts it with the old parts. What is
scrapped is gone, so an approver says it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from services.inventory import serial_book
from services.inventory.ledger import OLD_OTHER, QUARANTINE, STORE, Stock, broken
from shared.decider import Asked, Decision, number_of, reason, refuse_if
from shared.events.inventory import Judgement, Movement, Outside, QuarantineJudged, StockMoved
from shared.events.values import Note, Quantity, Role, Serials
from shared.ground import last_of
from shared.step import Step

PLACES = {
    Judgement.GOOD: STORE,
    Judgement.OLD_OTHER: OLD_OTHER,
    Judgement.SCRAPPED: Outside.SCRAPPED.value,
}
"""The account that pieces go to by a judgement."""


@dataclass(frozen=True, slots=True)
class JudgeQuarantine:
    """待检判定: the pieces are good and go to the shelf, or lie with the old parts."""

    quantity: Quantity
    is_good: bool
    because: Note
    """What was found."""
    serials: Serials = ()


@dataclass(frozen=True, slots=True)
class ScrapQuarantine:
    """待检报废: the pieces are of no use any more, and leave the books."""

    quantity: Quantity
    because: Note
    serials: Serials = ()


Command: TypeAlias = JudgeQuarantine | ScrapQuarantine


def keep(command: JudgeQuarantine, stock: Stock, asked: Asked) -> Decision:
    """待检判定: of pieces that are in quarantine, by their serials."""
    found = Judgement.GOOD if command.is_good else Judgement.OLD_OTHER
    return _judged(command, found, stock, asked)


def scrap(command: ScrapQuarantine, stock: Stock, asked: Asked) -> Decision:
    """待检报废: of pieces that are in quarantine; no store has them any more."""
    store, _, part = number_of(asked.home).partition(":")
    decision = _judged(command, Judgement.SCRAPPED, stock, asked)
    return [*decision, *serial_book.left(store, part, command.serials)]


def reads_of_scrapping(command: ScrapQuarantine, _stock: Stock, asked: Asked) -> Sequence[str]:
    """The book of the serials."""
    part = number_of(asked.home).partition(":")[2]
    return serial_book.streams_of(part, command.serials)


def _judged(command: Command, found: Judgement, stock: Stock, asked: Asked) -> Decision:
    """The judgement and its movement; each counts by itself, so that none is taken twice."""
    store, _, part = number_of(asked.home).partition(":")
    number = f"{store}:{part}-J{stock.judged + 1}"
    move = StockMoved(
        store=store,
        part=part,
        source=QUARANTINE,
        target=PLACES[found],
        quantity=command.quantity,
        serials=tuple(sorted(command.serials)),
        because=Movement.JUDGED,
        use_nature=None,
        paper=number,
    )
    lacks = stock.holds(QUARANTINE) < command.quantity
    told = reason("not-in-quarantine", part=part, asked=command.quantity)
    refuse_if((lacks, told), *(() if lacks else broken(stock, [move])))
    fact = QuarantineJudged(
        number=number,
        store=store,
        part=part,
        judgement=found,
        quantity=command.quantity,
        serials=move.serials,
        because=command.because,
        judged_by=asked.actor,
    )
    return asked.here(fact, move)


STEPS = (
    Step(
        "judgements",
        JudgeQuarantine,
        keep,
        by={Role.STOREKEEPER},
        rests_on=last_of(StockMoved),
        example={"quantity": 1, "is_good": True, "because": "试装正常 fitted on the bench, works"},
    ),
    Step(
        "scrappings",
        ScrapQuarantine,
        scrap,
        by={Role.APPROVER, Role.GENERAL_MANAGER},
        nobody_apart="what lies in quarantine was counted in by a keeper; nobody asks",
        reads=reads_of_scrapping,
        rests_on=last_of(StockMoved),
        example={"quantity": 1, "because": "壳体开裂 its case is cracked"},
    ),
)
