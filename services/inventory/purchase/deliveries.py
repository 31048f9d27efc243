"""送货单簿 (deliveries): which receipt came with which delivery note, however that is written."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.alike import digits_alike
from shared.decider import number_of
from shared.events.purchases import GoodsReceived
from shared.view import Key, Recorded

NAME = "deliveries"
VERSION = 1
KEY = ("number",)
INDEXES = (("branch", "note"),)


@dataclass(frozen=True, slots=True)
class Row:
    """送货单一行: one receipt."""

    number: str
    """Of the receipt."""
    branch: str
    """The store's."""
    note: str
    """Of its delivery note the letters and digits alone."""
    purchase: str


def keys(recorded: Recorded) -> Iterable[Key]:
    """The receipt."""
    return [(recorded.fact.number,)] if isinstance(recorded.fact, GoodsReceived) else []


def project(_: Key, _row: Row | None, recorded: Recorded) -> Row | None:
    """The receipt as it was recorded."""
    receipt = recorded.fact
    assert isinstance(receipt, GoodsReceived)
    note = digits_alike(receipt.delivery_note)
    return Row(receipt.number, recorded.branch, note, number_of(recorded.stream))
