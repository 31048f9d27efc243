"""附件 in every room: whatever file a step names is looked for, wherever it stands in its body."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

import pytest

from guiyi.rooms import ROOMS, wiring
from shared.events.values import FileRef, PictureMark
from shared.http.files import Files
from shared.personal.fields import has_mark, places_of
from shared.step import Step
from tests.memory_files import MemoryFiles

FILE = FileRef("漏液.jpg", "5f" * 32, "image/jpeg", 100)
PLACES = {
    "intake report /reports": {"circumstances.photos.0"},
    "intake report /my-reports": {"circumstances.photos.0"},
    "intake report basics": {"circumstances.photos.0"},
    "intake report signatures": {"evidence"},
    "intake report submissions": {"evidence"},
    "intake legacy continuations": {"report.circumstances.photos.0"},
    "dispatch work_order openings": {"evidence"},
    "dispatch work_order signatures": {"evidence"},
    "dispatch work_order work-records": {"work.photos.0"},
    "dispatch work_order customer-signatures": {"evidence"},
    "followup dossier addenda": {"file"},
    "inventory issue_note issues": {"evidence"},
    "inventory issue_note joint-openings": {"evidence", "opened.photos.0"},
    "inventory issue_note waivers": {"waiver.photo"},
    "inventory issue_note hand-overs": {"giver.evidence", "taker.evidence"},
    "inventory issue_note reconciliations": {"evidence"},
}
"""Where the steps of today name files. A new field is looked for without standing here."""


def steps() -> Iterator[tuple[str, type[Any]]]:
    """Every step, and the class of its command."""
    for name in ROOMS:
        for prefix, paper in wiring(name).papers.items():
            for step in paper.STEPS:
                if isinstance(step, Step):
                    yield f"{name} {prefix} {step.path}", step.command


def hollow(hint: Any) -> Iterator[tuple[str, Any]]:
    """Each place of a file in a type, with a value in which that file alone stands."""
    if hint is FileRef:
        yield "", FILE
    elif isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        for each in fields(hint):
            for place, value in hollow(hints[each.name]):
                made = object.__new__(hint)
                for other in fields(hint):
                    object.__setattr__(made, other.name, None)
                object.__setattr__(made, each.name, value)
                yield f"{each.name}.{place}".rstrip("."), made
    else:
        several = getattr(hint, "__origin__", None)
        for part in get_args(hint):
            for place, value in hollow(part):
                is_list = several in (tuple, list)
                yield (f"0.{place}".rstrip("."), (value,)) if is_list else (place, value)


def test_the_steps_of_today_name_files_here() -> None:
    found = {step: {place for place, _ in hollow(command)} for step, command in steps()}
    assert {step: found[step] for step in PLACES} == PLACES


@pytest.mark.parametrize(
    ("command", "place", "body"),
    [
        pytest.param(command, place, body, id=f"{step} {place}")
        for step, command in steps()
        for place, body in hollow(command)
    ],
)
def test_a_file_that_nobody_brought_is_missed(command: type[Any], place: str, body: Any) -> None:
    assert has_mark(command, FileRef)
    files: Any = object.__new__(Files)
    files._kept = SimpleNamespace(store=MemoryFiles())
    context: Any = SimpleNamespace(caller=SimpleNamespace(actor="T-LIUYANG"))
    for stream, door in (("report-7", "/v1/files?paper=7"), (None, "/v1/files")):
        (told,) = files.missing(context, body, stream)
        assert (told.code, told.numbers["field"], told.numbers["door"]) == (
            "file-unknown",
            place,
            door,
        )


def test_what_is_called_photos_is_pictures() -> None:
    for _, command in steps():
        for place, body in hollow(command):
            pictures = {where for where, _ in places_of(body, PictureMark)}
            assert ("photo" in place) == (place in pictures)
