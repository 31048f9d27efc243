"""调拨单的接口 (HTTP of transfers): their numbers, the lists of both stores."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter

from services.inventory import missent, stores
from services.inventory.missent import SendingNumber
from services.inventory.reading import READING
from services.inventory.transfer import NUMBER, PAPER, SERIES, board
from services.inventory.transfer.asking import AskTransfer
from services.inventory.transfer.state import Transfer
from services.inventory.transfer.travelling import SendTransfer
from shared.decider import refuse_if
from shared.events.consignments import Consignment, SentLine
from shared.events.transfers import TransferLine, TransferStage
from shared.events.values import BranchCode, PartList, Text
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber, next_in_series
from shared.http.query import Listed, Paged, Shown
from shared.http.steps import in_path

TransferNumber = Annotated[str, in_path(NUMBER)]


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """调拨申请: what your store asks of another; `branch` may be left out by who has only one."""

    sender: BranchCode
    """The store that is asked."""
    lines: PartList[TransferLine]
    because: Text
    branch: BranchCode | None = None
    """The store that asks, and receives."""


@dataclass(frozen=True, slots=True)
class Sending:
    """调拨发出: the parts that leave the shelves of the sender, and how they travel."""

    lines: PartList[SentLine]
    consignment: Consignment


@dataclass(frozen=True, slots=True)
class TransferShown:
    """调拨单: as it stands."""

    number: str
    transfer: Transfer


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show transfers."""

    @api.query(router, "/transfers", reads=READING["transfer"], shows=board.Row)
    def list_transfers(
        page: Paged,
        *,
        sender: str | None = None,
        receiver: str | None = None,
        stage: TransferStage | None = None,
    ) -> Listed:
        """调拨一览: what your stores send to others and receive from them, by stage."""
        return Listed(board, page, {"sender": sender, "receiver": receiver, "stage": stage})

    @api.query(router, "/transfers/{number}", reads=READING["transfer"], shows=TransferShown)
    def show_transfer(number: TransferNumber) -> Shown:
        """调拨单: one transfer, with what is missing of it."""
        seen = api.existing(PAPER.stream_of(number))
        state: Transfer = seen.state
        shown = TransferShown(number, state)
        stores = (state.sender,)
        return Shown(shown, number, state.receiver, seen.version, of=state, branches=stores)


def _asking(request: FormRequest, body: NewTransfer) -> NextNumber:
    store = request.context.branch(body.branch)
    cards = {each: request.registers.branch(each) for each in (store, body.sender)}
    refuse_if(*(rule for each, card in cards.items() for rule in stores.unusable(card, each)))
    command = filled(AskTransfer, body, receiver=store)
    return next_in_series(SERIES, store, request.today(store), PAPER, command)


def _sending(request: FormRequest, body: Sending) -> Made:
    policy = request.policy(request.state.sender)
    return Made(filled(SendTransfer, body, valuing=policy.stock.valuing), policy=policy.label)


def _granting(kind: type[missent.SendingGrant], request: FormRequest, body: SendingNumber) -> Made:
    policy = request.policy(request.state.sender)
    return Made(filled(kind, body, valuing=policy.stock.valuing), policy=policy.label)


FORMS: Forms = {
    "/transfers": Form(NewTransfer, _asking),
    "sending-confirmations": Form(SendingNumber, partial(_granting, missent.ConfirmSending)),
    "sending-correction-approvals": Form(SendingNumber, partial(_granting, missent.ApproveSending)),
    "sendings": Form(Sending, _sending),
}
