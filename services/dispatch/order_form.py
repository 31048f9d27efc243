"""维修单的填写 (making out the order): what is left blank, what differs, which notes it names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from shared.content import content_hash
from shared.events.order_sheet import ApprovedReport, Delivery, NamedNote, OrderKind, PartPlanned
from shared.events.values import ContentHash, PartWanted, RepairNature, Travel


@dataclass(frozen=True, slots=True)
class OrderForm:
    """三联单: the order as the clerk fills it in from the approved report."""

    approved: ContentHash
    """Of the approved report he copied from."""
    kind: OrderKind = OrderKind.REPAIR
    repair_nature: RepairNature | None = None
    parts: tuple[PartPlanned, ...] = ()
    no_parts: bool = False
    travel: Travel | None = None


def missing(form: OrderForm, approved: ApprovedReport | None) -> Sequence[str]:
    """空项: the fields left blank; "none" is said, never left out."""
    travel = form.travel or Travel()
    on_site = bool(approved and approved.diagnosis.on_site)
    blanks = {
        "repair_nature": form.repair_nature is None,
        "parts": not form.parts and not form.no_parts,
        "travel_mode": on_site and travel.mode is None,
        "travel_at": on_site and travel.at is None,
    }
    return [name for name, blank in blanks.items() if blank]


def differs(form: OrderForm, report: ApprovedReport) -> Sequence[str]:
    """与批准不符: the fields filled in otherwise than they were approved."""
    approved, travel = report.diagnosis, form.travel or Travel()
    planned = approved.travel or Travel()
    said = bool(form.parts) or form.no_parts
    others = {
        "approved": form.approved != report.content,
        "repair_nature": form.repair_nature not in (None, approved.repair_nature),
        "parts": said and pieces(form.parts) != pieces(approved.parts_to_bring),
        "travel_mode": travel.mode not in (None, planned.mode),
        "travel_at": travel.at not in (None, planned.at),
        "travellers": form.travel is not None and set(travel.travellers) != set(planned.travellers),
    }
    return [name for name, otherwise in others.items() if otherwise]


def content_of(number: str, form: OrderForm) -> str:
    """签字所见: SHA-256 (hex) of the order's number and form as JSON with sorted keys.

    What was approved stands in it by its own hash.
    """
    shown = {"number": number, "form": asdict(form)}
    return content_hash(shown)


def named_notes(parts: Sequence[PartPlanned], ticket: str, so_far: int) -> tuple[NamedNote, ...]:
    """出库单号: one note for what is carried, one for what is posted, numbered on (-C1, -C2)."""
    ways = [way for way in Delivery if any(each.delivery is way for each in parts)]
    return tuple(
        NamedNote(
            number=f"{ticket}-C{so_far + n}",
            delivery=way,
            lines=tuple(
                PartWanted(part, quantity)
                for part, quantity in pieces(e for e in parts if e.delivery is way).items()
            ),
        )
        for n, way in enumerate(ways, start=1)
    )


def pieces(parts: Iterable[PartPlanned | PartWanted]) -> Mapping[str, int]:
    """How many of each part, wherever and however often it is named."""
    counted: dict[str, int] = {}
    for each in parts:
        counted[each.part] = counted.get(each.part, 0) + each.quantity
    return counted
