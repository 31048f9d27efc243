"""单据与里程碑 (papers and milestones): rooms that use a paper get every milestone of it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from guiyi.rooms import ROOMS, wiring
from shared import events
from shared.document import Reaction
from shared.events import BOOK, DOCUMENTS, milestones
from shared.room import Room

WIRED = tuple(map(wiring, ROOMS))
REACTIONS = [reaction for room in WIRED for reaction in room.reactions]


def heeding() -> Iterator[tuple[str, Room]]:
    """Every document with each room that uses it."""
    for room in WIRED:
        papers = {name for reaction in room.reactions for name in reaction.of}
        for name in sorted(papers.union(room.keeps)):
            yield name, room


@pytest.fixture
def wanting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new milestone of the paper, for the time of a test."""
    carried: str = request.param
    (writer,) = _writers(carried)
    line = replace(
        BOOK["RepairReported"],
        name="NewMilestone",
        writers=(writer,),
        documents={writer: carried},
    )
    monkeypatch.setitem(events._book, line.name, line)
    monkeypatch.setitem(events._carriers, carried, {*events.milestones(carried), line.name})
    return carried


@pytest.mark.parametrize("wanting", sorted(DOCUMENTS), indirect=True)
def test_a_new_milestone_of_a_paper_is_heard_by_all_who_heed_that_paper(wanting: str) -> None:
    heed = {room.name for name, room in heeding() if name == wanting}
    assert {room.name for room in WIRED if "NewMilestone" in room.listens} == heed
    for reaction in REACTIONS:
        assert ("NewMilestone" in reaction.hears(wanting)) == (wanting in reaction.of)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_is_carried_by_milestones_of_one_room(name: str) -> None:
    assert len(_writers(name)) == 1


@pytest.mark.parametrize("reaction", REACTIONS, ids=lambda reaction: reaction.name)
def test_a_reaction_looks_at_documents_and_ignores_none_of_others(reaction: Reaction) -> None:
    assert set(reaction.of) <= DOCUMENTS.keys()
    assert set(reaction.ignores) <= {name for of in reaction.of for name in milestones(of)}
    assert reaction.listens


def test_a_milestone_of_two_papers_is_heard_for_the_one_that_is_heeded() -> None:
    heard = Reaction("orders", of=("work_order",), owes=lambda _: ())
    assert "RepairClosed" in heard.hears("work_order")
    assert heard.hears("report") == frozenset()


@pytest.mark.parametrize("room", WIRED, ids=lambda room: room.name)
def test_a_decider_publishes_if_its_paper_has_milestones_and_not_otherwise(room: Room) -> None:
    carried = {line.documents[room.name] for line in BOOK.values() if room.name in line.documents}
    publishing = {prefix for prefix, each in room.papers.items() if hasattr(each, "public")}
    assert publishing == carried


def _writers(document: str) -> set[str]:
    return {
        room
        for line in BOOK.values()
        for room, carried in line.documents.items()
        if carried == document
    }
