"""Tests of deciders as stories: given these facts, when this command comes, then these facts.

given(report, REPORTED).when(DIAGNOSE, by(WANG)).then(FaultDiagnosed(FAULT, ANY_HASH))
given(report).when(DIAGNOSE, by(WANG)).refused("not-registered")
"""

import re
from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from shared import claims
from shared.decider import Asked, Decider, Fact, Refused
from shared.step import ByCommand
from tests.deeds import Tried
from tests.told import tell, tell_of


class _AnyHash(str):
    """Equals any SHA-256 in hex. Other tests check of what the hash is."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(r"[0-9a-f]{64}", other) is not None

    def __hash__(self) -> int:
        return hash(str(self))


ANY_HASH = _AnyHash("any hash")


class given:
    """given(decider, past...).when(command, asked), then .then(facts...) or .refused(codes...)."""

    def __init__(self, decider: Decider, *past: Fact) -> None:
        self.decider, self.past = decider, past
        self.state = reduce(decider.evolve, past, decider.initial)
        self.decision: Callable[[], Any] = list

    def when(self, command: Any, asked: Asked) -> "given":
        """Give the command, which is held to its claims of time as `handle` does it."""
        self.tried = Tried(self.decider, self.past, command, asked)
        match self.decider.decide:
            case ByCommand() as rules:
                self.decision = lambda: claims.decided(rules, command, self.state, asked)
            case decide:
                self.decision = lambda: decide(command, self.state, asked)
        return self

    def then(self, *facts: Fact) -> None:
        """The decision is exactly these facts, on the home stream and in this order."""
        self.then_on(*((self.tried.asked.home, fact) for fact in facts))

    def then_on(self, *facts: tuple[str, Fact]) -> None:
        """The decision is exactly these facts, each on the stream that is named with it."""
        assert list(self.decision()) == list(facts)
        tell(*(type(fact).__name__ for _, fact in facts))
        tell_of(*self.tried.made(facts))

    def refused(self, *codes: str) -> None:
        """The command is refused with exactly these codes, in this order."""
        with pytest.raises(Refused) as no:
            self.decision()
        assert no.value.codes == list(codes)
        tell(*codes)
        tell_of(*self.tried.refused(*codes))

    def refused_with(self, code: str, **numbers: Any) -> None:
        """The command is refused with this code alone, and its sentence gets these numbers."""
        with pytest.raises(Refused) as no:
            self.decision()
        (only,) = no.value.reasons
        assert (only.code, dict(only.numbers)) == (code, numbers)
        tell(code)
        tell_of(*self.tried.refused(code))
