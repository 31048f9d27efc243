"""事实目录 (the catalogue): every fact there is, as a page that is made from the book of facts.

`make generate` writes `docs/catalogue.md`. A test compares the page with the book.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Union, get_args, get_origin, get_type_hints

from guiyi.rooms import ROOMS, wiring
from shared.events import BOOK, DOCUMENTS, DocumentEntry, FactEntry, reading
from shared.events import values as value_types
from shared.events.values import PersonalMark

PAGE = Path(__file__).parents[2] / "docs" / "catalogue.md"
SHELF = "shared.events."

HEAD = """# 事实目录 · The catalogue of facts

Made from the book of facts by `make generate`; a test holds it to the book.

★ marks a milestone: its public document goes to a topic of its name, and others may build on it.
密 marks a personal field: sealed under its subject's key before the fact is written. `?` marks a
field that may be empty. Around these fields every fact carries its id, stream, version, ticket,
branch, actor, command, its two times, and the policy that had a say.

By a PersonName or a Phone its stream is looked up; so it is by the LegacyText of a column whose
heading says it. A stream belongs to the customer of its CustomerRef, or to its OwnerStream: what is
erased of the owner is erased of the stream too.

Text is at most 200 characters, Note at most 4,000, both without blank ends; Ref is a number or id;
At a moment in UTC; Fen money in hundredths of a yuan; Quantity at least 1; ContentHash a SHA-256 in
hex.
"""


def page() -> str:
    """The catalogue as Markdown."""
    assert reading.SHELF
    ours = [line for line in BOOK.values() if _is_ours(line.kind)]
    facts = sorted(ours, key=lambda line: line.kind.__module__)
    known = sorted(DOCUMENTS.values(), key=lambda line: line.name)
    documents = [line for line in known if _is_ours(line.kind)]
    return "\n".join(_parts(facts, documents))


def _parts(facts: Sequence[FactEntry], documents: Sequence[DocumentEntry]) -> Iterator[str]:
    whole = [line.kind for lines in (facts, documents) for line in lines]
    found: dict[str, type] = {}
    for kind in whole:
        _collect(kind, found)
    parts = [found[name] for name in sorted(found) if found[name] not in whole]
    lists = [kind for kind in parts if issubclass(kind, Enum)]
    yield HEAD
    for room in ROOMS:
        chinese, _ = said(import_module(f"services.{room}"))
        yield from _facts(chinese, [line for line in facts if [*line.writers] == [room]])
    yield from _facts("数室共有 (several rooms)", [line for line in facts if len(line.writers) > 1])
    yield "## 公开文档 · Public documents\n"
    for line in documents:
        yield from _section(line.name, line.kind, f" Schema version {line.schema}.")
    yield "## 栏目 · Values\n"
    for kind in parts:
        if kind not in lists:
            yield from _section(kind.__name__, kind)
    yield "## 代码表 · Lists of codes\n"
    yield "| list | Chinese | codes |\n|---|---|---|"
    yield from map(_codes, lists)
    yield ""


def listeners() -> Mapping[str, list[str]]:
    """Which rooms listen to which milestones."""
    heard: dict[str, list[str]] = {}
    for room in ROOMS:
        for name in wiring(room).listens:
            heard.setdefault(name, []).append(room)
    return heard


def _facts(name: str, facts: Iterable[FactEntry]) -> Iterator[str]:
    yield f"## {name}\n"
    heard = listeners()
    for line in facts:
        chinese, words = said(line.kind)
        star = " ★" if line.milestone else ""
        yield f"### {line.name} {chinese}{star}\n\n{words}\n"
        listening = ", ".join(heard.get(line.name, [])) or "nobody"
        told = f"Written by {', '.join(line.writers)}"
        heard_by = f"; listened to by {listening}" if line.milestone else ""
        yield f"{told}{heard_by}. Schema version {line.schema}.\n"
        yield from _table(line.kind)


def _section(name: str, kind: type, more: str = "") -> Iterator[str]:
    chinese, words = said(kind)
    yield f"### {name} {chinese}\n\n{words}{more}\n"
    yield from _table(kind)


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith(SHELF)


def _table(kind: type) -> Iterator[str]:
    hints = get_type_hints(kind, include_extras=True)
    assert is_dataclass(kind)
    if rows := [f"| `{item.name}` | {_type(hints[item.name])} |" for item in fields(kind)]:
        yield "\n".join(["| field | type |", "|---|---|", *rows, ""])


def _codes(kind: type[Enum]) -> str:
    chinese, _ = said(kind)
    codes = ", ".join(f"`{member.value}`" for member in kind)
    return f"| {kind.__name__} | {chinese} | {codes} |"


def said(thing: object) -> tuple[str, str]:
    """The Chinese term that a docstring begins with, and its sentence."""
    text = " ".join((thing.__doc__ or "").partition("\n\n")[0].split())
    term, colon, words = text.partition(": ")
    if not colon:
        return "", text
    return term, words[0].upper() + words[1:]


_NAMES = {
    alias: name
    for name, alias in vars(value_types).items()
    if get_origin(alias) is Annotated and not name.startswith("_")
}


def _type(hint: object) -> str:
    """A type as the page says it: its own name, 密 for personal text, ? for what may be empty."""
    if hint in _NAMES:
        return _NAMES[hint] + (" 密" if _is_personal(hint) else "")
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        inner = [part for part in parts if part is not NoneType]
        empty = "?" if NoneType in parts else ""
        return " or ".join(map(_type, inner)) + empty
    if origin is Annotated:
        return _type(parts[0]) + (" 密" if _is_personal(hint) else "")
    if origin is tuple:
        return f"list of {_type(parts[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"{_type(parts[1])} by {_type(parts[0])}"
    name = hint.__name__ if isinstance(hint, type) else str(hint)
    return {"str": "text", "int": "integer", "bool": "yes or no"}.get(name, name)


def _is_personal(hint: object) -> bool:
    return any(isinstance(mark, PersonalMark) for mark in get_args(hint)[1:])


def _collect(kind: type, found: dict[str, type]) -> None:
    """Every class of ours that a class is made of, without the class itself."""
    if is_dataclass(kind):
        for hint in get_type_hints(kind, include_extras=True).values():
            for part in _classes(hint):
                if part.__name__ not in found:
                    found[part.__name__] = part
                    _collect(part, found)


def _classes(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and _is_ours(hint):
        yield hint
    if get_origin(hint) is Annotated and _is_personal(hint):
        return
    for part in get_args(hint):
        yield from _classes(part)
