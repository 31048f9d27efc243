"""自用申请 (asking to use parts): by a storekeeper, of parts that are there; granted by another."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from services.inventory import serial_book
from services.inventory.checks import own_request
from services.inventory.ledger import STORE, broken, stock_of, stream_of
from services.inventory.own_use.state import OwnUse
from services.inventory.part_register import each_once, known_pieces
from services.inventory.part_register import stream_of as card_stream
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import Movement, Outside, StockMoved, UseNature
from shared.events.own_use import (
    UseApproved,
    UseAsked,
    UseLine,
    UseRefused,
    UseStage,
    UseWithdrawn,
)
from shared.events.values import BranchCode, Note, PartList, Role, Text
from shared.fields import filled
from shared.step import WORDS

GRANTERS = {Role.APPROVER, Role.GENERAL_MANAGER}
OWN = (UseNature.INTERNAL, UseNature.SAMPLE)
"""The natures of use that belong to no repair."""


@dataclass(frozen=True, slots=True)
class AskUse:
    """自用申请: use parts of the store itself, or give them as samples, and why."""

    store: BranchCode
    use_nature: UseNature
    lines: PartList[UseLine]
    used_by: Text
    because: Text


@dataclass(frozen=True, slots=True)
class ApproveUse:
    """自用批准: let the parts go; by somebody who did not ask."""


@dataclass(frozen=True, slots=True)
class RefuseUse:
    """自用驳回: the parts stay on the shelves, and why."""

    because: Note


@dataclass(frozen=True, slots=True)
class WithdrawUse:
    """自用撤回: the parts are not needed any more, and why; before anybody decided."""

    because: Note


def ask(command: AskUse, use: OwnUse, asked: Asked) -> Decision:
    """自用申请: of parts that lie on the shelves, each on one line, by their serials."""
    number = number_of(asked.home)
    fact = filled(UseAsked, command, number=number, asked_by=asked.actor)
    if use.asked == fact:
        return []
    parts = [line.part for line in command.lines]
    nature = command.use_nature
    refuse_if(
        (use.asked is not None, reason("number-taken", number=number)),
        (nature not in OWN, reason("use-of-a-repair", use_nature=nature.value)),
        *each_once(parts),
        *(rule for line in command.lines for rule in known_pieces(line, asked)),
        *(rule for move in _moves(fact) for rule in _there(move, asked)),
    )
    return asked.here(fact)


def approve(command: ApproveUse, use: OwnUse, asked: Asked) -> Decision:
    """自用批准: by somebody else than who asked for it; the parts leave in the same append."""
    del command  # it says nothing beside that it is approved
    if use.stage is UseStage.APPROVED and use.decided_by == asked.actor:
        return []
    moves = list(_moves(use.asked)) if use.asked else []
    refuse_if(
        _waits(use, asked),
        _own(use, asked),
        *(rule for move in moves for rule in _there(move, asked)),
    )
    moved = [(stream_of(move.store, move.part), move) for move in moves]
    left = [
        each for move in moves for each in serial_book.left(move.store, move.part, move.serials)
    ]
    return [*asked.here(UseApproved(asked.actor)), *moved, *left]


def refuse(command: RefuseUse, use: OwnUse, asked: Asked) -> Decision:
    """自用驳回: by somebody else than who asked for it."""
    if (use.stage, use.decided_because) == (UseStage.REFUSED, command.because):
        return []
    refuse_if(_waits(use, asked), _own(use, asked))
    return asked.here(UseRefused(command.because, asked.actor))


def withdraw(command: WithdrawUse, use: OwnUse, asked: Asked) -> Decision:
    """自用撤回: of one that nobody has decided."""
    if (use.stage, use.decided_because) == (UseStage.WITHDRAWN, command.because):
        return []
    refuse_if(_waits(use, asked))
    return asked.here(UseWithdrawn(command.because, asked.actor))


def reads_of_asking(command: AskUse, _use: OwnUse, _asked: Asked) -> Sequence[str]:
    """The cards of the parts, and their stock."""
    parts = dict.fromkeys(line.part for line in command.lines)
    cards = (card_stream(part) for part in parts)
    return (*cards, *(stream_of(command.store, part) for part in parts))


def reads_of_approval(_command: ApproveUse, use: OwnUse, _asked: Asked) -> Sequence[str]:
    """The stock of the parts, and the book of their serials."""
    stocks = [stream_of(use.store, line.part) for line in use.lines]
    books = [each for line in use.lines for each in _book(line)]
    return (*stocks, *books)


def offered_approval(_number: str, use: OwnUse) -> Collection[ApproveUse]:
    """Of what waits."""
    return (ApproveUse(),) if use.stage is UseStage.ASKED else ()


def offered_refusal(_number: str, use: OwnUse) -> Collection[RefuseUse]:
    """Of what waits."""
    return (RefuseUse(WORDS),) if use.stage is UseStage.ASKED else ()


def offered_withdrawal(_number: str, use: OwnUse) -> Collection[WithdrawUse]:
    """Of what waits."""
    return (WithdrawUse(WORDS),) if use.stage is UseStage.ASKED else ()


def _book(line: UseLine) -> Sequence[str]:
    return serial_book.streams_of(line.part, line.serials)


def _moves(fact: UseAsked) -> Iterator[StockMoved]:
    """The movements of what is asked for: off the shelves, and used up."""
    for line in fact.lines:
        yield StockMoved(
            store=fact.store,
            part=line.part,
            source=STORE,
            target=Outside.CONSUMED.value,
            quantity=line.quantity,
            serials=tuple(sorted(line.serials)),
            because=Movement.OWN_USE,
            use_nature=fact.use_nature,
            paper=fact.number,
        )


def _there(move: StockMoved, asked: Asked) -> Iterator[Rule]:
    """A rule: the pieces lie on the shelves."""
    yield from broken(stock_of(asked, move.store, move.part), [move])


def _waits(use: OwnUse, asked: Asked) -> Rule:
    """A rule: it is asked for, and nobody has decided."""
    told = reason("use-stage", number=number_of(asked.home), stage=use.stage.value)
    return use.stage is not UseStage.ASKED, told


def _own(use: OwnUse, asked: Asked) -> Rule:
    """A rule: nobody decides what they asked for."""
    return own_request(asked, use.asked.asked_by if use.asked else None)
