"""事实之书 (the book of facts): how a fact is declared, and how it is found by its name.

A fact is a frozen class in the module of the room that writes it. Its name is stored with it and
never changes. If its fields change, it gets a new schema version and an upcast (`upcasts.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FactEntry:
    """The book's entry of a fact: its class, who writes it, and whether it is a milestone."""

    name: str
    kind: type
    schema: int
    writers: tuple[str, ...]
    """The rooms that write it: one, except for `RepairClosed`."""
    documents: Mapping[str, str]
    """For a milestone: the document it carries, by writing room. Otherwise empty."""

    @property
    def milestone(self) -> bool:
        """Whether it goes to a topic of its own and carries a public document."""
        return bool(self.documents)


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """The book's entry of a public document: the full state of a paper, as other rooms see it."""

    name: str
    kind: type
    schema: int


_book: dict[str, FactEntry] = {}
_documents: dict[str, DocumentEntry] = {}
_carriers: dict[str, set[str]] = {}
"""By the name of a document: the milestones that carry it."""
BOOK: Mapping[str, FactEntry] = MappingProxyType(_book)
DOCUMENTS: Mapping[str, DocumentEntry] = MappingProxyType(_documents)


@dataclass_transform(frozen_default=True, kw_only_default=False)
def fact(
    *,
    schema: int = 1,
    milestone: str | Mapping[str, str] = "",
    writers: tuple[str, ...] = (),
) -> Callable[[type[T]], type[T]]:
    """Declare a fact: a frozen slotted dataclass, entered in the book under its class name.

    `milestone` names the document that the fact carries; if several rooms write the fact, it maps
    each of them to its document. `writers` defaults to these rooms, or else to the module's room.
    """

    def enter(kind: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True)(kind)
        name, home = made.__name__, made.__module__.rpartition(".")[2]
        if name in _book:
            raise ValueError(f"{name} stands in the book already: {_book[name].kind}")
        _book[name] = line = _entry(made, schema, milestone, writers or (home,))
        for carried in line.documents.values():
            _carriers.setdefault(carried, set()).add(name)
        return made

    return enter


@dataclass_transform(frozen_default=True)
def document(name: str, *, schema: int = 1) -> Callable[[type[T]], type[T]]:
    """Declare a public document; its name is the prefix of the streams whose state it shows."""

    def enter(kind: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True)(kind)
        if name in _documents:
            raise ValueError(f"document {name} is declared already: {_documents[name].kind}")
        _documents[name] = DocumentEntry(name, made, schema)
        return made

    return enter


def entry(made: object) -> FactEntry:
    """The entry of a fact (an instance or its class). Raises KeyError if it is not in the book."""
    kind = made if isinstance(made, type) else type(made)
    return _book[kind.__name__]


def milestones(document: str) -> frozenset[str]:
    """All milestones that carry a document. A subscriber of the document listens to all of them."""
    return frozenset(_carriers.get(document, ()))


def _entry(
    kind: type, schema: int, milestone: str | Mapping[str, str], writers: tuple[str, ...]
) -> FactEntry:
    if isinstance(milestone, Mapping):
        return FactEntry(kind.__name__, kind, schema, tuple(milestone), milestone)
    documents = dict.fromkeys(writers, milestone) if milestone else {}
    return FactEntry(kind.__name__, kind, schema, writers, documents)
