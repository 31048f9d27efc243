"""孪生: the record on PostgreSQL and the one in memory give the same answers to everything."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shared.record.store import Append, CommandRow, NewFact, Position, Store, StoreError
from tests.memory_record import Memory
from tests.shared.conftest import PARTITIONS, OnPostgres, empty
from tests.shared.recording import as_owner, assert_whole, close_gate, fact, open_gate

NAMES = [*(f"report-{n}" for n in (2, 3, 10)), "report-x"]
SERIES = ("report-", "visit-")
COMMANDS = [UUID(int=n) for n in range(1, 9)]
NEVER = datetime.min.replace(tzinfo=UTC)
DAYS = [date(2026, 11, 23), date(2026, 11, 24)]

names = st.sampled_from(NAMES)
commands = st.sampled_from(COMMANDS)
macs = st.sampled_from([b"", b"", b"m", b"o"])
minutes = st.sampled_from([0, 0, 0, 0, 4, 6])


class MindChanged(Exception):
    """The caller does not want the transaction any more."""


class Twins(RuleBasedStateMachine):
    """The same calls to both records. Answers, errors and facts must be equal."""

    def __init__(self, real: OnPostgres) -> None:
        super().__init__()
        self.real = real
        empty(real.settings)
        open_gate(real.settings)
        self.memory = Memory("intake", PARTITIONS)
        self.gate_open = True

    def both(self, ask: Callable[[Store], object]) -> None:
        answers = [self.answer(ask, store) for store in (self.real.record, self.memory)]
        assert answers[0] == answers[1]

    @staticmethod
    def answer(ask: Callable[[Store], object], store: Store) -> object:
        try:
            return ask(store)
        except (StoreError, MindChanged, ValueError) as error:
            return type(error)

    @rule(
        written=st.lists(st.tuples(names, commands, st.integers(0, PARTITIONS - 1)), max_size=4),
        looked=st.sets(names, max_size=3),
        off=st.sampled_from([0, 0, 0, 0, 1, -1]),
        mac=macs,
        late=minutes,
        words=st.lists(st.sampled_from([bytes([n]) * 32 for n in range(3)]), unique=True),
        number=st.booleans(),
        keep=st.booleans(),
    )
    def append(
        self,
        written: list[tuple[str, UUID, int]],
        looked: set[str],
        off: int,
        mac: bytes,
        late: int,
        words: list[bytes],
        *,
        number: bool,
        keep: bool,
    ) -> None:
        """One transaction. `off`: by how much the expected versions are wrong."""
        seen = {name: len(self.stream(name)) for name in {*looked, *(n for n, _, _ in written)}}
        expected = {name: max(0, version + off) for name, version in seen.items()}
        at = datetime.now(UTC) + timedelta(minutes=late)
        facts = self.facts(written, expected, at)
        ids = list(dict.fromkeys(command for _, command, _ in written)) or COMMANDS[:1]
        rows = [CommandRow(command, mac) for command in ids] if mac else []
        wanted = Append(facts, expected, ids, rows)

        def ask(store: Store) -> tuple[dict[bytes, list[str]], list[Position]]:
            with store.transaction() as transaction:
                transaction.take_number(ids[0], "HZ01", DAYS[late % 2])
                met = transaction.meet(words, next(iter(expected), NAMES[0]), "customer-1")
                positions = list(transaction.append(wanted))
                if not keep:
                    raise MindChanged
                return {word: sorted(met[word]) for word in met}, positions

        self.both(ask if number else lambda store: list(store.append(wanted)))

    @rule(command=commands, branch=st.sampled_from(["HZ01", "NB01"]), day=st.sampled_from(DAYS))
    def take(self, command: UUID, branch: str, day: date) -> None:
        """Take a number, and do nothing else."""

        def ask(store: Store) -> int:
            with store.transaction() as transaction:
                return transaction.take_number(command, branch, day)

        self.both(ask)

    @rule()
    def move_gate(self) -> None:
        """Close the gate, or open it again."""
        self.gate_open = not self.gate_open
        self.memory.gate_open = self.gate_open
        if not self.gate_open:
            close_gate(self.real.settings)
        else:
            as_owner(self.real.settings, "DELETE FROM record.gate")
            open_gate(self.real.settings)

    @invariant()
    def both_hold_the_same(self) -> None:
        """Every fact has the same place, and both know the same commands."""
        for partition in range(PARTITIONS):
            facts = [
                [replace(s, recorded_at=NEVER, hash=b"", previous_hash=b"") for s in found]
                for found in (
                    store.facts(partition, 0, 1000) for store in (self.real.record, self.memory)
                )
            ]
            assert facts[0] == facts[1]
        reads = [store.read(NAMES, COMMANDS, SERIES) for store in (self.real.record, self.memory)]
        assert reads[0].series == reads[1].series
        assert reads[0].commands == reads[1].commands
        assert reads[0].known.keys() == reads[1].known.keys()
        for name in NAMES:
            real, twin = (read.streams[name] for read in reads)
            assert (real.version, real.partition) == (twin.version, twin.partition)

    def teardown(self) -> None:
        """At the end both records are whole."""
        assert assert_whole(self.real.record) == assert_whole(self.memory)

    def stream(self, name: str) -> list[object]:
        return list(self.memory.read([name]).streams[name].facts)

    def facts(
        self, written: list[tuple[str, UUID, int]], expected: dict[str, int], at: datetime
    ) -> list[NewFact]:
        versions, numbered = dict(expected), dict.fromkeys(COMMANDS, 0)
        made = []
        for name, command, partition in written:
            versions[name] += 1
            new = fact(
                name,
                versions[name],
                partition=partition,
                command=command,
                n=numbered[command],
                at=at,
            )
            numbered[command] += 1
            made.append(new)
        return made


@pytest.mark.timeout(300)
def test_memory_and_postgresql_answer_alike(on_postgres: OnPostgres) -> None:
    # Hypothesis looks for the source of what it is given, and parses a whole module for a class.
    run_state_machine_as_test(
        cast("type[Twins]", lambda: Twins(on_postgres)),
        settings=settings(
            max_examples=60,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
