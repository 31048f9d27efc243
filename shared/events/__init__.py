"""事实之书 (the book of facts): how a fact is declared, and how any fact is found by its name.

A fact is a frozen class in the module of the only room that writes it. Its name is the storage
format: it never changes. A change of fields is a new schema version and an upcast (`upcasts.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar, dataclass_transform

from shared.events.values import Personal, Sealed

__all__ = ["BOOK", "Document", "Entry", "Personal", "Sealed", "document", "entry", "fact"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the book: a fact's class, and what everybody may know about it."""

    name: str
    kind: type
    schema: int
    milestone: bool
    writers: tuple[str, ...]
    """The rooms that write it: one, but for `RepairClosed`."""


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of public document: the full state of a paper, as other rooms may read it."""

    name: str
    kind: type
    schema: int


_book: dict[str, Entry] = {}
_documents: dict[str, Document] = {}
BOOK: Mapping[str, Entry] = MappingProxyType(_book)
DOCUMENTS: Mapping[str, Document] = MappingProxyType(_documents)


@dataclass_transform(frozen_default=True, kw_only_default=False)
def fact(
    *, schema: int = 1, milestone: bool = False, writers: tuple[str, ...] = ()
) -> Callable[[type[T]], type[T]]:
    """Declare a fact: a frozen slotted dataclass, entered in the book under its class name.

    `writers` defaults to the room its module is named after.
    """

    def enter(kind: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True)(kind)
        name, home = made.__name__, made.__module__.rpartition(".")[2]
        if name in _book:
            raise ValueError(f"{name} stands in the book already: {_book[name].kind}")
        _book[name] = Entry(name, made, schema, milestone, writers or (home,))
        return made

    return enter


@dataclass_transform(frozen_default=True)
def document(name: str, *, schema: int = 1) -> Callable[[type[T]], type[T]]:
    """Declare a public document under the prefix of the streams whose state it shows."""

    def enter(kind: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True)(kind)
        if name in _documents:
            raise ValueError(f"document {name} is declared already: {_documents[name].kind}")
        _documents[name] = Document(name, made, schema)
        return made

    return enter


def entry(made: object) -> Entry:
    """The book's line for a fact (an instance or its class). KeyError if it is no fact."""
    kind = made if isinstance(made, type) else type(made)
    return _book[kind.__name__]
