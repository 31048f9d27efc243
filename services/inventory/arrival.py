"""到货 (arrivals): a parcel is counted against what was sent, and what is missing is looked for."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from services.inventory.part_register import each_once
from services.inventory.shipment import Counted, Found, Shipment, arrives, each_due, pieces
from shared.decider import Asked, Decision, Rule, reason, refuse_if, too_many
from shared.events.consignments import ArrivedLine, FoundLine
from shared.events.values import SEVERAL, PartList, Text


class Finds(Protocol):
    """在途找到: a command with what turned up, and where."""

    @property
    def lines(self) -> PartList[FoundLine]:
        """What turned up."""

    @property
    def because(self) -> Text:
        """Where it turned up."""


def missing(shipment: Shipment) -> tuple[FoundLine, ...]:
    """All that is in transit still, part by part."""
    return tuple(
        FoundLine(part, left, tuple(sorted(shipment.open_serials(part))))
        for part in shipment.lines
        if (left := shipment.open_of(part))
    )


def as_sent(shipment: Shipment) -> tuple[ArrivedLine, ...]:
    """All that was sent, as if all of it came."""
    sent = shipment.lines.values()
    return tuple(ArrivedLine(each.part, each.quantity, each.serials) for each in sent)


def own_receipt(shipment: Shipment | None, asked: Asked) -> Rule:
    """A rule: nobody counts what they sent."""
    own = shipment is not None and shipment.sent_by == asked.actor
    return own, reason("self-receipt", person=asked.actor)


def is_counted(shipment: Shipment | None, lines: Sequence[ArrivedLine], asked: Asked) -> bool:
    """Whether the same person has counted the same."""
    said = (lines, asked.actor)
    return shipment is not None and (shipment.received, shipment.received_by) == said


def find(
    kind: Callable[[str, PartList[FoundLine], Text, str], Found],
    command: Finds,
    shipment: Shipment | None,
    asked: Asked,
    stem: str,
    *rules: Rule,
) -> Decision:
    """在途找到: of what was missing when the parcel was counted."""
    known = shipment.found if shipment else ()
    said = [(each.lines, each.because, each.found_by) for each in known]
    if (command.lines, command.because, asked.actor) in said:
        return []
    refuse_if(
        *rules,
        too_many("found", len(known) + 1, SEVERAL),
        *(inbound(shipment, command.lines) if shipment else ()),
    )
    assert shipment is not None
    fact = kind(f"{stem}-F{len(known) + 1}", command.lines, command.because, asked.actor)
    return [*asked.here(fact), *arrives(shipment, command.lines)]


def countable(shipment: Shipment, lines: Sequence[ArrivedLine]) -> Iterator[Rule]:
    """Rules: every part of the parcel is counted, against what was sent."""
    sent = {part: line.quantity for part, line in shipment.lines.items()}
    yield from each_due(lines, sent)
    for line in lines:
        yield line.part not in sent, reason("not-sent-so", part=line.part)
        was = sent.get(line.part, 0)
        short = line.received < was and line.difference_because is None
        told = reason("count-unexplained", part=line.part, was=was, asked=line.received)
        yield short, told
    yield from inbound(shipment, lines)


def inbound(shipment: Shipment, lines: Sequence[Counted]) -> Iterator[Rule]:
    """Rules: no more comes in than is in transit, and of pieces with serials these pieces."""
    yield from each_once([line.part for line in lines])
    for line in lines:
        part, left, count = line.part, shipment.open_of(line.part), pieces(line)
        yield count > left, reason("beyond-sent", part=part, left=left, asked=count)
        yield from transit_serials(shipment, part, count, line.serials)


def transit_serials(
    shipment: Shipment, part: str, count: int, serials: Sequence[str]
) -> Iterator[Rule]:
    """Rules: pieces that were sent by their serials are named by them, each once."""
    sent = shipment.lines.get(part)
    if sent is None:
        return
    open_, named = shipment.open_serials(part), len(set(serials))
    strange = sorted(set(serials) - open_)
    yield bool(strange), reason("serials-not-sent", part=part, serials=strange)
    bare = shipment.open_of(part) - len(open_)  # old parts may have numbers that nobody can read
    lacking = bool(sent.serials) and not strange and not 0 <= count - named <= bare
    yield lacking, reason("serials-needed", part=part, named=named, asked=count)
