"""The catalogue of facts agrees with the book of facts and the rooms."""

import re
from collections.abc import Mapping, Sequence

from shared.events import BOOK, DOCUMENTS, FactEntry, reading
from tests.pages.catalogue import listeners, page, said

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


def test_every_fact_is_listed_once_with_its_term_its_writers_and_its_listeners() -> None:
    ours = [each for each in BOOK.values() if each.kind.__module__.startswith("shared.events.")]
    facts, _, _ = page().partition("## 公开文档")
    listed = re.findall(
        r"^### (\w+) (\S+).*?^Written by (.*?)\. Schema", facts, re.MULTILINE | re.DOTALL
    )
    heard = listeners()
    assert sorted(listed) == sorted(
        (each.name, said(each.kind)[0], f"{', '.join(each.writers)}{_heard(each, heard)}")
        for each in ours
    )


def _heard(each: FactEntry, heard: Mapping[str, Sequence[str]]) -> str:
    if not each.milestone:
        return ""
    return f"; listened to by {', '.join(heard.get(each.name, ())) or 'nobody'}"
