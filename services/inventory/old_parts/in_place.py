"""旧件原地点收 (in place): what lies in the store of base itself is counted there.

There is no parcel, and the books do not change: the pieces lie where they are judged.
"""

from collections.abc import Iterator, Sequence

from services.inventory import ledger
from services.inventory.checks import stale
from services.inventory.old_parts.listing import at
from services.inventory.old_parts.state import OldPartList, list_content, sent_lines
from services.inventory.shipment import each_due, pieces
from services.inventory.signing import signed
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.consignments import ArrivedLine
from shared.events.old_parts import OldPartsReceived, OldPartsStage
from shared.events.values import Role


def count(old: OldPartList, asked: Asked, lines: tuple[ArrivedLine, ...], content: str) -> Decision:
    """旧件点收: once, all of the list; what is not there is the matter of a stocktake."""
    known = old.in_place
    if known is not None and (known.lines, known.received_by) == (lines, asked.actor):
        return []
    own = old.listed is not None and old.listed.listed_by == asked.actor
    refuse_if(
        at(old, OldPartsStage.LISTED, asked=asked),
        (own, reason("own-list", person=asked.actor)),
        *_whole(lines, old, asked),
        *there(old, asked),
        *([stale(content, list_content(old), asked)] if not old.in_place else ()),
    )
    return asked.here(OldPartsReceived(lines, asked.actor, signed(content, asked, Role.BASE)))


def there(old: OldPartList, asked: Asked) -> Iterator[Rule]:
    """A rule: no stocktake has written off what is on the list."""
    for line in sent_lines(old.lines):
        stock = ledger.stock_of(asked, old.store, line.part)
        named = stock.serials_in(old.account).issuperset(line.serials)
        gone = not named or stock.holds(old.account) < line.quantity
        yield gone, reason("listed-not-there", part=line.part, number=number_of(asked.home))


def as_listed(old: OldPartList) -> tuple[ArrivedLine, ...]:
    """All of the list, as if all of it were there."""
    lines = sent_lines(old.lines)
    return tuple(ArrivedLine(each.part, each.quantity, each.serials) for each in lines)


def _whole(lines: Sequence[ArrivedLine], old: OldPartList, asked: Asked) -> Iterator[Rule]:
    """Rules: each part once, as many as are listed, and by the serials that are listed."""
    due, number = {line.part: line for line in sent_lines(old.lines)}, number_of(asked.home)
    yield from each_due(lines, {part: line.quantity for part, line in due.items()})
    for line in lines:
        listed = due.get(line.part)
        was, named = (listed.quantity, listed.serials) if listed else (0, ())
        differs = pieces(line) != was or sorted(line.serials) != sorted(named)
        part, came = line.part, pieces(line)
        told = reason("counted-not-as-listed", number=number, part=part, was=was, asked=came)
        yield differs, told
