"""事实之书 (the book of facts): how a fact is declared, and how any fact is found by its name.

A fact is a frozen class in the module of the only room that writes it. Its name is the storage
format: it never changes. A change of fields is a new schema version and an upcast (`upcasts.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FactEntry:
    """One line of the book: a fact's class, and what everybody may know about it."""

    name: str
    kind: type
    schema: int
    writers: tuple[str, ...]
    """The rooms that write it: one, but for `RepairClosed`."""
    documents: Mapping[str, str]
    """For a milestone: the document it carries, by the room that writes it. Otherwise empty."""

    @property
    def milestone(self) -> bool:
        """Whether it goes to a topic of its own, with a public document."""
        return bool(self.documents)


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """One kind of public document: the full state of a paper, as other rooms may read it."""

    name: str
    kind: type
    schema: int


_book: dict[str, FactEntry] = {}
_documents: dict[str, DocumentEntry] = {}
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

    `milestone` names the document the fact carries, or says it for each room that writes the fact.
    `writers` defaults to those rooms, or to the room the module is named after.
    """

    def enter(kind: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True)(kind)
        name, home = made.__name__, made.__module__.rpartition(".")[2]
        if name in _book:
            raise ValueError(f"{name} stands in the book already: {_book[name].kind}")
        _book[name] = _entry(made, schema, milestone, writers or (home,))
        return made

    return enter


@dataclass_transform(frozen_default=True)
def document(name: str, *, schema: int = 1) -> Callable[[type[T]], type[T]]:
    """Declare a public document under the prefix of the streams whose state it shows."""

    def enter(kind: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True)(kind)
        if name in _documents:
            raise ValueError(f"document {name} is declared already: {_documents[name].kind}")
        _documents[name] = DocumentEntry(name, made, schema)
        return made

    return enter


def entry(made: object) -> FactEntry:
    """The book's line for a fact (an instance or its class). KeyError if it is no fact."""
    kind = made if isinstance(made, type) else type(made)
    return _book[kind.__name__]


def milestones(document: str) -> frozenset[str]:
    """The milestones that carry a document: whoever heeds the paper listens to all of them."""
    return frozenset(line.name for line in BOOK.values() if document in line.documents.values())


def _entry(
    kind: type, schema: int, milestone: str | Mapping[str, str], writers: tuple[str, ...]
) -> FactEntry:
    if isinstance(milestone, Mapping):
        return FactEntry(kind.__name__, kind, schema, tuple(milestone), milestone)
    documents = dict.fromkeys(writers, milestone) if milestone else {}
    return FactEntry(kind.__name__, kind, schema, writers, documents)
