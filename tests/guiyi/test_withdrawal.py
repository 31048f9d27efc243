"""An import is withdrawn as a whole, and done again: the rows stay, and count no more."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Never

import msgspec
import pytest

from guiyi.acting import Acting, LacksRight
from guiyi.legacy import withdrawal
from guiyi.legacy.takers import looking
from guiyi.legacy.withdrawal import Withdrawal, WithdrawalTally, withdraw
from services.intake.legacy import PAPER
from shared.events.legacy import LegacyTicketWithdrawn
from shared.handle import Rehearsal
from shared.record.store import Read
from tests.guiyi.legacy_desk import MIXED, OLD, Import, line

WHO = Acting("O-1", frozenset({"operator"}), frozenset({"*"}))
FIRST = Withdrawal("old", 1, "时间读错了", WHO)
AGAIN = msgspec.structs.replace(OLD, generation=2)


@pytest.fixture
def importer(tmp_path: Path) -> Import:
    return Import(tmp_path)


def withdrawn(importer: Import, wanted: Withdrawal = FIRST) -> tuple[int, int]:
    tally = withdraw(importer.desk, wanted, lambda _: None)
    return tally.tickets, tally.withdrawn


def test_one_fact_a_ticket_says_that_its_rows_count_no_more(importer: Import) -> None:
    importer.of(importer.file(MIXED))
    before = len(importer.facts())
    assert withdrawn(importer) == (3, 3)
    facts = importer.facts()
    told = [each for each in facts if isinstance(each.fact, LegacyTicketWithdrawn)]
    assert (len(facts), len(told)) == (before + 3, 3)
    assert (told[0].fact, told[0].actor) == (LegacyTicketWithdrawn("old", 1, "时间读错了"), "O-1")
    assert set(importer.listed().values()) == {("withdrawn", False)}
    state = Rehearsal(importer.desk).folded(PAPER.stream_of("old-1")).state
    assert (state.is_open, state.rows) == (False, {})


def test_a_withdrawal_that_stopped_half_way_goes_on(
    importer: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawal, "BATCH", 1)
    importer.of(importer.file(MIXED))

    def killed(tally: WithdrawalTally) -> None:
        if tally.tickets == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        withdraw(importer.desk, FIRST, killed)
    assert withdrawn(importer) == (3, 1)
    assert withdrawn(importer) == (3, 0)


def test_it_is_done_again_under_the_next_generation(importer: Import) -> None:
    file = importer.file(MIXED)
    importer.of(file)
    before = importer.listed()
    withdrawn(importer)
    tally = importer.of(file, AGAIN)
    assert (tally.added, tally.known, tally.rejected) == (len(MIXED), 0, 0)
    assert importer.listed() == before
    assert importer.of(file, AGAIN).known == len(MIXED)
    assert {row.generation for row in importer.list_rows()} == {2}
    assert withdrawn(importer, replace(FIRST, generation=2)) == (3, 3)
    assert set(importer.listed().values()) == {("withdrawn", False)}


def test_the_same_generation_does_not_come_in_again_in_silence(importer: Import) -> None:
    importer.of(importer.file(MIXED))
    withdrawn(importer)
    longer = importer.file([*MIXED, line(1, 9)])
    seen = importer.of(longer, take=looking(importer.desk, OLD))
    tally = importer.of(longer)
    for each in (seen, tally):
        assert (each.added, each.rejected) == (0, len(MIXED) + 1)
        assert set(each.reasons) == {"import-withdrawn"}


def test_nothing_else_is_withdrawn(importer: Import) -> None:
    importer.of(importer.file(MIXED))
    other = msgspec.structs.replace(OLD, source="old2")
    importer.of(importer.file(MIXED, "other.csv"), other)
    assert withdrawn(importer, replace(FIRST, source="old2")) == (3, 3)
    assert withdrawn(importer, replace(FIRST, generation=7)) == (0, 0)
    open_ = {ticket: said for ticket, said in importer.listed().items() if said[1]}
    assert set(open_) == {"old-3"}


def test_no_fact_of_another_import_is_read(
    importer: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    importer.of(importer.file(MIXED))
    importer.of(importer.file(MIXED, "other.csv"), msgspec.structs.replace(OLD, source="old2"))
    read: list[str] = []
    store, reads = importer.desk.store, importer.desk.store.read

    def noted(streams: Sequence[str], *more: Sequence[Any]) -> Read:
        read.extend(streams)
        return reads(streams, *more)

    def whole(*_: object) -> Never:
        raise AssertionError("the whole record is read")

    monkeypatch.setattr(store, "read", noted)
    monkeypatch.setattr(store, "facts", whole)
    assert [*withdrawal.tickets_of(store, "old")] == [f"legacy-old-{n}" for n in (1, 2, 3)]
    monkeypatch.setattr(withdrawal, "PAGE", 2)
    assert [*withdrawal.tickets_of(store, "old2")] == [f"legacy-old2-{n}" for n in (1, 2, 3)]
    assert withdrawn(importer) == (3, 3)
    assert all(name.startswith("legacy-old-") for name in read)


def test_whoever_withdraws_is_an_operator_of_the_branch(importer: Import) -> None:
    importer.of(importer.file(MIXED))
    far = Acting("O-2", frozenset({"operator"}), frozenset({"SH02"}))
    with pytest.raises(LacksRight):
        withdrawn(importer, replace(FIRST, who=far))
    assert "withdrawn" not in {state for state, _ in importer.listed().values()}
