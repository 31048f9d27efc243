"""下落 (whereabouts): which papers of a dossier are out, with whom, and which are lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from shared.events.custody import (
    ClaimSaid,
    PaperLent,
    PaperLossAccepted,
    PaperLossReported,
    PaperRef,
    PaperReturned,
    PaperReturnOverdue,
    PaperReturnUrged,
)

CustodyFact: TypeAlias = (
    PaperLent
    | PaperReturned
    | PaperLossReported
    | PaperLossAccepted
    | PaperReturnUrged
    | PaperReturnOverdue
)


@dataclass(frozen=True, slots=True)
class Lent:
    """在外一件: a lending that has not ended, and whether somebody was reminded of it."""

    lent: PaperLent
    urged: bool = False
    told: bool = False
    """Whether the approvers were told that it was in vain."""

    @property
    def claim(self) -> str | None:
        """The number of the claim that it is attached to, if it is to one."""
        return self.lent.claim.claim if self.lent.claim else None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """下落: what is out, what is reported as not found, what is given up, what came back."""

    out: Mapping[PaperRef, tuple[Lent, ...]] = field(default_factory=dict)
    """One lending by hand, or one for each claim that the paper is attached to."""
    missed: Mapping[PaperRef, PaperLossReported] = field(default_factory=dict)
    lost: Mapping[PaperRef, PaperLossAccepted] = field(default_factory=dict)
    returned: Mapping[PaperRef, PaperReturned] = field(default_factory=dict)
    """The last return of each."""
    claims: Mapping[str, int] = field(default_factory=dict)
    """Of each claim, the newest version that has lent or returned something."""


def after(known: Whereabouts, fact: CustodyFact) -> Whereabouts:
    """Where the papers are after the fact."""
    paper, out = fact.paper, known.out.get(fact.paper, ())
    match fact:
        case PaperLent():
            known = _told(known if fact.claim else _found(known, paper), fact.claim)
            return replace(known, out={**known.out, paper: (*out, Lent(fact))})
        case PaperReturned():
            claim = fact.claim.claim if fact.claim else None
            of = fact.taken_from
            left = tuple(e for e in out if (claim and e.claim != claim) or (of and e.lent.to != of))
            # What a claim says of a paper finds none that people miss.
            known = _told(known if fact.claim else _found(known, paper), fact.claim)
            known = replace(known, returned={**known.returned, paper: fact})
            return replace(known, out=_with(known.out, paper, left))
        case PaperLossReported():
            return replace(known, missed={**known.missed, paper: fact})
        case PaperLossAccepted():
            known = _found(known, paper)
            return replace(known, lost={**known.lost, paper: fact}, out=_with(known.out, paper, ()))
        case PaperReturnUrged():
            urged = (replace(e, urged=e.urged or e.claim == fact.claim) for e in out)
            return replace(known, out=_with(known.out, paper, tuple(urged)))
        case PaperReturnOverdue():
            told = (replace(e, told=e.told or e.claim == fact.claim) for e in out)
            return replace(known, out=_with(known.out, paper, tuple(told)))


def _found(known: Whereabouts, paper: PaperRef) -> Whereabouts:
    """Nobody misses the paper any more."""
    missed = {each: said for each, said in known.missed.items() if each != paper}
    lost = {each: said for each, said in known.lost.items() if each != paper}
    return replace(known, missed=missed, lost=lost)


def _told(known: Whereabouts, said: ClaimSaid | None) -> Whereabouts:
    return replace(known, claims={**known.claims, said.claim: said.version}) if said else known


def _with(
    out: Mapping[PaperRef, tuple[Lent, ...]], paper: PaperRef, lendings: tuple[Lent, ...]
) -> Mapping[PaperRef, tuple[Lent, ...]]:
    others = {each: of_it for each, of_it in out.items() if each != paper}
    return {**others, paper: lendings} if lendings else others
