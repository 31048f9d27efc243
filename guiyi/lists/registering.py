"""登记 (registering cards): a card that is new, or the whole card as it is from now on.

A card that says the same as the one that is there makes no fact. To change one, its version is
named: that of which the file speaks, else that which is there now.
"""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import quote

from guiyi.access import Answered
from guiyi.lists.kinds import CardAsk
from guiyi.lists.room import PAUSES_S, ListRoom, RowRefused
from guiyi.plain import JsonObject
from shared.decider import reason
from shared.personal.seal import ERASED, HIDDEN, LOST

Fields: TypeAlias = Mapping[str, object]


def register(room: ListRoom, card: CardAsk) -> tuple[int, bool]:
    """How many facts that added, and whether it changed a card. Raises as ListRoom.ask."""
    try:
        return room.ask(card), False
    except RowRefused as refused:
        is_there = refused.says("registered-already")
        if not is_there and not (card.left_out and refused.says("field-missing")):
            raise
        return _changed(room, card, None if is_there else refused)


def _changed(room: ListRoom, card: CardAsk, unless: RowRefused | None) -> tuple[int, bool]:
    """Replace the card that is there. Raises `unless` if there is none.

    A card that was registered just now may not be in the list of cards yet.
    """
    path = f"{card.path}/{quote(card.number, safe='')}"
    for pause in PAUSES_S:
        try:
            seen = room.get(path, card.kind)
            version = seen["version"] if card.version is None else card.version
            whole = replace(card, body=completed(card, seen), branch=None)
            if all(seen.get(name) == value for name, value in whole.body.items()):
                return 0, False
            added = room.ask(whole, f"{path}/changes", version)
        except RowRefused as refused:
            if card.version is not None or not refused.says("version-mismatch"):
                raise
        except Answered as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            if unless is not None:
                raise unless from error
        else:
            return added, bool(added)
        room.sleep(pause)
    raise RowRefused([reason("card-moves-on", number=card.number)])


def completed(card: CardAsk, seen: Fields) -> JsonObject:
    """The card in whole, with what the file has no column for. Raises RowRefused."""
    kept = {name: seen[name] for name in card.left_out if seen.get(name) is not None}
    hidden = sorted(name for name, value in kept.items() if value in (HIDDEN, LOST, ERASED))
    if hidden:
        raise RowRefused([reason("column-hidden", columns=hidden)])
    return {**kept, **card.body}
