"""核对 (checking bodies): a card is held to what the room's interface takes before it is sent.

So a dry run rejects what the run itself would reject.
"""

from collections.abc import Sequence
from functools import cache

from pydantic import TypeAdapter, ValidationError

from guiyi.lists.kinds import Ask, CardAsk, ListKind
from shared.decider import Reason
from shared.events.cards import CustomerCard, MachineCard, PersonCard
from shared.http.validation import complaints
from shared.personal.fields import personal_fields

_CLASSES = {"machines": MachineCard, "customers": CustomerCard, "people": PersonCard}


def broken(of: ListKind, wanted: Ask) -> Sequence[Reason]:
    """What is wrong with the body of a card by itself; nothing of what other cards say."""
    if not isinstance(wanted, CardAsk):
        return ()
    try:
        _adapter(of.name).validate_python(wanted.body)
    except ValidationError as error:
        missing = {f"{name}" for name in wanted.left_out}
        # What the file has no column for, a card that is there may have.
        return [
            each
            for each in complaints(
                error.errors(include_url=False, include_input=False), _CLASSES[of.name]
            )
            if each.code != "field-missing" or each.numbers.get("field") not in missing
        ]
    return ()


@cache
def _adapter(name: str) -> TypeAdapter[object]:
    return TypeAdapter(_CLASSES[name])


def personal_columns(of: str) -> frozenset[str]:
    """The columns of a list of cards that hold something personal."""
    return frozenset(personal_fields(_CLASSES[of]))
