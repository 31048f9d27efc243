"""What customers say in their own words is sealed wherever it stands: a customer may be erased."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from shared.events import BOOK, DOCUMENTS, reading
from shared.events.values import PersonalMark

assert reading.SHELF, "importing it has entered every fact of every room"
SAID = {"opinion", "words", "customer_wish", "answered_by", "signer", "contact_name"}
"""How fields are called that hold what a customer said, or who they are."""


def hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def classes(hint: Any, seen: set[type]) -> Iterator[type]:
    if isinstance(hint, type) and is_dataclass(hint) and hint not in seen:
        seen.add(hint)
        yield hint
        for inner in hints(hint).values():
            yield from classes(inner, seen)
    for part in get_args(hint):
        yield from classes(part, seen)


def is_personal(hint: Any) -> bool:
    marks = getattr(hint, "__metadata__", ())
    return any(isinstance(mark, PersonalMark) for mark in marks) or any(
        map(is_personal, get_args(hint))
    )


def test_every_field_with_words_of_a_customer_is_personal() -> None:
    seen = set[type]()
    kinds = [*(line.kind for line in BOOK.values()), *(line.kind for line in DOCUMENTS.values())]
    found = {
        (kind.__name__, each.name): is_personal(
            get_type_hints(kind, include_extras=True)[each.name]
        )
        for written in kinds
        for kind in classes(written, seen)
        for each in fields(kind)
        if each.name in SAID
    }
    assert {name for _, name in found} == SAID
    assert [place for place, personal in found.items() if not personal] == []
