"""政策簿 (the book of policies): asked for a branch and a moment; one file answers for all."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared.document import Published, Reaction
from shared.http.form import FormRequest
from shared.policy import CORE, Core
from shared.policy.book import PolicyBook
from shared.policy.source import PolicyBroken
from tests.shared.http_desk import POLICIES

AT, LATER = datetime(2026, 11, 23, 1, tzinfo=UTC), datetime(2026, 11, 25, 1, tzinfo=UTC)


class Asked:
    """Answers as the file does, and notes for what it was asked."""

    def __init__(self) -> None:
        self.of: list[tuple[str, datetime]] = []
        self._book = PolicyBook(POLICIES)

    def __call__(self, branch: str, at: datetime) -> Core:
        self.of.append((branch, at))
        return self._book(branch, at)


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_the_file_is_read_once_and_answers_for_every_branch_and_moment(tmp_path: Path) -> None:
    shutil.copy(POLICIES / CORE, tmp_path)
    book = PolicyBook(tmp_path)
    first = book("HZ01", AT)
    (tmp_path / CORE).unlink()
    assert book("HZ02", LATER) is first


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyBroken, match=CORE):
        PolicyBook(tmp_path).kept()


def test_a_form_asks_for_the_branch_of_the_paper_when_it_is_done(asked: Asked) -> None:
    context: Any = SimpleNamespace(at=AT)
    paper: Any = SimpleNamespace(branch="HZ01")
    nowhere: Any = None
    request = FormRequest(context, nowhere, asked, "", {}, paper, word=str, code=str)
    assert request.policy() == request.policy("HZ02")
    assert asked.of == [("HZ01", AT), ("HZ02", AT)]


def test_a_reaction_asks_for_the_branch_of_the_document_when_it_was_recorded(asked: Asked) -> None:
    document = Published("intake", "report", "report-1", 1, None, "HZ03", LATER, None)
    wants = Reaction("wants", of=("report",), owes=lambda _, policy: [policy], asks_policy=True)
    wants.owed(document, asked)
    assert asked.of == [("HZ03", LATER)]
    Reaction("wants-none", of=("report",), owes=lambda _: []).owed(document, asked)
    assert asked.of == [("HZ03", LATER)]
