"""授权代理的接口 (HTTP of delegations): who stands in for whom, for which days, and until when."""

from dataclasses import dataclass

from fastapi import APIRouter

from services.intake.api_terms import APPROVERS, EXAMPLES, READERS, Number
from services.intake.delegation import (
    Command,
    Delegations,
    EndDelegation,
    RecordDelegation,
    reads,
)
from shared.events.values import BranchCode, Role, Text
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.http.problem import unknown
from shared.http.query import Shown

BY = APPROVERS | {Role.OPERATOR}


@dataclass(frozen=True, slots=True)
class Ending:
    """撤销: why a delegation ends before its last day."""

    because: Text | None = None


def hang(door: Door, router: APIRouter) -> None:
    """The routes of delegations."""
    _recording(door, router)
    _ending(door, router)

    @door.query(router, "/people/{number}/delegations", by=READERS, shows=Delegations)
    def show_delegations(number: Number) -> Shown:
        """授权一览: what a person has delegated, the ended ones marked."""
        seen = door.existing(_stream(number))
        return Shown(seen.state, None, seen.version)


def _recording(door: Door, router: APIRouter) -> None:
    @door.command(
        router,
        "/people/{number}/delegations",
        by=BY,
        example=EXAMPLES["delegations"],
        location="/v1/people/{id}/delegations",
    )
    def record_delegation(
        errand: Errand, number: Number, body: RecordDelegation, branch: BranchCode | None = None
    ) -> Order:
        """授权: let a deputy act for a person at a branch on these days, both named included."""
        return _order(errand, number, body, errand.branch(branch))


def _ending(door: Door, router: APIRouter) -> None:
    @door.command(
        router,
        "/people/{number}/delegations/{which}/endings",
        by=BY,
        example=EXAMPLES["endings"],
    )
    def end_delegation(errand: Errand, number: Number, which: int, body: Ending) -> Order:
        """撤销授权: end a delegation before its last day."""
        given = door.existing(_stream(number)).state.given.get(which)
        if given is None:
            raise unknown(f"{number}/{which}")
        return _order(errand, number, EndDelegation(which, body.because), given.branch)


def _order(errand: Errand, person: str, command: Command, branch: str) -> Order:
    named = reads(command, person, branch)
    return errand.order(_stream(person), command, branch=branch, reads=tuple(dict.fromkeys(named)))


def _stream(person: str) -> str:
    return f"delegation-{person}"
