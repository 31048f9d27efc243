"""含义: by which texts of a fact its stream is found, and whose it is, as the types say it."""

from types import SimpleNamespace
from typing import Any

import pytest

from shared.consumers.lookup import links
from shared.events import BOOK, reading
from shared.events.meaning import LookedUp
from shared.personal.fields import marked
from shared.personal.seal import seal, sealed_in
from tests.memory_keys import memory_keys
from tests.shared import goldens
from tests.shared.goldens import PLAIN, sample

FOUND_BY = {
    "CallBackScheduled": ["name contact_name", "phone contact_phone"],
    "CustomerSigned": [],
    "ParcelOpened": ["name customer"],
    "PersonRegistered": ["phone phone"],
    "RepairReported": ["name contact_name", "name customer_name", "phone contact_phone"],
    "SurveyAnswered": [],
}
"""Of some facts: as what their personal texts are looked up."""
NOT_FOUND_BY = {
    "CallBackScheduled": [],
    "CustomerSigned": ["opinion", "signer"],
    "ParcelOpened": [],
    "PersonRegistered": ["email"],
    "RepairReported": ["address", "customer_wish", "opinion"],
    "SurveyAnswered": ["answered_by", "opinion", "words"],
}
"""Their other personal texts. Of all facts the catalogue says both."""
OWNERS = {
    "AcceptanceNoted": f"customer-{PLAIN[str]}",
    "AmendmentDrafted": f"customer-{PLAIN[str]}",
    "ApprovalNoted": f"customer-{PLAIN[str]}",
    "BasicsCompleted": f"customer-{PLAIN[str]}",
    "ComplaintReceived": f"customer-{PLAIN[str]}",
    "LegacyTicketContinued": PLAIN[str],
    "MachineChanged": f"customer-{PLAIN[str]}",
    "MachineRegistered": f"customer-{PLAIN[str]}",
    "RepairReported": f"customer-{PLAIN[str]}",
    "WarrantyCorrected": f"customer-{PLAIN[str]}",
}
"""The stream that a fact's stream belongs to, where the fact says so."""
OURS = "shared.events."
FACTS = [name for name, line in BOOK.items() if line.kind.__module__.startswith(OURS)]


@pytest.fixture(autouse=True)
def said_by_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading.SHELF
    monkeypatch.setattr(goldens, "SEALED", "whatever a person says")


def filled(name: str) -> Any:
    """A fact with every field filled in, sealed as it would be written."""
    return seal(sample(BOOK[name].kind), "stream-1", memory_keys())


@pytest.mark.parametrize("name", FOUND_BY)
def test_what_a_stream_is_found_by_is_said_by_the_types(name: str) -> None:
    sealed = filled(name)
    found = {text: mark.kind_of(key) for mark, key, text in marked(sealed, LookedUp)}
    kinds = {text: kind for text, kind in found.items() if kind is not None}
    said = {f"{kind} {text.field}" for text, kind in kinds.items()}
    assert sorted(said) == FOUND_BY[name]
    others = {text.field for text in sealed_in(sealed) if text not in kinds}
    assert sorted(others) == NOT_FOUND_BY[name]


@pytest.mark.parametrize("name", FACTS)
def test_whose_a_stream_is_is_said_by_the_types(name: str) -> None:
    told: Any = SimpleNamespace(fact=filled(name), stream="stream-1")
    owner = OWNERS.get(name)
    assert list(links(told)) == ([("stream-1", owner)] if owner else [])


def test_a_table_names_facts_of_the_book_alone() -> None:
    assert {*FOUND_BY, *OWNERS} <= BOOK.keys()
