"""Stories of deciders: given what has happened, when this is asked, then this becomes true.

given(report, REPORTED).when(DIAGNOSE, by(WANG)).then(FaultDiagnosed(FAULT, ANY_HASH))
given(report).when(DIAGNOSE, by(WANG)).refused("not-registered")
"""

import re
from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from shared.decider import Asked, Decider, Fact, Refused
from tests.told import tell


class _AnyHash(str):
    """A SHA-256 in hex, whichever it is: what it is of is told in a story of its own."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(r"[0-9a-f]{64}", other) is not None

    def __hash__(self) -> int:
        return hash(str(self))


ANY_HASH = _AnyHash("any hash")


class given:
    """given(decider, past...).when(command, asked), then .then(facts...) or .refused(codes...)."""

    def __init__(self, decider: Decider, *past: Fact) -> None:
        self.decider = decider
        self.state = reduce(decider.evolve, past, decider.initial)
        self.decision: Callable[[], Any] = list

    def when(self, command: Any, asked: Asked) -> "given":
        """Ask for it."""
        self.home = asked.home
        self.decision = lambda: self.decider.decide(command, self.state, asked)
        return self

    def then(self, *facts: Fact) -> None:
        """These facts and no others become true, on the home stream and in this order."""
        assert list(self.decision()) == [(self.home, fact) for fact in facts]
        tell(*(type(fact).__name__ for fact in facts))

    def then_on(self, *facts: tuple[str, Fact]) -> None:
        """These facts become true, each on the stream it is written with."""
        assert list(self.decision()) == list(facts)
        tell(*(type(fact).__name__ for _, fact in facts))

    def refused(self, *codes: str) -> None:
        """Nothing becomes true, and these rules are named, each once and in this order."""
        with pytest.raises(Refused) as no:
            self.decision()
        assert no.value.codes == list(codes)
        tell(*codes)

    def refused_with(self, code: str, **numbers: Any) -> None:
        """Nothing becomes true; one rule is broken, and its sentence is given these numbers."""
        with pytest.raises(Refused) as no:
            self.decision()
        (only,) = no.value.reasons
        assert (only.code, dict(only.numbers)) == (code, numbers)
        tell(code)
