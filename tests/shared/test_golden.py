"""样张: what was once written in a record loads for ever, and a changed fact is another version."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared import events
from shared.envelope import canonical
from shared.events import DocumentEntry, FactEntry, reading
from shared.events.reading import FutureSchema, UnknownType, Unreadable
from tests.generate import entries
from tests.shared.goldens import FOLDER, file_of

assert reading.SHELF, "importing it has entered every fact of every room"


def files() -> Iterator[tuple[str, int, Path]]:
    for path in sorted(FOLDER.glob("*.json")):
        name, version = path.name.removesuffix(".json").rsplit(".v", 1)
        yield name, int(version), path


def load(name: str, schema: int, data: bytes) -> object:
    if name in events.DOCUMENTS:
        return reading.load_document(name, schema, data)
    return reading.load(name, schema, data)


@pytest.mark.parametrize("line", list(entries()), ids=lambda line: line.name)
def test_every_version_has_a_golden_file(line: FactEntry | DocumentEntry) -> None:
    missing = [v for v in range(1, line.schema + 1) if not file_of(line, v).exists()]
    assert missing == [], "run: make generate"


@pytest.mark.parametrize(
    ("name", "schema", "path"), list(files()), ids=lambda value: getattr(value, "stem", "")
)
def test_a_golden_file_loads_for_ever(name: str, schema: int, path: Path) -> None:
    plain = json.loads(path.read_text("utf-8"))
    read = load(name, schema, canonical(plain))
    again = json.loads(canonical(read))
    line = events.BOOK.get(name) or events.DOCUMENTS[name]
    assert type(read) is line.kind
    assert load(name, line.schema, canonical(read)) == read
    if schema == line.schema:
        assert again == plain, f"{name} has changed: raise its schema version, write an upcast"


def test_what_stands_in_no_book_is_named() -> None:
    with pytest.raises(UnknownType, match="PartConjured"):
        reading.load("PartConjured", 1, b"{}")
    with pytest.raises(UnknownType, match="wish"):
        reading.load_document("wish", 1, b"{}")


def test_what_a_later_program_wrote_is_named() -> None:
    with pytest.raises(FutureSchema, match="RepairReported of schema 99"):
        reading.load("RepairReported", 99, b"{}")
    with pytest.raises(FutureSchema, match="report of schema 99"):
        reading.load_document("report", 99, b"{}")


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"{", b"\xff", b'{"round": "1", "due_at": "2026-11-23T02:00:00Z"}'],
    ids=["nothing", "a list", "no fields", "cut off", "no text", "a text for a number"],
)
def test_what_has_not_the_form_of_its_type_is_named(data: bytes) -> None:
    with pytest.raises(Unreadable, match="ApprovalUrged of schema 1"):
        reading.load("ApprovalUrged", 1, data)


def test_an_older_version_is_raised_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    now = replace(events.BOOK["ApprovalUrged"], schema=3)
    monkeypatch.setitem(events._book, "ApprovalUrged", now)
    steps = {
        ("ApprovalUrged", 1): lambda data: {"turn": data["turn"], "due_at": data["due"]},
        ("ApprovalUrged", 2): lambda data: {"round": data["turn"], "due_at": data["due_at"]},
    }
    monkeypatch.setattr(reading, "UPCASTS", steps)
    due = "2026-11-23T06:00:00Z"
    newest = reading.load("ApprovalUrged", 3, canonical({"round": 2, "due_at": due}))
    assert reading.load("ApprovalUrged", 2, canonical({"turn": 2, "due_at": due})) == newest
    assert reading.load("ApprovalUrged", 1, canonical({"turn": 2, "due": due})) == newest
    with pytest.raises(Unreadable):
        reading.load("ApprovalUrged", 0, canonical({"turn": 2, "due": due}))
