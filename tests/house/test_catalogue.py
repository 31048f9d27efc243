"""The catalogue of facts agrees with the book of facts and the rooms."""

from shared.events import BOOK, DOCUMENTS, reading
from tests.pages.catalogue import listeners, said

assert reading.SHELF, "importing it has entered every fact of every room"


def test_every_fact_says_what_it_is_in_chinese_and_english() -> None:
    kinds = [*(line.kind for line in BOOK.values()), *(line.kind for line in DOCUMENTS.values())]
    ours = [kind for kind in kinds if kind.__module__.startswith("shared.events.")]
    unsaid = [kind.__name__ for kind in ours if not all(said(kind))]
    assert unsaid == []


def test_rooms_listen_to_milestones_and_to_nothing_else() -> None:
    heard = listeners()
    assert heard["RepairApproved"] == ["dispatch", "inventory", "followup"]
    assert [name for name in heard if not BOOK[name].milestone] == []
