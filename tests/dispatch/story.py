"""given(past...).when(command, by=who), and then .then(facts...) or .refused(codes...)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order import Command, Fact, WorkOrder
from shared.decider import Asked, Refused
from tests.dispatch.example import AT, BRANCH, CLERK, HOME, TICKET


@dataclass(frozen=True)
class Story:
    past: Sequence[Fact]
    home: str = HOME
    command: Command | None = None
    by: str = CLERK
    reads: Mapping[str, Any] | None = None

    @property
    def state(self) -> WorkOrder:
        return reduce(work_order.evolve, self.past, work_order.initial)

    def when(
        self, command: Command, *, by: str = CLERK, reads: Mapping[str, Any] | None = None
    ) -> "Story":
        return replace(self, command=command, by=by, reads=reads)

    def then(self, *facts: Fact) -> None:
        assert [fact for _, fact in self._decided()] == list(facts)

    def became(self, *types: str) -> None:
        assert [type(fact).__name__ for _, fact in self._decided()] == list(types)

    def refused(self, *codes: str) -> Refused:
        with pytest.raises(Refused) as no:
            self._decided()
        assert no.value.codes == list(codes)
        return no.value

    def and_then(self, command: Command, *, by: str = CLERK) -> "Story":
        """The story after a command that must be accepted."""
        facts = [fact for _, fact in self.when(command, by=by)._decided()]
        return replace(self, past=[*self.past, *facts])

    def tried(self, command: Command, *, by: str = CLERK) -> "Story":
        """The story after a command that may be refused."""
        try:
            return self.and_then(command, by=by)
        except Refused:
            return self

    def _decided(self) -> Any:
        asked = Asked(self.home, self.by, frozenset(), AT, BRANCH, TICKET, reads=self.reads or {})
        return work_order.decide(self.command, self.state, asked)  # type: ignore[arg-type]


def given(*past: Fact, home: str = HOME) -> Story:
    return Story(past, home)
