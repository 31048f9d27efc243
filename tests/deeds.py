"""所为 (the deeds): what came of a command in a story, told from what the rules did.

Of a command that people give: the facts it made true, or that it was refused. Of one that a
reaction or a timer gives, beside: that the same came again, or an older one after a newer, and
changed nothing. The story need not say so: the same command is decided where it was before.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from shared.decider import Asked, Decider, Decision, Fact, Refused, State
from shared.step import ByCommand

HOWS = ACCEPTED, REFUSED, REPEATED, OLDER = "accepted", "refused", "repeated", "older"
ACCEPTED_BY, REFUSED_AT = "accepted_by", "refused_at"
"""By move, and by stage: the stories of each row of a table."""


class Deed(NamedTuple):
    """所为: one thing that came of a command."""

    command: str
    fact: str
    """The name of what became true, or would have; if the command was refused, the code."""
    how: str
    """Accepted, refused, repeated or older."""
    paper: str = ""
    """What the streams of the paper begin with."""
    before: str = ""
    """The stage of the paper, if it has stages."""
    after: str = ""


class Tried(NamedTuple):
    """所试: a command and where the story was when it was given."""

    decider: Decider
    past: Sequence[Fact]
    """What stood on the home stream."""
    command: object
    asked: Asked

    def refused(self, *codes: str) -> Iterator[Deed]:
        """It came to nothing by these rules, where the paper stood."""
        name, paper = type(self.command).__name__, _paper(self.asked.home)
        before = _stage(self._after(self.past))
        return (Deed(name, code, REFUSED, paper, before) for code in codes)

    def made(self, decision: Decision) -> Iterator[Deed]:
        """What became true, fact by fact; or what it was that nothing came of."""
        name = type(self.command).__name__
        if not decision:
            for how, fact in self._echoes():
                yield Deed(name, type(fact).__name__, how, _paper(self.asked.home))
        states = {**self.asked.reads, self.asked.home: self._after(self.past)}
        for stream, fact in decision:
            deed = Deed(name, type(fact).__name__, ACCEPTED, _paper(stream))
            if deed.paper == _paper(self.asked.home):
                before = states.get(stream, self.decider.initial)
                after = states[stream] = self.decider.evolve(before, fact)
                deed = deed._replace(before=_stage(before), after=_stage(after))
            yield deed

    def _echoes(self) -> Iterator[tuple[str, Fact]]:
        """Of what is owed: whether it would have become true before what stands there now."""
        rules = self.decider.decide
        if not isinstance(rules, ByCommand) or rules.step(self.command) is not None:
            return
        for n in range(len(self.past)):
            would = self._before(n)
            here = [fact for stream, fact in would if stream == self.asked.home]
            if here and here == list(self.past[n : n + len(here)]):
                yield from ((REPEATED, fact) for _, fact in would)
            elif any(_is_newer(each, fact) for fact in here for each in self.past[n:]):
                yield from ((OLDER, fact) for _, fact in would)

    def _before(self, n: int) -> Decision:
        try:
            return self.decider.decide(self.command, self._after(self.past[:n]), self.asked)
        except Refused:
            return ()

    def _after(self, past: Sequence[Fact]) -> State:
        state = self.decider.initial
        for fact in past:
            state = self.decider.evolve(state, fact)
        return state


def _paper(stream: str) -> str:
    return stream.partition("-")[0]


def _stage(state: State) -> str:
    return str(getattr(state, "stage", ""))


def _is_newer(one: Fact, other: Fact) -> bool:
    """Whether it says the same kind of thing of a newer document, a later moment due or try."""
    return type(one) is type(other) and any(
        _said(one, name) > _said(other, name)
        for name in ("version", "due_at", "attempt")
        if _said(one, name)
    )


def _said(fact: Any, name: str) -> Any:
    """What a fact says of the version or the moment, or what it notes, or a claim, says."""
    noted = getattr(fact, "note", fact)
    return getattr(noted, name, None) or getattr(getattr(fact, "claim", None), name, None)
