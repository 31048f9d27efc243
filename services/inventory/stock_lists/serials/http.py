"""序列号的接口 (HTTP of pieces with serials): where each of them is, and how it came there.

While a store counts blindly, whoever may count is not told what lies where it is to be counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter

from services.inventory import part_register
from services.inventory.reading import PIECES
from services.inventory.stocktake.blind.http import Hides, hides_from
from services.inventory.views import pieces
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.query import Listed, Paged
from shared.http.steps import in_path
from shared.step import PathField

PartNumber = Annotated[str, in_path(part_register.NUMBER)]
PieceSerial = Annotated[str, in_path(PathField("serial", max_length=64))]


@dataclass(frozen=True, slots=True)
class PieceListed:
    """序列号一行: one piece in the books of one store."""

    part: str
    serial: str
    store: str
    branch: str
    """The store's."""
    account: str | None
    """Where it is by the books of this store; None: it is counted just now, and that is blind."""
    inside: bool | None
    """Whether this store answers for it."""
    technician: str | None
    """In whose hands it is, if it is in somebody's."""
    paper: str | None
    """What moved it last: of a piece in a machine, the issue note."""
    moves: tuple[pieces.PieceMove, ...]
    earlier: int
    """How many movements were before those."""
    changed_at: datetime
    counting: bool
    """在盘: whether it is hidden from whoever may count it where it is."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show pieces."""

    @api.query(router, "/serials", reads=PIECES, shows=PieceListed)
    def list_pieces(  # noqa: PLR0913 - a filter for each question of a keeper
        context: RequestContext,
        page: Paged,
        *,
        part: str | None = None,
        serial: str | None = None,
        store: str | None = None,
        account: str | None = None,
        technician: str | None = None,
        inside: bool | None = None,
    ) -> Listed:
        """序列号一览: where the pieces with serials are."""
        where = {
            "part": part,
            "serial": serial,
            "store": store,
            "account": account,
            "technician": technician,
            "inside": inside,
        }
        # Asked by where they are, the rows themselves would tell it.
        by_place = (account, inside) != (None, None)
        told = partial(_told, hides_from(api.registers, context), by_place=by_place)
        return Listed(pieces, page, where, told=told)

    @api.query(router, "/serials/{part:path}/{serial}", reads=PIECES, shows=PieceListed)
    def show_piece(
        context: RequestContext, part: PartNumber, serial: PieceSerial, page: Paged
    ) -> Listed:
        """序列号经历: where one piece is and how it came there, by each store that ever had it."""
        where = {"part": part, "serial": serial}
        told = partial(_told, hides_from(api.registers, context), by_place=False)
        return Listed(pieces, page, where, named=f"{part}/{serial}", told=told)


def _told(hides: Hides, rows: Sequence[pieces.Row], *, by_place: bool) -> Sequence[PieceListed]:
    """The pieces; of one that is counted just now it is not told where it is."""
    listed = list[PieceListed]()
    for row in rows:
        hidden = hides(row.store, row.part, row.account)
        if hidden and by_place:
            continue
        nothing = dict.fromkeys(("account", "inside", "paper")) | {"moves": (), "earlier": 0}
        listed.append(filled(PieceListed, row, counting=hidden, **(nothing if hidden else {})))
    return listed
