"""接口的约定 (terms of the routes): who may use them, their examples, how a number is asked for."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import Path

from shared.events.cards import PersonCard, PersonDocument
from shared.events.values import Role
from shared.http.door import Door

READERS = frozenset(Role) - {Role.CUSTOMER, Role.OPERATOR}

EXAMPLES: Mapping[str, Any] = json.loads(
    FilePath(__file__).with_name("examples.json").read_text("utf-8")
)
"""An example body for each route that takes one; a story shows that each is accepted."""

_NUMBER = r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}-C[1-9][0-9]{0,2}$"
NoteNumber = Annotated[str, Path(pattern=_NUMBER, description="出库单号 BX-…-C1")]
PartNumber = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$", description="配件编号 part")
]
StoreCode = Annotated[str, Path(pattern=r"^[A-Z0-9]{2,8}$", description="网点仓库 store")]


def person(door: Door, number: str) -> PersonCard | None:
    """The newest card this room has of a person."""
    found = door.fittings.views.document("intake", f"person-{number}")
    assert found is None or isinstance(found, PersonDocument)
    return found.card if found else None


def called(ask: Callable[..., Any], said: str) -> Callable[..., Any]:
    """The same function under what is said of it: its description in the interface."""
    ask.__doc__ = said
    return ask
