"""案例 (cases): repairs of a made-up machine, with whatever parts a story wants to bring."""

from collections.abc import Mapping, Sequence
from typing import Any

from guiyi.play.case import Case, Rooms
from guiyi.play.cast import Cast, cast
from guiyi.play.people import LIU, ONLOOKER, Person
from guiyi.play.registers import enter_registers, enter_stock
from tests.world.people import ANYBODY, EVERYBODY
from tests.world.record import BEGIN
from tests.world.world import World

TOLD = cast()
WORDS = {
    **{name: TOLD["angry"][name] for name in ("refusal", "waiver")},
    "taken_ill": TOLD["ill"]["taken_ill"],
    "withdrawn": TOLD["given_up"]["withdrawn"],
    **{name: TOLD["rude"][name] for name in ("complaint", "resolution", "unhappy")},
}
"""What people say where a repair leaves its straight line, though nobody told it so."""
MACHINES = 6
PARTS = (
    *TOLD["parts"],
    {"id": "OIL-1", "name": "机油", "value_fen": 1_200},
    {"id": "PUMP-9", "name": "泵", "has_serials": True, "value_fen": 1_200},
)
PRICES: Mapping[str, int] = {card["id"]: card["value_fen"] for card in PARTS}
"""目录价: what a piece of each part costs."""
STOCK = (
    {"part": "SEAL-32", "quantity": 12},
    {"part": "OIL-1", "quantity": 12},
    {"part": "RING-32", "quantity": 60},
    {"part": "PUMP-9", "quantity": 4, "serials": ["P-1", "P-2", "P-3", "P-4"]},
    {"part": "HEAD-350", "quantity": 4},
    {"part": "BELT-90", "quantity": 3},
)
"""What the store has at first: of each part so many, and their serials."""


def enter(rooms: Rooms, people: Sequence[Person] = EVERYBODY) -> Cast:
    """登记: all that the told repairs need, and more people, machines and parts."""
    said = {
        **TOLD.said,
        "machines": [*TOLD["machines"], *(_machine(n) for n in range(MACHINES))],
        "parts": PARTS,
        "stock": STOCK,
    }
    whole = Cast((*people, ONLOOKER, ANYBODY), said)
    at = BEGIN if isinstance(rooms, World) else None
    enter_registers(rooms, whole, at=at)
    enter_stock(rooms, whole, at=at)
    return whole


def case_of(
    rooms: Rooms,
    n: int = 0,
    nature: str = "warranty",
    parts: Mapping[str, int] | None = None,
    delivery: str = "carried",
    technician: Person = LIU,
) -> Case:
    """The leaking pump of the cast, with another machine and other parts."""
    told = TOLD["leaking"]
    brought = [{"part": part, "quantity": pieces} for part, pieces in (parts or {}).items()]
    machine = {name: _machine(n)[name] for name in ("model", "serial_no")}
    equipment = {**told["report"]["equipment"], "machine": _machine(n)["id"], **machine}
    wanted = {"repair_nature": nature, "parts_to_bring": brought, "no_parts": not brought}
    said = {
        **WORDS,
        **told,
        "delivery": delivery,
        "report": {**told["report"], "basics": told["basics"], "equipment": equipment},
        "diagnosis": {**told["diagnosis"], **wanted},
        "parcel": TOLD["capping"]["parcel"],
        "door": TOLD["capping"]["door"],
    }
    return Case(rooms, said, technician)


def _machine(n: int) -> dict[str, Any]:
    return {**TOLD["machines"][0], "id": f"M-{n}", "model": "MFQ-32", "serial_no": f"SN-{n}"}
