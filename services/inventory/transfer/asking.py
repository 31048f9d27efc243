"""调拨申请 (asking): a store asks another one for parts, and the other branch lets them go."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from services.inventory.checks import own_request
from services.inventory.part_register import card_of, each_once, unusable
from services.inventory.part_register import stream_of as card_stream
from services.inventory.transfer.state import Transfer
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.transfers import (
    TransferApproved,
    TransferAsked,
    TransferCancelled,
    TransferLine,
    TransferRefused,
    TransferStage,
)
from shared.events.values import BranchCode, Note, PartList, Role, Text
from shared.fields import filled
from shared.step import WORDS

GRANTERS = {Role.APPROVER, Role.GENERAL_MANAGER}


@dataclass(frozen=True, slots=True)
class AskTransfer:
    """调拨申请: ask another store for parts, and say what they are for."""

    sender: BranchCode
    receiver: BranchCode
    lines: PartList[TransferLine]
    because: Text


@dataclass(frozen=True, slots=True)
class ApproveTransfer:
    """调拨批准: let the parts go; by somebody of the sending branch who did not ask."""


@dataclass(frozen=True, slots=True)
class RefuseTransfer:
    """调拨驳回: the sending branch keeps its parts, and why; until they are sent."""

    because: Note


@dataclass(frozen=True, slots=True)
class CancelTransfer:
    """调拨取消: the store that asked needs them no more; until they are sent."""

    because: Note


def ask(command: AskTransfer, transfer: Transfer, asked: Asked) -> Decision:
    """调拨申请: of another store, of parts of the catalogue, each on one line."""
    parts, number = [line.part for line in command.lines], number_of(asked.home)
    fact = filled(TransferAsked, command, number=number, asked_by=asked.actor)
    if transfer.asked == fact:
        return []
    refuse_if(
        (transfer.asked is not None, reason("number-taken", number=number)),
        (command.sender == command.receiver, reason("same-store", store=command.sender)),
        *each_once(parts),
        *(rule for part in parts for rule in unusable(card_of(asked, part), part)),
    )
    return asked.here(fact)


def approve(_: ApproveTransfer, transfer: Transfer, asked: Asked) -> Decision:
    """调拨批准: by somebody else than who asked for it."""
    if transfer.stage is TransferStage.APPROVED and transfer.decided_by == asked.actor:
        return []
    refuse_if(at(transfer, TransferStage.ASKED, asked=asked), _own(transfer, asked))
    return asked.here(TransferApproved(asked.actor))


def refuse(command: RefuseTransfer, transfer: Transfer, asked: Asked) -> Decision:
    """调拨驳回: by somebody else than who asked for it, before anything is sent."""
    said = (transfer.stage, transfer.ended_because)
    if said == (TransferStage.REFUSED, command.because):
        return []
    refuse_if(
        at(transfer, TransferStage.ASKED, TransferStage.APPROVED, asked=asked),
        _own(transfer, asked),
    )
    return asked.here(TransferRefused(command.because, asked.actor))


def cancel(command: CancelTransfer, transfer: Transfer, asked: Asked) -> Decision:
    """调拨取消: before anything is sent."""
    said = (transfer.stage, transfer.ended_because)
    if said == (TransferStage.CANCELLED, command.because):
        return []
    refuse_if(at(transfer, TransferStage.ASKED, TransferStage.APPROVED, asked=asked))
    return asked.here(TransferCancelled(command.because, asked.actor))


def reads_cards(command: AskTransfer, _transfer: Transfer, _asked: Asked) -> Sequence[str]:
    """The cards of the parts."""
    return tuple(dict.fromkeys(card_stream(line.part) for line in command.lines))


def at(transfer: Transfer, *stages: TransferStage, asked: Asked) -> Rule:
    """A rule: the transfer stands at one of these stages."""
    told = reason("transfer-stage", number=number_of(asked.home), stage=transfer.stage.value)
    return transfer.stage not in stages, told


def _own(transfer: Transfer, asked: Asked) -> Rule:
    """A rule: nobody decides what they asked for."""
    return own_request(asked, transfer.asked.asked_by if transfer.asked else None)


def offered_approval(_number: str, transfer: Transfer) -> Collection[ApproveTransfer]:
    """Of what waits."""
    return (ApproveTransfer(),) if transfer.stage is TransferStage.ASKED else ()


def offered_refusal(_number: str, transfer: Transfer) -> Iterator[RefuseTransfer]:
    """Of what was not sent."""
    if transfer.stage in (TransferStage.ASKED, TransferStage.APPROVED):
        yield RefuseTransfer(WORDS)


def offered_cancelling(_number: str, transfer: Transfer) -> Iterator[CancelTransfer]:
    """Of what was not sent."""
    if transfer.stage in (TransferStage.ASKED, TransferStage.APPROVED):
        yield CancelTransfer(WORDS)
