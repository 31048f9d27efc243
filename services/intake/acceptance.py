"""验收 (acceptance): a commissioned machine's card says from when its warranty runs.

That day is no field that a clerk types. What was written down wrongly an approver puts right, who
did not set the machine up, and says why.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta, timezone

from services.intake.cards import Card
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.cards import AcceptanceNoted, MachineCard, WarrantyCorrected
from shared.events.values import Note, Ref, Warned

FARTHEST = timezone(timedelta(hours=14))
"""Where a day begins first: what is still to come there is still to come everywhere."""


@dataclass(frozen=True, slots=True)
class NoteAcceptance:
    """得知验收: dispatch closed a commissioning; by reaction, once an order."""

    order: str
    version: int
    """Of the document that said so."""
    starts_on: date
    told_on: date
    until: date
    """Obligation: until when the warranty runs, by policy."""
    done_by: tuple[Ref, ...] = ()
    """Who set it up."""


@dataclass(frozen=True, slots=True)
class Correcting:
    """保修更正: on which day the machine was really accepted, and how it is known."""

    starts_on: date
    because: Note


@dataclass(frozen=True, slots=True)
class CorrectWarranty(Correcting):
    """保修更正: the first day of a warranty that an acceptance set; by an approver."""

    until: date
    """Obligation: until when a warranty from that day on runs, by policy."""
    local_day: date
    """Obligation: the day where the branch is."""


def note_acceptance(command: NoteAcceptance, card: Card | None, asked: Asked) -> Decision:
    """得知验收: a first day that stands on the card already is kept, and that is said."""
    known = [each.fact for each in asked.of_kind(AcceptanceNoted)]
    ours = [each for each in known if each.order == command.order]
    if any(each.version >= command.version or _is_same(each, command) for each in ours):
        return []
    number = number_of(asked.home)
    refuse_if((not isinstance(card, MachineCard), reason("machine-unknown", machine=number)))
    assert isinstance(card, MachineCard)
    warnings = tuple(_warned(command, card))
    noted = (command.order, command.version, command.starts_on, warnings, command.done_by)
    return asked.here(AcceptanceNoted(_started(command, card), *noted))


def correct_warranty(command: CorrectWarranty, card: Card | None, asked: Asked) -> Decision:
    """保修更正: of a machine that was accepted, by nobody who set it up."""
    noted = [each.fact for each in asked.of_kind(AcceptanceNoted)]
    before = _first_day(card)
    crew = {person for each in noted for person in each.done_by}
    ahead = reason("acceptance-ahead", on=command.starts_on.isoformat())
    refuse_if(
        (card is None, reason("never-registered", stream=asked.home)),
        (card is not None and not noted, reason("not-commissioned", machine=number_of(asked.home))),
        (asked.actor in crew, reason("own-acceptance", person=asked.actor)),
        (command.starts_on > command.local_day, ahead),
    )
    assert isinstance(card, MachineCard)
    if before is None or before == command.starts_on:
        return []
    started = replace(card, warranty_starts_on=command.starts_on)
    if is_last_day_ours(asked):
        started = replace(started, warranty_until=command.until)
    return asked.here(WarrantyCorrected(started, before, command.because, asked.actor))


def as_accepted(new: Card, card: Card | None, asked: Asked) -> Rule:
    """A rule: a change of a card leaves the first day of its warranty as the acceptance set it."""
    before, after = (_first_day(each) for each in (card, new))
    differs = bool(asked.of_kind(AcceptanceNoted)) and before != after
    return differs, reason("warranty-by-acceptance", on=before.isoformat() if before else "")


def first_day_ahead(new: Card, card: Card | None, asked: Asked) -> Rule:
    """A rule: a warranty begins on no day to come; what stands on the card already may stay.

    Whoever typed one before the acceptance would have it kept in place of the real one.
    """
    first, before = _first_day(new), _first_day(card)
    last = asked.recorded_at.astimezone(FARTHEST).date()
    ahead = first is not None and first != before and first > last
    return ahead, reason("acceptance-ahead", on=first.isoformat() if first else "")


def _first_day(card: Card | None) -> date | None:
    return card.warranty_starts_on if isinstance(card, MachineCard) else None


def is_last_day_ours(asked: Asked) -> bool:
    """Whether the last day on the card is one that an acceptance set, or a correction of it."""
    ours, last = False, None
    for each in asked.happened.get(asked.home, ()):
        card = getattr(each.fact, "card", None)
        if isinstance(card, MachineCard) and card.warranty_until != last:
            last = card.warranty_until
            ours = isinstance(each.fact, AcceptanceNoted | WarrantyCorrected)
    return ours


def _is_same(noted: AcceptanceNoted, command: NoteAcceptance) -> bool:
    """Whether a newer document says of the acceptance what is known."""
    told = any(each.code == "acceptance-told-later" for each in noted.warnings)
    later = command.told_on != command.starts_on
    return noted.accepted_on == command.starts_on and told == later


def _started(command: NoteAcceptance, card: MachineCard) -> MachineCard:
    """The card with the day from which its warranty runs, and until when."""
    if card.warranty_starts_on is not None:
        return card
    until = card.warranty_until or command.until
    return replace(card, warranty_starts_on=command.starts_on, warranty_until=until)


def _warned(command: NoteAcceptance, card: MachineCard) -> Iterator[Warned]:
    started = card.warranty_starts_on
    if started is not None and started != command.starts_on:
        yield Warned("warranty-started-already", (started.isoformat(),))
    if command.told_on != command.starts_on:
        yield Warned("acceptance-told-later", (command.told_on.isoformat(),))
