"""归属 (owners): whose a paper becomes by a command; who was erased, no command names any more.

To name them would link the paper's stream to them, and that link destroys the key of its texts.
"""

from shared.decider import Refused, reason
from shared.events.meaning import OwnedBy
from shared.personal.fields import marked
from shared.personal.keys import Keys, KeyState


def refuse_erased(command: object, keys: Keys) -> None:
    """Raise Refused (`customer-erased`) if the command names an erased customer as an owner.

    The store is asked and not the cache: who was erased a second ago counts. Raises
    KeysUnavailable.
    """
    named = {mark.stream(number): number for mark, _, number in marked(command, OwnedBy)}
    found = keys.find(named, fresh=True) if named else {}
    erased = sorted(each for each in found if found[each].state is KeyState.DESTROYED)
    if erased:
        raise Refused(*(reason("customer-erased", customer=named[each]) for each in erased))
