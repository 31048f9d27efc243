"""配件目录 (the catalogue of parts): a stream and a card for each part.

A card is written in whole: registering makes it, changing replaces it. A part that is no longer
bought stays as a card that is not active; what is left of it may still be drawn.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from services.inventory import ledger
from services.inventory.units import DIVISIBLE, divided
from shared.decider import Asked, Decision, Public, Reason, Rule, reason, refuse_if
from shared.events.inventory import PartCard, PartChanged, PartDocument, PartRegistered
from shared.events.values import PART_FORM, BranchCode, Role
from shared.ground import last_of
from shared.step import Address, PaperType, PathField, Step, by_command, of_everybody


@dataclass(frozen=True, slots=True)
class RegisterPart:
    """配件登记: a new part in the catalogue, which is the same for all branches.

    By base, which also says of which old parts are due; by the operator when a list is loaded.
    """

    card: PartCard


@dataclass(frozen=True, slots=True)
class ChangePart:
    """配件变更: the whole card as it is from now on."""

    card: PartCard
    stores: tuple[BranchCode, ...] = ()
    """The stores that ever had it, if it is to be counted in another way."""


class NamedPieces(Protocol):
    """件数: so many pieces of a part, by their serials where they have them."""

    @property
    def part(self) -> str:
        """The number of the part."""

    @property
    def quantity(self) -> int:
        """How many, in the small unit of a divided part."""

    @property
    def serials(self) -> Sequence[str]:
        """The serials that are named."""


Fact: TypeAlias = PartRegistered | PartChanged


def stream_of(part: str) -> str:
    """The stream a part's card stands on."""
    return f"part-{part}"


def register(command: RegisterPart, card: PartCard | None, asked: Asked) -> Decision:
    """配件登记: once a number."""
    new = divided(command.card, card)
    if new == card:
        return []
    taken = card is not None, reason("registered-already", part=new.id)
    refuse_if(_elsewhere(new, asked), taken, _undivided(new))
    return asked.here(PartRegistered(new))


def reads_stock(command: ChangePart, card: PartCard | None, _asked: Asked) -> tuple[str, ...]:
    """The stock of every store, if the card says in another way how the part is counted."""
    if not recounts(command.card, card):
        return ()
    return tuple(ledger.stream_of(store, command.card.id) for store in command.stores)


def change(command: ChangePart, card: PartCard | None, asked: Asked) -> Decision:
    """配件变更: of a part that is registered; its unit stays while any store has some."""
    new = divided(command.card, card)
    if new == card:
        return []
    refuse_if(
        _elsewhere(new, asked),
        _undivided(new),
        (card is None, reason("part-unknown", part=new.id)),
        *_recounted(command, card, asked),
    )
    return asked.here(PartChanged(new))


NUMBER = PathField(described="配件编号 part", pattern=PART_FORM)
PAPER: PaperType[PartCard | None] = PaperType(
    prefix="part",
    address=Address("/parts/{number:path}", (NUMBER,)),
    branches_of=of_everybody,
    is_common=True,
)
_CARD = {
    "id": "MFQ-32",
    "name": "机械密封圈 32 mm seal ring",
    "unit": "piece",
    "category": "seals",
    "models": ["GX-200"],
    "has_serials": False,
    "old_part_due": ["warranty"],
    "value_fen": 3800,
}

initial: PartCard | None = None
"""No card yet."""
STEPS = (
    Step(
        "/parts",
        RegisterPart,
        register,
        by={Role.BASE, Role.OPERATOR},
        begins=True,
        location="/v1/parts/{id}",
        takes_branch=True,
        example=_CARD,
    ),
    Step(
        "changes",
        ChangePart,
        change,
        by={Role.BASE},
        reads=reads_stock,
        rests_on=last_of(PartRegistered),
        begins=True,
        replaces=True,
        takes_branch=True,
        example=_CARD,
    ),
)
decide = by_command(STEPS)


def evolve(_: PartCard | None, fact: Fact) -> PartCard | None:
    """The card after the fact."""
    return fact.card


def public(card: PartCard | None, _: Fact) -> Public:
    """The card as other rooms know it."""
    assert card is not None
    return Public(PartDocument(card), {})


def card_of(asked: Asked, part: str) -> PartCard | None:
    """The card of a part, where a command reads it."""
    card = asked.read(stream_of(part))
    assert card is None or isinstance(card, PartCard)
    return card


def recounts(card: PartCard, before: PartCard | None) -> bool:
    """Whether the card says in another way than before how the part is counted."""
    return before is not None and _counted(before) != _counted(divided(card, before))


def _counted(card: PartCard) -> tuple[object, ...]:
    """How pieces of it are counted."""
    return card.unit, card.divided, card.has_serials


def _recounted(command: ChangePart, card: PartCard | None, asked: Asked) -> Iterator[Rule]:
    """A rule: nobody says of pieces that are there that they are counted in another way."""
    reads = reads_stock(command, card, asked)
    stocks = zip(command.stores, map(asked.read, reads), strict=False)
    held = sorted(store for store, stock in stocks if stock.is_held)
    yield bool(held), reason("counting-in-use", part=command.card.id, stores=held)


def _undivided(card: PartCard) -> Rule:
    """A rule: of pieces there are no fractions, and no serial belongs to a thousandth."""
    whole = card.unit not in DIVISIBLE or card.has_serials
    return bool(card.divided) and whole, reason("not-divisible", part=card.id, unit=card.unit)


def _elsewhere(card: PartCard, asked: Asked) -> tuple[bool, Reason]:
    """A rule: a card is written on the stream of its own number."""
    return stream_of(card.id) != asked.home, reason("card-elsewhere", part=card.id)


def unusable(card: PartCard | None, part: str) -> Iterator[tuple[bool, Reason]]:
    """A rule for what is newly taken into stock: the part is in the catalogue, and active."""
    yield card is None, reason("part-unknown", part=part)
    yield card is not None and not card.active, reason("part-inactive", part=part)


def each_once(parts: Sequence[str]) -> Iterator[tuple[bool, Reason]]:
    """A rule: there are lines, and each part stands on one of them."""
    twice = sorted(part for part, times in Counter(parts).items() if times > 1)
    yield not parts, reason("no-lines")
    yield bool(twice), reason("part-twice", parts=twice)


def each_named(
    card: PartCard | None, part: str, quantity: int, serials: Sequence[str]
) -> Iterator[Rule]:
    """Rules: pieces of a part with serials are each named by theirs; of others none is."""
    kept, named = bool(card and card.has_serials), len(serials)
    lacking = reason("serials-needed", part=part, named=named, asked=quantity)
    yield kept and named < quantity, lacking
    yield bool(card) and not kept and named > 0, reason("serials-not-kept", part=part)


def known_pieces(line: NamedPieces, asked: Asked) -> Iterator[Rule]:
    """Rules: the part is in the catalogue, and its pieces are named if they have serials.

    What is not bought any more may still be there.
    """
    card = card_of(asked, line.part)
    yield card is None, reason("part-unknown", part=line.part)
    yield from each_named(card, line.part, line.quantity, line.serials)


def as_priced(
    card: PartCard | None, quantity: int, fen: int, because: str | None
) -> Iterator[Rule]:
    """Rules: a loss costs what the catalogue says of the pieces, or it says why not."""
    price = card.price_of(quantity) if card else None
    if card is None or price is None or because:
        return
    yield fen < price, reason("loss-below-price", part=card.id, fen=fen, price=price)
    yield fen > price, reason("loss-above-price", part=card.id, fen=fen, price=price)
