"""自用单的接口 (HTTP of own use): their numbers, and the lists."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter

from services.inventory import stores
from services.inventory.own_use import NUMBER, PAPER, SERIES, board
from services.inventory.own_use.asking import AskUse
from services.inventory.own_use.state import OwnUse
from services.inventory.reading import READING
from shared.decider import refuse_if
from shared.events.inventory import UseNature
from shared.events.own_use import UseLine, UseStage
from shared.events.values import BranchCode, PartList, Text
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, NextNumber, next_in_series
from shared.http.query import Listed, Paged, Shown
from shared.http.steps import in_path

UseNumber = Annotated[str, in_path(NUMBER)]


@dataclass(frozen=True, slots=True)
class NewUse:
    """自用申请: what is used, by whom and why; `branch` may be left out by who has only one."""

    use_nature: UseNature
    """`internal` or `sample`."""
    lines: PartList[UseLine]
    used_by: Text
    because: Text
    branch: BranchCode | None = None


@dataclass(frozen=True, slots=True)
class UseShown:
    """自用单: as it stands."""

    number: str
    own_use: OwnUse


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show what stores use themselves."""

    @api.query(router, "/own-uses", reads=READING["own_use"], shows=board.Row)
    def list_own_uses(
        page: Paged,
        *,
        branch: str | None = None,
        stage: UseStage | None = None,
        use_nature: UseNature | None = None,
    ) -> Listed:
        """自用一览: what your stores use themselves or give as samples."""
        where = {"branch": branch, "stage": stage, "use_nature": use_nature}
        return Listed(board, page, where)

    @api.query(router, "/own-uses/{number}", reads=READING["own_use"], shows=UseShown)
    def show_own_use(number: UseNumber) -> Shown:
        """自用单: one request, and what became of it."""
        seen = api.existing(PAPER.stream_of(number))
        shown = UseShown(number, seen.state)
        return Shown(shown, number, seen.branch, seen.version, of=seen.state)


def _asking(request: FormRequest, body: NewUse) -> NextNumber:
    store = request.context.branch(body.branch)
    card = request.registers.branch(store)
    refuse_if(*stores.unusable(card, store))
    command = filled(AskUse, body, store=store)
    return next_in_series(SERIES, store, request.today(store), PAPER, command)


FORMS: Forms = {"/own-uses": Form(NewUse, _asking)}
